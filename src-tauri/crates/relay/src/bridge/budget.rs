//! A bound on how often something happens.

use std::time::{Duration, Instant};

/// A token bucket.
#[derive(Debug)]
pub(super) struct Budget {
    full_at: Instant,
    burst: u32,
    interval: Duration,
}

impl Budget {
    /// So many in a burst, and one more after each interval.
    pub(super) const fn new(now: Instant, (burst, interval): (u32, Duration)) -> Self {
        Self {
            full_at: now,
            burst,
            interval,
        }
    }

    /// Takes one, unless there is none.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let is_there = self.ready_at(now) <= now;
        if is_there {
            self.full_at = self.full_at.max(now) + self.interval;
        }
        is_there
    }

    /// When there is one.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        let spare = self.interval * (self.burst - 1);
        self.full_at
            .checked_sub(spare)
            .map_or(now, |at| at.max(now))
    }
}
