//! How many events a relay is sent in a time.

use std::collections::VecDeque;
use std::time::Instant;

use super::limits::SEND_WINDOWS;

/// The times of the last events. Pure.
#[derive(Debug, Default)]
pub(super) struct SendBudget(VecDeque<Instant>);

impl SendBudget {
    /// When the next event may be sent. In the past or `now` if at once.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        let ready = |(length, count): &(std::time::Duration, usize)| {
            let nth_last = self.0.len().checked_sub(*count)?;
            Some(*self.0.get(nth_last)? + *length)
        };
        SEND_WINDOWS
            .iter()
            .filter_map(ready)
            .fold(now, Instant::max)
    }

    /// Counts an event.
    pub(super) fn spend(&mut self, now: Instant) {
        let most = SEND_WINDOWS.iter().map(|(_, count)| *count).max();
        if self.0.len() >= most.unwrap_or_default() {
            self.0.pop_front();
        }
        self.0.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The second of each event, if there is always one to send.
    fn sent_at(events: usize) -> Vec<u64> {
        let start = Instant::now();
        let mut now = start;
        let mut budget = SendBudget::default();
        let next = |_| {
            now = now.max(budget.ready_at(now));
            budget.spend(now);
            now.duration_since(start).as_secs()
        };
        (0..events).map(next).collect()
    }

    #[test]
    fn a_relay_gets_six_events_in_ten_seconds_and_twenty_in_a_minute() {
        let seconds = sent_at(26);
        assert_eq!(seconds[..7], [0, 0, 0, 0, 0, 0, 10]);
        assert_eq!(seconds[17..21], [20, 30, 30, 60]);
        let in_any = |length: u64| {
            let from = |first: &u64| {
                seconds
                    .iter()
                    .filter(|at| (*first..first + length).contains(at))
                    .count()
            };
            seconds.iter().map(from).max()
        };
        assert_eq!((in_any(10), in_any(60)), (Some(6), Some(20)));
    }

    #[test]
    fn a_relay_gets_a_hundred_and_twenty_events_in_an_hour() {
        let seconds = sent_at(121);
        assert!(seconds[119] < 600);
        assert_eq!(seconds[120], Duration::from_secs(3600).as_secs());
    }
}
