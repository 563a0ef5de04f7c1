//! Who is in the room, as far as sealed hellos prove it.
//!
//! Pure: what the server says goes in with the time, events come out. A server's claims are hints: a member
//! exists when its hello opens and its id is the hash of its key. What does not open is dropped and counted.

mod peer_keys;
mod server_messages;

use std::time::Instant;

use serde_json::Value;

use self::peer_keys::KnownPeers;
pub use self::peer_keys::{DirectError, Prepared, SignalError};
use crate::client::event::{Member, RoomEvent};
use crate::crypto::{Hello, RoomKeys, RoomSecret, SealError, SessionKey};
use crate::invite::Endpoint;
use crate::protocol::limits::MAX_PEERS;
use crate::protocol::{IceServer, PeerId, RoomId, Sealed, ServerMessage};

/// After how many things that do not open the person is told.
const TAMPERING_AT: u32 = 5;
/// Members at a time: a full room, and one that is missed or lost. The first that was lost makes place.
const MAX_MEMBERS: usize = 2 * MAX_PEERS;

/// ICE servers that are taken from a server. A browser takes no malformed one and not too many.
const MAX_ICE_SERVERS: usize = 8;

/// The room as this peer sees it.
#[derive(Debug)]
pub struct Membership {
    keys: RoomKeys,
    session: SessionKey,
    me: PeerId,
    /// Under which id we were here before.
    was: Option<PeerId>,
    /// In the order in which they came.
    members: Vec<Entry>,
    known: KnownPeers,
    /// Whether this connection's welcome has come.
    welcomed: bool,
    /// Whether any welcome has come.
    joined: bool,
    /// A connection was lost before its welcome came: the place may be a new one, and we were not told.
    missed_welcome: bool,
    /// Sequence number of the last signal received, over all connections.
    seen: u64,
    unopened: u32,
}

#[derive(Debug)]
struct Entry {
    member: Member,
    /// Not in the room as the server told it, though nobody said that it left: nothing can be relayed to it.
    missing: bool,
    /// When a missing member is lost.
    deadline: Option<Instant>,
}

impl Membership {
    /// Nobody known yet.
    #[must_use]
    pub fn new(secret: &RoomSecret, session: SessionKey) -> Self {
        Self {
            keys: RoomKeys::new(secret),
            me: session.peer_id(),
            was: None,
            session,
            members: Vec::new(),
            known: KnownPeers::default(),
            welcomed: false,
            joined: false,
            missed_welcome: false,
            seen: 0,
            unopened: 0,
        }
    }

    /// In place of a peer that ended without a word: those who miss it need not wait for it.
    #[must_use]
    pub fn in_place_of(mut self, was: Option<PeerId>) -> Self {
        self.was = was;
        self
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
            was: self.was,
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
    pub fn prepare(&mut self, to: PeerId, signal: &Value) -> Result<Prepared, SignalError> {
        self.prepare_as(to, signal, None)
    }

    /// The same, of a signal that may have been prepared before, under this number.
    ///
    /// # Errors
    /// As with [`Membership::prepare`], and for a number that was not given out.
    pub fn prepare_as(
        &mut self,
        to: PeerId,
        signal: &Value,
        number: Option<u64>,
    ) -> Result<Prepared, SignalError> {
        if !self.is_member(to) {
            return Err(SignalError::UnknownPeer);
        }
        self.known.prepare(to, signal, number)
    }

    /// Seals what was prepared for that peer.
    ///
    /// # Errors
    /// When there never was such a peer.
    pub fn seal(&mut self, to: PeerId, prepared: &Prepared) -> Result<Sealed, SignalError> {
        self.known.seal(to, prepared)
    }

    /// Opens an envelope that came from the peer itself. The signal, or nothing when it came before, whichever
    /// way. What does not open says nothing about the server, and is not counted as its doing.
    ///
    /// # Errors
    /// When it is not to be taken.
    pub fn open_direct(
        &mut self,
        from: PeerId,
        envelope: &Sealed,
        now: Instant,
    ) -> Result<Option<Value>, DirectError> {
        if !self.is_member(from) {
            return Err(DirectError::UnknownPeer);
        }
        self.known.open_direct(from, envelope, now)
    }

    fn is_member(&self, peer: PeerId) -> bool {
        self.members().any(|member| member.id == peer)
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
                embedded,
                left,
                ..
            } if !self.welcomed => {
                self.welcome(peers, &left, resumed, now, &mut events);
                events.push(RoomEvent::Joined {
                    server: server.clone(),
                    ice_servers: usable(ice_servers),
                    members: self.members().cloned().collect(),
                    resumed,
                    embedded,
                });
            }
            // A second welcome, an error (the client's business), or anything before the welcome.
            ServerMessage::Welcome { .. } | ServerMessage::Error { .. } => {}
            _ if !self.welcomed => {}
            ServerMessage::IceServers { ice_servers, .. } => {
                events.push(RoomEvent::IceServers(usable(ice_servers)));
            }
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
        self.missed_welcome |= !self.welcomed;
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

    /// The missing whose time is over are lost. They stay members: what one has with them may still be up, and they
    /// may come back.
    pub fn tick(&mut self, now: Instant) -> Vec<RoomEvent> {
        let mut events = Vec::new();
        for entry in &mut self.members {
            if entry.deadline.is_some_and(|at| at <= now) {
                entry.lose(&mut events);
            }
        }
        events
    }
}

impl Entry {
    fn lose(&mut self, events: &mut Vec<RoomEvent>) {
        self.missing = true;
        self.deadline = None;
        self.member.away = true;
        if !std::mem::replace(&mut self.member.lost, true) {
            events.push(RoomEvent::PeerLost(self.member.id));
        }
    }

    /// The server has it. Whether that is news.
    fn find(&mut self) -> bool {
        self.missing = false;
        self.deadline = None;
        self.member.lost = false;
        std::mem::take(&mut self.member.away)
    }
}

/// Those that a browser takes.
fn usable(mut servers: Vec<IceServer>) -> Vec<IceServer> {
    servers.retain(|server| server.check().is_ok());
    servers.truncate(MAX_ICE_SERVERS);
    servers
}
