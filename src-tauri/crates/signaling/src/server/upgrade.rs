//! From a TCP stream to a WebSocket. One path is upgraded, one serves the invite page, every other gets a plain answer.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::{
    Request, Response, create_response_with_body, write_response,
};
use tokio_tungstenite::tungstenite::http::{self, HeaderMap, StatusCode};
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
    /// The server goes down.
    Draining,
    /// A balancer looks for a room that is not open here.
    NotOpen,
}

/// How a request is answered.
pub(super) enum Answer {
    /// It may become a WebSocket, after this response.
    Upgrade(Kind, Box<Response>),
    /// It asks for the invite page.
    InvitePage,
    /// Nothing is at this path.
    NotFound,
    /// It is refused.
    Refused(StatusCode),
}

/// The other side of a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The rooms.
    Signaling,
    /// The relay.
    Relay,
}

/// Chooses the answer to a request. `admit` decides about those for a WebSocket.
pub(super) fn answer<T>(
    request: &http::Request<T>,
    has_relay: bool,
    admit: impl FnOnce(&HeaderMap) -> Result<(), Refused>,
) -> Answer {
    let kind = match request.uri().path() {
        PATH => Kind::Signaling,
        path if has_relay && RELAY_PATHS.contains(&path) => Kind::Relay,
        INVITE_PATH => return Answer::InvitePage,
        _ => return Answer::NotFound,
    };
    let Ok(response) = create_response_with_body(request, || ()) else {
        return Answer::Refused(StatusCode::UPGRADE_REQUIRED);
    };
    match admit(request.headers()) {
        Ok(()) => Answer::Upgrade(kind, Box::new(response)),
        Err(Refused::Origin) => Answer::Refused(StatusCode::FORBIDDEN),
        Err(Refused::TooMany) => Answer::Refused(StatusCode::TOO_MANY_REQUESTS),
        Err(Refused::Draining) => Answer::Refused(StatusCode::SERVICE_UNAVAILABLE),
        Err(Refused::NotOpen) => Answer::Refused(StatusCode::NOT_FOUND),
    }
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
            Ok(None) | Err(_) => return respond(stream, StatusCode::BAD_REQUEST).await,
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
    let (kind, response) = match answer(&request, has_relay, admit) {
        Answer::Upgrade(kind, response) => (kind, response),
        Answer::InvitePage => return write(stream, &invite_page::RESPONSE).await,
        Answer::NotFound => return respond(stream, StatusCode::NOT_FOUND).await,
        Answer::Refused(status) => return respond(stream, status).await,
    };
    let mut bytes = Vec::new();
    write_response(&mut bytes, &response).ok()?;
    if kind == Kind::Signaling {
        write_challenge(&mut bytes, *nonce)?;
    }
    stream.write_all(&bytes).await.ok()?;
    let early = head.split_off(size);
    Some(match kind {
        Kind::Signaling => Upgraded::Signaling(socket(stream, early).await),
        Kind::Relay => Upgraded::Relay(stream, early),
    })
}

/// The WebSocket of a stream. `early` was read of its frames.
pub(super) async fn socket<S>(stream: S, early: Vec<u8>) -> WebSocketStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let role = Role::Server;
    WebSocketStream::from_partially_read(stream, early, role, Some(config())).await
}

/// The first frame of every connection.
pub(super) fn write_challenge(bytes: &mut Vec<u8>, nonce: Nonce) -> Option<()> {
    let version = PROTOCOL_VERSION;
    let text = serde_json::to_string(&ServerMessage::Challenge { nonce, version }).ok()?;
    let frame = Frame::message(text, OpCode::Data(Data::Text), true);
    frame.format(bytes).ok()
}

async fn respond<S: AsyncWrite + Unpin, T>(stream: S, status: StatusCode) -> Option<T> {
    let upgrade = if status == StatusCode::UPGRADE_REQUIRED {
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
