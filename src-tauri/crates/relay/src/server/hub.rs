//! The subscriptions of a relay's connections, and their budgets. Pure: frames and time go in, answers and deliveries
//! come out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use data_encoding::HEXLOWER;
use parlour_signaling::server::Source;
use parlour_signaling::token_bucket::TokenBucket;

use super::RelayUsage;
use super::limits::{
    CHECK_BURST, CHECKS_PER_SECOND, MAX_CONNECTIONS, MAX_MAILBOXES, MAX_NAME_CHARS, MAX_RECEIVERS,
    MAX_SEEN, MAX_SOURCES, MAX_SUBSCRIPTIONS, SOURCE_BURST, SOURCE_CONNECTIONS, SOURCE_FRAME_BURST,
    SOURCE_FRAMES_PER_SECOND, SOURCE_PER_SECOND,
};
use crate::event::{ClientFrame, Event, Filter, Key, MAX_CONTENT_CHARS, RelayFrame};

/// A connection.
pub(super) type ConnId = u64;

/// The effects of one frame.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// For the connection that has sent it.
    pub(super) answers: Vec<RelayFrame>,
    /// Whether something was refused.
    pub(super) is_refused: bool,
    /// For others: the connection, and the name of its subscription.
    pub(super) deliveries: Vec<(ConnId, String)>,
    /// The event to deliver.
    pub(super) event: Option<Event>,
}

impl Outcome {
    fn answer(answer: RelayFrame) -> Self {
        Self {
            answers: vec![answer],
            ..Self::default()
        }
    }

    fn refusal(answer: RelayFrame) -> Self {
        Self {
            is_refused: true,
            ..Self::answer(answer)
        }
    }
}

#[derive(Debug)]
struct Connection {
    source: Source,
    subscriptions: HashMap<String, Vec<Key>>,
}

#[derive(Debug)]
struct Usage {
    connections: usize,
    events: TokenBucket,
    frames: TokenBucket,
}

impl Usage {
    fn new(now: Instant) -> Self {
        Self {
            connections: 0,
            events: TokenBucket::new(now, SOURCE_BURST, SOURCE_PER_SECOND),
            frames: TokenBucket::new(now, SOURCE_FRAME_BURST, SOURCE_FRAMES_PER_SECOND),
        }
    }

    fn is_idle(&self, now: Instant) -> bool {
        self.connections == 0 && self.events.is_full(now) && self.frames.is_full(now)
    }
}

/// The state of a relay. It keeps no event, only ids of some.
#[derive(Debug)]
pub(super) struct Hub {
    connections: HashMap<ConnId, Connection>,
    listeners: HashMap<Key, HashSet<ConnId>>,
    sources: HashMap<Source, Usage>,
    seen: HashSet<[u8; 32]>,
    seen_order: VecDeque<[u8; 32]>,
    checks: TokenBucket,
    next: ConnId,
    passed_on: u64,
    refused: u64,
}

