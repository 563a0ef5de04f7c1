//! Apps with their bridges, and relays between them, in simulated time. Without a socket or a task: every event is
//! delivered from one list, so a fault can be put at any of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use parlour_relay::bridge::{Bridge, Now, Output};
use parlour_signaling::crypto::{Hello, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::protocol::{ClientMessage, PeerId, Sealed};
use parlour_signaling::server::rooms::{LocalMember, RoomSnapshot};

use crate::event_frame_bytes;

/// From an app to a relay, and from a relay to an app.
const ONE_WAY_MS: u64 = 100;
/// 2026-11-27, an hour before midnight.
pub const START_UNIX: u64 = 1_795_820_400;

/// A fault of one event. Events are counted in the order in which they are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The relays say that they have taken it, and it reaches nobody.
    Swallowed,
    /// No relay takes it.
    Refused,
    /// It reaches everybody three times.
    Repeated,
    /// It comes after all that is published in the next five seconds.
    Late,
    /// With it everybody gets once more all that was ever published, the newest first.
    Replay,
    /// Nobody hears whether a relay has taken it, although it arrives.
    NoWord,
}

pub const FAULTS: [Fault; 6] = [
    Fault::Swallowed,
    Fault::Refused,
    Fault::Repeated,
    Fault::Late,
    Fault::Replay,
    Fault::NoWord,
];

#[derive(Clone, Debug)]
struct Event {
    mailbox: [u8; 32],
    author: [u8; 32],
    content: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Action {
    Deliver {
        to: usize,
        event: usize,
    },
    Resolve {
        to: usize,
        tag: u64,
        taken: bool,
    },
    Ready {
        app: usize,
    },
    Timer {
        app: usize,
    },
    Say {
        app: usize,
        to: PeerId,
        bytes: usize,
    },
    Enter {
        app: usize,
    },
}

/// An app: its bridge, its server's room, and what its client has received.
pub struct App {
    bridge: Option<Bridge>,
    author: [u8; 32],
    session: SessionKey,
    pub room: RoomSnapshot,
    /// The introduced peers that are there, and whether each has entered.
    pub introduced: BTreeMap<PeerId, bool>,
    pub away: BTreeSet<PeerId>,
    pub left: BTreeSet<PeerId>,
    is_in: bool,
    /// It makes offers to those whom it finds, and answers offers.
    negotiates: bool,
    answered: BTreeSet<PeerId>,
    sent: BTreeMap<PeerId, u32>,
    pub received: BTreeMap<PeerId, Vec<u32>>,
    pub joined_at: Option<u64>,
    clock_off: i64,
    /// The moment of the one timer that counts.
    timer: Option<u64>,
}

impl App {
    pub const fn is_there(&self) -> bool {
        self.is_in
    }
}

pub struct World {
    base: Instant,
    pub now: u64,
    keys: RoomKeys,
    pub apps: Vec<App>,
    queue: BTreeMap<(u64, u64), Action>,
    next: u64,
    events: Vec<Event>,
    /// The number of the event that has the fault.
    pub fault: Option<(usize, Fault)>,
    /// No relay delivers anything.
    pub is_dark: bool,
}

impl World {
    pub fn new() -> Self {
        Self {
            base: Instant::now(),
            now: 0,
            keys: RoomKeys::new(&RoomSecret::from_bytes([7; 16])),
            apps: Vec::new(),
            queue: BTreeMap::new(),
            next: 0,
            events: Vec::new(),
            fault: None,
            is_dark: false,
        }
    }

    pub fn published(&self) -> usize {
        self.events.len()
    }

    pub fn published_by(&self, app: usize) -> usize {
        let author = self.apps[app].author;
        self.events
            .iter()
            .filter(|event| event.author == author)
            .count()
    }

    fn at(&mut self, pause: u64, action: Action) {
        self.next += 1;
        self.queue.insert((self.now + pause, self.next), action);
    }

    fn moment(&self, app: usize) -> Now {
        let unix = START_UNIX + self.now / 1000;
        Now {
            at: self.base + Duration::from_millis(self.now),
            unix: unix.wrapping_add_signed(self.apps[app].clock_off),
        }
    }

    /// An app opens the room: with `asks`, that of somebody else.
    pub fn open(&mut self, asks: bool, negotiates: bool) -> usize {
        self.open_with_clock(asks, negotiates, 0)
    }

