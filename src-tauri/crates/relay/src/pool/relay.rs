//! The state that the pool keeps of one relay.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parlour_signaling::client::RetryPolicy;
use parlour_signaling::client::backoff::Backoff;
use parlour_signaling::invite::Endpoint;
use parlour_signaling::token_bucket::TokenBucket;

use super::limits::{
    CHECK_BURST, CHECKS_PER_SECOND, FIRST_PAUSE, MAX_FAILURES, MAX_PAUSE, REPLACE_AFTER,
};
use super::send_budget::SendBudget;
use super::status::{RelayFault, RelayState, RelayStatus};

/// Gentle: a relay is somebody's gift, and there are others.
const RETRY: RetryPolicy = RetryPolicy {
    base: Duration::from_secs(2),
    near: Duration::from_secs(60),
    cap: Duration::from_secs(60),
    floor: Duration::from_secs(1),
    stable: Duration::from_secs(20),
};

/// Where a relay is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not in use.
    Spare,
    /// Between two connections.
    Waiting {
        until: Instant,
    },
    Connecting,
    /// Connected. The subscription is confirmed by then, or the connection is given up.
    Subscribing {
        until: Instant,
    },
    Open,
    /// Not used again in this session.
    Dropped,
}

/// An event that was sent and not answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unanswered {
    pub(super) tag: u64,
    pub(super) id: [u8; 32],
    pub(super) until: Instant,
}

/// One relay of the list.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) endpoint: Endpoint,
    pub(super) phase: Phase,
    /// Number of the connection. What comes from an earlier one is late.
    pub(super) conn: u64,
    pub(super) connected_at: Option<Instant>,
    /// Since when it was not open, while it is in use.
    pub(super) useless_since: Option<Instant>,
    /// The last fault.
    pub(super) fault: Option<RelayFault>,
    /// Nothing is published before.
    pub(super) paused_until: Option<Instant>,
    pub(super) unanswered: VecDeque<Unanswered>,
    pub(super) budget: SendBudget,
    pub(super) checks: TokenBucket,
    /// Events in a row that it has called invalid.
    pub(super) invalid: u8,
    /// Attempts in a row that it has not answered, or with an error.
    pub(super) failures: u8,
    /// Its clock minus ours, in seconds, by the handshake.
    pub(super) clock_offset: Option<i64>,
    next_pause: Duration,
    backoff: Backoff,
}

impl Relay {
    pub(super) fn new(endpoint: Endpoint, now: Instant) -> Self {
        Self {
            endpoint,
            phase: Phase::Spare,
            conn: 0,
            connected_at: None,
            useless_since: None,
            fault: None,
            paused_until: None,
            unanswered: VecDeque::new(),
            budget: SendBudget::default(),
            checks: TokenBucket::new(now, CHECK_BURST, CHECKS_PER_SECOND),
            invalid: 0,
            failures: 0,
            clock_offset: None,
            next_pause: FIRST_PAUSE,
            backoff: Backoff::new(RETRY),
        }
    }

    pub(super) fn is_in_use(&self) -> bool {
        !matches!(self.phase, Phase::Spare | Phase::Dropped)
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Subscribing { .. } | Phase::Open)
    }

    /// It works, as far as is known. One that answers nothing has some time.
    pub(super) fn is_useful(&self, now: Instant) -> bool {
        let is_slow = |since: Instant| since + REPLACE_AFTER <= now;
        self.is_in_use() && !self.is_paused(now) && !self.useless_since.is_some_and(is_slow)
    }

    pub(super) fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// How long to wait before the next connection. The first is at once.
    pub(super) fn next_wait(&mut self, now: Instant, random: u64) -> Duration {
        if let Some(since) = self.connected_at.take() {
            self.backoff.connection_ended(now.duration_since(since));
        }
        self.backoff.next_wait(random)
    }

    /// The network has changed: long waits are over.
    pub(super) fn shorten_wait(&mut self) {
        self.backoff = Backoff::new(RETRY);
    }

    /// Publishes nothing for a while, longer each time.
    pub(super) fn pause(&mut self, now: Instant) {
        self.paused_until = Some(now + self.next_pause);
        self.next_pause = (2 * self.next_pause).min(MAX_PAUSE);
    }

    /// It has not answered an event, or with an error. One that always does so gets a pause, and another its place.
    pub(super) fn failed(&mut self, now: Instant) {
        self.failures += 1;
        if self.failures >= MAX_FAILURES {
            self.failures = 0;
            self.pause(now);
        }
    }

    /// It has taken an event: all is well again.
    pub(super) fn accepted(&mut self) {
        self.invalid = 0;
        self.failures = 0;
        self.next_pause = FIRST_PAUSE;
        self.fault = None;
    }

    /// Its state, unless it is not in use.
    pub(super) fn status(&self, now: Instant) -> Option<RelayStatus> {
        let state = match (self.phase, self.fault) {
            (Phase::Spare, _) => return None,
            (Phase::Dropped, fault) => {
                RelayState::Dropped(fault.unwrap_or(RelayFault::NotAccepted))
            }
            (Phase::Open, fault) if self.is_paused(now) => {
                RelayState::Paused(fault.unwrap_or(RelayFault::RateLimited))
            }
            (Phase::Open, _) => RelayState::Open,
            (_, Some(fault)) => RelayState::Failing(fault),
            (_, None) => RelayState::Connecting,
        };
        Some(RelayStatus {
            relay: self.endpoint.clone(),
            state,
            clock_offset: self.clock_offset,
        })
    }
}
