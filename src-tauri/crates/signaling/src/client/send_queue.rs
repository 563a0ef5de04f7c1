//! Signals on their way to the server. Each is kept until the server is known to have read it, so that a signal that
//! was written to a dead connection is sent again.
//!
//! Pure. The signals are kept unsealed, with the number by which the receiver recognises copies (see
//! [`super::membership`]).

use std::collections::VecDeque;

use super::error::SignalError;
use super::membership::PreparedSignal;
use crate::protocol::PeerId;

/// Signals that may wait for one peer. The next is refused: without an older one the peer would have half a
/// negotiation.
const MAX_WAITING: usize = 128;
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;
/// Signals that may be written before a pong confirms them.
const MAX_UNCONFIRMED: usize = 128;
/// Signals after which a ping asks for a confirmation.
const SIGNALS_PER_PING: u64 = MAX_UNCONFIRMED as u64 / 4;

#[derive(Debug)]
pub(super) struct QueuedSignal {
    pub(super) to: PeerId,
    pub(super) prepared: PreparedSignal,
}

#[derive(Debug, Default)]
pub(super) struct SendQueue {
    waiting: VecDeque<QueuedSignal>,
    waiting_bytes: usize,
    /// Signals that are written and not confirmed, each with its position among all signals and pings that were ever
    /// written.
    unconfirmed: VecDeque<(u64, QueuedSignal)>,
    /// Position of the last signal or ping written.
    written: u64,
    /// Position that the last ping asked for.
    pinged: u64,
}

impl SendQueue {
    pub(super) fn push(&mut self, to: PeerId, prepared: PreparedSignal) {
        self.waiting_bytes += prepared.bytes();
        self.waiting.push_back(QueuedSignal { to, prepared });
    }

    /// Whether one more signal for that peer may wait.
    pub(super) fn check_capacity(&self, to: PeerId) -> Result<(), SignalError> {
        let of_peer = self.waiting.iter().filter(|item| item.to == to).count();
        if of_peer < MAX_WAITING && self.waiting_bytes < MAX_WAITING_BYTES {
            Ok(())
        } else {
            Err(SignalError::QueueFull)
        }
    }

    /// The receivers of the signals that may be written now.
    pub(super) fn receivers(&self) -> impl Iterator<Item = PeerId> {
        let may_write = !self.awaits_pong();
        self.waiting
            .iter()
            .filter(move |_| may_write)
            .map(|item| item.to)
    }

    /// Whether nothing may be written before a ping is answered.
    fn awaits_pong(&self) -> bool {
        self.unconfirmed.len() >= MAX_UNCONFIRMED
    }

    /// Whether it is time to ping.
    pub(super) const fn wants_ping(&self) -> bool {
        self.written >= self.pinged + SIGNALS_PER_PING
    }

    /// Takes the next signal whose receiver can be reached. The caller writes it now.
    pub(super) fn take(&mut self, can_reach: impl Fn(PeerId) -> bool) -> Option<&QueuedSignal> {
        if self.awaits_pong() {
            return None;
        }
        let at = self.waiting.iter().position(|item| can_reach(item.to))?;
        let item = self.waiting.remove(at)?;
        self.waiting_bytes -= item.prepared.bytes();
        self.written += 1;
        self.unconfirmed.push_back((self.written, item));
        self.unconfirmed.back().map(|(_, item)| item)
    }

    /// The mark for a ping, above that of every earlier one. Its pong confirms every signal written before the ping.
    pub(super) const fn ping_mark(&mut self) -> u64 {
        self.written += 1;
        self.pinged = self.written;
        self.written
    }

    /// A ping with that mark, or a later one, was answered.
    pub(super) fn confirm(&mut self, mark: u64) {
        while self.unconfirmed.front().is_some_and(|(at, _)| *at <= mark) {
            self.unconfirmed.pop_front();
        }
    }

    /// The connection is lost: unconfirmed signals wait again, in front of later ones.
    pub(super) fn rewind(&mut self) {
        while let Some((_, item)) = self.unconfirmed.pop_back() {
            self.waiting_bytes += item.prepared.bytes();
            self.waiting.push_front(item);
        }
    }

    /// A peer has left: drops the signals for it.
    pub(super) fn remove_peer(&mut self, peer: PeerId) {
        self.waiting.retain(|item| item.to != peer);
        self.unconfirmed.retain(|(_, item)| item.to != peer);
        self.waiting_bytes = self.waiting.iter().map(|item| item.prepared.bytes()).sum();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const A: PeerId = PeerId::from_bytes([1; 16]);
    const B: PeerId = PeerId::from_bytes([2; 16]);

    fn signal(number: u64) -> PreparedSignal {
        PreparedSignal::new(number, vec![0])
    }

    fn queue(signals: &[(PeerId, u64)]) -> SendQueue {
        let mut queue = SendQueue::default();
        for (to, number) in signals {
            queue.push(*to, signal(*number));
        }
        queue
    }

    fn take_all(queue: &mut SendQueue, can_reach: impl Fn(PeerId) -> bool) -> Vec<u64> {
        let mut taken = Vec::new();
        while let Some(item) = queue.take(&can_reach) {
            taken.push(item.prepared.number());
        }
        taken
    }

    #[test]
    fn unconfirmed_signals_are_sent_again() {
        let mut queue = queue(&[(A, 1), (A, 2), (B, 3)]);
        queue.take(|_| true).unwrap();
        let mark = queue.ping_mark();
        take_all(&mut queue, |_| true);
        queue.confirm(mark);
        queue.push(A, signal(4));
        queue.rewind();
        assert_eq!(take_all(&mut queue, |_| true), [2, 3, 4]);
        queue.confirm(u64::MAX);
        queue.rewind();
        assert_eq!(queue.receivers().count(), 0);
    }

    #[test]
    fn signals_wait_for_a_peer_that_is_not_back_yet() {
        let mut queue = queue(&[(A, 1), (B, 2), (A, 3)]);
        assert_eq!(take_all(&mut queue, |peer| peer == B), [2]);
        assert_eq!(queue.receivers().collect::<Vec<_>>(), [A, A]);
        queue.remove_peer(B);
        assert_eq!(take_all(&mut queue, |_| true), [1, 3]);
    }

    #[test]
    fn waiting_signals_are_bounded_by_count_and_bytes() {
        let mut queue = queue(&[]);
        for _ in 0..MAX_WAITING {
            queue.check_capacity(A).unwrap();
            queue.push(A, signal(1));
        }
        assert_eq!(queue.check_capacity(A), Err(SignalError::QueueFull));
        queue.check_capacity(B).unwrap();
        queue.push(B, PreparedSignal::new(1, vec![0; MAX_WAITING_BYTES]));
        assert_eq!(queue.check_capacity(B), Err(SignalError::QueueFull));
        queue.remove_peer(B);
        assert_eq!(queue.waiting_bytes, MAX_WAITING);
    }

    #[test]
    fn no_more_is_written_than_could_be_sent_again() {
        let mut queue = queue(&[(A, 1); 2 * MAX_UNCONFIRMED]);
        assert!(!queue.wants_ping());
        assert_eq!(take_all(&mut queue, |_| true).len(), MAX_UNCONFIRMED);
        assert!(queue.wants_ping() && queue.receivers().next().is_none());
        let mark = queue.ping_mark();
        assert!(!queue.wants_ping());
        queue.confirm(mark);
        assert_eq!(take_all(&mut queue, |_| true).len(), MAX_UNCONFIRMED);
        queue.rewind();
        assert_eq!(queue.waiting.len(), MAX_UNCONFIRMED);
    }
}
