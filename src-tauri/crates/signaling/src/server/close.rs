//! The close handshake of a connection (RFC 6455, section 7).

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::protocol::ServerErrorCode;

/// Flushes what is written, sends the close frame, then reads what still comes. A socket that is closed with unread
/// bytes is reset, and the other side may lose the last frames.
pub(super) async fn close<S>(
    mut socket: WebSocketStream<S>,
    error: Option<ServerErrorCode>,
    is_reading: bool,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let frame = CloseFrame {
        code: close_code(error),
        reason: "".into(),
    };
    if socket.close(Some(frame)).await.is_err() {
        return;
    }
    if is_reading {
        // Until the close frame of the other side.
        while let Some(Ok(_)) = socket.next().await {}
        return;
    }
    // Frames can no longer be read, so bytes are read until the other side closes.
    let stream = socket.get_mut();
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut rest = [0; 4096];
    while matches!(stream.read(&mut rest).await, Ok(1..)) {}
}

const fn close_code(error: Option<ServerErrorCode>) -> CloseCode {
    match error {
        None => CloseCode::Normal,
        Some(ServerErrorCode::ShuttingDown) => CloseCode::Away,
        Some(ServerErrorCode::FrameTooLarge) => CloseCode::Size,
        Some(_) => CloseCode::Policy,
    }
}
