//! How fast we write, so that nothing we write is refused.

use std::collections::HashMap;

use tokio::time::Instant;

use crate::protocol::PeerId;
use crate::protocol::limits::{FRAME_BURST, FRAMES_PER_SECOND, MAX_FRAMES_OF_ONE};
use crate::token_bucket::TokenBucket;

/// What we allow ourselves of what the server takes, in quarters: pongs count as well.
const SHARE: u32 = 3;

/// What one connection may write.
#[derive(Debug)]
pub(super) struct Pace {
    all: TokenBucket,
    /// The server keeps so much of one sender for one receiver, until that is known to have it.
    peers: HashMap<PeerId, TokenBucket>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        let (burst, rate) = (FRAME_BURST * SHARE / 4, FRAMES_PER_SECOND * SHARE / 4);
        Self {
            all: TokenBucket::new(now.into_std(), burst, rate),
            peers: HashMap::new(),
        }
    }

    /// From when on a signal for that peer may be written.
    pub(super) fn ready_at(&self, to: PeerId, now: Instant) -> Instant {
        let now = now.into_std();
        let peer = self.peers.get(&to).map_or(now, |peer| peer.ready_at(now));
        Instant::from_std(self.all.ready_at(now).max(peer))
    }

    /// A frame was written.
    pub(super) fn wrote(&mut self, now: Instant) {
        self.all.spend(now.into_std());
    }

    /// It was a signal for that peer.
    pub(super) fn wrote_to(&mut self, to: PeerId, now: Instant) {
        let burst = u32::try_from(MAX_FRAMES_OF_ONE).unwrap_or(u32::MAX) * SHARE / 4;
        self.peers
            .entry(to)
            .or_insert_with(|| {
                TokenBucket::new(now.into_std(), burst, FRAMES_PER_SECOND * SHARE / 4)
            })
            .spend(now.into_std());
    }
}
