//! When a certificate is to be renewed.

use std::time::{Duration, SystemTime};

/// The pause after the first attempt that failed. Each further one doubles it. Let's Encrypt lets five attempts an hour
/// fail.
const FIRST_PAUSE: Duration = Duration::from_secs(2 * 60);
/// The longest pause between attempts.
const MAX_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);
/// The longest pause while there is no certificate that is valid, or not for long.
const MAX_URGENT_PAUSE: Duration = Duration::from_secs(60 * 60);
/// A certificate that is valid for less is urgent.
const URGENT: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// A certificate with a shorter life is renewed at half of it, any other at two thirds.
const SHORT_LIFE: Duration = Duration::from_secs(10 * 24 * 60 * 60);
/// How long a new certificate is kept at least, also when the clock of this computer is wrong.
const MIN_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// From when to when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
}

/// The facts of one certificate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Renewal {
    /// Of the certificate that there is.
    pub(super) validity: Option<Validity>,
    /// When the authority would like it to be renewed (ACME Renewal Information, RFC 9773): the begin and the end.
    pub(super) suggested: Option<(SystemTime, SystemTime)>,
    /// When it was got, if this process did.
    pub(super) issued_at: Option<SystemTime>,
    /// Attempts that have failed since, and when the last one did.
    pub(super) failures: u32,
    pub(super) failed_at: Option<SystemTime>,
}

impl Renewal {
    /// When to try next. `spread`, from 0 to 1, tells apart the servers that got their certificates together.
    pub(super) fn next_attempt(&self, now: SystemTime, spread: f64) -> SystemTime {
        let due = self.due(now, spread);
        match self.failed_at {
            Some(failed_at) => due.max(failed_at + self.pause(now, spread)),
            None => due,
        }
    }

    fn due(&self, now: SystemTime, spread: f64) -> SystemTime {
        let Some(Validity {
            not_before,
            not_after,
        }) = self.validity
        else {
            return now;
        };
        let life = not_after.duration_since(not_before).unwrap_or_default();
        let by_life = if life < SHORT_LIFE {
            not_before + life / 2
        } else {
            not_before + life / 3 * 2
        };
        let by_authority = self.suggested.map(|(begin, end)| {
            let window = end.duration_since(begin).unwrap_or_default();
            begin + window.mul_f64(spread)
        });
        // A window that begins after the end of the certificate would let it lapse.
        let due = by_authority.filter(|at| *at < not_after).unwrap_or(by_life);
        let min_age = MIN_AGE.min(life / 4);
        self.issued_at.map_or(due, |at| due.max(at + min_age))
    }

    /// The pause after the last failure.
    fn pause(&self, now: SystemTime, spread: f64) -> Duration {
        let left = self.validity.map(|validity| validity.not_after);
        let left = left.and_then(|end| end.duration_since(now).ok());
        let longest = match left {
            Some(left) if left > URGENT => MAX_PAUSE,
            _ => MAX_URGENT_PAUSE,
        };
        let doublings = self.failures.saturating_sub(1).min(16);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(longest);
        // A certificate of minutes, as in tests, is not waited for longer than it lives.
        let life = self
            .validity
            .and_then(|v| v.not_after.duration_since(v.not_before).ok());
        let pause = life.map_or(pause, |life| pause.min(life / 4));
        pause.mul_f64(1.0 + spread / 4.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn start() -> SystemTime {
        SystemTime::UNIX_EPOCH + 20_000 * DAY
    }

    fn renewal(life: Duration) -> Renewal {
        Renewal {
            validity: Some(Validity {
                not_before: start(),
                not_after: start() + life,
            }),
            ..Renewal::default()
        }
    }

    #[test]
    fn no_certificate_is_got_at_once() {
        assert_eq!(Renewal::default().next_attempt(start(), 0.5), start());
    }

    #[test]
    fn a_long_life_is_renewed_at_two_thirds_and_a_short_one_at_half() {
        let next = |life| renewal(life).next_attempt(start(), 0.5);
        assert_eq!(next(90 * DAY), start() + 60 * DAY);
        assert_eq!(next(45 * DAY), start() + 30 * DAY);
        assert_eq!(next(160 * HOUR), start() + 80 * HOUR);
    }

    #[test]
    fn one_that_is_overdue_or_has_lapsed_is_renewed_at_once() {
        for passed in [70 * DAY, 90 * DAY, 400 * DAY] {
            let now = start() + passed;
            assert!(renewal(90 * DAY).next_attempt(now, 0.5) <= now);
        }
    }

    #[test]
    fn the_authority_may_ask_for_it_earlier_and_never_too_late() {
        let mut renewal = renewal(90 * DAY);
        renewal.suggested = Some((start() + 2 * DAY, start() + 4 * DAY));
        assert_eq!(renewal.next_attempt(start(), 0.5), start() + 3 * DAY);
        renewal.suggested = Some((start() + 200 * DAY, start() + 201 * DAY));
        assert_eq!(renewal.next_attempt(start(), 0.5), start() + 60 * DAY);
        // A window that lies upside down is its begin.
        renewal.suggested = Some((start() + 4 * DAY, start() + 2 * DAY));
        assert_eq!(renewal.next_attempt(start(), 0.5), start() + 4 * DAY);
    }

    #[test]
    fn failures_wait_longer_each_time_and_never_too_long() {
        let mut last = Duration::ZERO;
        for failures in 1..=40 {
            let failed = Renewal {
                failures,
                failed_at: Some(start()),
                ..Renewal::default()
            };
            let next = failed.next_attempt(start(), 0.0);
            let pause = next.duration_since(start()).unwrap_or_default();
            assert!(pause >= last && pause >= FIRST_PAUSE && pause <= MAX_URGENT_PAUSE);
            last = pause;
        }
        assert_eq!(last, MAX_URGENT_PAUSE);
        let mut calm = renewal(90 * DAY);
        (calm.failures, calm.failed_at) = (40, Some(start() + 60 * DAY));
        let next = calm.next_attempt(start() + 60 * DAY, 0.0);
        assert_eq!(next, start() + 60 * DAY + MAX_PAUSE);
    }

    #[test]
    fn at_most_five_attempts_in_the_first_hour_fail() {
        let (mut now, mut attempts) = (start(), 0);
        let mut renewal = Renewal::default();
        while now < start() + HOUR {
            attempts += 1;
            (renewal.failures, renewal.failed_at) = (attempts, Some(now));
            now = renewal.next_attempt(now, 0.0);
        }
        assert!(attempts <= 5, "{attempts}");
    }

    #[test]
    fn a_wrong_clock_does_not_order_one_after_the_other() {
        let now = start() + 400 * DAY;
        let mut renewal = renewal(90 * DAY);
        renewal.issued_at = Some(now);
        assert_eq!(renewal.next_attempt(now, 0.5), now + MIN_AGE);
    }
}
