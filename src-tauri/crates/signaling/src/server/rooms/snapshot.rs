//! A room as code of the server's own process sees it.

use super::admission::Admitted;
use super::registry::RoomRegistry;
use crate::protocol::{PeerId, RoomId, Sealed};

/// Departures that are remembered, of all rooms.
pub(super) const MAX_LEFT: usize = 32;

/// The peers that are in a room over a connection of this server, and those that have left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomSnapshot {
    /// The peers that have proved themselves, in the order in which they joined, also those that are away. Introduced
    /// peers are not among them.
    pub members: Vec<LocalMember>,
    /// The last of them that left by themselves, the latest last.
    pub left: Vec<PeerId>,
}

/// A peer that has proved itself to this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalMember {
    /// Its id.
    pub peer: PeerId,
    /// Its latest hello.
    pub hello: Sealed,
    /// Whether it has entered the room.
    pub entered: bool,
}

impl RoomRegistry {
    /// A room as code of this process sees it.
    #[must_use]
    pub fn snapshot(&self, room: RoomId) -> RoomSnapshot {
        let members = self.rooms.get(&room).into_iter().flat_map(|r| &r.members);
        let members: Vec<_> = members
            .filter(|member| member.admitted == Admitted::Proved)
            .map(|member| LocalMember {
                peer: member.peer,
                hello: member.hello.clone(),
                entered: member.entered,
            })
            .collect();
        let is_back = |peer: &PeerId| members.iter().any(|member| member.peer == *peer);
        let left = self.left.iter().filter(|(of, _)| *of == room);
        let left = left
            .map(|(_, peer)| *peer)
            .filter(|p| !is_back(p))
            .collect();
        RoomSnapshot { members, left }
    }
}
