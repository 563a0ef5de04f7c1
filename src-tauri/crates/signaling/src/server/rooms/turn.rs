//! Which members get TURN servers: those of a room with two members that have proved themselves. A stranger who is alone
//! in a room of its own gets none.

use std::time::Instant;

use super::admission::Admitted;
use super::ids::ConnId;
use super::registry::{Output, RoomRegistry};
use super::room::{Member, Presence};
use crate::protocol::{PeerId, RoomId};

/// Proved members without whom nobody in a room gets TURN servers. Those whose place is kept count too.
const PROVED_MEMBERS: usize = 2;

impl RoomRegistry {
    /// Whether the members of a room get TURN servers.
    pub(super) fn has_turn(&self, room: RoomId) -> bool {
        let members = self.rooms.get(&room).map_or(&[][..], |room| &room.members);
        let is_proved = |member: &&Member| member.admitted == Admitted::Proved;
        self.config.has_turn && members.iter().filter(is_proved).count() >= PROVED_MEMBERS
    }

    /// Sends TURN servers to a peer that has just joined, and to the others too if they had none until now.
    pub(super) fn offer_turn(
        &self,
        room: RoomId,
        joined: PeerId,
        had_turn: bool,
        out: &mut Vec<Output>,
    ) {
        if !self.has_turn(room) {
            return;
        }
        let members = self
            .rooms
            .get(&room)
            .into_iter()
            .flat_map(|room| &room.members);
        for member in members.filter(|member| !had_turn || member.peer == joined) {
            if let Presence::Online(conn) = member.presence {
                self.send_ice_servers(conn, room, out);
            }
        }
    }

    /// Whether the address of this connection may get one more credential.
    pub(in crate::server) fn take_credential(&mut self, now: Instant, conn: ConnId) -> bool {
        self.budgets.take_credential(now, conn)
    }

    /// Sends the ICE servers that a member of the room may use now.
    pub(super) fn send_ice_servers(&self, to: ConnId, room: RoomId, out: &mut Vec<Output>) {
        let turn_for = self.has_turn(room).then_some(room);
        out.push(Output::IceServers { to, turn_for });
    }
}
