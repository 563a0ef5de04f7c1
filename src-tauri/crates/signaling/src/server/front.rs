//! A front speaks TLS and HTTP for a server, in place of the server's own code, which answers plain requests alone.
//!
//! The server counts the connection before the front sees it, and ends it when it has to make room. The front asks a
//! [`Door`] about each request, and gives the stream back when it has become a WebSocket.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time;
use tokio_tungstenite::tungstenite::handshake::server::Response;
use tokio_tungstenite::tungstenite::http::{Request, StatusCode};
use tracing::debug;

use super::budgets::Source;
use super::listener::{DuplexStream, RelaySocket, admit};
use super::rooms::ConnId;
use super::shared::{Opening, Shared};
use super::upgrade::{Answer, Kind, answer, socket, write_challenge};
use super::{connection, invite_page};
use crate::crypto::random;
use crate::protocol::Nonce;

/// Speaks TLS and HTTP for a server.
pub trait Front: Debug + Send + Sync {
    /// Serves a stream that was just accepted, until it ends or has become a WebSocket. The front bounds the time
    /// itself. The future is dropped when the connection has to make room for another.
    fn serve<'a>(
        &'a self,
        stream: Box<dyn DuplexStream>,
        door: &'a Door<'a>,
    ) -> Pin<Box<dyn Future<Output = Option<FrontSocket>> + Send + 'a>>;
}

/// A stream after the response to a request for a WebSocket.
pub struct FrontSocket {
    /// The stream.
    pub stream: Box<dyn DuplexStream>,
    /// The bytes that were read of the WebSocket's frames.
    pub early: Vec<u8>,
}

impl Debug for FrontSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FrontSocket(…)")
    }
}

/// The page at the web form of an invite.
#[derive(Clone, Copy, Debug)]
pub struct InvitePage {
    /// The page.
    pub html: &'static str,
    /// Names and values of its headers.
    pub headers: &'static [(&'static str, &'static str)],
}

/// How a request is answered.
#[derive(Debug)]
pub enum Reply {
    /// It becomes a WebSocket: after this response the front returns the stream.
    Upgrade(Response),
    /// It asks for the invite page.
    InvitePage(InvitePage),
    /// The server has nothing at this path.
    NotFound,
    /// It is refused.
    Refused(StatusCode),
}

/// The server's answers to the requests of one connection.
#[derive(Debug)]
pub struct Door<'a> {
    conn: ConnId,
    from: Option<IpAddr>,
    shared: &'a Shared,
    /// Set when a request may become a WebSocket.
    admitted: Mutex<Option<(Kind, Source)>>,
}

impl Door<'_> {
    /// How long a handshake may take.
    #[must_use]
    pub const fn handshake_timeout(&self) -> Duration {
        self.shared.config.handshake_timeout
    }

    /// Chooses the answer to a request. One for a WebSocket is counted for the address from which it comes.
    pub fn answer<T>(&self, request: &Request<T>) -> Reply {
        let mut client = None;
        let answer = answer(request, self.shared.config.relay.is_some(), |headers| {
            client = Some(admit(self.conn, self.from, headers, self.shared)?);
            Ok(())
        });
        match answer {
            Answer::Upgrade(kind, response) => {
                *self.lock() = client.map(|client| (kind, client));
                Reply::Upgrade(*response)
            }
            Answer::InvitePage => Reply::InvitePage(InvitePage {
                html: invite_page::PAGE,
                headers: &invite_page::HEADERS,
            }),
            Answer::NotFound => Reply::NotFound,
            Answer::Refused(status) => Reply::Refused(status),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Kind, Source)>> {
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a connection to its end.
pub(super) async fn serve(
    front: Arc<dyn Front>,
    stream: Box<dyn DuplexStream>,
    from: Option<IpAddr>,
    opening: Opening,
    shared: Arc<Shared>,
) {
    let nonce = Nonce::from_bytes(random());
    // In a block, so that the memory of the front is given back.
    let (kind, client, stream, early) = {
        let door = Door {
            conn: opening.conn,
            from,
            shared: &shared,
            admitted: Mutex::new(None),
        };
        let served = tokio::select! {
            biased;
            () = poll_fn(|cx| opening.queue.poll_end(cx)) => return debug!("a handshake made room for another"),
            served = front.serve(stream, &door) => served,
        };
        let admitted = door.lock().take();
        let Some((FrontSocket { stream, early }, (kind, client))) = served.zip(admitted) else {
            return debug!("no WebSocket was asked for");
        };
        (kind, client, stream, early)
    };
    match kind {
        Kind::Signaling => {
            let limit = shared.config.handshake_timeout;
            let Some(stream) = time::timeout(limit, challenge(stream, nonce))
                .await
                .ok()
                .flatten()
            else {
                return debug!("the challenge could not be sent");
            };
            let socket = socket(stream, early).await;
            connection::run(socket, nonce, &shared, &opening).await;
        }
        Kind::Relay => {
            let socket = RelaySocket {
                stream,
                early,
                source: client,
            };
            // The relay counts its connections itself. A full queue ends this one.
            let _ = shared
                .config
                .relay
                .as_ref()
                .map(|relay| relay.try_send(socket));
        }
    }
}

async fn challenge(
    mut stream: Box<dyn DuplexStream>,
    nonce: Nonce,
) -> Option<Box<dyn DuplexStream>> {
    let mut bytes = Vec::new();
    write_challenge(&mut bytes, nonce)?;
    stream.write_all(&bytes).await.ok()?;
    stream.flush().await.ok()?;
    Some(stream)
}
