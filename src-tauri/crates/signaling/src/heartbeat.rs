//! When a side pings its connection, and when it counts as dead. Client and server use the same. Pure: the time is an
//! argument.
//!
//! A ping asks two things. After silence it asks whether the other side is there. After signals it asks whether they
//! have arrived. An idle connection is asked the first more rarely: nobody waits for it.

use std::time::Duration;

use crate::runtime::Instant;

/// The timer's finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Nothing is due.
    Wait,
    /// A ping is due.
    Ping,
    /// The other side neither answers nor reads.
    Dead,
}

#[derive(Debug)]
pub(crate) struct Heartbeat {
    /// Silence after which a ping asks.
    interval: Duration,
    /// The same on an idle connection.
    idle_interval: Duration,
    /// Silence after which the connection is dead.
    timeout: Duration,
    last_received: Instant,
    /// A ping after silence has to be answered until then.
    answer_until: Option<Instant>,
    /// Since when a flush waits for the other side to read.
    flushing_since: Option<Instant>,
    /// When the first signal was written that no ping has asked for.
    unasked_since: Option<Instant>,
    is_idle: bool,
}

impl Heartbeat {
    /// The heartbeat of a new connection: pinged after a silence of `interval`, dead after one of `timeout`. While it is
    /// idle, it is pinged after a silence of `idle_interval`, and has as long to answer.
    pub(crate) const fn new(
        now: Instant,
        interval: Duration,
        idle_interval: Duration,
        timeout: Duration,
    ) -> Self {
        Self {
            interval,
            idle_interval,
            timeout,
            last_received: now,
            answer_until: None,
            flushing_since: None,
            unasked_since: None,
            is_idle: false,
        }
    }

    /// Something was received.
    pub(crate) const fn received(&mut self, now: Instant) {
        self.last_received = now;
        self.answer_until = None;
    }

    /// A signal was received or written: somebody waits for an answer, so the connection is not idle.
    pub(crate) const fn exchanged(&mut self) {
        self.is_idle = false;
    }

    /// A signal was written.
    pub(crate) fn wrote_signal(&mut self, now: Instant) {
        self.unasked_since.get_or_insert(now);
        self.exchanged();
    }

    /// A ping was written, behind all signals so far.
    pub(crate) const fn pinged(&mut self) {
        self.unasked_since = None;
    }

    /// Frames were written, and are not flushed yet.
    #[cfg(any(feature = "net", test))]
    pub(crate) fn wrote(&mut self, now: Instant) {
        self.flushing_since.get_or_insert(now);
    }

    #[cfg(any(feature = "net", test))]
    pub(crate) const fn flushed(&mut self) {
        self.flushing_since = None;
    }

    pub(crate) const fn is_flushing(&self) -> bool {
        self.flushing_since.is_some()
    }

    /// When [`Heartbeat::on_timer`] has something to do.
    pub(crate) fn next_deadline(&self) -> Instant {
        let silence = self.answer_until.unwrap_or_else(|| self.ping_at());
        let flush = self.flushing_since.map(|since| since + self.timeout);
        let confirmation = self.confirmation_at();
        [flush, confirmation]
            .into_iter()
            .flatten()
            .fold(silence, Instant::min)
    }

    /// Says what is due. `is_idle` is asked when a silent connection would be pinged.
    pub(crate) fn on_timer(&mut self, now: Instant, is_idle: impl FnOnce() -> bool) -> Beat {
        let flush_until = self.flushing_since.map(|since| since + self.timeout);
        let is_past = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_past(self.answer_until) || is_past(flush_until) {
            return Beat::Dead;
        }
        let asks_for_silence = self.answer_until.is_none() && self.ping_at() <= now && {
            self.is_idle = is_idle();
            self.ping_at() <= now
        };
        if asks_for_silence {
            // Something that waits to be flushed has to be read, which is an answer as well.
            self.answer_until = Some(now + self.timeout.saturating_sub(self.interval));
        }
        if (asks_for_silence && !self.is_flushing()) || is_past(self.confirmation_at()) {
            Beat::Ping
        } else {
            Beat::Wait
        }
    }

    fn ping_at(&self) -> Instant {
        self.last_received
            + if self.is_idle {
                self.idle_interval
            } else {
                self.interval
            }
    }

    /// When a ping asks for the signals that were written. A flush comes first.
    fn confirmation_at(&self) -> Option<Instant> {
        let since = self.unasked_since.filter(|_| !self.is_flushing())?;
        Some(since + self.interval)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(6);
    const IDLE_INTERVAL: Duration = Duration::from_secs(30);
    const TIMEOUT: Duration = Duration::from_secs(12);

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// Lets time pass until something other than waiting is due. Returns when that is.
    fn next(heartbeat: &mut Heartbeat, is_idle: bool) -> (Instant, Beat) {
        loop {
            let at = heartbeat.next_deadline();
            match heartbeat.on_timer(at, || is_idle) {
                Beat::Wait => {}
                beat => return (at, beat),
            }
        }
    }

    #[test]
    fn somebody_in_a_call_is_found_dead_after_twelve_seconds() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(start, INTERVAL, IDLE_INTERVAL, TIMEOUT);
        assert_eq!(
            next(&mut heartbeat, false),
            (start + seconds(6), Beat::Ping)
        );
        assert_eq!(
            next(&mut heartbeat, false),
            (start + seconds(12), Beat::Dead)
        );
    }

