//! A rate limit.

use std::time::Duration;

use web_time::Instant;

/// A token bucket. It is full at first, each use takes a token, and time refills it.
#[derive(Debug)]
pub struct TokenBucket {
    /// When the bucket will be full again. Stored as a time, it needs no fractions of tokens.
    full_at: Instant,
    per_token: Duration,
    capacity: Duration,
}

impl TokenBucket {
    /// A full bucket of `burst` tokens that refills at `per_second`.
    #[must_use]
    pub fn new(now: Instant, burst: u32, per_second: u32) -> Self {
        Self::with_interval(now, burst, Duration::from_secs(1) / per_second.max(1))
    }

    /// A full bucket of `burst` tokens that gets a new one after each interval.
    #[must_use]
    pub fn with_interval(now: Instant, burst: u32, per_token: Duration) -> Self {
        Self {
            full_at: now,
            per_token,
            capacity: per_token * burst,
        }
    }

    /// When the next token is there, if none is taken meanwhile.
    #[must_use]
    pub fn ready_at(&self, now: Instant) -> Instant {
        let next = self.full_at.max(now) + self.per_token;
        next.checked_sub(self.capacity)
            .map_or(now, |at| at.max(now))
    }

    /// Takes a token even when there is none, for a use that cannot wait. The next one then comes later.
    pub fn spend(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.per_token;
    }

    /// Whether it is as if it had never been used.
    #[must_use]
    pub fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    /// Takes a token. Returns false when there is none.
    pub fn take(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + self.per_token;
        if full_at.duration_since(now) > self.capacity {
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
    fn ready_at_is_the_time_of_the_next_token() {
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
    fn a_burst_is_followed_by_the_rate() {
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
