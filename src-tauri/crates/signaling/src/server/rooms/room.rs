//! A room and the places of its peers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::ids::ConnId;
use super::mailbox::Mailbox;
use crate::protocol::limits::MAX_PEERS;
use crate::protocol::{Departure, PeerId, PeerInfo, ResumeSecret, Sealed, ServerMessage};

/// Departures that are kept for one peer.
const MAX_LEFT: usize = 2 * MAX_PEERS;

/// Whether a peer has a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It has this one.
    Here(ConnId),
    /// It has none; its place is kept until then.
    Away(Instant),
}

/// What a room keeps for one peer.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) peer: PeerId,
    pub(super) resume: ResumeSecret,
    pub(super) hello: Sealed,
    pub(super) entered: bool,
    pub(super) presence: Presence,
    pub(super) mailbox: Mailbox,
    /// Who has left since it came: told when it comes back.
    pub(super) left: VecDeque<Departure>,
}

impl Place {
    pub(super) fn note(&mut self, left: Departure) {
        if self.left.len() >= MAX_LEFT {
            self.left.pop_front();
        }
        self.left.push_back(left);
    }
}

/// The places of a room, in the order in which they were taken.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) places: Vec<Place>,
}

impl Room {
    pub(super) fn place(&mut self, peer: PeerId) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.peer == peer)
    }

    pub(super) fn remove(&mut self, peer: PeerId) -> Option<Place> {
        let at = self.places.iter().position(|place| place.peer == peer)?;
        Some(self.places.remove(at))
    }

    /// Everybody but `peer`, as a welcome lists them.
    pub(super) fn others(&self, peer: PeerId) -> Vec<PeerInfo> {
        let others = self.places.iter().filter(|place| place.peer != peer);
        others
            .map(|place| PeerInfo {
                peer: place.peer,
                hello: place.hello.clone(),
                entered: place.entered,
                away: matches!(place.presence, Presence::Away(_)),
            })
            .collect()
    }

    /// The connections of everybody but `peer`.
    pub(super) fn connections(&self, but: PeerId) -> impl Iterator<Item = ConnId> {
        self.places
            .iter()
            .filter_map(move |place| match place.presence {
                Presence::Here(conn) if place.peer != but => Some(conn),
                _ => None,
            })
    }
}

/// Messages are shared, not copied, between those who get the same.
pub(super) type Shared = Arc<ServerMessage>;
