//! The page's socket: commands in, answers and events out.

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

/// The close code for a second page while the first is there.
pub const SECOND_PAGE: u16 = 4409;

/// Bytes of the largest frame from the page: a signal in its call, with room to spare.
pub(super) const MAX_FRAME_BYTES: usize = 128 * 1024;
/// Calls in flight; more are left in the socket.
const MAX_CALLS: usize = 64;
/// How long the page may take to read one frame.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// A command's answer, or its error, as they go to the page.
pub type Answer = Pin<Box<dyn Future<Output = Result<Value, Value>> + Send>>;

/// The app's commands.
pub trait Dispatch: Send + Sync + 'static {
    /// Starts the command at once, so that calls start in the order in which the page made them.
    fn call(&self, command: &str, args: Value) -> Answer;
}

#[derive(Deserialize)]
struct Call {
    id: u64,
    cmd: String,
    #[serde(default)]
    args: Value,
}

#[derive(Serialize)]
struct Answered {
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

/// Serves one page until it goes, misbehaves, or `end` is cancelled.
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
            () = end.cancelled() => return bye(socket, &mut frames).await,
            // Nothing gets through to it any more, not even a close frame.
            () = frames.slow.cancelled() => return,
            Some(frame) = frames.queue.recv() => frame,
            Some(answer) = calls.next(), if !calls.is_empty() => {
                // The view that shows what a command has done is there before its answer, and stays before it.
                if !send_waiting(&mut socket, &mut frames).await {
                    return;
                }
                answer
            }
            message = socket.recv(), if calls.len() < MAX_CALLS => match message {
                Some(Ok(Message::Text(text))) => {
                    let Ok(call) = serde_json::from_str::<Call>(&text) else {
                        return close(socket, close_code::POLICY, "not a call").await;
                    };
                    calls.push(start(call, dispatch, commands));
                    continue;
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Binary(_))) => {
                    return close(socket, close_code::POLICY, "not a call").await;
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        };
        if !send(&mut socket, text, &frames.slow).await {
            return;
        }
    }
}

/// Closes the socket, giving the page a bounded time to take it.
pub(super) async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let frame = Message::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }));
    let _ = tokio::time::timeout(SEND_TIMEOUT, socket.send(frame)).await;
}

/// What the owner sent before it closed the door still arrives.
async fn bye(mut socket: WebSocket, frames: &mut Frames) {
    if send_waiting(&mut socket, frames).await {
        close(socket, close_code::AWAY, "closed").await;
    }
}

/// Sends what waits now. What comes meanwhile has to wait for its turn.
async fn send_waiting(socket: &mut WebSocket, frames: &mut Frames) -> bool {
    for _ in 0..frames.queue.len() {
        let Ok(frame) = frames.queue.try_recv() else {
            break;
        };
        if !send(socket, frame, &frames.slow).await {
            return false;
        }
    }
    true
}

async fn send(socket: &mut WebSocket, text: String, slow: &CancellationToken) -> bool {
    let sending = tokio::time::timeout(SEND_TIMEOUT, socket.send(Message::Text(text.into())));
    matches!(slow.run_until_cancelled(sending).await, Some(Ok(Ok(()))))
}

fn start(
    call: Call,
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
        let answered = Answered {
            id: call.id,
            result,
        };
        // Values always are JSON; an empty frame would only tell the page that something is off.
        serde_json::to_string(&answered).unwrap_or_default()
    }
}

fn refusal() -> Value {
    let error = AppError {
        message: "no such command".to_owned(),
        ..ErrorCode::Internal.into()
    };
    serde_json::to_value(error).unwrap_or_default()
}
