//! A rate with a burst of one second.

use std::time::Instant;

pub(crate) struct Rate {
    per_second: u32,
    tokens: f64,
    last: Instant,
}

impl Rate {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        Self {
            per_second,
            tokens: per_second.into(),
            last: now,
        }
    }

    /// Takes so many tokens, if they are there.
    pub(crate) fn take(&mut self, count: u32, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.last).as_secs_f64();
        let full = f64::from(self.per_second);
        self.tokens = (self.tokens + passed * full).min(full);
        self.last = now;
        let is_there = self.tokens >= f64::from(count);
        if is_there {
            self.tokens -= f64::from(count);
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_rate_has_a_burst_of_one_second() {
        let start = Instant::now();
        let mut rate = Rate::new(10, start);
        assert!((0..10).all(|_| rate.take(1, start)));
        assert!(!rate.take(1, start));
        assert!(rate.take(5, start + Duration::from_millis(500)));
        assert!(!rate.take(1, start + Duration::from_millis(500)));
        assert!(
            !rate.take(11, start + Duration::from_secs(60)),
            "never more"
        );
    }
}