    pub fn open_with_clock(&mut self, asks: bool, negotiates: bool, clock_off: i64) -> usize {
        let app = self.apps.len();
        let session = SessionKey::random();
        let mut author = [0; 32];
        author[..2].copy_from_slice(&[1, app as u8]);
        self.apps.push(App {
            bridge: None,
            author,
            session: session.clone(),
            room: RoomSnapshot::default(),
            introduced: BTreeMap::new(),
            away: BTreeSet::new(),
            left: BTreeSet::new(),
            is_in: false,
            negotiates,
            answered: BTreeSet::new(),
            sent: BTreeMap::new(),
            received: BTreeMap::new(),
            joined_at: None,
            clock_off,
            timer: None,
        });
        let now = self.moment(app);
        let mut bridge = Bridge::new(now, self.keys.clone(), author, asks);
        bridge.set_own(session);
        self.apps[app].bridge = Some(bridge);
        self.at(2 * ONE_WAY_MS, Action::Ready { app });
        self.drain(app);
        app
    }

    pub fn peer(&self, app: usize) -> PeerId {
        self.apps[app].session.peer_id()
    }

    fn member(&self, session: &SessionKey, entered: bool) -> LocalMember {
        LocalMember {
            peer: session.peer_id(),
            hello: self.keys.seal_hello(session, &Hello::new("Mei")).unwrap(),
            entered,
        }
    }

    /// Somebody joins the server of an app over its network.
    pub fn guest(&mut self, app: usize, session: &SessionKey) {
        let member = self.member(session, false);
        self.apps[app].room.members.push(member);
        self.room_changed(app);
    }

    pub fn guest_leaves(&mut self, app: usize, session: &SessionKey) {
        let peer = session.peer_id();
        let room = &mut self.apps[app].room;
        room.members.retain(|member| member.peer != peer);
        room.left.push(peer);
        self.room_changed(app);
    }

    /// As when its own server dies: it is there no more, and has not left.
    pub fn guest_vanishes(&mut self, app: usize, session: &SessionKey) {
        let peer = session.peer_id();
        self.apps[app].room.members.retain(|m| m.peer != peer);
        self.room_changed(app);
    }

    /// An app's own client takes another session: the one that it had at another app's server.
    pub fn join_as(&mut self, app: usize, session: &SessionKey) {
        self.apps[app].session = session.clone();
        let now = self.moment(app);
        if let Some(bridge) = &mut self.apps[app].bridge {
            bridge.set_own(session.clone());
            bridge.handle_timeout(now);
        }
    }

    fn join(&mut self, app: usize) {
        let session = self.apps[app].session.clone();
        let member = self.member(&session, false);
        self.apps[app].room.members.push(member);
        self.apps[app].is_in = true;
        self.apps[app].joined_at = Some(self.now);
        let found: Vec<_> = self.apps[app].introduced.keys().copied().collect();
        self.room_changed(app);
        if self.apps[app].negotiates {
            for peer in found {
                self.negotiate(app, peer);
            }
            self.at(1_000, Action::Enter { app });
        }
    }

    /// A description of the usual size, and candidates.
    fn negotiate(&mut self, app: usize, to: PeerId) {
        for (pause, bytes) in [(40, 1_300), (60, 180), (90, 180), (130, 180)] {
            self.at(pause, Action::Say { app, to, bytes });
        }
    }

    fn enter(&mut self, app: usize) {
        let session = self.apps[app].session.clone();
        let entered = self.member(&session, true);
        let room = &mut self.apps[app].room;
        if let Some(member) = room.members.iter_mut().find(|m| m.peer == entered.peer) {
            *member = entered;
        }
        self.room_changed(app);
    }

    fn room_changed(&mut self, app: usize) {
        let (now, room) = (self.moment(app), self.apps[app].room.clone());
        if let Some(bridge) = &mut self.apps[app].bridge {
            bridge.room_changed(now, room);
        }
        self.drain(app);
    }

    /// A signal of an app's own peer.
    pub fn say(&mut self, app: usize, to: PeerId, bytes: usize) {
        let from = self.peer(app);
        self.say_from(app, from, to, bytes);
    }

