//! A room's client: keeps one connection to whichever endpoint answers first, and comes back when it is lost.
//!
//! A thin translator. Who is in the room is decided by [`membership`], when to try again by
//! [`backoff`], what still has to be sent by the outbox; here are the socket, the clock and the channels.

pub mod backoff;
mod connection;
mod connector;
mod event;
pub mod membership;
mod send_queue;
mod send_rate;
mod task;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use self::backoff::RetryPolicy;
use self::connector::Ways;
pub use self::connector::{Stream, Wire, Wires};
pub use self::event::{FailReason, Member, RoomEvent};
pub use self::membership::DirectError;
use self::membership::{Membership, SignalError};
use crate::crypto::{RoomSecret, SessionKey};
use crate::invite::Endpoint;
use crate::protocol::{PeerId, Sealed};

/// Events that wait for the reader. Then the socket is not read on.
const EVENTS: usize = 256;
const COMMANDS: usize = 64;
/// How long `leave` waits for its last words to be sent.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// What a client needs to know.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Where the room's server may be reached; all are tried together.
    pub endpoints: Vec<Endpoint>,
    /// The room.
    pub secret: RoomSecret,
    /// The id under which we were in the room before, if the app ended without a word.
    pub was: Option<PeerId>,
    /// Our name, as the lobby knows it. [`RoomClient::enter`] may change it.
    pub name: String,
    /// When to try again.
    pub retry: RetryPolicy,
}

/// Why a request was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Nobody of that id is in the room.
    #[error("no such peer in the room")]
    UnknownPeer,
    /// The signal does not fit into a frame.
    #[error("the signal is too large")]
    TooLarge,
    /// A signal is said to be one that was sent before, and was not.
    #[error("no signal has that number")]
    UnknownNumber,
    /// As many signals wait for the connection as may wait. Those are kept, this one is not.
    #[error("too many signals are waiting")]
    Full,
    /// The client has failed.
    #[error("the client is closed")]
    Closed,
}

impl From<SignalError> for ClientError {
    fn from(error: SignalError) -> Self {
        match error {
            SignalError::UnknownPeer => Self::UnknownPeer,
            SignalError::TooLarge => Self::TooLarge,
            SignalError::UnknownNumber => Self::UnknownNumber,
        }
    }
}

/// One stay in one room, under one peer id. Dropping it ends its task at once and without a word:
/// the others see us away, then gone. [`RoomClient::leave`] says so.
#[derive(Debug)]
pub struct RoomClient {
    me: PeerId,
    commands: mpsc::Sender<Command>,
    hurry: Arc<Notify>,
    task: AbortOnDrop,
}

enum Command {
    Enter {
        name: String,
    },
    Signal {
        to: PeerId,
        signal: Value,
        number: Option<u64>,
        answer: oneshot::Sender<Result<(), ClientError>>,
    },
    Seal {
        to: PeerId,
        signal: Value,
        number: Option<u64>,
        answer: oneshot::Sender<Result<(u64, Sealed), ClientError>>,
    },
    Open {
        from: PeerId,
        envelope: Sealed,
        answer: oneshot::Sender<Result<Option<Value>, DirectError>>,
    },
    Leave,
}

#[derive(Debug)]
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RoomClient {
    /// Starts to join, under a new peer id. To be called inside a Tokio runtime.
    #[must_use]
    pub fn spawn(config: ClientConfig) -> (Self, mpsc::Receiver<RoomEvent>) {
        Self::start(config, Ways::default())
    }

    /// The same, over connections that somebody else makes.
    #[must_use]
    pub fn spawn_over(
        config: ClientConfig,
        wires: Arc<dyn Wires>,
    ) -> (Self, mpsc::Receiver<RoomEvent>) {
        Self::start(config, Ways::over(wires))
    }

    fn start(config: ClientConfig, ways: Ways) -> (Self, mpsc::Receiver<RoomEvent>) {
        let membership = Membership::new(&config.secret, SessionKey::random());
        let membership = membership.in_place_of(config.was);
        let me = membership.me();
        let (commands, requests) = mpsc::channel(COMMANDS);
        let (events, reports) = mpsc::channel(EVENTS);
        let hurry = Arc::new(Notify::new());
        let hurried = Arc::clone(&hurry);
        let task = task::Task::new(config, membership, requests, events, hurried, ways);
        let task = AbortOnDrop(tokio::spawn(task.run()));
        (
            Self {
                me,
                commands,
                hurry,
                task,
            },
            reports,
        )
    }

    /// Our peer id.
    #[must_use]
    pub const fn me(&self) -> PeerId {
        self.me
    }

    /// From the lobby into the room, under that name. Kept: it also holds when the room is joined only later,
    /// or again. Calling it again changes the name.
    ///
    /// # Errors
    /// [`ClientError::Closed`].
    pub async fn enter(&self, name: String) -> Result<(), ClientError> {
        let sent = self.commands.send(Command::Enter { name }).await;
        sent.map_err(|_| ClientError::Closed)
    }

    /// Seals a signal for a member and sends it: now, or when the connection is back. It arrives once, unless
    /// the member leaves.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub async fn signal(&self, to: PeerId, signal: Value) -> Result<(), ClientError> {
        self.signal_as(to, signal, None).await
    }

    /// The same. With the number that [`RoomClient::seal`] gave it, it is the same signal once more, and the
    /// member takes it once, whichever way it comes first.
    ///
    /// # Errors
    /// As with [`RoomClient::signal`], and for a number that was not given out.
    pub async fn signal_as(
        &self,
        to: PeerId,
        signal: Value,
        number: Option<u64>,
    ) -> Result<(), ClientError> {
        let asked = self.ask(|answer| Command::Signal {
            to,
            signal,
            number,
            answer,
        });
        asked.await.unwrap_or(Err(ClientError::Closed))
    }

    /// Seals a signal for a member, to be taken there past the server, and says its number. It needs no
    /// connection. With a `number`, it is one that was sealed or sent before.
    ///
    /// # Errors
    /// When there is no such member, it is too large, or the number was not given out.
    pub async fn seal(
        &self,
        to: PeerId,
        signal: Value,
        number: Option<u64>,
    ) -> Result<(u64, Sealed), ClientError> {
        let asked = self.ask(|answer| Command::Seal {
            to,
            signal,
            number,
            answer,
        });
        asked.await.unwrap_or(Err(ClientError::Closed))
    }

    /// Opens an envelope that a member has brought past the server. The signal, or nothing when it came before,
    /// whichever way.
    ///
    /// # Errors
    /// When it does not open, or that member brings too many.
    pub async fn open(&self, from: PeerId, envelope: Sealed) -> Result<Option<Value>, DirectError> {
        let asked = self.ask(|answer| Command::Open {
            from,
            envelope,
            answer,
        });
        asked.await.unwrap_or(Err(DirectError::UnknownPeer))
    }

    /// The answer, if the task still gives any.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(command(answer)).await.ok()?;
        answered.await.ok()
    }

    /// The network has changed or the machine has woken up: asks the connection for a sign of life, and does
    /// not wait out a pause between attempts.
    pub fn reconnect_now(&self) {
        self.hurry.notify_one();
    }

    /// Says that we leave and closes the connection, within two seconds.
    pub async fn leave(mut self) {
        let gone = async {
            if self.commands.send(Command::Leave).await.is_ok() {
                // An error is the task's end as well.
                let _ = (&mut self.task.0).await;
            }
        };
        let _ = timeout(LEAVE_TIMEOUT, gone).await;
    }
}
