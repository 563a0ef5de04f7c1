//! The state of a pool. Pure: commands, frames and time go in, actions and events come out.

use std::collections::VecDeque;
use std::time::Instant;

use parlour_signaling::invite::Endpoint;
use tracing::debug;

use super::heard::Heard;
use super::limits::{
    ANSWER_TIMEOUT, CLOCK_TOLERANCE, MAX_INVALID, MAX_MAILBOXES, MAX_RECEIVED, MAX_RELAYS_IN_USE,
    MAX_STORED, MAX_UNANSWERED, MAX_WAITING, MESSAGE_LIFETIME, REPLACE_AFTER, SINCE_SECONDS,
    SPREAD_TIME, SUBSCRIBE_TIMEOUT,
};
use super::message::{Delivery, Message};
use super::relay::{Phase, Relay, Unanswered};
use super::seen::Seen;
use super::status::{RelayFault, RelayStatus};
use super::{LISTENED_RELAYS, Outgoing, PoolEvent, RELAYS_OF_A_ROOM};
use crate::event::{AuthorKey, ClientFrame, Event, Filter, KIND, Key, Prefix, RelayFrame};

/// The name of the one subscription of a connection.
const SUBSCRIPTION: &str = "p";

/// The time, by the clock that runs evenly and by the one on the wall.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) instant: Instant,
    /// Seconds since 1970.
    pub(super) unix: u64,
    /// Uniform over all of `u64`.
    pub(super) random: u64,
}

/// A task for the owner of [`Core`]. The relay is named by its place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Make this connection. It is told [`Core::connected`] or [`Core::ended`].
    Connect { relay: usize, conn: u64 },
    /// End the connection; nothing of it is of interest any more.
    Disconnect { relay: usize },
    /// Send this frame.
    Send { relay: usize, text: String },
}

/// Why a connection is given up.
enum GiveUp {
    /// Made again after the usual wait.
    Retry(RelayFault),
    /// Not used again.
    Drop(RelayFault),
}

#[derive(Debug)]
pub(super) struct Core {
    key: AuthorKey,
    relays: Vec<Relay>,
    mailboxes: Vec<Key>,
    messages: VecDeque<Message>,
    seen: Seen,
    heard: Heard,
    is_ready: bool,
    actions: Vec<Action>,
    events: VecDeque<PoolEvent>,
    received: usize,
    status: Vec<RelayStatus>,
    has_new_status: bool,
}

impl Core {
    pub(super) fn new(key: AuthorKey, relays: Vec<Endpoint>, now: Now) -> Self {
        let relay = |endpoint| Relay::new(endpoint, now.instant);
        let mut core = Self {
            key,
            relays: relays.into_iter().map(relay).collect(),
            mailboxes: Vec::new(),
            messages: VecDeque::new(),
            seen: Seen::default(),
            heard: Heard::default(),
            is_ready: false,
            actions: Vec::new(),
            events: VecDeque::new(),
            received: 0,
            status: Vec::new(),
            has_new_status: false,
        };
        core.advance(now);
        core
    }

    pub(super) fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    pub(super) fn has_event(&self) -> bool {
        self.has_new_status || !self.events.is_empty()
    }

    /// The next event for the caller. Of several states only the last is told.
    pub(super) fn next_event(&mut self) -> Option<PoolEvent> {
        if let Some(event) = self.events.pop_front() {
            if matches!(event, PoolEvent::Received { .. }) {
                self.received -= 1;
            }
            return Some(event);
        }
        let has_new_status = std::mem::take(&mut self.has_new_status);
        has_new_status.then(|| PoolEvent::Status(self.status.clone()))
    }

    /// Listens to these mailboxes.
    pub(super) fn subscribe(&mut self, mut mailboxes: Vec<Key>, now: Now) {
        mailboxes.truncate(MAX_MAILBOXES);
        if mailboxes == self.mailboxes {
            return;
        }
        self.mailboxes = mailboxes;
        for relay in 0..self.relays.len() {
            if self.relays[relay].is_connected() {
                self.send_subscription(relay, now);
            }
        }
        self.advance(now);
    }

