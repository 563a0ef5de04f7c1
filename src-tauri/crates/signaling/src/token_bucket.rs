//! How many frames a connection may send.

use std::time::{Duration, Instant};

/// A token bucket: full at first, a frame takes a token, time brings them back.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    /// When the bucket would be full again. Kept as a time, it needs no fractions of tokens.
    full_at: Instant,
    per_token: Duration,
    depth: Duration,
}

impl TokenBucket {
    /// A full bucket of `burst` tokens that fills at `per_second`.
    pub(crate) fn new(now: Instant, burst: u32, per_second: u32) -> Self {
        let per_token = Duration::from_secs(1) / per_second.max(1);
        Self {
            full_at: now,
            per_token,
            depth: per_token * burst,
        }
    }

    /// From when on there is a token, if nobody takes one meanwhile.
    pub(crate) fn ready_at(&self, now: Instant) -> Instant {
        let next = self.full_at.max(now) + self.per_token;
        next.checked_sub(self.depth).map_or(now, |at| at.max(now))
    }

    /// Takes a token also when there is none, for what cannot wait: the next one comes later.
    pub(crate) fn spend(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.per_token;
    }

    /// Takes a token; false when there is none.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + self.per_token;
        if full_at.duration_since(now) > self.depth {
            return false;
        }
        self.full_at = full_at;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_when_the_next_token_comes() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(start, 2, 2);
        assert_eq!(bucket.ready_at(start), start);
        assert!((0..2).all(|_| bucket.take(start)));
        let next = start + Duration::from_millis(500);
        assert_eq!(bucket.ready_at(start), next);
        bucket.spend(start);
        let later = start + Duration::from_secs(1);
        assert_eq!(bucket.ready_at(next), later);
        assert!(!bucket.take(next) && bucket.take(later));
    }

    #[test]
    fn a_burst_then_the_rate() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(start, 4, 2);
        assert!((0..4).all(|_| bucket.take(start)));
        assert!(!bucket.take(start));
        let later = start + Duration::from_millis(500);
        assert!(bucket.take(later));
        assert!(!bucket.take(later));
        let much_later = start + Duration::from_secs(3600);
        assert!((0..4).all(|_| bucket.take(much_later)));
        assert!(!bucket.take(much_later));
    }
}
