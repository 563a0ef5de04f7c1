//! Who is in the room, as far as sealed hellos prove it.
//!
//! Pure: what the server says goes in with the time, events come out. A server's claims are hints: a member
//! exists when its hello opens and its id is the hash of its key. What does not open is dropped and counted.

mod known;

use std::time::Instant;

use serde_json::Value;
use tracing::debug;

use crate::event::{Member, RoomEvent};
use crate::ids::{PeerId, RoomId};
use crate::invite::Endpoint;
use crate::limits::{AWAY_TIMEOUT, MAX_PEERS};
use crate::protocol::{LeftReason, PeerInfo, Sealed, ServerMessage};
use crate::seal::{Hello, RoomKeys, RoomSecret, SealError, SessionKey};

use known::KnownPeers;
pub use known::SignalError;

/// After how many things that do not open the person is told.
const TAMPERING_AT: u32 = 5;
/// Members at a time: a full room, and one that is missed since the server came back.
const MAX_MEMBERS: usize = 2 * MAX_PEERS;

/// The room as this peer sees it.
#[derive(Debug)]
pub struct Membership {
    keys: RoomKeys,
    session: SessionKey,
    me: PeerId,
    /// In the order in which they came.
    members: Vec<Entry>,
    known: KnownPeers,
    /// Whether this connection's welcome has come.
    welcomed: bool,
    /// Whether any welcome has come.
    joined: bool,
    /// Sequence number of the last signal received, over all connections.
    seen: u64,
    unopened: u32,
}

#[derive(Debug)]
struct Entry {
    member: Member,
    /// Not in the room as the server told it when we came back, though nobody said that it left.
    missing: bool,
    /// When a missing member is given up.
    deadline: Option<Instant>,
}

impl Membership {
    /// Nobody known yet.
    #[must_use]
    pub fn new(secret: &RoomSecret, session: SessionKey) -> Self {
        Self {
            keys: RoomKeys::new(secret),
            me: session.peer_id(),
            session,
            members: Vec::new(),
            known: KnownPeers::default(),
            welcomed: false,
            joined: false,
            seen: 0,
            unopened: 0,
        }
    }

    /// This peer.
    #[must_use]
    pub const fn me(&self) -> PeerId {
        self.me
    }

    /// The room.
    #[must_use]
    pub const fn room_id(&self) -> RoomId {
        self.keys.room_id()
    }

    /// Sequence number of the last signal received: what `join` says, so that no signal comes twice or not at all.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether a server has ever welcomed us.
    #[must_use]
    pub const fn has_joined(&self) -> bool {
        self.joined
    }

    /// Whether the server of this connection has welcomed us.
    #[must_use]
    pub const fn is_welcome(&self) -> bool {
        self.welcomed
    }

    /// Our hello, sealed anew.
    ///
    /// # Errors
    /// Never for a clean name.
    pub fn hello(&self, name: &str) -> Result<Sealed, SealError> {
        let hello = Hello {
            name: name.to_owned(),
        };
        self.keys.seal_hello(&self.session, &hello)
    }

