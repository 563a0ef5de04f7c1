//! Something that is being published.

use std::time::Instant;

use super::limits::{MAX_TRIES, SPREAD_TIME};

/// How far it is with one relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// Not sent, or again: after so many attempts.
    Waiting {
        tries: u8,
    },
    /// Sent, after so many attempts.
    Sent {
        tries: u8,
    },
    Accepted,
    Refused,
}

/// An event and where it has arrived.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) tag: u64,
    pub(super) id: [u8; 32],
    /// The whole frame.
    pub(super) text: String,
    pub(super) made_at: Instant,
    pub(super) is_accepted: bool,
    /// See [`Outgoing::is_wide`](super::Outgoing::is_wide).
    pub(super) is_wide: bool,
    /// Where each of the others was heard last when it was made.
    pub(super) heard_at: Vec<Vec<usize>>,
    /// No budget holds it back.
    pub(super) is_last: bool,
    /// One for each relay of the list.
    deliveries: Vec<Delivery>,
}

impl Message {
    pub(super) fn new(tag: u64, id: [u8; 32], text: String, now: Instant, relays: usize) -> Self {
        Self {
            tag,
            id,
            text,
            made_at: now,
            is_accepted: false,
            is_wide: false,
            heard_at: Vec::new(),
            is_last: false,
            deliveries: vec![Delivery::Waiting { tries: 0 }; relays],
        }
    }

    pub(super) fn at(&self, relay: usize) -> Delivery {
        let delivery = self.deliveries.get(relay).copied();
        delivery.unwrap_or(Delivery::Refused)
    }

    fn set(&mut self, relay: usize, delivery: Delivery) {
        if let Some(kept) = self.deliveries.get_mut(relay) {
            *kept = delivery;
        }
    }

    /// Whether it is still to be sent to this relay, if it goes there.
    pub(super) fn waits_for(&self, relay: usize, now: Instant) -> bool {
        matches!(self.at(relay), Delivery::Waiting { .. })
            && (!self.is_accepted || now < self.made_at + SPREAD_TIME)
    }

    pub(super) fn sent(&mut self, relay: usize) {
        if let Delivery::Waiting { tries } = self.at(relay) {
            let tries = tries.saturating_add(1);
            self.set(relay, Delivery::Sent { tries });
        }
    }

    pub(super) fn accepted(&mut self, relay: usize) {
        self.set(relay, Delivery::Accepted);
    }

    pub(super) fn refused(&mut self, relay: usize) {
        self.set(relay, Delivery::Refused);
    }

    /// Was not answered, or may be taken the next time.
    pub(super) fn again(&mut self, relay: usize) {
        if let Delivery::Sent { tries } = self.at(relay) {
            let next = if tries >= MAX_TRIES {
                Delivery::Refused
            } else {
                Delivery::Waiting { tries }
            };
            self.set(relay, next);
        }
    }

    /// Was answered with a request for a pause: that attempt does not count.
    pub(super) fn later(&mut self, relay: usize) {
        if let Delivery::Sent { tries } = self.at(relay) {
            let tries = tries.saturating_sub(1);
            self.set(relay, Delivery::Waiting { tries });
        }
    }
}
