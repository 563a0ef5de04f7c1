//! A room and its members.

use std::collections::VecDeque;
use std::time::Instant;

use super::admission::Admitted;
use super::ids::ConnId;
use super::mailbox::Mailbox;
use crate::protocol::limits::MAX_PEERS;
use crate::protocol::{Departure, PeerId, PeerInfo, Sealed};
use crate::server::budgets::Source;

/// Departures that are kept for one member.
const MAX_DEPARTURES: usize = 2 * MAX_PEERS;

/// Whether a member has a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It has this one.
    Online(ConnId),
    /// It has none. Its place is kept until then.
    Away(Instant),
}

/// One peer's entry in a room.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) peer: PeerId,
    pub(super) admitted: Admitted,
    pub(super) hello: Sealed,
    pub(super) entered: bool,
    pub(super) presence: Presence,
    /// The address that has taken the place, and keeps it when the peer comes back from another one.
    pub(super) source: Source,
    pub(super) has_sent: bool,
    pub(super) has_received: bool,
    pub(super) mailbox: Mailbox,
    /// The peers that have left since it joined, for its welcome when it comes back.
    pub(super) departures: VecDeque<Departure>,
}

impl Member {
    /// Whether it has sent a signal and was sent one: it is no stranger to somebody here.
    pub(super) const fn has_exchanged(&self) -> bool {
        self.has_sent && self.has_received
    }

    pub(super) const fn is_online(&self) -> bool {
        matches!(self.presence, Presence::Online(_))
    }
}

/// The members of a room, in the order in which they joined.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) members: Vec<Member>,
}

impl Room {
    pub(super) fn member(&mut self, peer: PeerId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.peer == peer)
    }

    pub(super) fn remove(&mut self, peer: PeerId) -> Option<Member> {
        let at = self.members.iter().position(|member| member.peer == peer)?;
        Some(self.members.remove(at))
    }

    /// Keeps a departure for every member.
    pub(super) fn note_departure(&mut self, departure: Departure) {
        for member in &mut self.members {
            if member.departures.len() >= MAX_DEPARTURES {
                member.departures.pop_front();
            }
            member.departures.push_back(departure);
        }
    }

    /// All members except `except`, as a welcome lists them.
    pub(super) fn peers_except(&self, except: PeerId) -> Vec<PeerInfo> {
        let others = self.members.iter().filter(|member| member.peer != except);
        others
            .map(|member| PeerInfo {
                peer: member.peer,
                hello: member.hello.clone(),
                entered: member.entered,
                away: matches!(member.presence, Presence::Away(_)),
            })
            .collect()
    }

    /// The connections of all members except `except`.
    pub(super) fn connections_except(&self, except: PeerId) -> impl Iterator<Item = ConnId> {
        self.members
            .iter()
            .filter_map(move |member| match member.presence {
                Presence::Online(conn) if member.peer != except => Some(conn),
                _ => None,
            })
    }
}
