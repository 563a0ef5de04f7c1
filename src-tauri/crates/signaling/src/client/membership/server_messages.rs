//! Applies each message of a server to the membership. A message may come twice, in any order, or be a lie.

use tracing::debug;
use web_time::Instant;

use super::{Entry, Membership};
use crate::client::event::{Member, Presence, Role, RoomEvent};
use crate::crypto::{Hello, safety_binding};
use crate::invite::Endpoint;
use crate::protocol::limits::{AWAY_TIMEOUT, MAX_PEERS};
use crate::protocol::{Departure, IceServer, LeftReason, PeerId, PeerInfo, Sealed, ServerMessage};

/// Unopened hellos and envelopes after which the person is warned.
const TAMPERING_THRESHOLD: u32 = 5;
/// Members at a time: a full room, and as many that are missing or lost. Above it the member that was lost first is
/// dropped.
const MAX_MEMBERS: usize = 2 * MAX_PEERS;
/// ICE servers that are taken from a server. A browser refuses its whole configuration for a malformed one or for too
/// many.
const MAX_ICE_SERVERS: usize = 8;

impl Membership {
    /// Takes a message of a server.
    pub fn handle_message(
        &mut self,
        message: ServerMessage,
        server: &Endpoint,
        now: Instant,
    ) -> Vec<RoomEvent> {
        let mut events = Vec::new();
        let is_reported = self.unopened >= TAMPERING_THRESHOLD;
        match message {
            ServerMessage::Welcome {
                peers,
                ice_servers,
                resumed,
                embedded,
                left,
                permit,
                ..
            } if !self.is_welcome => {
                self.on_welcome(peers, &left, resumed, now, &mut events);
                events.push(RoomEvent::Joined {
                    server: server.clone(),
                    ice_servers: usable_ice_servers(ice_servers),
                    members: self.members().cloned().collect(),
                    resumed,
                    embedded,
                    permit,
                });
            }
            // Ignored: a second welcome, what the client handles itself, and anything before the welcome.
            ServerMessage::Welcome { .. }
            | ServerMessage::Challenge { .. }
            | ServerMessage::Pong { .. }
            | ServerMessage::Error { .. } => {}
            _ if !self.is_welcome => {}
            ServerMessage::IceServers { ice_servers, .. } => {
                events.push(RoomEvent::IceServers(usable_ice_servers(ice_servers)));
            }
            ServerMessage::PeerJoined {
                peer,
                hello,
                entered,
            } => {
                self.on_peer_joined(peer, &hello, entered, &mut events);
            }
            ServerMessage::PeerEntered { peer, hello } => {
                self.on_peer_entered(peer, &hello, &mut events);
            }
            ServerMessage::PeerAway { peer } => self.on_peer_away(peer, &mut events),
            ServerMessage::PeerBack { peer } => self.on_peer_back(peer, &mut events),
            ServerMessage::PeerLeft { peer, reason } => {
                self.on_peer_left(peer, reason, &mut events);
            }
            ServerMessage::Signal {
                from,
                seq,
                envelope,
            } => {
                self.on_signal(from, seq, &envelope, &mut events);
            }
        }
        if !is_reported && self.unopened >= TAMPERING_THRESHOLD {
            events.push(RoomEvent::Tampering);
        }
        events
    }

