//! The queue of frames to write to one connection, bounded in frames and in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::budgets::KeptBytes;
use super::rooms::queued_bytes;
use crate::protocol::limits::{ASSURED_BYTES, MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES};
use crate::protocol::{RoomId, ServerErrorCode, ServerMessage};

/// A resumed connection starts with a full mailbox in its queue, and needs the same capacity behind it.
const MAX_FRAMES: usize = 2 * MAX_QUEUED_FRAMES;
const MAX_BYTES: usize = 2 * MAX_QUEUED_BYTES;

/// A message to write, or the end of the connection.
#[derive(Debug)]
pub(super) enum Outgoing {
    Message(Arc<ServerMessage>),
    /// The ICE servers, with TURN for a member of this room.
    IceServers(Option<RoomId>),
    /// Close, because of this error.
    Close(Option<ServerErrorCode>),
}

/// The bytes in one queue, which count for the address of its connection too.
#[derive(Debug)]
struct QueueBytes {
    bytes: AtomicUsize,
    of_address: Arc<KeptBytes>,
}

impl QueueBytes {
    /// Returns what was in the queue before.
    fn add(&self, bytes: usize) -> usize {
        self.of_address.add(bytes);
        self.bytes.fetch_add(bytes, Ordering::Relaxed)
    }

    /// Nothing is left to take away from a queue that was cleared.
    fn sub(&self, bytes: usize) {
        let left = |before: usize| Some(before.saturating_sub(bytes));
        let before = self
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        let before = before.unwrap_or_else(|unchanged| unchanged);
        self.of_address.sub(before.min(bytes));
    }

    fn clear(&self) {
        self.of_address.sub(self.bytes.swap(0, Ordering::Relaxed));
    }
}

impl Drop for QueueBytes {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The queue is full: the connection does not read.
#[derive(Debug)]
pub(super) struct Full;

/// The end of the queue that [`super::shared::Shared`] fills.
#[derive(Debug)]
pub(super) struct SendQueue {
    queue: mpsc::Sender<Outgoing>,
    bytes: Arc<QueueBytes>,
    aborted: CancellationToken,
}

/// The end of the queue that the connection empties.
#[derive(Debug)]
pub(super) struct SendQueueReceiver {
    pub(super) queue: mpsc::Receiver<Outgoing>,
    bytes: Arc<QueueBytes>,
    /// The connection has to end at once.
    pub(super) aborted: CancellationToken,
}

/// An empty queue of a connection that ends with `aborted`. Its bytes count for this address.
pub(super) fn send_queue(
    of_address: Arc<KeptBytes>,
    aborted: CancellationToken,
) -> (SendQueue, SendQueueReceiver) {
    let (sender, receiver) = mpsc::channel(MAX_FRAMES);
    let bytes = Arc::new(QueueBytes {
        bytes: AtomicUsize::new(0),
        of_address,
    });
    let sender = SendQueue {
        queue: sender,
        bytes: Arc::clone(&bytes),
        aborted: aborted.clone(),
    };
    let receiver = SendQueueReceiver {
        queue: receiver,
        bytes,
        aborted,
    };
    (sender, receiver)
}

impl SendQueue {
    /// Adds a message. A connection that has ended is not full: it reports its end itself.
    pub(super) fn push(&self, message: Arc<ServerMessage>) -> Result<(), Full> {
        let bytes = queued_bytes(&message);
        // An empty queue takes any message, so a single large one never overflows it.
        let before = self.bytes.add(bytes);
        // The others of an address that has used its budget go on, as long as they read.
        let limit = if self.bytes.of_address.is_over() {
            ASSURED_BYTES
        } else {
            MAX_BYTES
        };
        if before > 0 && before + bytes > limit {
            return Err(Full);
        }
        self.try_send(Outgoing::Message(message))
    }

    /// Adds the ICE servers.
    pub(super) fn push_ice_servers(&self, turn_for: Option<RoomId>) -> Result<(), Full> {
        self.try_send(Outgoing::IceServers(turn_for))
    }

    fn try_send(&self, outgoing: Outgoing) -> Result<(), Full> {
        match self.queue.try_send(outgoing) {
            Err(mpsc::error::TrySendError::Full(_)) => Err(Full),
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        }
    }

    /// Lets the queue run empty, then closes the connection.
    pub(super) fn close(self, error: Option<ServerErrorCode>) {
        if self.queue.try_send(Outgoing::Close(error)).is_err() {
            self.aborted.cancel();
        }
    }

    /// Ends the connection and drops what is queued.
    pub(super) fn abort(self) {
        self.bytes.clear();
        self.aborted.cancel();
    }

    /// Bytes that wait in it.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.bytes.load(Ordering::Relaxed)
    }
}

impl SendQueueReceiver {
    /// A message was taken from the queue.
    pub(super) fn release(&self, message: &ServerMessage) {
        self.bytes.sub(queued_bytes(message));
    }
}
