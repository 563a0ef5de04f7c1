//! The page's socket: it receives commands and sends their results, and events.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::page::Frames;
use crate::error::{AppError, ErrorCode};

/// The close code of the socket of a second page while the first is attached.
pub const SECOND_PAGE: u16 = 4409;

/// A frame from the page is at most a command with a signal of 64 KiB.
pub(super) const MAX_FRAME_BYTES: usize = 128 * 1024;
/// Commands that run at the same time. More are left in the socket.
const MAX_CONCURRENT_CALLS: usize = 64;
/// How long the page may take to read one frame.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// Resolves to the result or the error of a command, as the page receives them.
pub type CommandFuture = Pin<Box<dyn Future<Output = Result<Value, Value>> + Send>>;

pub trait Dispatch: Send + Sync + 'static {
    /// Starts the command before it returns, so that commands start in the order in which the page calls them.
    fn call(&self, command: &str, args: Value) -> CommandFuture;
}

#[derive(Deserialize)]
struct Invoke {
    id: u64,
    cmd: String,
    #[serde(default)]
    args: Value,
}

#[derive(Serialize)]
struct Reply {
    id: u64,
    #[serde(flatten)]
    result: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Ok(Value),
    Err(Value),
}

/// Serves one page until it disconnects, violates the protocol, or `end` is cancelled.
pub(super) async fn serve(
    mut socket: WebSocket,
    mut frames: Frames,
    dispatch: &dyn Dispatch,
    commands: &[&str],
    end: &CancellationToken,
) {
    let mut calls = FuturesUnordered::new();
    loop {
        let text = tokio::select! {
            () = end.cancelled() => return drain_and_close(socket, &mut frames).await,
            // The page does not read, so it would not read a close frame either.
            () = frames.too_slow.cancelled() => return,
            Some(frame) = frames.queue.recv() => frame,
            Some(reply) = calls.next(), if !calls.is_empty() => {
                // The view that shows the effect of a command is queued before its result, and is sent before it.
                if !send_queued(&mut socket, &mut frames).await {
                    return;
                }
                reply
            }
            message = socket.recv(), if calls.len() < MAX_CONCURRENT_CALLS => match message {
                Some(Ok(Message::Text(text))) => {
                    let Ok(call) = serde_json::from_str::<Invoke>(&text) else {
                        return close(socket, close_code::POLICY, "not a command").await;
                    };
                    calls.push(start_command(call, dispatch, commands));
                    continue;
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Binary(_))) => {
                    return close(socket, close_code::POLICY, "not a command").await;
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        };
        if !send(&mut socket, text, &frames.too_slow).await {
            return;
        }
    }
}

/// Closes the socket within [`SEND_TIMEOUT`].
pub(super) async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let frame = Message::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }));
    let _ = tokio::time::timeout(SEND_TIMEOUT, socket.send(frame)).await;
}

/// Sends what the owner sent before it closed the server, and closes the socket.
async fn drain_and_close(mut socket: WebSocket, frames: &mut Frames) {
    if send_queued(&mut socket, frames).await {
        close(socket, close_code::AWAY, "closed").await;
    }
}

/// Sends the frames that wait now, and none that are queued meanwhile.
async fn send_queued(socket: &mut WebSocket, frames: &mut Frames) -> bool {
    for _ in 0..frames.queue.len() {
        let Ok(frame) = frames.queue.try_recv() else {
            break;
        };
        if !send(socket, frame, &frames.too_slow).await {
            return false;
        }
    }
    true
}

async fn send(socket: &mut WebSocket, text: String, too_slow: &CancellationToken) -> bool {
    let sending = tokio::time::timeout(SEND_TIMEOUT, socket.send(Message::Text(text.into())));
    matches!(
        too_slow.run_until_cancelled(sending).await,
        Some(Ok(Ok(())))
    )
}

fn start_command(
    call: Invoke,
    dispatch: &dyn Dispatch,
    commands: &[&str],
) -> impl Future<Output = String> + Send + use<> {
    let answer = commands
        .contains(&call.cmd.as_str())
        .then(|| dispatch.call(&call.cmd, call.args));
    async move {
        let result = match answer {
            Some(answer) => match answer.await {
                Ok(value) => Outcome::Ok(value),
                Err(error) => Outcome::Err(error),
            },
            None => Outcome::Err(refusal()),
        };
        let reply = Reply {
            id: call.id,
            result,
        };
        // A `Value` can always be serialized.
        serde_json::to_string(&reply).unwrap_or_default()
    }
}

fn refusal() -> Value {
    let error = AppError {
        message: "no such command".to_owned(),
        ..ErrorCode::Internal.into()
    };
    serde_json::to_value(error).unwrap_or_default()
}