    #[test]
    fn a_client_that_pings_by_itself_is_never_pinged() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(start, INTERVAL, IDLE_INTERVAL, TIMEOUT);
        for n in 1..100 {
            heartbeat.received(start + seconds(5 * n));
            assert!(heartbeat.next_deadline() > start + seconds(5 * (n + 1)));
        }
    }

    #[test]
    fn an_idle_connection_is_pinged_rarely_and_has_as_long_to_answer() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(start, INTERVAL, IDLE_INTERVAL, TIMEOUT);
        let ping = start + seconds(30);
        assert_eq!(next(&mut heartbeat, true), (ping, Beat::Ping));
        assert_eq!(next(&mut heartbeat, true), (ping + seconds(6), Beat::Dead));
    }

    #[test]
    fn a_signal_for_an_idle_connection_asks_at_once_whether_it_is_alive() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(start, INTERVAL, IDLE_INTERVAL, TIMEOUT);
        assert_eq!(
            heartbeat.on_timer(start + seconds(6), || true),
            Beat::Wait,
            "the connection is idle"
        );
        let called = start + seconds(20);
        heartbeat.wrote_signal(called);
        assert!(heartbeat.next_deadline() <= called);
        assert_eq!(heartbeat.on_timer(called, || false), Beat::Ping);
        heartbeat.pinged();
        assert_eq!(
            next(&mut heartbeat, false),
            (called + seconds(6), Beat::Dead)
        );
    }

    #[test]
    fn signals_are_asked_for_even_if_the_client_pings_by_itself() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(start, INTERVAL, IDLE_INTERVAL, TIMEOUT);
        heartbeat.wrote_signal(start + seconds(1));
        heartbeat.wrote_signal(start + seconds(3));
        heartbeat.received(start + seconds(5));
        assert_eq!(
            next(&mut heartbeat, false),
            (start + seconds(7), Beat::Ping)
        );
        heartbeat.pinged();
        // The pong is as good as any other frame.
        heartbeat.received(start + seconds(7));
        assert_eq!(heartbeat.next_deadline(), start + seconds(13));
    }

    #[test]
    fn somebody_who_sends_but_does_not_read_is_found_too() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(start, INTERVAL, IDLE_INTERVAL, TIMEOUT);
        heartbeat.wrote(start + seconds(1));
        for n in 1..13 {
            heartbeat.received(start + seconds(n));
        }
        assert_eq!(
            next(&mut heartbeat, false),
            (start + seconds(13), Beat::Dead)
        );
    }

    proptest! {
        /// Whatever happens: nobody is dead who was heard within the timeout and reads, and a connection that is not
        /// idle and says nothing more is dead when the timeout is over.
        #[test]
        fn the_timeout_is_kept(
            steps in prop::collection::vec((0_u64..4000, 0_u8..6, any::<bool>()), 0..60),
        ) {
            let mut now = Instant::now();
            let mut heartbeat = Heartbeat::new(now, INTERVAL, IDLE_INTERVAL, TIMEOUT);
            let (mut heard, mut flushing) = (now, None);
            for (wait, step, is_idle) in steps {
                let until = now + Duration::from_millis(wait);
                while heartbeat.next_deadline() <= until {
                    now = heartbeat.next_deadline().max(now);
                    match heartbeat.on_timer(now, || is_idle) {
                        Beat::Dead => {
                            let read = flushing.unwrap_or(heard).min(heard);
                            prop_assert!(now - read >= TIMEOUT - INTERVAL);
                            return Ok(());
                        }
                        Beat::Ping => heartbeat.pinged(),
                        Beat::Wait => {}
                    }
                }
                now = until;
                match step {
                    0 | 1 => {
                        heartbeat.received(now);
                        heard = now;
                    }
                    2 => heartbeat.wrote_signal(now),
                    3 => {
                        heartbeat.wrote(now);
                        flushing.get_or_insert(now);
                    }
                    4 => {
                        heartbeat.flushed();
                        flushing = None;
                    }
                    _ => heartbeat.exchanged(),
                }
            }
            let dead_by = now.max(heard + INTERVAL) + TIMEOUT - INTERVAL;
            heartbeat.exchanged();
            loop {
                now = heartbeat.next_deadline().max(now);
                match heartbeat.on_timer(now, || false) {
                    Beat::Dead => break,
                    Beat::Ping => heartbeat.pinged(),
                    Beat::Wait => {}
                }
            }
            prop_assert!(now <= dead_by);
        }
    }
}
