//! The signals that are on their way to one peer.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::protocol::limits::{
    ASSURED_BYTES, MAX_BYTES_OF_ONE, MAX_FRAMES_OF_ONE, MAX_PEERS, MAX_QUEUED_BYTES,
    MAX_QUEUED_FRAMES, RESERVED_BYTES, RESERVED_FRAMES,
};
use crate::protocol::{PeerId, Sealed, ServerMessage};
use crate::server::budgets::KeptBytes;

/// Bytes that every frame counts for, beside its sealed text.
const FRAME_OVERHEAD_BYTES: usize = 128;

/// About how many bytes a frame takes while it waits.
pub(crate) fn queued_bytes(message: &ServerMessage) -> usize {
    let sealed = match message {
        ServerMessage::Signal { envelope, .. } => envelope.0.len(),
        ServerMessage::PeerJoined { hello, .. } | ServerMessage::PeerEntered { hello, .. } => {
            hello.0.len()
        }
        ServerMessage::Welcome { peers, .. } => peers
            .iter()
            .map(|p| FRAME_OVERHEAD_BYTES + p.hello.0.len())
            .sum(),
        _ => 0,
    };
    FRAME_OVERHEAD_BYTES + sealed
}

/// Numbers a peer's signals and keeps each until the peer has confirmed it, so that nothing is lost with a connection
/// that turns out to be dead.
#[derive(Debug)]
pub(super) struct Mailbox {
    /// Number of the newest signal.
    last: u64,
    /// Number of the newest signal that is no longer kept.
    dropped: u64,
    kept: VecDeque<(u64, Arc<ServerMessage>)>,
    bytes: usize,
    /// The record of each sender.
    shares: Vec<Share>,
    /// Of the address that has the place.
    of_address: Arc<KeptBytes>,
}

/// The record of one sender.
#[derive(Clone, Copy, Debug)]
struct Share {
    from: PeerId,
    frames: usize,
    bytes: usize,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.of_address.sub(self.bytes);
    }
}

impl Mailbox {
    /// A mailbox for a peer that has received the signals up to `seen`. Its numbers go on from there. If they started
    /// again, a peer that missed the welcome of this place could resume with a `seen` of an earlier place.
    pub(super) const fn new(seen: u64, of_address: Arc<KeptBytes>) -> Self {
        Self {
            last: seen,
            dropped: 0,
            kept: VecDeque::new(),
            bytes: 0,
            shares: Vec::new(),
            of_address,
        }
    }

    /// Bytes that it keeps.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Number of the newest signal that is no longer kept.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Numbers a signal and keeps it. Returns nothing when the sender's share is used up, or when the mailbox of an
    /// away peer is full and the sender has used what is reserved for each sender. So a sender that fills the mailbox,
    /// even under many ids, neither ends the receiver's place nor shuts out the other senders.
    pub(super) fn push(
        &mut self,
        from: PeerId,
        envelope: Sealed,
        is_away: bool,
    ) -> Option<Arc<ServerMessage>> {
        let seq = self.last.saturating_add(1);
        let signal = Arc::new(ServerMessage::Signal {
            from,
            seq,
            envelope,
        });
        let signal_bytes = queued_bytes(&signal);
        let (frames, bytes) = self.share(from);
        let bytes = bytes + signal_bytes;
        if frames >= MAX_FRAMES_OF_ONE || bytes > MAX_BYTES_OF_ONE {
            return None;
        }
        if self.of_address.is_over() && self.bytes + signal_bytes > ASSURED_BYTES {
            return None;
        }
        let is_full = self.kept.len() >= MAX_QUEUED_FRAMES || self.bytes >= MAX_QUEUED_BYTES;
        if is_away
            && is_full
            && (frames >= RESERVED_FRAMES || bytes > RESERVED_BYTES || self.is_reserve_used())
        {
            return None;
        }
        self.last = seq;
        self.bytes += signal_bytes;
        self.of_address.add(signal_bytes);
        self.count(from, signal_bytes);
        self.kept.push_back((seq, Arc::clone(&signal)));
        Some(signal)
    }

    /// Frames and bytes that are kept of one sender.
    fn share(&self, of: PeerId) -> (usize, usize) {
        let share = self.shares.iter().find(|share| share.from == of);
        share.map_or((0, 0), |share| (share.frames, share.bytes))
    }

    fn count(&mut self, from: PeerId, bytes: usize) {
        match self.shares.iter_mut().find(|share| share.from == from) {
            Some(share) => {
                share.frames += 1;
                share.bytes += bytes;
            }
            None => self.shares.push(Share {
                from,
                frames: 1,
                bytes,
            }),
        }
    }

    /// The opposite of [`Mailbox::count`]. A sender of whom nothing is kept is forgotten.
    fn uncount(&mut self, of: PeerId, bytes: usize) {
        let Some(at) = self.shares.iter().position(|share| share.from == of) else {
            return;
        };
        let share = &mut self.shares[at];
        share.frames -= 1;
        share.bytes -= bytes;
        if share.frames == 0 {
            self.shares.swap_remove(at);
        }
    }

