//! The queue of frames to write to one connection, bounded in frames and in bytes, and the word that the connection has
//! to end.
//!
//! A list behind a mutex and not a channel: a channel allocates capacity for 32 frames, and a connection is idle most
//! of the time. An empty queue has no memory beside its own fields.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::budgets::KeptBytes;
use super::metrics::Micros;
use super::rooms::queued_bytes;
use crate::protocol::limits::{ASSURED_BYTES, MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES};
use crate::protocol::{RoomId, ServerErrorCode, ServerMessage};

/// A resumed connection starts with a full mailbox in its queue, and needs the same capacity behind it.
const MAX_FRAMES: usize = 2 * MAX_QUEUED_FRAMES;
const MAX_BYTES: usize = 2 * MAX_QUEUED_BYTES;
/// Frames for which an empty queue keeps its memory.
const KEPT_CAPACITY: usize = 4;

/// A message to write, or the end of the connection.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// With the time at which it was queued.
    Message(Arc<ServerMessage>, Micros),
    /// The ICE servers, with TURN for a member of this room. Boxed because it is rare and large.
    IceServers(Option<Box<RoomId>>),
    /// Close, because of this error.
    Close(Option<ServerErrorCode>),
}

/// The connection that waits for what was added, if it waits. The caller wakes it when it holds no lock: to wake a task
/// can take a system call.
pub(super) type ToWake = Option<Waker>;

/// The queue is full: the connection does not read.
#[derive(Debug)]
pub(super) struct Full;

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Outgoing>,
    bytes: usize,
    /// The bytes count for the address of the connection too. There are none before that is known.
    of_address: Option<Arc<KeptBytes>>,
    /// Nothing more is added.
    has_ended: bool,
    /// The receiver is gone, and nothing more is kept.
    is_abandoned: bool,
    waker: Option<Waker>,
}

impl State {
    fn clear(&mut self) {
        self.frames = VecDeque::new();
        if let Some(of_address) = &self.of_address {
            of_address.sub(self.bytes);
        }
        self.bytes = 0;
    }

    fn push(&mut self, outgoing: Outgoing) -> Result<(), Full> {
        if self.has_ended || self.is_abandoned {
            return Ok(());
        }
        if self.frames.len() >= MAX_FRAMES {
            return Err(Full);
        }
        self.frames.push_back(outgoing);
        Ok(())
    }

    fn pop(&mut self) -> Option<Outgoing> {
        let outgoing = self.frames.pop_front()?;
        if self.frames.is_empty() && self.frames.capacity() > KEPT_CAPACITY {
            self.frames = VecDeque::new();
        }
        if let Outgoing::Message(message, _) = &outgoing {
            let bytes = queued_bytes(message);
            self.bytes -= bytes;
            if let Some(of_address) = &self.of_address {
                of_address.sub(bytes);
            }
        }
        Some(outgoing)
    }

    fn wait(&mut self, cx: &Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }
}

#[derive(Debug, Default)]
struct Queue(Mutex<State>);

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, then wakes the connection without the lock.
    fn update(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.lock();
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Changes the state. The caller wakes the connection.
    fn add(&self, change: impl FnOnce(&mut State) -> Result<(), Full>) -> Result<ToWake, Full> {
        let mut state = self.lock();
        change(&mut state)?;
        Ok(state.waker.take())
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.lock().clear();
    }
}

/// The end of the queue that [`super::shared::Shared`] fills. The queue ends with it.
#[derive(Debug)]
pub(super) struct SendQueue(Arc<Queue>);

/// The end of the queue that the connection empties.
#[derive(Debug)]
pub(super) struct SendQueueReceiver(Arc<Queue>);

/// An empty queue.
pub(super) fn send_queue() -> (SendQueue, SendQueueReceiver) {
    let queue = Arc::new(Queue::default());
    (SendQueue(Arc::clone(&queue)), SendQueueReceiver(queue))
}

impl SendQueue {
    /// The bytes that wait in it count for this address.
    pub(super) fn count_for(&self, of_address: Arc<KeptBytes>) {
        self.0.lock().of_address = Some(of_address);
    }

    /// Adds a message. A connection that has ended is not full: it reports its end itself.
    pub(super) fn push(&self, message: Arc<ServerMessage>, at: Micros) -> Result<ToWake, Full> {
        let bytes = queued_bytes(&message);
        self.0.add(|state| {
            let is_over = |of_address: &Arc<KeptBytes>| of_address.is_over();
            // The others of an address that has used its budget go on, as long as they read.
            let limit = if state.of_address.as_ref().is_some_and(is_over) {
                ASSURED_BYTES
            } else {
                MAX_BYTES
            };
            // An empty queue takes any message, so a single large one never overflows it.
            if state.bytes > 0 && state.bytes + bytes > limit {
                return Err(Full);
            }
            let frames = state.frames.len();
            state.push(Outgoing::Message(message, at))?;
            if state.frames.len() > frames {
                state.bytes += bytes;
                if let Some(of_address) = &state.of_address {
                    of_address.add(bytes);
                }
            }
            Ok(())
        })
    }

    /// Adds the ICE servers.
    pub(super) fn push_ice_servers(&self, turn_for: Option<RoomId>) -> Result<ToWake, Full> {
        let outgoing = Outgoing::IceServers(turn_for.map(Box::new));
        self.0.add(|state| state.push(outgoing))
    }

