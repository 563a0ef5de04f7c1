//! The order in which members go when a server has no more memory or no more places.

use std::cmp::Reverse;

use tracing::debug;

use super::ids::ConnId;
use super::registry::{Output, RoomRegistry};
use super::room::{Member, Presence, Room};
use crate::protocol::limits::ASSURED_BYTES;
use crate::protocol::{LeftReason, PeerId, RoomId};

/// The order in which members go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// Strangers have left it behind: it is away, and has met nobody or left an empty room.
    Leftover,
    /// It keeps much, in a room without a call.
    Expensive,
    /// It keeps much, in a room where people talk.
    ExpensiveInCall,
    /// It keeps little, in a room without a call.
    Cheap,
    /// It keeps little, in a room where people talk.
    CheapInCall,
}

struct Candidate {
    class: Class,
    /// The bytes that its address keeps in all: the most expensive one goes first.
    address_bytes: usize,
    bytes: usize,
    room: RoomId,
    peer: PeerId,
}

impl RoomRegistry {
    /// Whether mailboxes and send queues keep more than they may.
    #[must_use]
    pub fn is_memory_full(&self) -> bool {
        self.budgets.is_memory_full()
    }

    /// Removes members until enough bytes are free. `queued` says how many wait in a connection's send queue.
    pub fn free_memory(&mut self, queued: impl Fn(ConnId) -> usize) -> Vec<Output> {
        let mut candidates = Vec::new();
        for (room, of_room) in self.rooms.iter() {
            let (is_empty, is_call) = (of_room.is_empty(), of_room.is_call());
            for member in &of_room.members {
                let bytes = member.mailbox.bytes() + member.connection().map_or(0, &queued);
                if bytes > 0 {
                    candidates.push(Candidate {
                        class: class(member, is_empty, is_call, bytes),
                        address_bytes: self.budgets.bytes_of(member.source),
                        bytes,
                        room: *room,
                        peer: member.peer,
                    });
                }
            }
        }
        candidates.sort_by_key(|c| (c.class, Reverse(c.address_bytes), Reverse(c.bytes)));
        let (mut out, mut missing, mut removed) = (Vec::new(), self.budgets.bytes_to_free(), 0);
        for candidate in candidates {
            if missing == 0 {
                break;
            }
            missing = missing.saturating_sub(candidate.bytes);
            self.evict(candidate.room, candidate.peer, &mut out);
            removed += 1;
        }
        debug!(removed, "the memory is full: peers are removed");
        out
    }

    /// Removes what strangers have left behind, the oldest first, until some places are free.
    pub(super) fn free_places(&mut self, out: &mut Vec<Output>) {
        let mut leftovers = Vec::new();
        for (room, of_room) in self.rooms.iter() {
            let is_empty = of_room.is_empty();
            for member in &of_room.members {
                if let Presence::Away(until) = member.presence
                    && is_leftover(member, is_empty)
                {
                    leftovers.push((until, *room, member.peer));
                }
            }
        }
        leftovers.sort_unstable();
        leftovers.truncate(self.budgets.places_to_free());
        debug!(
            removed = leftovers.len(),
            "no place is free: leftovers are removed"
        );
        for (_, room, peer) in leftovers {
            self.evict(room, peer, out);
        }
    }

    fn evict(&mut self, room: RoomId, peer: PeerId, out: &mut Vec<Output>) {
        let conn = self.member(room, peer).and_then(|m| m.connection());
        let reason = match conn {
            Some(_) => LeftReason::TooSlow,
            None => LeftReason::Gone,
        };
        self.remove_member(room, peer, reason, out);
        // At once, with what waits in its queue.
        out.extend(conn.map(|conn| Output::Drop { conn }));
    }
}

impl Room {
    /// Whether everybody is away.
    fn is_empty(&self) -> bool {
        !self.members.iter().any(Member::is_online)
    }

    /// Whether people talk in it.
    fn is_call(&self) -> bool {
        let talks = |m: &&Member| m.is_online() && m.entered && m.has_exchanged();
        self.members.iter().filter(talks).count() >= 2
    }
}

impl Member {
    const fn connection(&self) -> Option<ConnId> {
        match self.presence {
            Presence::Online(conn) => Some(conn),
            Presence::Away(_) => None,
        }
    }
}

const fn is_leftover(member: &Member, is_room_empty: bool) -> bool {
    !member.is_online() && (is_room_empty || !member.has_exchanged())
}

const fn class(member: &Member, is_room_empty: bool, is_call: bool, bytes: usize) -> Class {
    match (is_leftover(member, is_room_empty), bytes > ASSURED_BYTES) {
        (true, _) => Class::Leftover,
        (false, true) if is_call => Class::ExpensiveInCall,
        (false, true) => Class::Expensive,
        (false, false) if is_call => Class::CheapInCall,
        (false, false) => Class::Cheap,
    }
}
