//! When a mapping has to be renewed, and whether the router has lost it. Pure: the time goes in.

use std::time::Duration;

use tokio::time::Instant;

/// Asked of a router. A mapping that nobody renews or releases is gone after this.
pub(crate) const LEASE: Duration = Duration::from_secs(600);
/// A mapping is renewed at least this often, so that one that the router forgot is soon made again.
const MAX_RENEWAL_INTERVAL: Duration = Duration::from_secs(300);
/// Shorter and longer leases are taken for these: a router does not choose our rate.
const MIN_LEASE: Duration = Duration::from_secs(10);
const MAX_LEASE: Duration = Duration::from_secs(24 * 60 * 60);

/// The time of one mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    expires: Instant,
    renewal: Instant,
}

impl Lease {
    /// The router has granted this time, now.
    pub(crate) fn granted(now: Instant, lifetime: Duration) -> Self {
        let lifetime = lifetime.clamp(MIN_LEASE, MAX_LEASE);
        Self {
            expires: now + lifetime,
            renewal: now + (lifetime / 2).min(MAX_RENEWAL_INTERVAL),
        }
    }

    /// Renew as soon as possible.
    pub(crate) fn renew_at_once(&mut self, now: Instant) {
        self.renewal = self.renewal.min(now);
    }

    pub(crate) fn renewal(&self) -> Instant {
        self.renewal
    }

    pub(crate) fn expires(&self) -> Instant {
        self.expires
    }
}

/// The router's clock, which begins anew when the router loses its mappings (RFC 6887 section 8.5).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RouterClock {
    last: Option<(Instant, u32)>,
}

impl RouterClock {
    /// Takes the router's time in seconds. True when the router has lost its mappings since the last one.
    pub(crate) fn observe(&mut self, now: Instant, epoch: u32) -> bool {
        let Some((then, before)) = self.last.replace((now, epoch)) else {
            return false;
        };
        if epoch.saturating_add(1) < before {
            return true;
        }
        let ours = now.saturating_duration_since(then).as_secs();
        let routers = u64::from(epoch.saturating_sub(before));
        // Clocks run a sixteenth apart at most, and packets take their time.
        ours + 2 < routers - routers / 16 || routers + 2 < ours - ours / 16
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_mapping_is_renewed_at_half_life() {
        let start = Instant::now();
        let mut lease = Lease::granted(start, 120 * SECOND);
        assert_eq!(lease.renewal(), start + 60 * SECOND);
        assert_eq!(lease.expires(), start + 120 * SECOND);
        lease.renew_at_once(start + 5 * SECOND);
        assert_eq!(lease.renewal(), start + 5 * SECOND);
    }

    #[test]
    fn a_router_that_grants_a_day_is_asked_again_in_minutes() {
        let start = Instant::now();
        let lease = Lease::granted(start, 86_400 * SECOND);
        assert_eq!(lease.renewal(), start + MAX_RENEWAL_INTERVAL);
    }

    #[test]
    fn a_restarted_router_is_seen_by_its_clock() {
        let start = Instant::now();
        let mut clock = RouterClock::default();
        assert!(!clock.observe(start, 1_000), "nothing to compare with");
        assert!(!clock.observe(start + 300 * SECOND, 1_300));
        assert!(!clock.observe(start + 600 * SECOND, 1_610), "a fast clock");
        assert!(clock.observe(start + 900 * SECOND, 5));
        assert!(!clock.observe(start + 960 * SECOND, 65));
        assert!(clock.observe(start + 961 * SECOND, 500), "a leap");
        assert!(clock.observe(start + 9_000 * SECOND, 510), "it stood still");
    }

    proptest! {
        #[test]
        fn a_mapping_is_always_renewed_before_it_ends_and_never_in_a_hurry(granted: u32) {
            let start = Instant::now();
            let lease = Lease::granted(start, Duration::from_secs(granted.into()));
            prop_assert!(lease.renewal() >= start + MIN_LEASE / 2);
            prop_assert!(lease.renewal() < lease.expires());
            prop_assert!(lease.renewal() <= start + MAX_RENEWAL_INTERVAL);
            prop_assert!(lease.expires() <= start + MAX_LEASE);
        }

        #[test]
        fn an_honest_clock_is_never_a_restart(
            steps in prop::collection::vec((1_u64..3_600, -1_i64..=1), 1..20),
        ) {
            let (mut now, mut epoch) = (Instant::now(), 1_000_i64);
            let mut clock = RouterClock::default();
            for (step, jitter) in steps {
                let read = u32::try_from(epoch + jitter).unwrap_or_default();
                prop_assert!(!clock.observe(now, read));
                now += Duration::from_secs(step);
                epoch += i64::try_from(step).unwrap_or_default();
            }
        }
    }
}
