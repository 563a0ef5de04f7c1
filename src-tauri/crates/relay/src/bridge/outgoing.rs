//! The messages that a bridge has to send, and those that others have not confirmed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use parlour_signaling::protocol::PeerId;

use super::budget::Budget;
use crate::payload::{Envelope, Got, Message, PART_BYTES, Session};

/// Hellos and envelopes wait this long for more of them.
const HELLO_PAUSE: Duration = Duration::from_millis(20);
const FIRST_PAUSE: Duration = Duration::from_millis(150);
const LATER_PAUSE: Duration = Duration::from_millis(500);
/// After this long without envelopes the next ones begin a burst.
const BURST_GAP: Duration = Duration::from_secs(4);
/// A `got` that has nothing to go with goes alone after this.
const GOT_PAUSE: Duration = Duration::from_secs(2);
/// From the answer of the relays until a message is repeated; doubled each time.
const REPEAT_AFTER: Duration = Duration::from_secs(3);
const REFUSED_PAUSE: Duration = Duration::from_secs(1);
/// Repetitions of a message, and of one whose receivers have all never named this bridge: they may be long gone.
const MAX_REPEATS: u32 = 5;
const MAX_UNPROVED_REPEATS: u32 = 1;
/// Hellos: in a burst, and the time for one more.
const HELLOS: (u32, Duration) = (20, Duration::from_secs(2));
/// Envelopes that wait to be published, and messages that wait for a `got`. Older ones make room.
const MAX_PENDING: usize = 512;
const MAX_SENT: usize = 256;
/// Room for the hello and the lists of a message beside its envelopes, checked when it is known.
const LISTS_BYTES: usize = 3 + 1 + 8 * 8;

#[derive(Debug)]
pub(super) struct Outgoing {
    /// The bridges for which a hello is due.
    hello_for: BTreeSet<Session>,
    hello_at: Option<Instant>,
    hellos: Budget,
    pending: Vec<(Session, Envelope)>,
    pending_at: Option<Instant>,
    last_envelopes: Option<Instant>,
    owed: BTreeSet<Got>,
    owed_at: Option<Instant>,
    /// The bridges to ask, all when there is none.
    who: Option<Vec<Session>>,
    sent: BTreeMap<u32, Sent>,
    next_number: u32,
    seqs: BTreeMap<(Session, PeerId, PeerId), u32>,
}

#[derive(Debug)]
struct Sent {
    message: Message,
    waiting: BTreeSet<Session>,
    /// Events about which the pool has said nothing yet.
    unresolved: BTreeSet<u64>,
    repeats: u32,
    due: Option<Instant>,
}

/// A message to publish under this number.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) number: u32,
    pub(super) message: Message,
    /// It was published before.
    pub(super) is_repeat: bool,
}

