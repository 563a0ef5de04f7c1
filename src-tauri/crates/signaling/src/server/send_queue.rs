//! What waits for one connection: bounded in frames and in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::protocol::limits::{MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES};
use crate::protocol::{ServerErrorCode, ServerMessage};
use crate::server::rooms::weight;

/// A resumed connection finds a full mailbox, and behind it there has to be room for as much again.
const FRAMES: usize = 2 * MAX_QUEUED_FRAMES;
const BYTES: usize = 2 * MAX_QUEUED_BYTES;

/// What a connection has to do.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// Send this.
    Message(Arc<ServerMessage>),
    /// Close, because of this.
    Close(Option<ServerErrorCode>),
}

/// No room: the connection does not read.
#[derive(Debug)]
pub(super) struct Full;

/// The end of the queue that the hall fills.
#[derive(Debug)]
pub(super) struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    bytes: Arc<AtomicUsize>,
    cut: CancellationToken,
}

/// The end of the queue that the connection empties.
#[derive(Debug)]
pub(super) struct Inlet {
    pub(super) queue: mpsc::Receiver<Outgoing>,
    bytes: Arc<AtomicUsize>,
    /// The connection has to go at once.
    pub(super) cut: CancellationToken,
}

/// An empty queue.
pub(super) fn outbox() -> (Outbox, Inlet) {
    let (sender, receiver) = mpsc::channel(FRAMES);
    let bytes = Arc::new(AtomicUsize::new(0));
    let cut = CancellationToken::new();
    let outbox = Outbox {
        queue: sender,
        bytes: Arc::clone(&bytes),
        cut: cut.clone(),
    };
    let inlet = Inlet {
        queue: receiver,
        bytes,
        cut,
    };
    (outbox, inlet)
}

impl Outbox {
    /// Puts a message into the queue. A connection that has ended is not full: it will say so itself.
    pub(super) fn send(&self, message: Arc<ServerMessage>) -> Result<(), Full> {
        let weight = weight(&message);
        // One message is always let in, so that no bound can be smaller than what it bounds.
        let before = self.bytes.fetch_add(weight, Ordering::Relaxed);
        if before > 0 && before + weight > BYTES {
            return Err(Full);
        }
        match self.queue.try_send(Outgoing::Message(message)) {
            Err(mpsc::error::TrySendError::Full(_)) => Err(Full),
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        }
    }

    /// Lets the queue run empty, then closes. Nothing can be sent after it.
    pub(super) fn close(self, error: Option<ServerErrorCode>) {
        if self.queue.try_send(Outgoing::Close(error)).is_err() {
            self.cut.cancel();
        }
    }

    /// Ends the connection with what waits for it.
    pub(super) fn cut(self) {
        self.cut.cancel();
    }
}

impl Inlet {
    /// A message has left the queue.
    pub(super) fn took(&self, message: &ServerMessage) {
        self.bytes.fetch_sub(weight(message), Ordering::Relaxed);
    }
}
