//! What becomes of each of a server's claims. All may come twice, in any order, or be lies.

use std::time::Instant;

use tracing::debug;

use super::{Entry, MAX_MEMBERS, Membership};
use crate::client::event::{Member, RoomEvent};
use crate::crypto::Hello;
use crate::protocol::limits::AWAY_TIMEOUT;
use crate::protocol::{Departure, LeftReason, PeerId, PeerInfo, Sealed};

impl Membership {
    pub(super) fn welcome(
        &mut self,
        peers: Vec<PeerInfo>,
        departed: &[Departure],
        resumed: bool,
        now: Instant,
        events: &mut Vec<RoomEvent>,
    ) {
        self.welcomed = true;
        // Who is new to us after a kept place has come while we were away, and has found us.
        let found = !(self.joined && resumed);
        self.joined = true;
        // What was resumed may be a place that a server which began anew made for a welcome that was lost.
        let is_same_place = resumed && !std::mem::take(&mut self.missed_welcome);
        let (mut listed, mut was) = (Vec::new(), Vec::new());
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
            let opened = self.open(peer, &hello, found);
            let name = opened.map(|hello| {
                was.extend(hello.was);
                hello.name
            });
            if let Some(entry) = self.entry(peer) {
                let member = &mut entry.member;
                member.name = name.unwrap_or(std::mem::take(&mut member.name));
                member.entered |= entered;
                entry.find();
                entry.member.away = away;
            } else if let Some(name) = name
                && self.add(peer, name, entered, away, events).is_none()
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
            let told = departed.iter().rev().find(|left| left.peer == peer);
            match told {
                Some(left) if resumed => self.left(peer, left.reason, events),
                _ => self.unlisted(peer, is_same_place, now, events),
            }
        }
        for peer in was {
            self.succeeded(peer, events);
        }
    }

    /// Whether it is our place, or the one that we had before a crash: the server may keep that for a while.
    fn is_us(&self, peer: PeerId) -> bool {
        peer == self.me || Some(peer) == self.was
    }

    /// Not in the room any more, and nobody says why.
    fn unlisted(
        &mut self,
        peer: PeerId,
        is_same_place: bool,
        now: Instant,
        events: &mut Vec<RoomEvent>,
    ) {
        let Some(entry) = self.entry(peer) else {
            return;
        };
        if !is_same_place || entry.missing {
            // The server has begun anew and they may only be slower than we were to come back.
            entry.missing = true;
            entry.member.away = true;
            entry.deadline = (!entry.member.lost).then(|| now + AWAY_TIMEOUT);
        } else if entry.member.away {
            entry.lose(events);
        } else {
            self.left(peer, LeftReason::Left, events);
        }
    }

    pub(super) fn peer_joined(
        &mut self,
        peer: PeerId,
        hello: &Sealed,
        entered: bool,
        events: &mut Vec<RoomEvent>,
    ) {
        if self.is_us(peer) {
            return;
        }
        let Some(Hello { name, was }) = self.open(peer, hello, false) else {
            return;
        };
        if self.entry(peer).is_none() {
            if let Some(member) = self.add(peer, name, entered, false, events) {
                events.push(RoomEvent::PeerJoined(member));
            }
        } else if entered {
            self.entered(peer, name, events);
        } else {
            self.back(peer, events);
        }
        if let Some(was) = was {
            self.succeeded(was, events);
        }
    }

    /// Somebody says to have been that peer. A member can lie, so it counts only for one that is missed already.
    fn succeeded(&mut self, was: PeerId, events: &mut Vec<RoomEvent>) {
        if self.entry(was).is_some_and(|entry| entry.member.away) {
            self.left(was, LeftReason::Left, events);
        }
    }

    pub(super) fn peer_entered(
        &mut self,
        peer: PeerId,
        hello: &Sealed,
        events: &mut Vec<RoomEvent>,
    ) {
        if self.entry(peer).is_some()
            && let Some(Hello { name, .. }) = self.open(peer, hello, false)
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

    pub(super) fn back(&mut self, peer: PeerId, events: &mut Vec<RoomEvent>) {
        if self.entry(peer).is_some_and(Entry::find) {
            events.push(RoomEvent::PeerBack(peer));
        }
    }

    /// Who said so has left. Who did not may still be talking with us, and comes back.
    pub(super) fn left(&mut self, peer: PeerId, reason: LeftReason, events: &mut Vec<RoomEvent>) {
        if reason != LeftReason::Left {
            if let Some(entry) = self.entry(peer) {
                entry.lose(events);
            }
            return;
        }
        if let Some(at) = self
            .members
            .iter()
            .position(|entry| entry.member.id == peer)
        {
            self.members.remove(at);
            events.push(RoomEvent::PeerLeft { peer, reason });
        }
    }

    pub(super) fn signal(
        &mut self,
        from: PeerId,
        seq: u64,
        envelope: &Sealed,
        events: &mut Vec<RoomEvent>,
    ) {
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

    /// Opens a hello.
    fn open(&mut self, peer: PeerId, hello: &Sealed, found: bool) -> Option<Hello> {
        match self
            .known
            .meet(&self.keys, &self.session, peer, hello, found)
        {
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
        name: String,
        entered: bool,
        away: bool,
        events: &mut Vec<RoomEvent>,
    ) -> Option<Member> {
        let found = self.known.found(id)?;
        if self.members.len() >= MAX_MEMBERS {
            let lost = self.members.iter().position(|entry| entry.member.lost)?;
            let peer = self.members.remove(lost).member.id;
            let reason = LeftReason::Gone;
            events.push(RoomEvent::PeerLeft { peer, reason });
        }
        let member = Member {
            id,
            name,
            entered,
            away,
            lost: false,
            found,
        };
        self.members.push(Entry {
            member: member.clone(),
            missing: false,
            deadline: None,
        });
        Some(member)
    }

    pub(super) fn entry(&mut self, peer: PeerId) -> Option<&mut Entry> {
        self.members
            .iter_mut()
            .find(|entry| entry.member.id == peer)
    }
}
