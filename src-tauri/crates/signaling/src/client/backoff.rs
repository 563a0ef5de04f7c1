//! When to connect again: at once, then after waits that double up to a cap, each with full jitter.
//!
//! Pure: randomness and times are arguments.

use std::time::Duration;

/// Attempts with short waits, about a minute of them. After them the server is not expected back soon.
const MAX_NEAR_ATTEMPTS: u32 = 60;

/// The waits between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The longest second wait. The first attempt does not wait.
    pub base: Duration,
    /// The longest wait of the first 60 attempts, so that a server that restarts is found soon.
    pub near: Duration,
    /// The longest wait of all.
    pub cap: Duration,
    /// The shortest wait after the first attempt, whatever the randomness: no loop without a pause.
    pub floor: Duration,
    /// How long a connection must have lasted for the count to start again. So a server that welcomes and closes at
    /// once is not tried in a loop.
    pub stable: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            near: Duration::from_secs(2),
            cap: Duration::from_secs(8),
            floor: Duration::from_millis(100),
            stable: Duration::from_secs(5),
        }
    }
}

/// Counts attempts and computes the wait before the next.
#[derive(Clone, Debug)]
pub struct Backoff {
    policy: RetryPolicy,
    attempt: u32,
}

impl Backoff {
    /// A backoff without attempts.
    #[must_use]
    pub const fn new(policy: RetryPolicy) -> Self {
        Self { policy, attempt: 0 }
    }

    /// The wait before the next attempt. `random` is uniform over all of `u64`.
    pub fn next_wait(&mut self, random: u64) -> Duration {
        let RetryPolicy {
            base,
            near,
            cap,
            floor,
            ..
        } = self.policy;
        let attempt = self.attempt;
        let cap = if attempt <= MAX_NEAR_ATTEMPTS {
            near.min(cap)
        } else {
            cap
        };
        self.attempt = self.attempt.saturating_add(1);
        let Some(doublings) = attempt.checked_sub(1) else {
            return Duration::ZERO;
        };
        let longest = base.saturating_mul(1 << doublings.min(20)).min(cap);
        // 32 random bits are enough, and the product stays exact.
        let share = longest.mul_f64((random >> 32) as f64 / f64::from(u32::MAX));
        share.clamp(floor.min(cap), cap)
    }

    /// A connection has ended that had lasted that long.
    pub fn connection_ended(&mut self, lasted: Duration) {
        if lasted >= self.policy.stable {
            self.attempt = 0;
        }
    }

    /// The network has changed or the machine has woken up. Starts again with short waits, but not without one, so that
    /// many such changes make no loop.
    pub fn shorten(&mut self) {
        self.attempt = self.attempt.min(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_first_attempt_is_at_once_and_waits_double_to_the_cap() {
        let mut backoff = Backoff::new(RetryPolicy::default());
        let waits: Vec<_> = (0..8)
            .map(|_| backoff.next_wait(u64::MAX).as_millis())
            .collect();
        assert_eq!(waits, [0, 500, 1000, 2000, 2000, 2000, 2000, 2000]);
        let last = (0..MAX_NEAR_ATTEMPTS)
            .map(|_| backoff.next_wait(u64::MAX))
            .last();
        assert_eq!(last, Some(Duration::from_secs(8)));
    }

    #[test]
    fn only_a_connection_that_lasted_resets_the_waits() {
        let mut backoff = Backoff::new(RetryPolicy::default());
        backoff.next_wait(0);
        backoff.connection_ended(Duration::from_millis(4999));
        assert_ne!(backoff.next_wait(u64::MAX), Duration::ZERO);
        backoff.connection_ended(Duration::from_secs(5));
        assert_eq!(backoff.next_wait(u64::MAX), Duration::ZERO);
    }

    #[test]
    fn shortening_never_removes_the_pause() {
        let mut backoff = Backoff::new(RetryPolicy::default());
        for _ in 0..9 {
            backoff.next_wait(0);
        }
        backoff.shorten();
        assert_eq!(backoff.next_wait(u64::MAX), Duration::from_millis(500));
        backoff.shorten();
        assert_eq!(backoff.next_wait(0), Duration::from_millis(100));
    }

    proptest! {
        #[test]
        fn waits_stay_between_floor_and_cap(randoms in prop::collection::vec(any::<u64>(), 2..80)) {
            let policy = RetryPolicy::default();
            let mut backoff = Backoff::new(policy);
            prop_assert_eq!(backoff.next_wait(randoms[0]), Duration::ZERO);
            for random in randoms {
                let wait = backoff.next_wait(random);
                prop_assert!(wait >= policy.floor && wait <= policy.cap);
            }
        }
    }
}
