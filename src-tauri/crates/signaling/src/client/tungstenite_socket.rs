//! The WebSocket that this program speaks itself.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::connector::WebSocket;
use super::socket::{Incoming, Outgoing, SocketError};
use crate::protocol::ClientMessage;

/// How a client pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pings {
    /// By the frames of WebSocket.
    WebSocket,
    /// By messages, as a web page has to.
    Messages,
}

pub(super) struct TungsteniteSocket {
    inner: WebSocket,
    pings: Pings,
}

impl TungsteniteSocket {
    pub(super) const fn new(inner: WebSocket, pings: Pings) -> Self {
        Self { inner, pings }
    }
}

impl Stream for TungsteniteSocket {
    type Item = Result<Incoming, SocketError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let frame = ready!(self.inner.poll_next_unpin(cx));
        Poll::Ready(frame.map(|frame| match frame {
            Ok(frame) => Ok(incoming(frame)),
            Err(error) => Err(socket_error(error)),
        }))
    }
}

fn incoming(frame: Message) -> Incoming {
    match frame {
        Message::Text(text) => Incoming::Text(text.to_string()),
        Message::Pong(payload) => match payload.as_ref().try_into() {
            Ok(mark) => Incoming::Pong {
                mark: u64::from_be_bytes(mark),
            },
            Err(_) => Incoming::Unknown,
        },
        // tungstenite has put the pong into its buffer.
        Message::Ping(_) => Incoming::Ping,
        Message::Close(_) => Incoming::Close,
        Message::Binary(_) | Message::Frame(_) => Incoming::Unknown,
    }
}

impl Sink<Outgoing> for TungsteniteSocket {
    type Error = SocketError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        self.inner.poll_ready_unpin(cx).map_err(socket_error)
    }

    fn start_send(mut self: Pin<&mut Self>, frame: Outgoing) -> Result<(), SocketError> {
        let frame = match (frame, self.pings) {
            (Outgoing::Text(text), _) => Message::text(text),
            (Outgoing::Ping { mark }, Pings::WebSocket) => {
                Message::Ping(Bytes::copy_from_slice(&mark.to_be_bytes()))
            }
            (Outgoing::Ping { mark }, Pings::Messages) => {
                let text = serde_json::to_string(&ClientMessage::Ping { mark });
                Message::text(text.map_err(|error| SocketError(error.to_string()))?)
            }
        };
        self.inner.start_send_unpin(frame).map_err(socket_error)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        self.inner.poll_flush_unpin(cx).map_err(socket_error)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        self.inner.poll_close_unpin(cx).map_err(socket_error)
    }
}

fn socket_error(error: Error) -> SocketError {
    SocketError(error.to_string())
}
