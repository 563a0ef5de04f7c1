//! TLS and HTTP in front of the signaling server: hyper reads the requests, answers those for pages, and gives the stream
//! back that becomes a WebSocket, so that an idle connection keeps none of its buffers.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use parlour_signaling::protocol::limits::MAX_REQUEST_BYTES;
use parlour_signaling::server::{Door, DuplexStream, Front, FrontSocket, Reply};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::pages::{self, GuestPage, Response};
use crate::tls::Tls;

/// How long one connection may be used for pages. A slow one gets the whole page within it.
const MAX_PAGE_TIME: Duration = Duration::from_secs(120);

/// The front of the server.
#[derive(Debug)]
pub(crate) struct HttpFront {
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) guest_page: Option<GuestPage>,
}

impl Front for HttpFront {
    fn serve<'a>(
        &'a self,
        stream: Box<dyn DuplexStream>,
        door: &'a Door<'a>,
    ) -> Pin<Box<dyn Future<Output = Option<FrontSocket>> + Send + 'a>> {
        Box::pin(async move {
            let Some(tls) = &self.tls else {
                return self.requests(stream, door).await;
            };
            let accepted = timeout(door.handshake_timeout(), tls.accept(stream)).await;
            self.requests(accepted.ok()??, door).await
        })
    }
}

impl HttpFront {
    /// Answers requests until one asks for a WebSocket.
    async fn requests<S>(&self, stream: S, door: &Door<'_>) -> Option<FrontSocket>
    where
        S: DuplexStream + 'static,
    {
        let is_upgrade = AtomicBool::new(false);
        let service = service_fn(|request: Request<Incoming>| {
            ready(Ok::<_, Infallible>(self.answer(
                &request,
                door,
                &is_upgrade,
            )))
        });
        let requests = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(door.handshake_timeout())
            .max_buf_size(MAX_REQUEST_BYTES)
            .serve_connection(TokioIo::new(stream), service)
            .without_shutdown();
        let parts = timeout(MAX_PAGE_TIME, requests).await.ok()?.ok()?;
        let (mut stream, early) = (parts.io.into_inner(), parts.read_buf);
        if !is_upgrade.load(Ordering::Relaxed) {
            let _ = timeout(door.handshake_timeout(), stream.shutdown()).await;
            return None;
        }
        Some(FrontSocket {
            stream: Box::new(stream),
            early: early.to_vec(),
        })
    }

    fn answer(
        &self,
        request: &Request<Incoming>,
        door: &Door<'_>,
        is_upgrade: &AtomicBool,
    ) -> Response {
        match door.answer(request) {
            Reply::Upgrade(response) => {
                is_upgrade.store(true, Ordering::Relaxed);
                response.map(|()| Full::default())
            }
            Reply::InvitePage(page) if matches!(*request.method(), Method::GET | Method::HEAD) => {
                pages::text(page.html, page.headers)
            }
            Reply::InvitePage(_) => pages::empty(StatusCode::METHOD_NOT_ALLOWED),
            Reply::NotFound => pages::respond(self.guest_page.as_ref(), request),
            Reply::Refused(status) => {
                let mut response = pages::empty(status);
                let headers = response.headers_mut();
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
                if status == StatusCode::UPGRADE_REQUIRED {
                    headers.insert(CONNECTION, HeaderValue::from_static("close, upgrade"));
                    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                }
                response
            }
        }
    }
}