    pub fn say_from(&mut self, app: usize, from: PeerId, to: PeerId, bytes: usize) {
        if !self.apps[app].introduced.contains_key(&to) {
            return;
        }
        let number = self.apps[app].sent.entry(to).or_default();
        *number += 1;
        let mut sealed = vec![0x55; bytes.max(4)];
        sealed[..4].copy_from_slice(&number.to_be_bytes());
        let sealed = Sealed(BASE64URL_NOPAD.encode(&sealed));
        let now = self.moment(app);
        if let Some(bridge) = &mut self.apps[app].bridge {
            bridge.signal(now, from, to, sealed);
        }
        self.drain(app);
    }

    pub fn sent(&self, app: usize, to: usize) -> u32 {
        let to = self.peer(to);
        self.apps[app].sent.get(&to).copied().unwrap_or_default()
    }

    pub fn link(&mut self, app: usize, peer: PeerId, is_up: bool) {
        let now = self.moment(app);
        if let Some(bridge) = &mut self.apps[app].bridge {
            bridge.link(now, peer, is_up);
        }
        self.drain(app);
    }

    /// The app ends without a word.
    pub fn crash(&mut self, app: usize) {
        self.apps[app].bridge = None;
        self.apps[app].introduced.clear();
        self.apps[app].is_in = false;
    }

    /// The person leaves. The app lives until the relays have taken the bye.
    pub fn leave(&mut self, app: usize) {
        let peer = self.peer(app);
        self.apps[app].room.left.push(peer);
        self.apps[app].room.members.retain(|m| m.peer != peer);
        let (now, room) = (self.moment(app), self.apps[app].room.clone());
        if let Some(bridge) = &mut self.apps[app].bridge {
            bridge.room_changed(now, room);
            bridge.close(now);
        }
        self.drain(app);
        self.run(2 * ONE_WAY_MS);
        self.crash(app);
    }

    fn drain(&mut self, app: usize) {
        let now = self.moment(app);
        loop {
            let Some(bridge) = &mut self.apps[app].bridge else {
                return;
            };
            let Some(output) = bridge.poll_output() else {
                break;
            };
            match output {
                Output::Publish(outgoing) => {
                    assert_eq!(outgoing.content.len() % 896, 0);
                    assert!(event_frame_bytes(&outgoing.content) < 4096);
                    self.publish(
                        app,
                        outgoing.tag,
                        Event {
                            mailbox: outgoing.mailbox,
                            author: self.apps[app].author,
                            content: outgoing.content,
                        },
                    );
                }
                Output::Subscribe(mailboxes) => assert_eq!(mailboxes.len(), 3),
                Output::Introduce(introduction) => {
                    let peer = introduction.keys.peer_id();
                    let state = &mut self.apps[app];
                    assert!(state.room.members.iter().all(|m| m.peer != peer));
                    state.introduced.insert(peer, introduction.entered);
                    state.away.remove(&peer);
                }
                Output::Say(peer, ClientMessage::Enter { .. }) => {
                    self.apps[app].introduced.insert(peer, true);
                }
                Output::Say(peer, ClientMessage::Leave {}) => {
                    self.apps[app].introduced.remove(&peer);
                    self.apps[app].left.insert(peer);
                }
                Output::Say(from, ClientMessage::Signal { to, envelope }) => {
                    self.receive(app, from, to, &envelope);
                }
                Output::Say(..) => panic!("nothing else is said"),
                Output::Remove(peer) => {
                    self.apps[app].introduced.remove(&peer);
                    self.apps[app].away.insert(peer);
                }
            }
        }
        if let Some(bridge) = &self.apps[app].bridge
            && let Some(at) = bridge.next_deadline(now)
        {
            let at = at.saturating_duration_since(self.base).as_millis() as u64;
            let pause = (at + 1).saturating_sub(self.now);
            let timer = Some(self.now + pause);
            if std::mem::replace(&mut self.apps[app].timer, timer) != timer {
                self.at(pause, Action::Timer { app });
            }
        }
        let state = &self.apps[app];
        let gathered = state.bridge.as_ref().is_some_and(|b| b.has_gathered(now));
        if gathered && !state.is_in && state.joined_at.is_none() {
            self.join(app);
        }
    }

    fn receive(&mut self, app: usize, from: PeerId, to: PeerId, envelope: &Sealed) {
        let state = &mut self.apps[app];
        assert!(state.introduced.contains_key(&from), "a signal of nobody");
        assert!(state.room.members.iter().any(|m| m.peer == to));
        let bytes = BASE64URL_NOPAD.decode(envelope.0.as_bytes()).unwrap();
        let number = u32::from_be_bytes(*bytes.first_chunk().unwrap());
        state.received.entry(from).or_default().push(number);
        if state.negotiates && number == 1 && state.answered.insert(from) {
            let is_offer = !state.sent.contains_key(&from);
            if is_offer {
                self.negotiate(app, from);
            }
        }
    }

