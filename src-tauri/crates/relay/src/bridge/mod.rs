//! The bridge of a room. It introduces the peers that come by relays to this app's own server, and announces the peers
//! of that server at the relays.
//!
//! [`Bridge`] is pure: time, room and contents of relays go in, contents to publish and introductions come out.
//! [`RelayBridge`] joins it with a [`RelayPool`](crate::pool::RelayPool) and the server.
//!
//! - A bridge announces all its peers in one *hello*. A later one, by its number, replaces an earlier one.
//! - A peer is introduced only for a hello that names this bridge. So a replayed hello introduces nobody.
//! - A message that somebody has to get is kept until a relay has taken it and the other bridge has said *got*.
//! - Each server handles pings and lost connections of its own clients. A room in which nothing happens publishes
//!   nothing.

mod budget;
mod outgoing;
mod remote;
mod task;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use parlour_signaling::crypto::{RelayMailbox, RoomKeys, SessionKey, SignedHello};
use parlour_signaling::protocol::{ClientMessage, PeerId, Sealed, Signature};
use parlour_signaling::server::rooms::{Introduction, RoomSnapshot};

use self::budget::Budget;
use self::outgoing::{Due, Outgoing};
use self::remote::{Remote, Verified};
pub use self::task::{BridgeConfig, BridgeStatus, RelayBridge};
use crate::payload::{Announced, Envelope, Got, Hello, Message, Part, Session, parts};

/// The number of the bye, above that of every message before it.
const LAST_NUMBER: u32 = u32::MAX;
/// A newcomer waits this long for the first answer, and this long for more after one, before its client joins.
const GATHER_TIMEOUT: Duration = Duration::from_millis(700);
const GATHER_MORE: Duration = Duration::from_millis(60);
/// A newcomer whom nobody answers asks again after these times.
const ASK_AGAIN: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(6),
    Duration::from_secs(15),
];
/// A bridge with whose peers there is no link is asked for a sign of life after a silence of this time at first, and of
/// the longer one from then on. That is one question and the answers in two minutes for the whole room.
const FIRST_SILENCE: Duration = Duration::from_secs(60);
const LATER_SILENCE: Duration = Duration::from_secs(120);
/// The bridges ask in the order of their sessions, with this time between them: all hear the answers to the first one.
const ASK_STAGGER: Duration = Duration::from_secs(2);
/// It has this long to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(12);
/// Other bridges that are known, with those that have ended.
const MAX_REMOTES: usize = 64;
/// Bridges that a hello names.
const MAX_KNOWS: usize = 32;
/// Contents of authors who are not known as members: in a burst, and the time for one more.
const STRANGERS: (u32, Duration) = (64, Duration::from_millis(100));
/// A hello is signed for a day, and taken for so many more: calls may be long.
const SIGNED_DAYS: u32 = 7;

/// A moment, for deadlines and for the day.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The monotonic clock.
    pub at: Instant,
    /// Seconds since 1970, UTC.
    pub unix: u64,
}

impl Now {
    /// The day since 1970.
    #[must_use]
    pub const fn day(&self) -> u32 {
        (self.unix / 86_400) as u32
    }
}

/// A task for the owner of a [`Bridge`]. They are done in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Publish this, and report its tag with [`Bridge::resolved`].
    Publish(crate::pool::Outgoing),
    /// Listen to these mailboxes and to no others.
    Subscribe(Vec<[u8; 32]>),
    /// Give this peer a place, in place of one that it has by introduction.
    Introduce(Introduction),
    /// Send the own server this message of an introduced peer.
    Say(PeerId, ClientMessage),
    /// An introduced peer is away.
    Remove(PeerId),
}

/// See the [module](self).
#[derive(Debug)]
pub struct Bridge {
    keys: RoomKeys,
    author: [u8; 32],
    me: Session,
    /// The peer of this app, for which its hellos are signed.
    own: Option<SessionKey>,
    /// The mailboxes of yesterday, today and tomorrow.
    mailboxes: Vec<RelayMailbox>,
    day: u32,
    room: RoomSnapshot,
    remotes: BTreeMap<Session, Remote>,
    /// The introduced peers, and the bridge that speaks for each.
    introduced: BTreeMap<PeerId, Session>,
    outgoing: Outgoing,
    strangers: Budget,
    next_tag: u64,
    /// Somebody may be there already.
    asks: bool,
    asked: usize,
    ask_at: Option<Instant>,
    gather_until: Option<Instant>,
    /// It has said bye, and says nothing more.
    is_closed: bool,
    outputs: VecDeque<Output>,
}