    /// Lets the queue run empty, then closes the connection.
    pub(super) fn close(self, error: Option<ServerErrorCode>) {
        self.0.update(|state| {
            if state.push(Outgoing::Close(error)).is_err() {
                state.clear();
            }
        });
    }

    /// Ends the connection and drops what is queued.
    pub(super) fn abort(self) {
        self.0.lock().clear();
    }

    /// Bytes that wait in it.
    pub(super) fn bytes(&self) -> usize {
        self.0.lock().bytes
    }
}

impl Drop for SendQueue {
    fn drop(&mut self) {
        self.0.update(|state| state.has_ended = true);
    }
}

impl SendQueueReceiver {
    /// The next frame to write, or nothing when the connection has to end at once.
    pub(super) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<Outgoing>> {
        let mut state = self.0.lock();
        if let Some(outgoing) = state.pop() {
            return Poll::Ready(Some(outgoing));
        }
        if state.has_ended {
            return Poll::Ready(None);
        }
        state.wait(cx);
        Poll::Pending
    }

    /// Ready when the connection has to end at once.
    pub(super) fn poll_end(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        if state.has_ended && state.frames.is_empty() {
            return Poll::Ready(());
        }
        state.wait(cx);
        Poll::Pending
    }

    /// The next frame, if there is one.
    pub(super) fn try_next(&self) -> Option<Outgoing> {
        self.0.lock().pop()
    }
}

impl Drop for SendQueueReceiver {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_abandoned = true;
        state.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;
    use crate::protocol::{PeerId, Sealed};

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn signal(seq: u64, bytes: usize) -> Arc<ServerMessage> {
        Arc::new(ServerMessage::Signal {
            from: PeerId::from_bytes([1; 16]),
            seq,
            envelope: Sealed("x".repeat(bytes)),
        })
    }

    fn seqs(receiver: &SendQueueReceiver) -> Vec<u64> {
        let frames = std::iter::from_fn(|| receiver.try_next());
        frames
            .filter_map(|outgoing| match outgoing {
                Outgoing::Message(message, _) => match *message {
                    ServerMessage::Signal { seq, .. } => Some(seq),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    #[test]
    fn frames_come_in_order_and_an_empty_queue_keeps_no_memory() {
        let (sender, receiver) = send_queue();
        let address = KeptBytes::unbounded();
        sender.count_for(Arc::clone(&address));
        for seq in 0..100 {
            sender.push(signal(seq, 10), Micros::default()).unwrap();
        }
        assert!(address.bytes() > 100 * 10);
        assert_eq!(seqs(&receiver), (0..100).collect::<Vec<_>>());
        assert_eq!((address.bytes(), sender.bytes()), (0, 0));
        assert!(receiver.0.lock().frames.capacity() <= KEPT_CAPACITY);
    }

    #[test]
    fn it_is_bounded_in_frames_and_in_bytes() {
        let (sender, _receiver) = send_queue();
        for seq in 0..MAX_FRAMES as u64 {
            sender.push(signal(seq, 0), Micros::default()).unwrap();
        }
        assert!(sender.push(signal(0, 0), Micros::default()).is_err());
        let (sender, _receiver) = send_queue();
        sender
            .push(signal(0, MAX_BYTES), Micros::default())
            .unwrap();
        assert!(sender.push(signal(1, 0), Micros::default()).is_err());
    }

    #[test]
    fn a_connection_that_waits_is_woken_once_for_each_change() {
        let wakes = Arc::new(Wakes::default());
        let waker = Arc::clone(&wakes).into();
        let cx = Context::from_waker(&waker);
        let (sender, receiver) = send_queue();
        assert!(receiver.poll_next(&cx).is_pending());
        sender
            .push(signal(1, 0), Micros::default())
            .unwrap()
            .unwrap()
            .wake();
        // Nobody waits now, so nobody is woken.
        assert!(
            sender
                .push(signal(2, 0), Micros::default())
                .unwrap()
                .is_none()
        );
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert!(matches!(receiver.poll_next(&cx), Poll::Ready(Some(_))));
        assert!(receiver.poll_end(&cx).is_pending());
        sender.abort();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 2);
        assert!(receiver.poll_end(&cx).is_ready());
        assert!(matches!(receiver.poll_next(&cx), Poll::Ready(None)));
    }

    #[test]
    fn a_queue_that_is_closed_runs_empty_first_and_one_that_is_aborted_does_not() {
        let waker = Waker::noop();
        let cx = Context::from_waker(waker);
        let (sender, receiver) = send_queue();
        sender.push(signal(1, 0), Micros::default()).unwrap();
        sender.close(None);
        assert!(receiver.poll_end(&cx).is_pending());
        assert_eq!(seqs(&receiver), [1]);
        let (sender, receiver) = send_queue();
        let address = KeptBytes::unbounded();
        sender.count_for(Arc::clone(&address));
        sender.push(signal(1, 50), Micros::default()).unwrap();
        sender.abort();
        assert!(matches!(receiver.poll_next(&cx), Poll::Ready(None)));
        assert_eq!(address.bytes(), 0);
    }

    #[test]
    fn what_waits_for_a_connection_that_has_ended_is_given_back() {
        let (sender, receiver) = send_queue();
        let address = KeptBytes::unbounded();
        sender.count_for(Arc::clone(&address));
        sender.push(signal(1, 50), Micros::default()).unwrap();
        drop(receiver);
        assert_eq!(address.bytes(), 0);
        sender.push(signal(2, 50), Micros::default()).unwrap();
        assert_eq!((address.bytes(), sender.bytes()), (0, 0));
    }
}