    fn on_welcome(
        &mut self,
        peers: Vec<PeerInfo>,
        departed: &[Departure],
        resumed: bool,
        now: Instant,
        events: &mut Vec<RoomEvent>,
    ) {
        self.is_welcome = true;
        // A peer that is new to us when our place was kept has joined while we were away: it is the newcomer.
        let role = if self.has_joined && resumed {
            Role::Answerer
        } else {
            Role::Offerer
        };
        self.has_joined = true;
        // After a welcome that was lost, the resumed place may be one that a restarted server made for us.
        let is_same_place = resumed && !std::mem::take(&mut self.missed_welcome);
        let (mut listed, mut succeeded) = (Vec::new(), Vec::new());
        for PeerInfo {
            peer,
            hello,
            entered,
            away,
        } in peers
        {
            if self.is_us(peer) || listed.contains(&peer) {
                continue;
            }
            let opened = self.open_hello(peer, &hello, role);
            let opened = opened.inspect(|hello| succeeded.extend(hello.previous_peer_id));
            let presence = if away {
                Presence::Away
            } else {
                Presence::Online
            };
            if let Some(entry) = self.entry(peer) {
                // No events for these changes: `Joined` carries the whole membership.
                entry.is_unlisted = false;
                entry.deadline = None;
                let member = &mut entry.member;
                if let Some(hello) = opened {
                    member.name = hello.name;
                }
                member.entered |= entered;
                member.presence = presence;
            } else if let Some(hello) = opened
                && self.add(peer, hello, entered, presence, events).is_none()
            {
                continue;
            }
            listed.push(peer);
        }
        let unlisted: Vec<PeerId> = self
            .members()
            .map(|member| member.id)
            .filter(|peer| !listed.contains(peer))
            .collect();
        for peer in unlisted {
            let departure = departed.iter().rev().find(|left| left.peer == peer);
            match departure {
                Some(left) if resumed => self.on_peer_left(peer, left.reason, events),
                _ => self.on_unlisted(peer, is_same_place, now, events),
            }
        }
        for peer in succeeded {
            self.remove_predecessor(peer, events);
        }
    }

    /// Whether it is us, or our peer before a crash, whose place the server may keep for a while.
    fn is_us(&self, peer: PeerId) -> bool {
        peer == self.peer_id || Some(peer) == self.previous_peer_id
    }

    /// A member is not listed in the welcome, and the server does not say why.
    fn on_unlisted(
        &mut self,
        peer: PeerId,
        is_same_place: bool,
        now: Instant,
        events: &mut Vec<RoomEvent>,
    ) {
        let Some(entry) = self.entry(peer) else {
            return;
        };
        if !is_same_place || entry.is_unlisted {
            // The server has restarted, and the member may only be slower than we were to come back.
            entry.is_unlisted = true;
            if entry.member.presence == Presence::Lost {
                entry.deadline = None;
            } else {
                entry.member.presence = Presence::Away;
                entry.deadline = Some(now + AWAY_TIMEOUT);
            }
        } else if entry.member.presence == Presence::Online {
            self.remove(peer, LeftReason::Left, events);
        } else {
            entry.mark_lost(events);
        }
    }

    fn on_peer_joined(
        &mut self,
        peer: PeerId,
        hello: &Sealed,
        entered: bool,
        events: &mut Vec<RoomEvent>,
    ) {
        if self.is_us(peer) {
            return;
        }
        let Some(hello) = self.open_hello(peer, hello, Role::Answerer) else {
            return;
        };
        let previous_peer_id = hello.previous_peer_id;
        if self.entry(peer).is_none() {
            if let Some(member) = self.add(peer, hello, entered, Presence::Online, events) {
                events.push(RoomEvent::PeerJoined(member));
            }
        } else if entered {
            self.mark_entered(peer, hello.name, events);
        } else {
            self.on_peer_back(peer, events);
        }
        if let Some(predecessor) = previous_peer_id {
            self.remove_predecessor(predecessor, events);
        }
    }

    /// A peer claims to have been that member before a crash. The claim may be a lie, so it only removes a member
    /// that is not online.
    fn remove_predecessor(&mut self, peer: PeerId, events: &mut Vec<RoomEvent>) {
        if self
            .entry(peer)
            .is_some_and(|entry| entry.member.presence != Presence::Online)
        {
            self.remove(peer, LeftReason::Left, events);
        }
    }

    fn on_peer_entered(&mut self, peer: PeerId, hello: &Sealed, events: &mut Vec<RoomEvent>) {
        if self.entry(peer).is_some()
            && let Some(Hello { name, .. }) = self.open_hello(peer, hello, Role::Answerer)
        {
            self.mark_entered(peer, name, events);
        }
    }

