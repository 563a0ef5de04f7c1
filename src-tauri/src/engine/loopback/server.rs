//! The listener and its connections.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::assets::Assets;
use super::auth::origin::OwnAddress;
use super::auth::peer_uid;
use super::ipc::Dispatch;
use super::page::PageSender;
use super::router::handle_request;
use super::shared::{LoopbackState, Shared};
use crate::engine::event::EngineEvent;

/// How long a connection may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// A browser opens six connections to a host, and one for the socket.
const MAX_CONNECTIONS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// The pause after a failed accept, so that a lack of file descriptors does not cause a busy loop.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

pub struct LoopbackConfig {
    pub assets: Arc<dyn Assets>,
    pub dispatch: Arc<dyn Dispatch>,
    /// The commands that the page may call.
    pub commands: &'static [&'static str],
    /// Receives an event for each page that attaches or goes.
    pub events: mpsc::Sender<EngineEvent>,
}

/// A running server. Dropping it ends everything at once; [`LoopbackServer::close`] lets the page read what was sent.
pub struct LoopbackServer {
    shared: Arc<Shared>,
    _end: DropGuard,
}

impl LoopbackServer {
    /// Fails when the listener is not bound to 127.0.0.1.
    pub fn open(listener: TcpListener, config: LoopbackConfig) -> io::Result<Self> {
        let address = listener.local_addr()?;
        if address.ip() != Ipv4Addr::LOCALHOST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the loopback server needs a listener on 127.0.0.1",
            ));
        }
        let end = CancellationToken::new();
        let shared = Arc::new(Shared {
            own: OwnAddress::new(address.port()),
            assets: config.assets,
            dispatch: config.dispatch,
            commands: config.commands,
            credentials: Mutex::default(),
            sender: PageSender::default(),
            page_slot: Semaphore::new(1),
            pages: AtomicU64::new(0),
            events: config.events,
            state: watch::Sender::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            end: end.clone(),
        });
        shared.spawn(accept(Arc::clone(&shared), listener, address));
        Ok(Self {
            shared,
            _end: end.drop_guard(),
        })
    }

    /// The address that admits one browser, once and within [`TOKEN_LIFETIME`](super::TOKEN_LIFETIME). The address
    /// before it becomes void.
    pub fn launch_url(&self) -> io::Result<Zeroizing<String>> {
        let token = self
            .shared
            .credentials()
            .issue_launch_token(tokio::time::Instant::now())
            .map_err(io::Error::other)?;
        let url = format!("{}/#{}", self.shared.own.origin, *token);
        Ok(Zeroizing::new(url))
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.shared.own.origin
    }

    #[must_use]
    pub fn sender(&self) -> PageSender {
        self.shared.sender.clone()
    }

    #[must_use]
    pub fn state(&self) -> watch::Receiver<LoopbackState> {
        self.shared.state.subscribe()
    }

    /// Lets the page read what was sent to it, closes its socket, and ends all tasks within [`CLOSE_TIMEOUT`].
    pub async fn close(self) {
        self.shared.closing.cancel();
        self.shared.tasks.close();
        let ended = tokio::time::timeout(CLOSE_TIMEOUT, self.shared.tasks.wait()).await;
        if ended.is_err() {
            tracing::debug!("the page did not close its socket in time");
        }
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, address: SocketAddr) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = shared.closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Ok(permit) = connections.clone().try_acquire_owned() else {
                    tracing::debug!("too many connections to the loopback server");
                    continue;
                };
                let connection = serve_connection(Arc::clone(&shared), stream, peer, address);
                shared.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the loopback server cannot accept a connection");
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            }
        }
    }
}

async fn serve_connection(
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    server: SocketAddr,
) {
    let own = tokio::task::spawn_blocking(move || peer_uid::is_own(peer, server)).await;
    if !matches!(own, Ok(true)) {
        tracing::debug!("a connection of another user of this computer is refused");
        return;
    }
    // Otherwise small frames wait for acknowledgements. An error only makes them slow.
    let _ = stream.set_nodelay(true);
    let router = Router::new()
        .fallback(handle_request)
        .with_state(Arc::clone(&shared));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shared.closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection to the loopback server failed");
    }
}