impl Bridge {
    /// A bridge that signs with the key of `author`. With `asks` it looks for others; the room of a new invite is empty.
    #[must_use]
    pub fn new(now: Now, keys: RoomKeys, author: [u8; 32], asks: bool) -> Self {
        let mut bridge = Self {
            keys,
            author,
            me: Session::of(&author),
            own: None,
            mailboxes: Vec::new(),
            day: 0,
            room: RoomSnapshot::default(),
            remotes: BTreeMap::new(),
            introduced: BTreeMap::new(),
            outgoing: Outgoing::new(now.at),
            strangers: Budget::new(now.at, STRANGERS),
            next_tag: 0,
            asks,
            asked: 0,
            ask_at: None,
            gather_until: None,
            is_closed: false,
            outputs: VecDeque::new(),
        };
        bridge.follow_day(now);
        bridge
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// A relay listens.
    pub fn ready(&mut self, now: Now) {
        if self.gather_until.is_some() {
            return;
        }
        if self.asks {
            self.gather_until = Some(now.at + GATHER_TIMEOUT);
            self.ask_all(now.at);
        } else {
            self.gather_until = Some(now.at);
        }
        self.flush(now);
    }

    /// Whether those who were there are in the room by now. Never, while no relay listens.
    #[must_use]
    pub fn has_gathered(&self, now: Now) -> bool {
        self.gather_until.is_some_and(|until| until <= now.at)
    }

    /// The session of this app's peer.
    pub fn set_own(&mut self, own: SessionKey) {
        self.own = Some(own);
    }

    /// The room of the own server has changed.
    pub fn room_changed(&mut self, now: Now, room: RoomSnapshot) {
        if room == self.room {
            return;
        }
        self.room = room;
        let proved: Vec<_> = self.room.members.iter().map(|member| member.peer).collect();
        for peer in proved {
            // It has joined this server itself.
            if self.introduced.remove(&peer).is_some() {
                self.outputs.push_back(Output::Remove(peer));
            }
        }
        for (session, remote) in &mut self.remotes {
            remote.refused.clear();
            if !remote.is_over {
                self.outgoing.hello(now.at, *session);
            }
        }
        self.reconcile_all(now);
        self.flush(now);
    }

    /// A local peer has sent an introduced one a signal.
    pub fn signal(&mut self, now: Now, from: PeerId, to: PeerId, sealed: Sealed) {
        if self.is_local(from)
            && let Some(session) = self.introduced.get(&to)
        {
            let envelope = Envelope {
                from,
                to,
                seq: 0,
                sealed,
            };
            self.outgoing.envelope(now.at, *session, envelope);
        }
        self.flush(now);
    }

    /// The server has ended the place of an introduced peer, or does not take its messages.
    pub fn introduction_ended(&mut self, now: Now, peer: PeerId) {
        if let Some(session) = self.introduced.remove(&peer)
            && let Some(remote) = self.remotes.get_mut(&session)
        {
            remote.refused.insert(peer);
        }
        self.flush(now);
    }

    /// The link of this app's page with a peer is up, or has been dead for a while.
    pub fn link(&mut self, now: Now, peer: PeerId, is_up: bool) {
        if let Some(session) = self.introduced.get(&peer).copied()
            && let Some(remote) = self.remotes.get_mut(&session)
        {
            if is_up {
                remote.linked.insert(peer);
            } else if remote.linked.remove(&peer) {
                remote.unlinked_since = now.at;
                if remote.asked_at.is_none() {
                    self.ask_one(now.at, session);
                }
            }
        }
        self.flush(now);
    }

    /// The pool has reported that an event was accepted, or refused by all.
    pub fn resolved(&mut self, now: Now, tag: u64, is_accepted: bool) {
        self.outgoing.resolved(now.at, tag, is_accepted);
        self.flush(now);
    }

    /// Somebody has published to a mailbox.
    pub fn received(&mut self, now: Now, mailbox: [u8; 32], author: [u8; 32], content: &[u8]) {
        let session = Session::of(&author);
        let is_named = |known: &&RelayMailbox| known.name() == mailbox;
        let Some(known) = self.mailboxes.iter().find(is_named) else {
            return;
        };
        if session == self.me {
            return;
        }
        let budget = match self.remotes.get_mut(&session) {
            Some(remote) => &mut remote.budget,
            None => &mut self.strangers,
        };
        if !budget.take(now.at) {
            return;
        }
        let Ok(plain) = known.open(&author, content) else {
            return;
        };
        let Ok(part) = Part::read(&plain) else {
            return;
        };
        let number = part.number;
        let Some(remote) = self.remote(now.at, session) else {
            return;
        };
        if let Some(bytes) = remote.assemble(part)
            && let Ok(message) = Message::read(&bytes)
        {
            self.apply(now, session, number, message);
        }
        self.flush(now);
    }

    /// Handles every deadline that has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.is_closed {
            return;
        }
        self.follow_day(now);
        if self.ask_at.is_some_and(|at| at <= now.at) {
            self.ask_all(now.at);
        }
        let silent: Vec<_> = self
            .remotes
            .iter()
            .filter(|(session, remote)| {
                self.silence_deadline(**session, remote)
                    .is_some_and(|at| at <= now.at)
            })
            .map(|(session, remote)| (*session, remote.asked_at.is_some()))
            .collect();
        for (session, was_asked) in silent {
            if was_asked {
                self.give_up(now, session);
            } else {
                self.ask_silent(now.at);
            }
        }
        self.deliver(now);
        let remotes = &self.remotes;
        let is_proved = |session| {
            let remote: Option<&Remote> = remotes.get(&session);
            remote.is_some_and(|remote| remote.is_proved)
        };
        let (repeats, silent) = self.outgoing.take_repeats(now.at, is_proved);
        for due in repeats {
            self.publish(now, due);
        }
        for session in silent {
            if self
                .remotes
                .get(&session)
                .is_some_and(|r| r.is_proved && r.asked_at.is_none())
            {
                self.ask_one(now.at, session);
            }
        }
        self.flush(now);
    }

    /// When [`Bridge::handle_timeout`] has something to do.
    #[must_use]
    pub fn next_deadline(&self, now: Now) -> Option<Instant> {
        if self.is_closed {
            return None;
        }
        let tomorrow = 86_400 - now.unix % 86_400;
        let silences = self.remotes.iter();
        let silences =
            silences.filter_map(|(session, remote)| self.silence_deadline(*session, remote));
        let gaps = self.remotes.values().filter_map(Remote::next_gap);
        let gathered = self.gather_until.filter(|until| *until > now.at);
        let own = [self.ask_at, gathered, self.outgoing.next_deadline()];
        let all = own.into_iter().flatten().chain(silences).chain(gaps);
        all.chain([now.at + Duration::from_secs(tomorrow)]).min()
    }

    /// Tells the others that this bridge ends. This app's own peers in `left` have left the room.
    pub fn close(&mut self, now: Now) {
        if self.remotes.values().any(|remote| !remote.is_over) {
            let message = Message {
                bye: Some(self.room.left.clone()),
                ..Message::default()
            };
            let due = Due {
                number: LAST_NUMBER,
                message,
                is_repeat: false,
            };
            self.publish(now, due);
        }
        // The last change of the room would make another hello: an event more here, and a `got` at each of the others.
        self.is_closed = true;
    }

    fn follow_day(&mut self, now: Now) {
        if self.day != now.day() || self.mailboxes.is_empty() {
            self.day = now.day();
            let days = [self.day, self.day.saturating_sub(1), self.day + 1];
            self.mailboxes = days
                .iter()
                .map(|day| self.keys.relay_mailbox(*day))
                .collect();
            let names = self.mailboxes.iter().map(RelayMailbox::name).collect();
            self.outputs.push_back(Output::Subscribe(names));
        }
    }

    fn ask_all(&mut self, now: Instant) {
        self.ask_at = ASK_AGAIN.get(self.asked).map(|pause| now + *pause);
        self.asked += 1;
        self.outgoing.ask(Vec::new());
    }

    fn ask_one(&mut self, now: Instant, session: Session) {
        if let Some(remote) = self.remotes.get_mut(&session) {
            remote.asked_at = Some(now);
            self.outgoing.ask(vec![session]);
        }
    }

    /// Asks those whose silence is half over too, so that it is one question.
    fn ask_silent(&mut self, now: Instant) {
        let remotes = self.remotes.iter();
        let silent = remotes.filter(|(session, remote)| {
            self.is_watched(**session, remote)
                && remote.asked_at.is_none()
                && remote.heard_at + remote.silence() / 2 <= now
        });
        let silent: Vec<_> = silent.map(|(session, _)| *session).collect();
        for session in silent {
            self.ask_one(now, session);
        }
    }

    /// While a link is up, the page notices a peer that is gone.
    fn is_watched(&self, session: Session, remote: &Remote) -> bool {
        let speaks = self.introduced.values().any(|of| *of == session);
        speaks && remote.linked.is_empty() && !remote.is_over
    }

    /// When a bridge has been silent for too long.
    fn silence_deadline(&self, session: Session, remote: &Remote) -> Option<Instant> {
        if let Some(asked) = remote.asked_at {
            return Some(asked + ANSWER_TIMEOUT);
        }
        let others: BTreeSet<Session> = self.introduced.values().copied().collect();
        let before_me = others.range(..self.me).count() as u32;
        let deadline = remote.heard_at + remote.silence() + before_me * ASK_STAGGER;
        self.is_watched(session, remote).then_some(deadline)
    }

    fn remote(&mut self, now: Instant, session: Session) -> Option<&mut Remote> {
        if !self.remotes.contains_key(&session) && self.remotes.len() >= MAX_REMOTES {
            let spoken: Vec<_> = self.introduced.values().copied().collect();
            let others = self
                .remotes
                .iter()
                .filter(|(session, _)| !spoken.contains(session));
            let oldest = others.min_by_key(|(_, remote)| remote.heard_at);
            let oldest = oldest.map(|(session, _)| *session)?;
            self.remotes.remove(&oldest);
            self.outgoing.forget(oldest);
        }
        Some(
            self.remotes
                .entry(session)
                .or_insert_with(|| Remote::new(now)),
        )
    }

    fn apply(&mut self, now: Now, session: Session, number: u32, message: Message) {
        let me = self.me;
        let Some(remote) = self.remotes.get_mut(&session) else {
            return;
        };
        remote.heard_at = now.at;
        remote.asked_at = None;
        if remote.is_over && number > remote.hello_number {
            // It was given up, and answers again. After a bye there is no later number.
            remote.is_over = false;
            remote.is_told = false;
            if message.hello.is_none() {
                self.ask_one(now.at, session);
            }
        }
        let Some(remote) = self.remotes.get_mut(&session) else {
            return;
        };
        for got in message.got.iter().filter(|got| got.session == me) {
            self.outgoing.confirmed(session, got.number);
        }
        if message
            .who
            .is_some_and(|asked| asked.is_empty() || asked.contains(&me))
        {
            remote.is_told = false;
            self.tell(now.at, session);
        }
        let mut has_room = true;
        for envelope in message.envelopes {
            let is_mine = self
                .room
                .members
                .iter()
                .any(|member| member.peer == envelope.to);
            if is_mine && let Some(remote) = self.remotes.get_mut(&session) {
                has_room &= remote.hold(envelope);
            }
        }
        if let Some(hello) = message.hello {
            self.on_hello(now, session, number, hello);
        }
        if let Some(left) = message.bye {
            self.on_bye(now, session, number, &left);
        }
        if has_room && message.confirm.contains(&me) {
            self.outgoing.owe(now.at, Got { session, number });
        }
        self.deliver(now);
    }

    fn on_hello(&mut self, now: Now, session: Session, number: u32, hello: Hello) {
        let names_me = hello.knows.contains(&self.me);
        let peers: Vec<Verified> = if names_me {
            let verify = |announced| self.verify(now, session, hello.day, announced);
            hello.peers.into_iter().filter_map(verify).collect()
        } else {
            Vec::new()
        };
        let Some(remote) = self.remotes.get_mut(&session) else {
            return;
        };
        if number <= remote.hello_number {
            return;
        }
        if !names_me {
            // It does not know this bridge yet, or is a replay from a bridge that has ended.
            if !remote.is_over && !remote.is_told {
                self.tell(now.at, session);
            }
            return;
        }
        remote.hello_number = number;
        remote.is_proved = true;
        remote.is_over = false;
        remote.peers = peers;
        remote.refused.clear();
        if !remote.is_told {
            self.tell(now.at, session);
        }
        self.ask_at = None;
        if let Some(until) = &mut self.gather_until {
            *until = (*until).min(now.at + GATHER_MORE);
        }
        self.leave_introduced(session, &hello.left);
        self.reconcile_all(now);
    }

    fn on_bye(&mut self, now: Now, session: Session, number: u32, left: &[PeerId]) {
        let Some(remote) = self.remotes.get_mut(&session) else {
            return;
        };
        if number > remote.hello_number {
            remote.hello_number = number;
            remote.is_over = true;
            remote.peers.clear();
            self.leave_introduced(session, left);
            self.reconcile_all(now);
            self.outgoing.forget(session);
        }
    }

    /// The peers of a bridge that does not answer are away. It may come back with a later hello.
    fn give_up(&mut self, now: Now, session: Session) {
        if let Some(remote) = self.remotes.get_mut(&session) {
            tracing::debug!("a bridge does not answer any more");
            remote.asked_at = None;
            remote.is_over = true;
            remote.is_told = false;
            remote.peers.clear();
            remote.linked.clear();
            self.reconcile_all(now);
            self.outgoing.forget(session);
        }
    }

    /// A member that lies can at most announce peers under hellos that it has seen. Nobody can seal another's hello,
    /// and signals for that peer open nowhere else.
    fn verify(
        &self,
        now: Now,
        session: Session,
        day: u32,
        announced: Announced,
    ) -> Option<Verified> {
        let Announced {
            peer,
            hello,
            entered,
            signature,
        } = announced;
        let (keys, _) = self.keys.open_hello(peer, &hello).ok()?;
        if let Some(signature) = signature {
            let today = now.day();
            if day > today + 1 || day + SIGNED_DAYS < today {
                return None;
            }
            let signed = SignedHello {
                keys,
                hello: hello.clone(),
                signature,
            };
            signed.verify(self.keys.room_id(), session.0, day).ok()?;
        }
        Some(Verified {
            peer,
            keys,
            hello,
            entered,
            signature,
        })
    }

    /// These peers of a bridge have left the room.
    fn leave_introduced(&mut self, session: Session, left: &[PeerId]) {
        for peer in left {
            if self.introduced.get(peer) == Some(&session) {
                self.introduced.remove(peer);
                self.outputs
                    .push_back(Output::Say(*peer, ClientMessage::Leave {}));
            }
        }
    }

    fn reconcile_all(&mut self, now: Now) {
        let sessions: Vec<_> = self.remotes.keys().copied().collect();
        for session in &sessions {
            self.reconcile(now, *session);
        }
        let is_said = |peer: &PeerId, session: &Session| {
            let remote = self.remotes.get(session);
            remote.is_some_and(|remote| remote.peers.iter().any(|said| said.peer == *peer))
        };
        let gone: Vec<_> = self
            .introduced
            .iter()
            .filter(|(peer, of)| !is_said(peer, of))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in gone {
            self.introduced.remove(&peer);
            self.outputs.push_back(Output::Remove(peer));
        }
    }

    /// Introduces the peers of a bridge that are not here yet.
    fn reconcile(&mut self, now: Now, session: Session) {
        let Some(remote) = self.remotes.get(&session) else {
            return;
        };
        let wanted: Vec<_> = remote
            .peers
            .iter()
            .filter(|p| !remote.refused.contains(&p.peer))
            .cloned()
            .collect();
        for peer in wanted {
            if self.is_local(peer.peer) {
                continue;
            }
            let before = self.introduced.get(&peer.peer).copied();
            match before {
                Some(before) if before == session => self.update_introduced(&peer),
                Some(before) if !self.takes_over(before, &peer) => {}
                before => {
                    self.introduced.insert(peer.peer, session);
                    self.introduce(&peer);
                    if let Some(before) = before {
                        for envelope in self.outgoing.take_undelivered(before, peer.peer) {
                            self.outgoing.envelope(now.at, session, envelope);
                        }
                    }
                }
            }
        }
    }

    /// Whether a peer goes to another bridge that speaks for it: from one that no longer does, or from one that vouches
    /// to the one of the peer's own app.
    fn takes_over(&self, before: Session, peer: &Verified) -> bool {
        let said = self
            .remotes
            .get(&before)
            .and_then(|remote| remote.peers.iter().find(|said| said.peer == peer.peer));
        said.is_none_or(|said| said.signature.is_none() && peer.signature.is_some())
    }

    fn introduce(&mut self, peer: &Verified) {
        self.outputs.push_back(Output::Introduce(Introduction {
            room: self.keys.room_id(),
            keys: peer.keys,
            hello: peer.hello.clone(),
            entered: peer.entered,
        }));
    }

    /// The server tells the others only what is new to them.
    fn update_introduced(&mut self, peer: &Verified) {
        if peer.entered {
            let hello = peer.hello.clone();
            self.outputs
                .push_back(Output::Say(peer.peer, ClientMessage::Enter { hello }));
        }
    }

    fn deliver(&mut self, now: Now) {
        let Self {
            remotes,
            introduced,
            room,
            outputs,
            ..
        } = self;
        for (session, remote) in remotes {
            let is_there = |from: PeerId, to: PeerId| {
                introduced.get(&from) == Some(session) && room.members.iter().any(|m| m.peer == to)
            };
            for (from, to, envelope) in remote.take_in_order(now.at, is_there) {
                outputs.push_back(Output::Say(from, ClientMessage::Signal { to, envelope }));
            }
        }
    }

    /// Another bridge needs our hello, if there are peers to announce.
    fn tell(&mut self, now: Instant, session: Session) {
        if !self.room.members.is_empty() {
            self.outgoing.hello(now, session);
        }
    }

    fn is_local(&self, peer: PeerId) -> bool {
        self.room.members.iter().any(|member| member.peer == peer)
    }

    fn hello(&mut self, now: Now) -> Hello {
        let day = now.day();
        let sign = |peer: PeerId, hello: &Sealed| -> Option<Signature> {
            let own = self.own.as_ref().filter(|own| own.peer_id() == peer)?;
            Some(SignedHello::new(&self.keys, own, hello.clone(), self.me.0, day).signature)
        };
        let members = self.room.members.iter();
        let peers = members.map(|member| Announced {
            peer: member.peer,
            hello: member.hello.clone(),
            entered: member.entered,
            signature: sign(member.peer, &member.hello),
        });
        let peers = peers.collect();
        let mut heard: Vec<_> = self
            .remotes
            .iter()
            .filter(|(_, remote)| !remote.is_over)
            .map(|(session, remote)| (remote.heard_at, *session))
            .collect();
        heard.sort_unstable();
        let knows: Vec<_> = heard
            .into_iter()
            .rev()
            .take(MAX_KNOWS)
            .map(|(_, session)| session)
            .collect();
        for session in &knows {
            if let Some(remote) = self.remotes.get_mut(session) {
                remote.is_told = true;
            }
        }
        Hello {
            day,
            knows,
            peers,
            left: self.room.left.clone(),
        }
    }

    fn flush(&mut self, now: Now) {
        if self.is_closed {
            return;
        }
        let hello = self.outgoing.is_hello_due(now.at).then(|| self.hello(now));
        for due in self.outgoing.take_due(now.at, hello) {
            self.publish(now, due);
        }
    }

    fn publish(&mut self, now: Now, due: Due) {
        let Due {
            number,
            message,
            is_repeat,
        } = due;
        tracing::debug!(
            number,
            asks = message.who.is_some(),
            hello = message.hello.is_some(),
            envelopes = message.envelopes.len(),
            got = message.got.len(),
            bye = message.bye.is_some(),
            is_repeat,
            "a message for relays"
        );
        // Somebody who was asked, or has not confirmed, may listen at other relays than before.
        let is_wide = is_repeat || message.who.is_some();
        let Some(plains) = parts(number, &message) else {
            tracing::warn!("a message is too long for relays");
            return;
        };
        let mailbox = self.keys.relay_mailbox(now.day());
        let first = self.next_tag;
        for plain in plains {
            if let Ok(content) = mailbox.seal(&self.author, &plain) {
                self.outputs
                    .push_back(Output::Publish(crate::pool::Outgoing {
                        tag: self.next_tag,
                        mailbox: mailbox.name(),
                        content,
                        is_wide,
                        is_last: number == LAST_NUMBER,
                    }));
                self.next_tag += 1;
            }
        }
        self.outgoing.published(number, first..self.next_tag);
    }
}
