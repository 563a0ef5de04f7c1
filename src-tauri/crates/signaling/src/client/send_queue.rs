//! Signals on their way to the server: kept until the server is known to have read them, so that what was
//! written to a connection that turns out to be dead is sent again.
//!
//! Pure. They are kept unsealed, with a number that the receiver knows them by (see [`super::membership`]).

use std::collections::VecDeque;

use super::ClientError;
use crate::client::membership::Prepared;
use crate::protocol::PeerId;

/// Signals that may wait for one peer. The next is refused: dropping an older one would leave the peer with half
/// a negotiation.
const MAX_WAITING: usize = 128;
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;
/// Signals that may wait for a sign that the server has read them. No more are written before it comes.
const MAX_WRITTEN: usize = 128;
/// Signals after which such a sign is asked for.
const ASK_AFTER: u64 = MAX_WRITTEN as u64 / 4;

#[derive(Debug)]
pub(super) struct Item {
    pub(super) to: PeerId,
    pub(super) prepared: Prepared,
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Item>,
    waiting_bytes: usize,
    /// Each with its place in all that was ever written.
    written: VecDeque<(u64, Item)>,
    last: u64,
    /// What was asked for.
    asked: u64,
}

impl Outbox {
    pub(super) fn push(&mut self, to: PeerId, prepared: Prepared) {
        self.waiting_bytes += prepared.bytes();
        self.waiting.push_back(Item { to, prepared });
    }

    pub(super) fn has_room(&self, to: PeerId) -> Result<(), ClientError> {
        let of_peer = self.waiting.iter().filter(|item| item.to == to).count();
        if of_peer < MAX_WAITING && self.waiting_bytes < MAX_WAITING_BYTES {
            Ok(())
        } else {
            Err(ClientError::Full)
        }
    }

    /// For whom signals wait that may be written now.
    pub(super) fn receivers(&self) -> impl Iterator<Item = PeerId> {
        let may = !self.is_waiting();
        self.waiting.iter().filter(move |_| may).map(|item| item.to)
    }

    /// Whether nothing is written before a ping is answered.
    fn is_waiting(&self) -> bool {
        self.written.len() >= MAX_WRITTEN
    }

    /// Whether it is time to ping.
    pub(super) const fn wants_ping(&self) -> bool {
        self.last >= self.asked + ASK_AFTER
    }

    /// Takes the next signal for a peer that can be reached, to be written now.
    pub(super) fn take(&mut self, within_reach: impl Fn(PeerId) -> bool) -> Option<&Item> {
        if self.is_waiting() {
            return None;
        }
        let at = self.waiting.iter().position(|item| within_reach(item.to))?;
        let item = self.waiting.remove(at)?;
        self.waiting_bytes -= item.prepared.bytes();
        self.last += 1;
        self.written.push_back((self.last, item));
        self.written.back().map(|(_, item)| item)
    }

    /// The mark that a ping carries: its pong says that all before it was read.
    pub(super) const fn mark(&mut self) -> u64 {
        self.asked = self.last;
        self.last
    }

    /// A ping with that mark was answered.
    pub(super) fn confirm(&mut self, mark: u64) {
        while self.written.front().is_some_and(|(at, _)| *at <= mark) {
            self.written.pop_front();
        }
    }

    /// The connection is lost: what was not confirmed waits again, before what came later.
    pub(super) fn rewind(&mut self) {
        while let Some((_, item)) = self.written.pop_back() {
            self.waiting_bytes += item.prepared.bytes();
            self.waiting.push_front(item);
        }
    }

    /// A peer has left: nothing for it is sent any more.
    pub(super) fn forget(&mut self, peer: PeerId) {
        self.waiting.retain(|item| item.to != peer);
        self.written.retain(|(_, item)| item.to != peer);
        self.waiting_bytes = self.waiting.iter().map(|item| item.prepared.bytes()).sum();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const A: PeerId = PeerId::from_bytes([1; 16]);
    const B: PeerId = PeerId::from_bytes([2; 16]);

    fn signal(number: u64) -> Prepared {
        Prepared::new(number, vec![0])
    }

    fn outbox(signals: &[(PeerId, u64)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (to, number) in signals {
            outbox.push(*to, signal(*number));
        }
        outbox
    }

    fn take_all(outbox: &mut Outbox, within_reach: impl Fn(PeerId) -> bool) -> Vec<u64> {
        let mut taken = Vec::new();
        while let Some(item) = outbox.take(&within_reach) {
            taken.push(item.prepared.number());
        }
        taken
    }

    #[test]
    fn client_outbox_sends_again_what_was_not_confirmed() {
        let mut outbox = outbox(&[(A, 1), (A, 2), (B, 3)]);
        outbox.take(|_| true).unwrap();
        let mark = outbox.mark();
        take_all(&mut outbox, |_| true);
        outbox.confirm(mark);
        outbox.push(A, signal(4));
        outbox.rewind();
        assert_eq!(take_all(&mut outbox, |_| true), [2, 3, 4]);
        outbox.confirm(u64::MAX);
        outbox.rewind();
        assert_eq!(outbox.receivers().count(), 0);
    }

    #[test]
    fn client_outbox_keeps_signals_for_who_is_not_back_yet() {
        let mut outbox = outbox(&[(A, 1), (B, 2), (A, 3)]);
        assert_eq!(take_all(&mut outbox, |peer| peer == B), [2]);
        assert_eq!(outbox.receivers().collect::<Vec<_>>(), [A, A]);
        outbox.forget(B);
        assert_eq!(take_all(&mut outbox, |_| true), [1, 3]);
    }

    #[test]
    fn client_outbox_is_bounded() {
        let mut outbox = outbox(&[]);
        for _ in 0..MAX_WAITING {
            outbox.has_room(A).unwrap();
            outbox.push(A, signal(1));
        }
        assert_eq!(outbox.has_room(A), Err(ClientError::Full));
        outbox.has_room(B).unwrap();
        outbox.push(B, Prepared::new(1, vec![0; MAX_WAITING_BYTES]));
        assert_eq!(outbox.has_room(B), Err(ClientError::Full));
        outbox.forget(B);
        assert_eq!(outbox.waiting_bytes, MAX_WAITING);
    }

    #[test]
    fn client_outbox_writes_no_more_than_it_could_send_again() {
        let mut outbox = outbox(&[(A, 1); 2 * MAX_WRITTEN]);
        assert!(!outbox.wants_ping());
        assert_eq!(take_all(&mut outbox, |_| true).len(), MAX_WRITTEN);
        assert!(outbox.wants_ping() && outbox.receivers().next().is_none());
        let mark = outbox.mark();
        assert!(!outbox.wants_ping());
        outbox.confirm(mark);
        assert_eq!(take_all(&mut outbox, |_| true).len(), MAX_WRITTEN);
        outbox.rewind();
        assert_eq!(outbox.waiting.len(), MAX_WRITTEN);
    }
}