    /// Publishes to the relays at which it is heard.
    pub(super) fn publish(&mut self, outgoing: Outgoing, now: Now) {
        let Outgoing {
            tag,
            mailbox,
            content,
            is_wide,
            is_last,
        } = outgoing;
        let created_at = now.unix.saturating_add_signed(self.clock_offset());
        let made = Event::sign(&self.key, created_at, &mailbox, &content).and_then(|event| {
            let id = event.id;
            let text = ClientFrame::Event(event).to_text().ok()?;
            Some((id, text))
        });
        let Some((id, text)) = made.filter(|_| self.messages.len() < MAX_WAITING) else {
            self.events.push_back(PoolEvent::Refused { tag });
            return;
        };
        let relays = self.relays.len();
        let mut message = Message::new(tag, id, text, now.instant, relays);
        message.is_wide = is_wide;
        message.heard_at = self.heard.relays().map(<[usize]>::to_vec).collect();
        message.is_last = is_last;
        self.messages.push_back(message);
        self.advance(now);
    }

    /// A connection has been made. The relay's clock may be known.
    pub(super) fn connected(&mut self, relay: usize, conn: u64, relay_unix: Option<u64>, now: Now) {
        if !self.is_current(relay, conn) {
            return;
        }
        let kept = &mut self.relays[relay];
        kept.connected_at = Some(now.instant);
        kept.clock_offset = relay_unix.map(|relay| {
            let offset = i64::try_from(relay).unwrap_or(i64::MAX);
            let offset = offset.saturating_sub_unsigned(now.unix);
            if offset.abs() < CLOCK_TOLERANCE {
                0
            } else {
                offset
            }
        });
        kept.phase = Phase::Subscribing {
            until: now.instant + SUBSCRIBE_TIMEOUT,
        };
        self.send_subscription(relay, now);
        self.advance(now);
    }

    /// A connection has ended, or could not be made.
    pub(super) fn ended(&mut self, relay: usize, conn: u64, fault: RelayFault, now: Now) {
        if self.is_current(relay, conn) {
            self.give_up(relay, GiveUp::Retry(fault), now);
            self.advance(now);
        }
    }

    /// A frame has come.
    pub(super) fn frame(&mut self, relay: usize, conn: u64, frame: RelayFrame, now: Now) {
        if !self.is_current(relay, conn) {
            return;
        }
        match frame {
            RelayFrame::Event {
                subscription,
                event,
            } if subscription == SUBSCRIPTION => self.on_event(relay, &event, now),
            RelayFrame::Ok {
                id,
                is_taken,
                reason,
            } => self.on_answer(relay, &id, is_taken, &reason, now),
            RelayFrame::EndOfStored { subscription } if subscription == SUBSCRIPTION => {
                self.on_subscribed(relay);
            }
            RelayFrame::Closed {
                subscription,
                reason,
            } if subscription == SUBSCRIPTION => self.on_closed(relay, &reason, now),
            RelayFrame::Notice(text) => self.on_notice(relay, &text, now),
            // Answers about other subscriptions; an account, which is asked for again where it is needed.
            _ => return,
        }
        self.advance(now);
    }

    /// The network of this computer has changed.
    pub(super) fn network_changed(&mut self, now: Now) {
        for index in 0..self.relays.len() {
            if self.relays[index].is_in_use() {
                self.give_up(index, GiveUp::Retry(RelayFault::Offline), now);
                let relay = &mut self.relays[index];
                relay.shorten_wait();
                relay.fault = None;
                relay.phase = Phase::Waiting { until: now.instant };
            }
        }
        self.advance(now);
    }

    /// It is time for something.
    pub(super) fn handle_timeout(&mut self, now: Now) {
        self.advance(now);
    }