    /// Whether even the reserve is used up. That takes more senders than a room has members.
    fn is_reserve_used(&self) -> bool {
        self.kept.len() >= MAX_QUEUED_FRAMES + MAX_PEERS * RESERVED_FRAMES
            || self.bytes >= MAX_QUEUED_BYTES + MAX_PEERS * RESERVED_BYTES
    }

    /// Drops the oldest signals until the mailbox is within its limits.
    pub(super) fn trim(&mut self) {
        while self.kept.len() > MAX_QUEUED_FRAMES || self.bytes > MAX_QUEUED_BYTES {
            self.drop_first();
        }
    }

    /// The peer has all signals up to `seq`.
    pub(super) fn confirm(&mut self, seq: u64) {
        while self.kept.front().is_some_and(|(first, _)| *first <= seq) {
            self.drop_first();
        }
        if self.kept.is_empty() {
            // A room is quiet most of the time, so the memory is given back.
            self.kept = VecDeque::new();
            self.shares = Vec::new();
        }
    }

    /// Whether all signals after `seen` are kept.
    pub(super) const fn reaches_back_to(&self, seen: u64) -> bool {
        self.dropped <= seen && seen <= self.last
    }

    /// The signals that are kept, in order.
    pub(super) fn signals(&self) -> impl Iterator<Item = Arc<ServerMessage>> {
        self.kept.iter().map(|(_, signal)| Arc::clone(signal))
    }

    fn drop_first(&mut self) {
        if let Some((seq, signal)) = self.kept.pop_front() {
            self.dropped = seq;
            let bytes = queued_bytes(&signal);
            self.bytes -= bytes;
            self.of_address.sub(bytes);
            if let ServerMessage::Signal { from, .. } = *signal {
                self.uncount(from, bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(mailbox: &mut Mailbox, times: usize, bytes: usize) {
        for n in 0..times {
            let from = PeerId::from_bytes([(n % 3) as u8; 16]);
            let pushed = mailbox.push(from, Sealed("x".repeat(bytes)), false);
            assert!(pushed.is_some());
            mailbox.trim();
        }
    }

    #[test]
    fn a_mailbox_reaches_back_as_far_as_it_keeps_signals() {
        let mut mailbox = Mailbox::new(0, KeptBytes::unbounded());
        push(&mut mailbox, MAX_QUEUED_FRAMES + 3, 1);
        assert_eq!(mailbox.signals().count(), MAX_QUEUED_FRAMES);
        assert!(!mailbox.reaches_back_to(2));
        assert!(mailbox.reaches_back_to(3));
        mailbox.confirm(10);
        assert!(!mailbox.reaches_back_to(9));
        assert!(mailbox.reaches_back_to(10));
        assert!(!mailbox.reaches_back_to(MAX_QUEUED_FRAMES as u64 + 4));
    }

    #[test]
    fn a_mailbox_is_bounded_in_bytes_too() {
        let mut mailbox = Mailbox::new(0, KeptBytes::unbounded());
        push(&mut mailbox, 40, 60_000);
        assert!(mailbox.bytes <= MAX_QUEUED_BYTES);
        assert!(mailbox.signals().count() < 18);
        mailbox.confirm(u64::MAX);
        assert_eq!(mailbox.bytes, 0);
    }

    #[test]
    fn the_share_of_each_sender_is_what_is_kept_of_it() {
        let mut mailbox = Mailbox::new(0, KeptBytes::unbounded());
        for step in 0..2_000_u64 {
            let from = PeerId::from_bytes([(step * 7 % 5) as u8; 16]);
            let _ = mailbox.push(
                from,
                Sealed("x".repeat((step * 37 % 3_000) as usize)),
                false,
            );
            mailbox.trim();
            if step % 50 == 0 {
                mailbox.confirm(step / 2);
            }
            for n in 0..5 {
                let of = PeerId::from_bytes([n; 16]);
                let counted = mailbox
                    .signals()
                    .filter(|s| matches!(**s, ServerMessage::Signal { from, .. } if from == of));
                let counted = counted.fold((0, 0), |(frames, bytes), signal| {
                    (frames + 1, bytes + queued_bytes(&signal))
                });
                assert_eq!(mailbox.share(of), counted);
            }
        }
        mailbox.confirm(u64::MAX);
        assert!(mailbox.shares.is_empty());
    }

    #[test]
    fn numbers_go_on_from_the_last_signal_seen() {
        let mut mailbox = Mailbox::new(40, KeptBytes::unbounded());
        push(&mut mailbox, 2, 1);
        assert!(mailbox.reaches_back_to(40) && mailbox.reaches_back_to(42));
        // A client that starts its count again with the new place is served as well.
        assert!(mailbox.reaches_back_to(0));
        assert!(!mailbox.reaches_back_to(43));
    }
}
