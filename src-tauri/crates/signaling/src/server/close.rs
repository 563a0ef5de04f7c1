//! The last words of a connection.

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::protocol::ServerErrorCode;

/// Sends what is written and the close frame, then reads what still comes. A socket that is closed with unread
/// bytes in it is reset, and the other side might not see its last words.
pub(super) async fn part<S>(
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
        // Up to the other side's close frame.
        while let Some(Ok(_)) = socket.next().await {}
        return;
    }
    // Frames can no longer be told apart: bytes, until the other side hangs up.
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
