//! What a client needs of a WebSocket, whoever speaks it: this program, or a browser for a web page.

use futures_util::{Sink, Stream};

use crate::protocol::ClientMessage;

/// A frame to the server.
#[derive(Debug)]
pub enum Outgoing {
    /// The text of a message.
    Text(String),
    /// A ping, of WebSocket or as a message.
    Ping {
        /// The pong carries it too.
        mark: u64,
    },
}

impl Outgoing {
    pub(super) fn message(message: &ClientMessage) -> Option<Self> {
        serde_json::to_string(message).ok().map(Self::Text)
    }
}

/// A frame of the server.
#[derive(Debug)]
pub enum Incoming {
    /// The text of a message.
    Text(String),
    /// The pong of WebSocket with this mark.
    Pong {
        /// That of its ping.
        mark: u64,
    },
    /// A ping, whose pong is written with the next flush.
    Ping,
    /// The server closes.
    Close,
    /// A frame that no server of Parlour sends.
    Unknown,
}

/// The connection broke. The text is for the log, and names no host.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SocketError(pub String);

/// A WebSocket with a server, which may send frames and read them as they come.
pub trait Socket:
    Stream<Item = Result<Incoming, SocketError>> + Sink<Outgoing, Error = SocketError> + Unpin
{
}

impl<S> Socket for S where
    S: Stream<Item = Result<Incoming, SocketError>> + Sink<Outgoing, Error = SocketError> + Unpin
{
}

/// Any [`Socket`].
#[cfg(not(target_arch = "wasm32"))]
pub type BoxedSocket = Box<dyn Socket + Send>;
/// Any [`Socket`].
#[cfg(target_arch = "wasm32")]
pub type BoxedSocket = Box<dyn Socket>;