    fn mark_entered(&mut self, peer: PeerId, name: String, events: &mut Vec<RoomEvent>) {
        self.on_peer_back(peer, events);
        if let Some(Entry { member, .. }) = self.entry(peer)
            && !(member.entered && member.name == name)
        {
            member.entered = true;
            member.name.clone_from(&name);
            events.push(RoomEvent::PeerEntered { peer, name });
        }
    }

    fn on_peer_away(&mut self, peer: PeerId, events: &mut Vec<RoomEvent>) {
        if let Some(entry) = self.entry(peer)
            && entry.member.presence == Presence::Online
        {
            entry.set_presence(Presence::Away, events);
        }
    }

    fn on_peer_back(&mut self, peer: PeerId, events: &mut Vec<RoomEvent>) {
        if let Some(entry) = self.entry(peer) {
            entry.mark_online(events);
        }
    }

    /// A member that said `leave` is removed. A member that the server has given up is only lost: its links may still
    /// be up, and it may come back.
    fn on_peer_left(&mut self, peer: PeerId, reason: LeftReason, events: &mut Vec<RoomEvent>) {
        if reason == LeftReason::Left {
            self.remove(peer, reason, events);
        } else if let Some(entry) = self.entry(peer) {
            entry.mark_lost(events);
        }
    }

    fn remove(&mut self, peer: PeerId, reason: LeftReason, events: &mut Vec<RoomEvent>) {
        if let Some(at) = self
            .members
            .iter()
            .position(|entry| entry.member.id == peer)
        {
            self.members.remove(at);
            events.push(RoomEvent::PeerLeft { peer, reason });
        }
    }

    fn on_signal(
        &mut self,
        from: PeerId,
        seq: u64,
        envelope: &Sealed,
        events: &mut Vec<RoomEvent>,
    ) {
        if self.seen.checked_add(1) == Some(seq) {
            self.seen = seq;
        }
        // The sender may have come and gone while we were away. Then there is no key, and nothing is wrong.
        if from != self.peer_id && !self.is_member(from) {
            return;
        }
        match self.known_peers.open(from, envelope) {
            Ok(Some(signal)) => events.push(RoomEvent::Signal { from, signal }),
            Ok(None) => debug!("a signal came twice, or is malformed"),
            Err(error) => {
                debug!(%error, "a signal does not open");
                self.unopened = self.unopened.saturating_add(1);
            }
        }
    }

    fn open_hello(&mut self, peer: PeerId, hello: &Sealed, role: Role) -> Option<Hello> {
        let opened = self
            .known_peers
            .verify_hello(&self.keys, &self.session, peer, hello, role);
        match opened {
            Ok(hello) => Some(hello),
            Err(error) => {
                debug!(%error, "a hello does not open");
                self.unopened = self.unopened.saturating_add(1);
                None
            }
        }
    }

    fn add(
        &mut self,
        id: PeerId,
        hello: Hello,
        entered: bool,
        presence: Presence,
        events: &mut Vec<RoomEvent>,
    ) -> Option<Member> {
        let role = self.known_peers.role(id)?;
        let keys = self.known_peers.keys(id)?;
        let safety_binding = safety_binding(self.keys.room_id(), &self.session.public(), keys);
        if self.members.len() >= MAX_MEMBERS {
            let lost = self
                .members
                .iter()
                .find(|entry| entry.member.presence == Presence::Lost)?;
            self.remove(lost.member.id, LeftReason::Gone, events);
        }
        let member = Member {
            id,
            name: hello.name,
            entered,
            presence,
            role,
            guest: hello.guest,
            safety_binding,
        };
        self.members.push(Entry {
            member: member.clone(),
            is_unlisted: false,
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

/// Keeps the ICE servers that a browser takes.
fn usable_ice_servers(mut servers: Vec<IceServer>) -> Vec<IceServer> {
    servers.retain(|server| server.check().is_ok());
    servers.truncate(MAX_ICE_SERVERS);
    servers
}
