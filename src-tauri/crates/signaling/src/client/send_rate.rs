//! How fast the client writes, so that the server refuses nothing.

use std::collections::HashMap;

use crate::protocol::PeerId;
use crate::protocol::limits::{FRAME_BURST, FRAMES_PER_SECOND, MAX_FRAMES_OF_ONE};
use crate::runtime::{Instant, from_core, to_core};
use crate::token_bucket::TokenBucket;

/// Quarters of the server's limits that the client uses. The rest is for pongs, which count as well.
const USED_QUARTERS: u32 = 3;
const BURST: u32 = FRAME_BURST * USED_QUARTERS / 4;
const PER_SECOND: u32 = FRAMES_PER_SECOND * USED_QUARTERS / 4;

/// The limits on the messages that one connection writes.
#[derive(Debug)]
pub(super) struct SendRate {
    all: TokenBucket,
    /// The server keeps a limited number of one sender's signals for one receiver until the receiver has confirmed
    /// them.
    peers: HashMap<PeerId, TokenBucket>,
}

impl SendRate {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            all: TokenBucket::new(to_core(now), BURST, PER_SECOND),
            peers: HashMap::new(),
        }
    }

    /// When a signal for that peer may be written.
    pub(super) fn ready_at(&self, to: PeerId, now: Instant) -> Instant {
        let now = to_core(now);
        let peer = self.peers.get(&to).map_or(now, |peer| peer.ready_at(now));
        from_core(self.all.ready_at(now).max(peer))
    }

    /// A frame was written.
    pub(super) fn count_frame(&mut self, now: Instant) {
        self.all.spend(to_core(now));
    }

    /// The frame was a signal for that peer.
    pub(super) fn count_signal(&mut self, to: PeerId, now: Instant) {
        let burst = u32::try_from(MAX_FRAMES_OF_ONE).unwrap_or(u32::MAX) * USED_QUARTERS / 4;
        self.peers
            .entry(to)
            .or_insert_with(|| TokenBucket::new(to_core(now), burst, PER_SECOND))
            .spend(to_core(now));
    }
}