    /// When [`Core::handle_timeout`] is due.
    pub(super) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        let relays = self.relays.iter().enumerate();
        let of_relays = relays.filter_map(|(index, relay)| {
            let phase = match relay.phase {
                Phase::Waiting { until } | Phase::Subscribing { until } => Some(until),
                _ => None,
            };
            let answer = relay.unanswered.front().map(|sent| sent.until);
            let useless = relay.useless_since.filter(|_| relay.is_in_use());
            let replaced = useless
                .map(|since| since + REPLACE_AFTER)
                .filter(|at| *at > now);
            let pause = relay.paused_until.filter(|until| *until > now);
            let budget = self
                .has_something_for(index, now)
                .then(|| relay.budget.ready_at(now));
            [phase, answer, replaced, pause, budget]
                .into_iter()
                .flatten()
                .min()
        });
        let of_messages = self.messages.iter().map(|message| {
            if message.is_accepted {
                message.made_at + SPREAD_TIME
            } else {
                message.made_at + MESSAGE_LIFETIME
            }
        });
        of_relays.chain(of_messages).min()
    }

    fn has_something_for(&self, index: usize, now: Instant) -> bool {
        let relay = &self.relays[index];
        relay.phase == Phase::Open
            && !relay.is_paused(now)
            && relay.unanswered.len() < MAX_UNANSWERED
            && self
                .messages
                .iter()
                .any(|message| self.wants(message, index, now))
    }

    /// Whether this relay should be sent a message now.
    fn wants(&self, message: &Message, index: usize, now: Instant) -> bool {
        message.waits_for(index, now) && self.receivers(message, now).contains(&index)
    }

    /// The relays that a message goes to: the first that work and have not refused it, and for each author that was
    /// heard at none of these one where it was heard last.
    fn receivers(&self, message: &Message, now: Instant) -> Vec<usize> {
        let relays = self.relays.iter().enumerate();
        let takes = |(index, relay): &(usize, &Relay)| {
            relay.is_useful(now) && message.at(*index) != Delivery::Refused
        };
        let mut receivers: Vec<usize> = relays.filter(takes).map(|(index, _)| index).collect();
        if !message.is_wide {
            let others = receivers.split_off(receivers.len().min(RELAYS_OF_A_ROOM));
            for heard_at in &message.heard_at {
                if !heard_at.iter().any(|relay| receivers.contains(relay)) {
                    let other = heard_at.iter().find(|relay| others.contains(relay));
                    receivers.extend(other);
                }
            }
        }
        receivers
    }

    fn is_current(&self, relay: usize, conn: u64) -> bool {
        let relay = self.relays.get(relay);
        relay.is_some_and(|relay| {
            relay.conn == conn && (relay.is_connected() || relay.phase == Phase::Connecting)
        })
    }

    fn send_subscription(&mut self, relay: usize, now: Now) {
        if self.mailboxes.is_empty() {
            return;
        }
        let unix = now.unix.saturating_add_signed(self.clock_offset());
        let since = unix.saturating_sub(SINCE_SECONDS);
        let frame = ClientFrame::Req {
            subscription: SUBSCRIPTION.to_owned(),
            filters: vec![Filter::mailboxes(&self.mailboxes, since, MAX_STORED)],
        };
        if let Ok(text) = frame.to_text() {
            self.actions.push(Action::Send { relay, text });
        }
    }

    /// The error of our clock by the clocks of the relays: the median, so that one relay that lies changes nothing. Of
    /// two, the smaller one.
    fn clock_offset(&self) -> i64 {
        let relays = self.relays.iter().filter(|relay| relay.is_connected());
        let mut offsets: Vec<_> = relays.filter_map(|relay| relay.clock_offset).collect();
        offsets.sort_unstable();
        let middle = offsets.len() / 2;
        let upper = offsets.get(middle).copied().unwrap_or(0);
        if offsets.len() % 2 == 1 {
            return upper;
        }
        let lower = middle.checked_sub(1).and_then(|at| offsets.get(at));
        let lower = lower.copied().unwrap_or(upper);
        if lower.unsigned_abs() < upper.unsigned_abs() {
            lower
        } else {
            upper
        }
    }

    fn on_event(&mut self, relay: usize, event: &Event, now: Now) {
        if event.pubkey == self.key.public() {
            // Our own comes back: the relay does what it should, also if it never answers.
            return self.on_echo(relay, event.id);
        }
        let mailbox = event
            .mailboxes()
            .find(|mailbox| self.mailboxes.contains(mailbox));
        let Some(mailbox) = mailbox.filter(|_| event.kind == KIND) else {
            return;
        };
        if self.seen.contains(&event.id) {
            return self.heard.again(&event.pubkey, &event.id, relay);
        }
        if self.received >= MAX_RECEIVED {
            return;
        }
        let Some(content) = event.content_bytes() else {
            return;
        };
        if !self.relays[relay].checks.take(now.instant) {
            return debug!("a relay brings more events than are checked");
        }
        if !event.verify() {
            return debug!("a relay brings an event whose signature is wrong");
        }
        self.seen.insert(event.id);
        self.heard.first(event.pubkey, event.id, relay);
        self.received += 1;
        self.events.push_back(PoolEvent::Received {
            mailbox,
            author: event.pubkey,
            content,
        });
    }

    /// A relay that delivers our own event has taken it. Nobody else knows the id before we send it.
    fn on_echo(&mut self, relay: usize, id: [u8; 32]) {
        let unanswered = &mut self.relays[relay].unanswered;
        let at = unanswered.iter().position(|sent| sent.id == id);
        if let Some(sent) = at.and_then(|at| unanswered.remove(at)) {
            self.on_accepted(relay, sent.tag);
        }
    }

    fn on_subscribed(&mut self, relay: usize) {
        let kept = &mut self.relays[relay];
        if !matches!(kept.phase, Phase::Subscribing { .. }) {
            return;
        }
        kept.phase = Phase::Open;
        kept.useless_since = None;
        if kept.paused_until.is_none() {
            kept.fault = None;
        }
        if !std::mem::replace(&mut self.is_ready, true) {
            self.events.push_back(PoolEvent::Ready);
        }
    }

    fn on_closed(&mut self, relay: usize, reason: &str, now: Now) {
        let prefix = Prefix::of(reason);
        debug!(?prefix, "a relay has ended the subscription");
        match prefix {
            Prefix::RateLimited => {
                self.give_up(relay, GiveUp::Retry(RelayFault::RateLimited), now);
                let kept = &mut self.relays[relay];
                kept.pause(now.instant);
                if let Some(until) = kept.paused_until {
                    kept.phase = Phase::Waiting { until };
                }
            }
            _ => {
                let give_up = fatal(prefix).map_or(GiveUp::Retry(RelayFault::Closed), GiveUp::Drop);
                self.give_up(relay, give_up, now);
            }
        }
    }

    /// A text that a program can read answers the oldest event: some relays send nothing else.
    fn on_notice(&mut self, relay: usize, text: &str, now: Now) {
        if !matches!(Prefix::of(text), Prefix::Other | Prefix::Duplicate) {
            self.on_answer(relay, "", false, text, now);
        }
    }

    fn on_answer(&mut self, relay: usize, id: &str, is_taken: bool, reason: &str, now: Now) {
        let prefix = Prefix::of(reason);
        let kept = &mut self.relays[relay];
        let is_it = |sent: &Unanswered| data_encoding::HEXLOWER.encode(&sent.id) == id;
        let at = if id.is_empty() {
            Some(0)
        } else {
            kept.unanswered.iter().position(is_it)
        };
        let Some(sent) = at.and_then(|at| kept.unanswered.remove(at)) else {
            // A late answer of an event that was given up, or a refusal of everything.
            if !is_taken && let Some(fault) = fatal(prefix) {
                self.give_up(relay, GiveUp::Drop(fault), now);
            }
            return;
        };
        if is_taken || prefix == Prefix::Duplicate {
            return self.on_accepted(relay, sent.tag);
        }
        debug!(?prefix, "a relay refuses an event");
        let message = self.messages.iter_mut().find(|m| m.tag == sent.tag);
        match prefix {
            Prefix::RateLimited => {
                if let Some(message) = message {
                    message.later(relay);
                }
                kept.pause(now.instant);
                self.give_up(relay, GiveUp::Retry(RelayFault::RateLimited), now);
            }
            Prefix::Invalid => {
                if let Some(message) = message {
                    message.refused(relay);
                }
                kept.invalid = kept.invalid.saturating_add(1);
                let fault = RelayFault::NotAccepted;
                let give_up = if kept.invalid >= MAX_INVALID {
                    GiveUp::Drop(fault)
                } else {
                    GiveUp::Retry(fault)
                };
                self.give_up(relay, give_up, now);
            }
            _ => {
                if let Some(message) = message {
                    message.again(relay);
                }
                kept.failed(now.instant);
                let fault = RelayFault::Unavailable;
                let give_up = fatal(prefix).map_or(GiveUp::Retry(fault), GiveUp::Drop);
                self.give_up(relay, give_up, now);
            }
        }
    }

    fn on_accepted(&mut self, relay: usize, tag: u64) {
        self.relays[relay].accepted();
        let Some(message) = self.messages.iter_mut().find(|m| m.tag == tag) else {
            return;
        };
        message.accepted(relay);
        if !std::mem::replace(&mut message.is_accepted, true) {
            self.events.push_back(PoolEvent::Accepted { tag });
        }
    }

    /// Ends a connection. After a refusal too: some relays answer late, or not at all, on a connection on which they
    /// have refused something.
    fn give_up(&mut self, index: usize, give_up: GiveUp, now: Now) {
        let relay = &mut self.relays[index];
        let was_connecting = relay.is_connected() || relay.phase == Phase::Connecting;
        if was_connecting {
            self.actions.push(Action::Disconnect { relay: index });
        }
        if !relay.unanswered.is_empty() {
            relay.failed(now.instant);
        }
        for sent in std::mem::take(&mut relay.unanswered) {
            if let Some(message) = self.messages.iter_mut().find(|m| m.tag == sent.tag) {
                message.again(index);
            }
        }
        if relay.useless_since.is_none() {
            relay.useless_since = Some(now.instant);
        }
        let fault = match give_up {
            GiveUp::Retry(fault) => {
                let wait = relay.next_wait(now.instant, now.random);
                let until = now.instant + wait;
                relay.phase = Phase::Waiting { until };
                fault
            }
            GiveUp::Drop(fault) => {
                relay.phase = Phase::Dropped;
                for message in &mut self.messages {
                    message.refused(index);
                }
                fault
            }
        };
        relay.fault = Some(fault);
        debug!(relay = index, ?fault, "a relay is of no use");
    }

    /// Does what is due.
    fn advance(&mut self, now: Now) {
        self.end_slow(now);
        self.use_relays(now);
        self.connect(now);
        self.send(now);
        self.forget(now);
        let status = self
            .relays
            .iter()
            .filter_map(|relay| relay.status(now.instant));
        let status: Vec<_> = status.collect();
        if status != self.status {
            self.status = status;
            self.has_new_status = true;
        }
    }

    fn end_slow(&mut self, now: Now) {
        for index in 0..self.relays.len() {
            let relay = &mut self.relays[index];
            let is_due = |until: Instant| until <= now.instant;
            let is_subscribing_slowly = !self.mailboxes.is_empty()
                && matches!(relay.phase, Phase::Subscribing { until } if is_due(until));
            let is_answering_slowly = relay.unanswered.front().is_some_and(|s| is_due(s.until));
            if is_subscribing_slowly || is_answering_slowly {
                self.give_up(index, GiveUp::Retry(RelayFault::Silent), now);
            } else if let Phase::Subscribing { until } = &mut relay.phase
                && is_due(*until)
            {
                // Nothing was subscribed yet.
                *until = now.instant + SUBSCRIBE_TIMEOUT;
            }
            let relay = &mut self.relays[index];
            if relay.paused_until.is_some_and(is_due) {
                relay.paused_until = None;
                if relay.phase == Phase::Open {
                    relay.fault = None;
                }
            }
        }
    }

    /// Takes the first relays of the list into use, and more while too few are of use.
    fn use_relays(&mut self, now: Now) {
        loop {
            let is_spare = |relay: &Relay| relay.phase == Phase::Spare;
            let Some(next) = self.relays.iter().position(is_spare) else {
                return;
            };
            let relays = self.relays.iter();
            let useful = relays.clone().filter(|relay| relay.is_useful(now.instant));
            let is_enough = next >= LISTENED_RELAYS
                && useful.count() >= RELAYS_OF_A_ROOM
                && !self.is_refused_everywhere();
            let in_use = relays.filter(|relay| relay.is_in_use());
            if is_enough || in_use.count() >= MAX_RELAYS_IN_USE {
                return;
            }
            let spare = &mut self.relays[next];
            spare.phase = Phase::Waiting { until: now.instant };
            spare.useless_since = Some(now.instant);
            // The first wait of the backoff is none.
            spare.next_wait(now.instant, now.random);
        }
    }

    /// Whether something waits that every relay in use has refused.
    fn is_refused_everywhere(&self) -> bool {
        let is_refused = |message: &Message| {
            let mut relays = self.relays.iter().enumerate();
            let refuses = |(index, relay): (usize, &Relay)| {
                !relay.is_in_use() || message.at(index) == Delivery::Refused
            };
            !message.is_accepted && relays.all(refuses)
        };
        self.messages.iter().any(is_refused)
    }

    fn connect(&mut self, now: Now) {
        for (index, relay) in self.relays.iter_mut().enumerate() {
            if matches!(relay.phase, Phase::Waiting { until } if until <= now.instant) {
                relay.phase = Phase::Connecting;
                relay.conn += 1;
                self.actions.push(Action::Connect {
                    relay: index,
                    conn: relay.conn,
                });
            }
        }
    }

    /// First the last event of a session, then what nobody has taken, and in its order.
    fn send(&mut self, now: Now) {
        for index in 0..self.relays.len() {
            while self.has_something_for(index, now.instant) {
                let is_ready = self.relays[index].budget.ready_at(now.instant) <= now.instant;
                let wanting = |(_, message): &(usize, &Message)| {
                    self.wants(message, index, now.instant) && (is_ready || message.is_last)
                };
                let next = self.messages.iter().enumerate().filter(wanting);
                let order =
                    |(_, message): &(usize, &Message)| (!message.is_last, message.is_accepted);
                let Some((next, _)) = next.min_by_key(order) else {
                    break;
                };
                let (relay, message) = (&mut self.relays[index], &mut self.messages[next]);
                message.sent(index);
                relay.budget.spend(now.instant);
                relay.unanswered.push_back(Unanswered {
                    tag: message.tag,
                    id: message.id,
                    until: now.instant + ANSWER_TIMEOUT,
                });
                self.actions.push(Action::Send {
                    relay: index,
                    text: message.text.clone(),
                });
            }
        }
    }

    /// Forgets what has arrived, what is too old, and what no relay of the list takes.
    fn forget(&mut self, now: Now) {
        let can_take = |(index, relay): (usize, &Relay), message: &Message| {
            relay.phase != Phase::Dropped && message.at(index) != Delivery::Refused
        };
        let (relays, events) = (&self.relays, &mut self.events);
        self.messages.retain(|message| {
            let age = now.instant.duration_since(message.made_at);
            if message.is_accepted {
                return age < SPREAD_TIME;
            }
            let mut relays = relays.iter().enumerate();
            let is_hopeless = !relays.any(|relay| can_take(relay, message));
            let is_kept = !is_hopeless && age < MESSAGE_LIFETIME;
            if !is_kept {
                events.push_back(PoolEvent::Refused { tag: message.tag });
            }
            is_kept
        });
    }
}

/// The reason of a relay that does not want us at all.
fn fatal(prefix: Prefix) -> Option<RelayFault> {
    match prefix {
        Prefix::Blocked => Some(RelayFault::Blocked),
        Prefix::AuthRequired => Some(RelayFault::NeedsAccount),
        Prefix::Work => Some(RelayFault::NeedsWork),
        _ => None,
    }
}