    fn publish(&mut self, from: usize, tag: u64, event: Event) {
        let number = self.events.len();
        self.events.push(event);
        let fault = self
            .fault
            .filter(|(at, _)| *at == number)
            .map(|(_, fault)| fault);
        let taken = fault != Some(Fault::Refused) && !self.is_dark;
        if fault != Some(Fault::NoWord) {
            self.at(
                2 * ONE_WAY_MS,
                Action::Resolve {
                    to: from,
                    tag,
                    taken,
                },
            );
        }
        if matches!(fault, Some(Fault::Swallowed | Fault::Refused)) || self.is_dark {
            return;
        }
        let others: Vec<_> = (0..self.apps.len()).filter(|to| *to != from).collect();
        for to in others {
            // Three relays bring it, and the pool takes the first.
            let pause = if fault == Some(Fault::Late) {
                5_000
            } else {
                2 * ONE_WAY_MS
            };
            let times = if fault == Some(Fault::Repeated) { 3 } else { 1 };
            for time in 0..times {
                self.at(pause + 70 * time, Action::Deliver { to, event: number });
            }
            if fault == Some(Fault::Replay) {
                for old in (0..number).rev() {
                    self.at(pause + 1, Action::Deliver { to, event: old });
                }
            }
        }
    }

    /// Gives an app everything that was ever published, as a relay does that keeps what it should not.
    pub fn replay_all(&mut self, to: usize) {
        for event in (0..self.events.len()).rev() {
            self.at(2 * ONE_WAY_MS + 1, Action::Deliver { to, event });
        }
    }

    /// Lets time pass.
    pub fn run(&mut self, ms: u64) {
        let until = self.now + ms;
        let mut steps = 0;
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > until {
                break;
            }
            steps += 1;
            assert!(steps < 200_000, "a loop without an end");
            self.now = entry.key().0;
            let action = entry.remove();
            self.act(action);
        }
        self.now = until;
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Say { app, to, bytes } => return self.say(app, to, bytes),
            Action::Enter { app } => return self.enter(app),
            Action::Timer { app }
                if self.apps[app].timer.take_if(|at| *at == self.now).is_none() =>
            {
                return;
            }
            _ => {}
        }
        let app = match action {
            Action::Deliver { to, .. } | Action::Resolve { to, .. } => to,
            Action::Ready { app } | Action::Timer { app } => app,
            Action::Say { .. } | Action::Enter { .. } => return,
        };
        let now = self.moment(app);
        let Some(bridge) = &mut self.apps[app].bridge else {
            return;
        };
        match action {
            Action::Deliver { event, .. } => {
                let Event {
                    mailbox,
                    author,
                    content,
                } = &self.events[event];
                bridge.received(now, *mailbox, *author, content);
            }
            Action::Resolve { tag, taken, .. } => bridge.resolved(now, tag, taken),
            Action::Ready { .. } => bridge.ready(now),
            Action::Timer { .. } => bridge.handle_timeout(now),
            Action::Say { .. } | Action::Enter { .. } => {}
        }
        self.drain(app);
    }

    /// Everybody who is there sees everybody else, entered where they have.
    pub fn is_whole(&self) -> bool {
        let there: Vec<_> = (0..self.apps.len())
            .filter(|app| self.apps[*app].is_in)
            .collect();
        there.iter().all(|app| {
            let others = there.iter().filter(|other| *other != app);
            let expected: BTreeMap<_, _> = others
                .map(|other| {
                    let member = &self.apps[*other].room.members[0];
                    (member.peer, member.entered)
                })
                .collect();
            self.apps[*app].introduced == expected
        })
    }

    /// Each has received all signals of each other, once and in order.
    pub fn assert_all_received(&self) {
        for from in 0..self.apps.len() {
            for to in 0..self.apps.len() {
                let sent: Vec<u32> = (1..=self.sent(from, to)).collect();
                let received = self.apps[to].received.get(&self.peer(from));
                assert_eq!(received.cloned().unwrap_or_default(), sent, "{from} → {to}");
            }
        }
    }
}
