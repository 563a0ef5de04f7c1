//! The state that a bridge keeps of another one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use parlour_signaling::protocol::{PeerId, Sealed, Signature};

use super::budget::Budget;
use super::{FIRST_SILENCE, LATER_SILENCE};
use crate::payload::{Envelope, PART_BYTES, Part};

/// Events of one bridge: in a burst, and the time for one more.
const EVENTS: (u32, Duration) = (120, Duration::from_millis(250));
/// Messages that wait for parts.
const MAX_PARTIAL: usize = 4;
/// Envelopes that wait for one before them or for their sender.
const MAX_HELD: usize = 128;
/// How long a missing envelope is waited for. Its sender repeats it after three and nine seconds.
const GAP_TIMEOUT: Duration = Duration::from_secs(15);

/// A peer of a bridge, whose hello has opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verified {
    pub(super) peer: PeerId,
    pub(super) keys: parlour_signaling::protocol::PeerKeys,
    pub(super) hello: Sealed,
    pub(super) entered: bool,
    pub(super) signature: Option<Signature>,
}

#[derive(Debug)]
pub(super) struct Remote {
    /// When its last message came.
    pub(super) heard_at: Instant,
    /// When it was asked for a sign of life that it has not given yet.
    pub(super) asked_at: Option<Instant>,
    /// Since it is known, or since a link with one of its peers was up.
    pub(super) unlinked_since: Instant,
    /// The number of the hello or bye that counts: all before it are old.
    pub(super) hello_number: u32,
    /// One of its hellos has named this bridge, so it is no replay.
    pub(super) is_proved: bool,
    /// It has said bye, or was given up.
    pub(super) is_over: bool,
    /// Our last hello has named it.
    pub(super) is_told: bool,
    /// Those of its peers with which a link is up.
    pub(super) linked: BTreeSet<PeerId>,
    pub(super) peers: Vec<Verified>,
    /// The server has refused these. They are tried again after the next change.
    pub(super) refused: BTreeSet<PeerId>,
    pub(super) budget: Budget,
    partial: BTreeMap<u32, Partial>,
    incoming: BTreeMap<(PeerId, PeerId), InOrder>,
}

#[derive(Debug)]
struct Partial {
    parts: Vec<Option<Vec<u8>>>,
}

#[derive(Debug)]
struct InOrder {
    next: u32,
    held: BTreeMap<u32, Sealed>,
    /// The time since which the next one is missing.
    gap_since: Option<Instant>,
}

impl Remote {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            heard_at: now,
            asked_at: None,
            unlinked_since: now,
            hello_number: 0,
            is_proved: false,
            is_over: false,
            is_told: false,
            linked: BTreeSet::new(),
            peers: Vec::new(),
            refused: BTreeSet::new(),
            budget: Budget::new(now, EVENTS),
            partial: BTreeMap::new(),
            incoming: BTreeMap::new(),
        }
    }

    /// How long it may be silent before it is asked.
    pub(super) fn silence(&self) -> Duration {
        let known = self.heard_at.saturating_duration_since(self.unlinked_since);
        if known < FIRST_SILENCE {
            FIRST_SILENCE
        } else {
            LATER_SILENCE
        }
    }

    /// Takes a part. Returns the message when it is whole.
    pub(super) fn assemble(&mut self, part: Part) -> Option<Vec<u8>> {
        if part.parts == 1 {
            return Some(part.bytes);
        }
        if part.bytes.len() > PART_BYTES {
            return None;
        }
        if self.partial.len() >= MAX_PARTIAL && !self.partial.contains_key(&part.number) {
            self.partial.pop_first();
        }
        let count = usize::from(part.parts);
        let partial = self.partial.entry(part.number).or_insert_with(|| Partial {
            parts: vec![None; count],
        });
        if partial.parts.len() != count {
            return None;
        }
        partial.parts[usize::from(part.part)] = Some(part.bytes);
        if partial.parts.iter().any(Option::is_none) {
            return None;
        }
        let whole = self.partial.remove(&part.number)?;
        Some(whole.parts.into_iter().flatten().flatten().collect())
    }

    /// Keeps an envelope until it is its turn. False when there is no room for it.
    pub(super) fn hold(&mut self, envelope: Envelope) -> bool {
        let held: usize = self.incoming.values().map(|order| order.held.len()).sum();
        let order = self
            .incoming
            .entry((envelope.from, envelope.to))
            .or_insert_with(|| InOrder {
                next: 1,
                held: BTreeMap::new(),
                gap_since: None,
            });
        if envelope.seq < order.next {
            return true;
        }
        if held >= MAX_HELD && envelope.seq != order.next {
            return false;
        }
        order.held.insert(envelope.seq, envelope.sealed);
        true
    }

    /// The envelopes whose turn it is, of those whose two peers are there.
    pub(super) fn take_in_order(
        &mut self,
        now: Instant,
        is_there: impl Fn(PeerId, PeerId) -> bool,
    ) -> Vec<(PeerId, PeerId, Sealed)> {
        let mut taken = Vec::new();
        for ((from, to), order) in &mut self.incoming {
            if !is_there(*from, *to) {
                continue;
            }
            let is_lost = |since: Instant| now >= since + GAP_TIMEOUT;
            if order.gap_since.is_some_and(is_lost)
                && let Some((first, _)) = order.held.first_key_value()
            {
                order.next = *first;
            }
            while let Some(sealed) = order.held.remove(&order.next) {
                taken.push((*from, *to, sealed));
                order.next += 1;
                order.gap_since = None;
            }
            order.gap_since = match (order.held.is_empty(), order.gap_since) {
                (true, _) => None,
                (false, since) => since.or(Some(now)),
            };
        }
        taken
    }

    pub(super) fn next_gap(&self) -> Option<Instant> {
        let gaps = self.incoming.values().filter_map(|order| order.gap_since);
        gaps.map(|since| since + GAP_TIMEOUT).min()
    }
}
