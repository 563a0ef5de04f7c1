//! From a TCP stream to a WebSocket. One path is upgraded, one serves the invite page, every other gets a plain answer.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::{Request, create_response, write_response};
use tokio_tungstenite::tungstenite::http::HeaderMap;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::invite_page::{self, INVITE_PATH};
use crate::protocol::limits::{MAX_FRAME_BYTES, MAX_REQUEST_BYTES, READ_BUFFER_BYTES};
use crate::protocol::{Nonce, PATH, PROTOCOL_VERSION, ServerMessage};

/// Bytes of frames that are written to the socket at once.
pub(super) const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Where a relay is served. Most relays have no path, so addresses of relays have none.
const RELAY_PATHS: [&str; 2] = ["/", "/relay"];

/// Why a request may not become a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// A web page asks that may not.
    Origin,
    /// Too many come from its address.
    TooMany,
}

/// A WebSocket, by the path that was asked for.
#[expect(clippy::large_enum_variant, reason = "it is moved once")]
pub(super) enum Upgraded<S> {
    /// Of a client of this server. Its challenge was written.
    Signaling(WebSocketStream<S>),
    /// Of a client of a relay: the stream, and what was read of it after the request.
    Relay(S, Vec<u8>),
}

/// Answers the request, which begins with `head`. Returns the WebSocket, if the request asked for one at a path that
/// is served and `admit` takes it. The challenge with this nonce was then written, in one segment with the answer.
///
/// tungstenite's own `accept` does not answer a request that is not for a WebSocket.
pub(super) async fn upgrade<S>(
    mut stream: S,
    mut head: Vec<u8>,
    nonce: &Nonce,
    has_relay: bool,
    admit: impl FnOnce(&HeaderMap) -> Result<(), Refused>,
) -> Option<Upgraded<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (size, request) = loop {
        match Request::try_parse(&head) {
            Ok(Some(parsed)) => break parsed,
            Ok(None) if head.len() < MAX_REQUEST_BYTES => {}
            Ok(None) | Err(_) => return respond(stream, "400 Bad Request").await,
        }
        let free_bytes = (MAX_REQUEST_BYTES - head.len()) as u64;
        if (&mut stream)
            .take(free_bytes)
            .read_buf(&mut head)
            .await
            .ok()?
            == 0
        {
            return None;
        }
    };
    let is_relay = match request.uri().path() {
        PATH => false,
        path if has_relay && RELAY_PATHS.contains(&path) => true,
        INVITE_PATH => return write(stream, &invite_page::RESPONSE).await,
        _ => return respond(stream, "404 Not Found").await,
    };
    let Ok(response) = create_response(&request) else {
        return respond(stream, "426 Upgrade Required").await;
    };
    match admit(request.headers()) {
        Ok(()) => {}
        Err(Refused::Origin) => return respond(stream, "403 Forbidden").await,
        Err(Refused::TooMany) => return respond(stream, "429 Too Many Requests").await,
    }
    let mut bytes = Vec::new();
    write_response(&mut bytes, &response).ok()?;
    if !is_relay {
        write_challenge(&mut bytes, *nonce)?;
    }
    stream.write_all(&bytes).await.ok()?;
    let early = head.split_off(size);
    if is_relay {
        return Some(Upgraded::Relay(stream, early));
    }
    let role = Role::Server;
    let socket = WebSocketStream::from_partially_read(stream, early, role, Some(config())).await;
    Some(Upgraded::Signaling(socket))
}

/// The first frame of every connection.
fn write_challenge(bytes: &mut Vec<u8>, nonce: Nonce) -> Option<()> {
    let version = PROTOCOL_VERSION;
    let text = serde_json::to_string(&ServerMessage::Challenge { nonce, version }).ok()?;
    let frame = Frame::message(text, OpCode::Data(Data::Text), true);
    frame.format(bytes).ok()
}

async fn respond<S: AsyncWrite + Unpin, T>(stream: S, status: &str) -> Option<T> {
    let upgrade = if status.starts_with("426") {
        "Upgrade: websocket\r\n"
    } else {
        ""
    };
    let text =
        format!("HTTP/1.1 {status}\r\n{upgrade}Content-Length: 0\r\nConnection: close\r\n\r\n");
    write(stream, &text).await
}

async fn write<S: AsyncWrite + Unpin, T>(mut stream: S, text: &str) -> Option<T> {
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()?;
    None
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        // Pongs that wait to be written count too, so a flood of pings cannot grow the buffer.
        .max_write_buffer_size(8 * MAX_FRAME_BYTES)
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES))
}
