//! From an endpoint to a connection with a Parlour server, as a web page makes it.

use futures_util::StreamExt;

use super::dial_error::DialError;
use super::race::Connected;
use super::socket::{BoxedSocket, Incoming};
use super::web_socket::WebSocket;
use crate::invite::Endpoint;
use crate::protocol::limits::CONNECT_TIMEOUT;
use crate::protocol::{PATH, RoomId, ServerMessage};
use crate::runtime::{BoxFuture, timeout};

/// What [`SocketOpener::open`] returns.
pub type Opening = BoxFuture<Result<BoxedSocket, OpenError>>;

/// Why no WebSocket was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The browser does not let this page connect there, such as one of `https:` without TLS.
    Forbidden,
    /// It could not, and says no more.
    Failed,
}

/// Opens WebSockets: those of the browser, or those of a simulation.
pub trait SocketOpener {
    /// Opens one with the server at this URL.
    fn open(&self, url: String) -> Opening;
}

/// The WebSockets of the browser.
struct Browser;

impl SocketOpener for Browser {
    fn open(&self, url: String) -> Opening {
        Box::pin(async move {
            let socket = WebSocket::open(&url).await?;
            Ok(Box::new(socket) as BoxedSocket)
        })
    }
}

/// How servers are reached.
pub(super) struct Connector {
    opener: Box<dyn SocketOpener>,
    /// Path and query of the WebSocket.
    path: String,
}

impl Connector {
    pub(super) fn new(opener: Box<dyn SocketOpener>) -> Self {
        let path = PATH.to_owned();
        Self { opener, path }
    }

    /// For connections that join this room: load balancers see its hash.
    pub(super) fn for_room(self, room: &RoomId) -> Self {
        let path = room.room_hash().path();
        Self { path, ..self }
    }

    /// Connects with one endpoint.
    pub(super) async fn dial(&self, endpoint: &Endpoint) -> Result<Connected, DialError> {
        let connected = timeout(CONNECT_TIMEOUT, async {
            let mut socket = self.opener.open(endpoint.ws_url_at(&self.path)).await?;
            let first = read_first(&mut socket).await;
            Ok(Connected {
                socket,
                server: endpoint.clone(),
                first: first.ok_or(DialError::NoChallenge)?,
            })
        });
        connected.await.unwrap_or(Err(DialError::Timeout))
    }
}

impl Default for Connector {
    fn default() -> Self {
        Self::new(Box::new(Browser))
    }
}

impl From<OpenError> for DialError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Forbidden => Self::Forbidden,
            OpenError::Failed => Self::NoConnection,
        }
    }
}

/// The first frame of a Parlour server. A newer server may send types that this client does not know.
async fn read_first(socket: &mut BoxedSocket) -> Option<ServerMessage> {
    loop {
        if let Incoming::Text(text) = socket.next().await?.ok()?
            && let Ok(message) = serde_json::from_str(&text)
            && matches!(
                message,
                ServerMessage::Challenge { .. } | ServerMessage::Error { .. }
            )
        {
            return Some(message);
        }
    }
}