impl Hub {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            connections: HashMap::new(),
            listeners: HashMap::new(),
            sources: HashMap::new(),
            seen: HashSet::new(),
            seen_order: VecDeque::new(),
            checks: TokenBucket::new(now, CHECK_BURST, CHECKS_PER_SECOND),
            next: 0,
            passed_on: 0,
            refused: 0,
        }
    }

    pub(super) fn usage(&self) -> RelayUsage {
        RelayUsage {
            connections: self.connections.len(),
            mailboxes: self.listeners.len(),
            passed_on: self.passed_on,
            refused: self.refused,
        }
    }

    /// Counts a connection, if there is a place for it.
    pub(super) fn open(&mut self, source: Source, now: Instant) -> Option<ConnId> {
        if self.connections.len() >= MAX_CONNECTIONS {
            return None;
        }
        if !self.sources.contains_key(&source) && self.sources.len() >= MAX_SOURCES {
            self.sources.retain(|_, usage| !usage.is_idle(now));
            if self.sources.len() >= MAX_SOURCES {
                return None;
            }
        }
        let usage = self
            .sources
            .entry(source)
            .or_insert_with(|| Usage::new(now));
        // A stream of this process, or a proxy that names nobody, has no bounds of its own.
        if is_bounded(source) && usage.connections >= SOURCE_CONNECTIONS {
            return None;
        }
        usage.connections += 1;
        self.next += 1;
        let subscriptions = HashMap::new();
        let connection = Connection {
            source,
            subscriptions,
        };
        self.connections.insert(self.next, connection);
        Some(self.next)
    }

    pub(super) fn close(&mut self, conn: ConnId) {
        let Some(connection) = self.connections.remove(&conn) else {
            return;
        };
        if let Some(usage) = self.sources.get_mut(&connection.source) {
            usage.connections -= 1;
        }
        for mailbox in connection.subscriptions.into_values().flatten() {
            self.forget_listener(mailbox, conn);
        }
    }

    /// A text that a connection has sent.
    pub(super) fn receive(&mut self, conn: ConnId, text: &str, now: Instant) -> Outcome {
        let outcome = self.handle(conn, text, now);
        self.refused += u64::from(outcome.is_refused);
        outcome
    }

    fn handle(&mut self, conn: ConnId, text: &str, now: Instant) -> Outcome {
        let Some(connection) = self.connections.get(&conn) else {
            return Outcome::default();
        };
        let source = connection.source;
        let has_frame = |usage: &mut Usage| !is_bounded(source) || usage.frames.take(now);
        if !self.sources.get_mut(&source).is_some_and(has_frame) {
            let text = "rate-limited: too many frames".to_owned();
            return Outcome::refusal(RelayFrame::Notice(text));
        }
        match ClientFrame::parse(text) {
            Some(ClientFrame::Event(event)) => self.publish(source, event, now),
            Some(ClientFrame::Req {
                subscription,
                filters,
            }) => self.subscribe(conn, subscription, &filters),
            Some(ClientFrame::Close { subscription }) => {
                self.unsubscribe(conn, &subscription);
                Outcome::default()
            }
            None => Outcome::refusal(RelayFrame::Notice("invalid: cannot be read".to_owned())),
        }
    }

    fn subscribe(&mut self, conn: ConnId, subscription: String, filters: &[Filter]) -> Outcome {
        let closed = |subscription, reason: &str| {
            Outcome::refusal(RelayFrame::Closed {
                subscription,
                reason: reason.to_owned(),
            })
        };
        if subscription.is_empty() || subscription.chars().count() > MAX_NAME_CHARS {
            let name = subscription.chars().take(MAX_NAME_CHARS).collect();
            return closed(name, "invalid: the name of the subscription");
        }
        let Some(mailboxes) = mailboxes(filters) else {
            let reason = "unsupported: only #p, kinds and since of ephemeral events";
            return closed(subscription, reason);
        };
        self.unsubscribe(conn, &subscription);
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Outcome::default();
        };
        if connection.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            return closed(subscription, "error: too many subscriptions");
        }
        for mailbox in &mailboxes {
            self.listeners.entry(*mailbox).or_default().insert(conn);
        }
        connection
            .subscriptions
            .insert(subscription.clone(), mailboxes);
        Outcome::answer(RelayFrame::EndOfStored { subscription })
    }

    fn unsubscribe(&mut self, conn: ConnId, subscription: &str) {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return;
        };
        let Some(mailboxes) = connection.subscriptions.remove(subscription) else {
            return;
        };
        let others: HashSet<Key> = connection
            .subscriptions
            .values()
            .flatten()
            .copied()
            .collect();
        for mailbox in mailboxes {
            if !others.contains(&mailbox) {
                self.forget_listener(mailbox, conn);
            }
        }
    }

    fn forget_listener(&mut self, mailbox: Key, conn: ConnId) {
        if let Some(listeners) = self.listeners.get_mut(&mailbox) {
            listeners.remove(&conn);
            if listeners.is_empty() {
                self.listeners.remove(&mailbox);
            }
        }
    }

    fn publish(&mut self, source: Source, event: Event, now: Instant) -> Outcome {
        let answer = |is_taken, reason: &str| RelayFrame::Ok {
            id: HEXLOWER.encode(&event.id),
            is_taken,
            reason: reason.to_owned(),
        };
        let refusal = |reason: &str| Outcome::refusal(answer(false, reason));
        let has_event = |usage: &mut Usage| !is_bounded(source) || usage.events.take(now);
        if !self.sources.get_mut(&source).is_some_and(has_event) {
            return refusal("rate-limited: slow down");
        }
        if !event.is_ephemeral() {
            return refusal("blocked: only ephemeral events are passed on");
        }
        if event.content.len() > MAX_CONTENT_CHARS {
            return refusal("invalid: the content is too long");
        }
        let receivers: HashSet<Key> = event.mailboxes().collect();
        if receivers.is_empty() || receivers.len() > MAX_RECEIVERS {
            return refusal("invalid: one to four p tags");
        }
        if self.seen.contains(&event.id) {
            return Outcome::answer(answer(true, "duplicate: was passed on"));
        }
        if !self.checks.take(now) {
            return refusal("rate-limited: too many events from all");
        }
        if !event.verify() {
            return refusal("invalid: the id or the signature");
        }
        self.remember(event.id);
        let listeners = receivers.iter().filter_map(|key| self.listeners.get(key));
        let listeners: HashSet<ConnId> = listeners.flatten().copied().collect();
        let subscribed = |conn: ConnId| {
            let connection = self.connections.get(&conn);
            let subscriptions = connection.into_iter().flat_map(|c| &c.subscriptions);
            let wants = |mailboxes: &[Key]| mailboxes.iter().any(|key| receivers.contains(key));
            subscriptions
                .filter(move |(_, mailboxes)| wants(mailboxes))
                .map(move |(name, _)| (conn, name.clone()))
                .collect::<Vec<_>>()
        };
        let deliveries = listeners.into_iter().flat_map(subscribed).collect();
        self.passed_on += 1;
        Outcome {
            answers: vec![answer(true, "")],
            is_refused: false,
            deliveries,
            event: Some(event),
        }
    }

    fn remember(&mut self, id: [u8; 32]) {
        self.seen.insert(id);
        self.seen_order.push_back(id);
        if self.seen_order.len() > MAX_SEEN
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
    }
}

const fn is_bounded(source: Source) -> bool {
    matches!(source, Source::V4(_) | Source::V6(_))
}

/// The mailboxes that these filters name together, if that is all that they ask for. What is stored is nothing, so
/// `since`, `until` and `limit` need no look.
fn mailboxes(filters: &[Filter]) -> Option<Vec<Key>> {
    let mut all = Vec::new();
    for filter in filters {
        let kinds = filter.kinds.as_deref().unwrap_or_default();
        let are_ephemeral = kinds.iter().all(|kind| matches!(kind, 20_000..30_000));
        if !are_ephemeral || filter.ids.is_some() || filter.authors.is_some() {
            return None;
        }
        all.extend(filter.mailbox_keys()?);
    }
    all.sort_unstable();
    all.dedup();
    (1..=MAX_MAILBOXES).contains(&all.len()).then_some(all)
}