    /// The others.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().map(|entry| &entry.member)
    }

    /// Whether the server knows this member: a signal can be relayed to it now.
    #[must_use]
    pub fn is_within_reach(&self, peer: PeerId) -> bool {
        self.welcomed
            && self
                .members
                .iter()
                .any(|entry| entry.member.id == peer && !entry.missing)
    }

    /// Makes a signal for a member ready to be sealed, now or later, once or again.
    ///
    /// # Errors
    /// When there is no such member or the signal would not fit into a frame.
    pub fn prepare(&mut self, to: PeerId, signal: &Value) -> Result<Vec<u8>, SignalError> {
        if !self.members().any(|member| member.id == to) {
            return Err(SignalError::UnknownPeer);
        }
        self.known.prepare(to, signal)
    }

    /// Seals what was prepared for that peer.
    ///
    /// # Errors
    /// When there never was such a peer.
    pub fn seal(&mut self, to: PeerId, prepared: &[u8]) -> Result<Sealed, SignalError> {
        self.known.seal(to, prepared)
    }

    /// Takes what a server says.
    pub fn receive(
        &mut self,
        message: ServerMessage,
        server: &Endpoint,
        now: Instant,
    ) -> Vec<RoomEvent> {
        let mut events = Vec::new();
        let told = self.unopened >= TAMPERING_AT;
        match message {
            ServerMessage::Welcome {
                peers,
                ice_servers,
                resumed,
                ..
            } if !self.welcomed => {
                self.welcome(peers, resumed, now, &mut events);
                events.push(RoomEvent::Joined {
                    server: server.clone(),
                    ice_servers,
                    members: self.members().cloned().collect(),
                    resumed,
                });
            }
            // A second welcome, an error (the client's business), or anything before the welcome.
            ServerMessage::Welcome { .. } | ServerMessage::Error { .. } => {}
            _ if !self.welcomed => {}
            ServerMessage::PeerJoined {
                peer,
                hello,
                entered,
            } => {
                self.peer_joined(peer, &hello, entered, &mut events);
            }
            ServerMessage::PeerEntered { peer, hello } => {
                self.peer_entered(peer, &hello, &mut events);
            }
            ServerMessage::PeerAway { peer } => {
                if let Some(entry) = self.entry(peer)
                    && !entry.member.away
                {
                    entry.member.away = true;
                    events.push(RoomEvent::PeerAway(peer));
                }
            }
            ServerMessage::PeerBack { peer } => self.back(peer, &mut events),
            ServerMessage::PeerLeft { peer, reason } => self.left(peer, reason, &mut events),
            ServerMessage::Signal {
                from,
                seq,
                envelope,
            } => {
                self.signal(from, seq, &envelope, &mut events);
            }
        }
        if !told && self.unopened >= TAMPERING_AT {
            events.push(RoomEvent::Tampering);
        }
        events
    }

    /// The connection is lost. Nobody is given up while there is no server to ask.
    pub fn disconnected(&mut self) {
        self.welcomed = false;
        for entry in &mut self.members {
            entry.deadline = None;
        }
    }

    /// When [`Membership::tick`] has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.members.iter().filter_map(|entry| entry.deadline).min()
    }

    /// Gives up the missing whose time is over.
    pub fn tick(&mut self, now: Instant) -> Vec<RoomEvent> {
        let mut events = Vec::new();
        let due = |entry: &Entry| entry.deadline.is_some_and(|at| at <= now);
        for entry in self.members.extract_if(.., |entry| due(entry)) {
            let peer = entry.member.id;
            let reason = LeftReason::Gone;
            events.push(RoomEvent::PeerLeft { peer, reason });
        }
        events
    }

    fn welcome(
        &mut self,
        peers: Vec<PeerInfo>,
        resumed: bool,
        now: Instant,
        events: &mut Vec<RoomEvent>,
    ) {
        self.welcomed = true;
        // Who is new to us after a kept place has come while we were away, and has found us.
        let found = !(self.joined && resumed);
        self.joined = true;
        let mut listed = Vec::new();
        for PeerInfo {
            peer,
            hello,
            entered,
            away,
        } in peers
        {
            if peer == self.me || listed.contains(&peer) {
                continue;
            }
            let name = self.open(peer, &hello, found);
            if let Some(entry) = self.entry(peer) {
                let member = &mut entry.member;
                member.name = name.unwrap_or(std::mem::take(&mut member.name));
                member.entered |= entered;
                member.away = away;
                (entry.missing, entry.deadline) = (false, None);
            } else if let Some(name) = name
                && self.add(peer, name, entered, away).is_none()
            {
                continue;
            }
            listed.push(peer);
        }
        let gone = |entry: &Entry| resumed && !entry.missing && !listed.contains(&entry.member.id);
        for Entry { member, .. } in self.members.extract_if(.., |entry| gone(entry)) {
            let reason = if member.away {
                LeftReason::Gone
            } else {
                LeftReason::Left
            };
            events.push(RoomEvent::PeerLeft {
                peer: member.id,
                reason,
            });
        }
        for entry in &mut self.members {
            // The server has begun anew and they may only be slower than we were to come back.
            if !listed.contains(&entry.member.id) {
                entry.missing = true;
                entry.member.away = true;
                entry.deadline = Some(now + AWAY_TIMEOUT);
            }
        }
    }

    fn peer_joined(
        &mut self,
        peer: PeerId,
        hello: &Sealed,
        entered: bool,
        events: &mut Vec<RoomEvent>,
    ) {
        if peer == self.me {
            return;
        }
        let Some(name) = self.open(peer, hello, false) else {
            return;
        };
        if self.entry(peer).is_none() {
            if let Some(member) = self.add(peer, name, entered, false) {
                events.push(RoomEvent::PeerJoined(member));
            }
        } else if entered {
            self.entered(peer, name, events);
        } else {
            self.back(peer, events);
        }
    }

    fn peer_entered(&mut self, peer: PeerId, hello: &Sealed, events: &mut Vec<RoomEvent>) {
        if self.entry(peer).is_some()
            && let Some(name) = self.open(peer, hello, false)
        {
            self.entered(peer, name, events);
        }
    }

    fn entered(&mut self, peer: PeerId, name: String, events: &mut Vec<RoomEvent>) {
        self.back(peer, events);
        if let Some(Entry { member, .. }) = self.entry(peer)
            && !(member.entered && member.name == name)
        {
            member.entered = true;
            member.name.clone_from(&name);
            events.push(RoomEvent::PeerEntered { peer, name });
        }
    }

    fn back(&mut self, peer: PeerId, events: &mut Vec<RoomEvent>) {
        if let Some(entry) = self.entry(peer) {
            (entry.missing, entry.deadline) = (false, None);
            if std::mem::take(&mut entry.member.away) {
                events.push(RoomEvent::PeerBack(peer));
            }
        }
    }

    fn left(&mut self, peer: PeerId, reason: LeftReason, events: &mut Vec<RoomEvent>) {
        if let Some(at) = self
            .members
            .iter()
            .position(|entry| entry.member.id == peer)
        {
            self.members.remove(at);
            events.push(RoomEvent::PeerLeft { peer, reason });
        }
    }

    fn signal(&mut self, from: PeerId, seq: u64, envelope: &Sealed, events: &mut Vec<RoomEvent>) {
        if self.seen.checked_add(1) == Some(seq) {
            self.seen = seq;
        }
        // Of a peer that came and went while we were away: nothing to open it with, and nothing wrong.
        if from != self.me && !self.members().any(|member| member.id == from) {
            return;
        }
        match self.known.open(from, envelope) {
            Ok(Some(signal)) => events.push(RoomEvent::Signal { from, signal }),
            Ok(None) => debug!("a signal came twice, or is none"),
            Err(error) => {
                debug!(%error, "a signal does not open");
                self.unopened = self.unopened.saturating_add(1);
            }
        }
    }

    /// Opens a hello; the name in it.
    fn open(&mut self, peer: PeerId, hello: &Sealed, found: bool) -> Option<String> {
        match self
            .known
            .meet(&self.keys, &self.session, peer, hello, found)
        {
            Ok(name) => Some(name),
            Err(error) => {
                debug!(%error, "a hello does not open");
                self.unopened = self.unopened.saturating_add(1);
                None
            }
        }
    }

    fn add(&mut self, id: PeerId, name: String, entered: bool, away: bool) -> Option<Member> {
        if self.members.len() >= MAX_MEMBERS {
            return None;
        }
        let found = self.known.found(id)?;
        let member = Member {
            id,
            name,
            entered,
            away,
            found,
        };
        self.members.push(Entry {
            member: member.clone(),
            missing: false,
            deadline: None,
        });
        Some(member)
    }

    fn entry(&mut self, peer: PeerId) -> Option<&mut Entry> {
        self.members
            .iter_mut()
            .find(|entry| entry.member.id == peer)
    }
}
