//! The members of the room, as far as sealed hellos prove them.
//!
//! Pure: a server's messages and the time go in, events come out. A server's message is only a claim: a member exists
//! when its hello opens and its id is the hash of its keys. A sealed text that does not open is dropped and counted.

mod known_peers;
mod server_messages;

use serde_json::Value;
use web_time::Instant;

use self::known_peers::KnownPeers;
pub use self::known_peers::PreparedSignal;
use super::error::SignalError;
use super::event::{Member, Presence, RoomEvent};
use crate::crypto::{Hello, JoinProof, RoomKeys, RoomSecret, SealError, SessionKey};
use crate::protocol::{Join, Nonce, PeerId, RoomId, Sealed};

/// The room as this peer sees it.
#[derive(Debug)]
pub struct Membership {
    keys: RoomKeys,
    session: SessionKey,
    peer_id: PeerId,
    /// Our id before the app crashed.
    previous_peer_id: Option<PeerId>,
    is_guest: bool,
    /// In the order in which they joined.
    members: Vec<Entry>,
    known_peers: KnownPeers,
    /// Whether the welcome of this connection has come.
    is_welcome: bool,
    /// Whether any welcome has come.
    has_joined: bool,
    /// A connection was lost before its welcome came. The server may have given us a new place without our knowledge.
    missed_welcome: bool,
    /// Sequence number of the last signal received, over all connections.
    seen: u64,
    /// Hellos and envelopes that did not open.
    unopened: u32,
}

#[derive(Debug)]
struct Entry {
    member: Member,
    /// The server does not list the member, but did not say that it left. No signal can be relayed to it.
    is_unlisted: bool,
    /// When an unlisted member is lost.
    deadline: Option<Instant>,
}

impl Membership {
    /// A membership without members.
    #[must_use]
    pub fn new(secret: &RoomSecret, session: SessionKey) -> Self {
        Self {
            keys: RoomKeys::new(secret),
            peer_id: session.peer_id(),
            previous_peer_id: None,
            is_guest: false,
            session,
            members: Vec::new(),
            known_peers: KnownPeers::default(),
            is_welcome: false,
            has_joined: false,
            missed_welcome: false,
            seen: 0,
            unopened: 0,
        }
    }

    /// Sets the id that we had in the room before the app crashed. Our hello names it, so that the others need not
    /// wait for that peer.
    #[must_use]
    pub fn with_previous_peer_id(mut self, previous_peer_id: Option<PeerId>) -> Self {
        self.previous_peer_id = previous_peer_id;
        self
    }

    /// Our hello says whether we are a guest: a web page and not the app.
    #[must_use]
    pub const fn with_guest(mut self, is_guest: bool) -> Self {
        self.is_guest = is_guest;
        self
    }

    /// The room, as servers know it.
    #[must_use]
    pub fn room_id(&self) -> RoomId {
        self.keys.room_id()
    }

    /// Our peer id.
    #[must_use]
    pub const fn peer_id(&self) -> PeerId {
        self.peer_id
    }

    /// Sequence number of the last signal received. `join` carries it, so that no signal comes twice or is lost.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether a server has ever welcomed us.
    #[must_use]
    pub const fn has_joined(&self) -> bool {
        self.has_joined
    }

    /// Whether the server of this connection has welcomed us.
    #[must_use]
    pub const fn is_welcome(&self) -> bool {
        self.is_welcome
    }

    /// The join that answers a server's challenge.
    ///
    /// # Errors
    /// Never for a clean name.
    pub fn join(&self, nonce: &Nonce, name: &str, entered: bool) -> Result<Join, SealError> {
        let proof = JoinProof::new(&self.keys, &self.session, nonce);
        Ok(Join {
            room: self.keys.room_id(),
            keys: self.session.public(),
            room_proof: proof.room,
            peer_proof: proof.peer,
            hello: self.hello(name)?,
            entered,
            seen: self.seen,
            access: None,
        })
    }