impl Outgoing {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            hello_for: BTreeSet::new(),
            hello_at: None,
            hellos: Budget::new(now, HELLOS),
            pending: Vec::new(),
            pending_at: None,
            last_envelopes: None,
            owed: BTreeSet::new(),
            owed_at: None,
            who: None,
            sent: BTreeMap::new(),
            next_number: 1,
            seqs: BTreeMap::new(),
        }
    }

    pub(super) fn hello(&mut self, now: Instant, session: Session) {
        self.hello_for.insert(session);
        let at = self.hellos.ready_at(now).max(now + HELLO_PAUSE);
        self.hello_at.get_or_insert(at);
    }

    pub(super) fn envelope(&mut self, now: Instant, to: Session, mut envelope: Envelope) {
        let key = (to, envelope.from, envelope.to);
        let seq = self.seqs.entry(key).or_insert(0);
        *seq += 1;
        envelope.seq = *seq;
        if self.pending.len() >= MAX_PENDING {
            tracing::warn!("too many signals wait for relays");
            self.pending.remove(0);
        }
        self.pending.push((to, envelope));
        let is_later = |last: Instant| now.saturating_duration_since(last) < BURST_GAP;
        let pause = match self.last_envelopes {
            Some(last) if is_later(last) => LATER_PAUSE,
            _ => FIRST_PAUSE,
        };
        self.pending_at.get_or_insert(now + pause);
    }

    pub(super) fn owe(&mut self, now: Instant, got: Got) {
        self.owed.insert(got);
        self.owed_at.get_or_insert(now + GOT_PAUSE);
    }

    /// Asks these bridges, or all.
    pub(super) fn ask(&mut self, asked: Vec<Session>) {
        match &mut self.who {
            Some(who) if who.is_empty() || asked.is_empty() => who.clear(),
            Some(who) => who.extend(asked),
            None => self.who = Some(asked),
        }
    }

    /// A bridge has confirmed a message.
    pub(super) fn confirmed(&mut self, by: Session, number: u32) {
        if let Some(sent) = self.sent.get_mut(&number) {
            sent.waiting.remove(&by);
            if sent.waiting.is_empty() {
                self.sent.remove(&number);
            }
        }
    }

    /// A bridge has ended: nothing waits for it any more.
    pub(super) fn forget(&mut self, session: Session) {
        self.hello_for.remove(&session);
        self.pending.retain(|(to, _)| *to != session);
        self.owed.retain(|got| got.session != session);
        self.seqs.retain(|(to, ..), _| *to != session);
        for sent in self.sent.values_mut() {
            sent.waiting.remove(&session);
        }
        self.sent.retain(|_, sent| !sent.waiting.is_empty());
    }

    /// The signals for a peer that have not arrived at the bridge which spoke for it, in order.
    pub(super) fn take_undelivered(&mut self, session: Session, peer: PeerId) -> Vec<Envelope> {
        let mut taken: Vec<Envelope> = Vec::new();
        for sent in self.sent.values_mut() {
            if sent.waiting.contains(&session) {
                let of_peer = sent.message.envelopes.extract_if(.., |e| e.to == peer);
                taken.extend(of_peer);
            }
        }
        let of_peer = self
            .pending
            .extract_if(.., |(to, e)| *to == session && e.to == peer);
        taken.extend(of_peer.map(|(_, envelope)| envelope));
        taken.sort_by_key(|envelope| (envelope.from, envelope.seq));
        taken
    }

    /// The pool has reported that an event was accepted, or refused by all.
    pub(super) fn resolved(&mut self, now: Instant, tag: u64, is_accepted: bool) {
        let is_of = |sent: &&mut Sent| sent.unresolved.contains(&tag);
        let Some(sent) = self.sent.values_mut().find(is_of) else {
            return;
        };
        sent.unresolved.remove(&tag);
        let pause = if is_accepted {
            REPEAT_AFTER
        } else {
            REFUSED_PAUSE
        };
        let at = now + pause * 2_u32.pow(sent.repeats.min(6));
        // A part that was refused is said again soon, whatever became of the others.
        sent.due = Some(match sent.due {
            Some(due) if !is_accepted => due.min(at),
            Some(due) => due,
            None => at,
        });
    }

    /// The events of a message.
    pub(super) fn published(&mut self, number: u32, tags: impl Iterator<Item = u64>) {
        if let Some(sent) = self.sent.get_mut(&number) {
            sent.unresolved.extend(tags);
        }
    }

    pub(super) fn is_hello_due(&self, now: Instant) -> bool {
        self.hello_at.is_some_and(|at| at <= now)
    }

    /// The messages that are due. `hello` is the one to say, if one is due.
    pub(super) fn take_due(
        &mut self,
        now: Instant,
        hello: Option<crate::payload::Hello>,
    ) -> Vec<Due> {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let is_nothing_due = hello.is_none()
            && self.who.is_none()
            && !is_due(self.pending_at)
            && !is_due(self.owed_at);
        if is_nothing_due {
            return Vec::new();
        }
        let mut first = Message {
            who: self.who.take(),
            got: std::mem::take(&mut self.owed)
                .into_iter()
                .take(48)
                .collect(),
            ..Message::default()
        };
        self.owed_at = None;
        let mut first_waits = BTreeSet::new();
        if hello.is_some() {
            self.hellos.take(now);
            self.hello_at = None;
            first.hello = hello;
            first_waits = std::mem::take(&mut self.hello_for);
        }
        if self.pending_at.take().is_some() {
            self.last_envelopes = Some(now);
        }
        let bytes = first.to_bytes().len() + LISTS_BYTES;
        let mut messages = vec![(first, first_waits, bytes)];
        for (to, envelope) in self.pending.drain(..) {
            let size = envelope.bytes();
            let fits = |(.., bytes): &&mut (Message, BTreeSet<Session>, usize)| {
                *bytes + size <= PART_BYTES
            };
            match messages.iter_mut().find(fits) {
                Some((message, waits, bytes)) => {
                    *bytes += size;
                    waits.insert(to);
                    message.envelopes.push(envelope);
                }
                None => {
                    let message = Message {
                        envelopes: vec![envelope],
                        ..Message::default()
                    };
                    messages.push((message, BTreeSet::from([to]), size + LISTS_BYTES));
                }
            }
        }
        let mut due = Vec::new();
        for (mut message, waiting, _) in messages {
            message.confirm = waiting.iter().copied().collect();
            if message.is_empty() {
                continue;
            }
            let number = self.next_number;
            self.next_number += 1;
            if !waiting.is_empty() {
                if self.sent.len() >= MAX_SENT {
                    self.sent.pop_first();
                }
                self.sent.insert(
                    number,
                    Sent {
                        message: message.clone(),
                        waiting,
                        unresolved: BTreeSet::new(),
                        repeats: 0,
                        due: None,
                    },
                );
            }
            due.push(Due {
                number,
                message,
                is_repeat: false,
            });
        }
        due
    }

    /// The messages to repeat. Those that were repeated too often are forgotten; their receivers are the second result.
    pub(super) fn take_repeats(
        &mut self,
        now: Instant,
        is_proved: impl Fn(Session) -> bool,
    ) -> (Vec<Due>, BTreeSet<Session>) {
        let (mut due, mut silent) = (Vec::new(), BTreeSet::new());
        self.sent.retain(|number, sent| {
            if sent.due.is_none_or(|at| at > now) {
                return true;
            }
            let max = if sent.waiting.iter().any(|session| is_proved(*session)) {
                MAX_REPEATS
            } else {
                MAX_UNPROVED_REPEATS
            };
            if sent.repeats >= max {
                silent.extend(&sent.waiting);
                return false;
            }
            sent.repeats += 1;
            sent.due = None;
            sent.message.confirm = sent.waiting.iter().copied().collect();
            due.push(Due {
                number: *number,
                message: sent.message.clone(),
                is_repeat: true,
            });
            true
        });
        (due, silent)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let repeats = self.sent.values().filter_map(|sent| sent.due);
        let own = [self.hello_at, self.pending_at, self.owed_at];
        own.into_iter().flatten().chain(repeats).min()
    }
}