    /// Our hello, sealed with a fresh nonce.
    ///
    /// # Errors
    /// Never for a clean name.
    pub fn hello(&self, name: &str) -> Result<Sealed, SealError> {
        let hello = Hello {
            name: name.to_owned(),
            previous_peer_id: self.previous_peer_id,
            guest: self.is_guest,
        };
        self.keys.seal_hello(&self.session, &hello)
    }

    /// The other members.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().map(|entry| &entry.member)
    }

    /// Whether the server can relay a signal to this member now.
    #[must_use]
    pub fn can_relay_to(&self, peer: PeerId) -> bool {
        self.is_welcome
            && self
                .members
                .iter()
                .any(|entry| entry.member.id == peer && !entry.is_unlisted)
    }

    /// Gives a signal for a member its number, so that it can be sealed now or later, once or more often. With a
    /// `number` it is a signal that was prepared before under that number.
    ///
    /// # Errors
    /// [`SignalError::UnknownPeer`], [`SignalError::TooLarge`] and [`SignalError::UnknownNumber`].
    pub fn prepare(
        &mut self,
        to: PeerId,
        signal: &Value,
        number: Option<u64>,
    ) -> Result<PreparedSignal, SignalError> {
        if !self.is_member(to) {
            return Err(SignalError::UnknownPeer);
        }
        self.known_peers.prepare(to, signal, number)
    }

    /// Seals a prepared signal for that peer, which may have left meanwhile.
    ///
    /// # Errors
    /// [`SignalError::UnknownPeer`] when there never was such a peer.
    pub fn seal(&mut self, to: PeerId, prepared: &PreparedSignal) -> Result<Sealed, SignalError> {
        self.known_peers.seal(to, prepared)
    }

    /// Opens an envelope that the peer has delivered without the server. Returns the signal, or nothing when it has
    /// arrived before, on either way. A failure is not counted, because it says nothing about the server.
    ///
    /// # Errors
    /// [`SignalError::UnknownPeer`], [`SignalError::NotOpened`] and [`SignalError::RateLimited`].
    pub fn open_direct(
        &mut self,
        from: PeerId,
        envelope: &Sealed,
        now: Instant,
    ) -> Result<Option<Value>, SignalError> {
        if !self.is_member(from) {
            return Err(SignalError::UnknownPeer);
        }
        self.known_peers.open_direct(from, envelope, now)
    }

    fn is_member(&self, peer: PeerId) -> bool {
        self.members().any(|member| member.id == peer)
    }

    /// The connection is lost. No member is given up while there is no server to ask.
    pub fn handle_disconnect(&mut self) {
        self.missed_welcome |= !self.is_welcome;
        self.is_welcome = false;
        for entry in &mut self.members {
            entry.deadline = None;
        }
    }

    /// When [`Membership::handle_timeout`] has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.members.iter().filter_map(|entry| entry.deadline).min()
    }

    /// Marks unlisted members as lost when their time is over. They stay members, because their links may still be up
    /// and they may come back.
    pub fn handle_timeout(&mut self, now: Instant) -> Vec<RoomEvent> {
        let mut events = Vec::new();
        for entry in &mut self.members {
            if entry.deadline.is_some_and(|at| at <= now) {
                entry.mark_lost(&mut events);
            }
        }
        events
    }
}

impl Entry {
    fn mark_lost(&mut self, events: &mut Vec<RoomEvent>) {
        self.is_unlisted = true;
        self.deadline = None;
        self.set_presence(Presence::Lost, events);
    }

    fn mark_online(&mut self, events: &mut Vec<RoomEvent>) {
        self.is_unlisted = false;
        self.deadline = None;
        self.set_presence(Presence::Online, events);
    }

    fn set_presence(&mut self, presence: Presence, events: &mut Vec<RoomEvent>) {
        if std::mem::replace(&mut self.member.presence, presence) != presence {
            let peer = self.member.id;
            events.push(RoomEvent::PresenceChanged { peer, presence });
        }
    }
}
