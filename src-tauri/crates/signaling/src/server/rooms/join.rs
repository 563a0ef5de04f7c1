//! How a connection becomes a member: a new one, or the one whose place was kept.

use std::collections::VecDeque;
use std::time::Instant;

use tracing::debug;

use super::admission::{Admission, Admitted};
use super::deadlines::Due;
use super::ids::ConnId;
use super::mailbox::Mailbox;
use super::registry::{ConnState, Output, RoomRegistry, close, send, short};
use super::room::{Member, Presence};
use crate::protocol::limits::{MAX_ACCESS_BYTES, MAX_FRAME_BYTES, MAX_HELLO_BYTES, MAX_PEERS};
use crate::protocol::{LeftReason, Limits, PeerId, RoomId, ServerErrorCode, ServerMessage};
use crate::server::budgets::{Refusal, Source};

/// The largest sequence number: the largest integer that JavaScript counts exactly.
const MAX_SEQ: u64 = (1 << 53) - 1;

impl RoomRegistry {
    /// Whether a join may be looked at, before its signatures are checked.
    ///
    /// # Errors
    /// The reason for which the connection ends.
    pub fn begin_join(
        &mut self,
        now: Instant,
        conn: ConnId,
        room: RoomId,
        peer: PeerId,
    ) -> Result<(), ServerErrorCode> {
        if self.is_draining {
            return Err(ServerErrorCode::ShuttingDown);
        }
        let served = self.config.served_rooms.as_ref();
        if served.is_some_and(|rooms| !rooms.contains(&room)) {
            return Err(ServerErrorCode::WrongRoom);
        }
        let resumes = self.has_place(room, peer);
        self.budgets.take_join(now, conn, resumes)?;
        Ok(())
    }

    fn has_place(&mut self, room: RoomId, peer: PeerId) -> bool {
        self.member(room, peer).is_some()
    }

    /// Takes a place for a newcomer, from what strangers have left behind if there is no other.
    fn take_place(&mut self, conn: ConnId, out: &mut Vec<Output>) -> Result<Source, Refusal> {
        match self.budgets.take_place(conn) {
            Err(Refusal::Server) => {
                self.free_places(out);
                self.budgets.take_place(conn)
            }
            taken => taken,
        }
    }

    pub(super) fn on_join(
        &mut self,
        now: Instant,
        conn: ConnId,
        state: ConnState,
        join: Admission,
        out: &mut Vec<Output>,
    ) {
        let about = Some("join".to_owned());
        if matches!(state, ConnState::Joined(..)) {
            return self.reject_frame(conn, ServerErrorCode::AlreadyJoined, about, out);
        }
        let access_bytes = join.access.as_ref().map_or(0, |access| access.text().len());
        if join.hello.0.len() > MAX_HELLO_BYTES
            || join.seen > MAX_SEQ
            || access_bytes > MAX_ACCESS_BYTES
        {
            return self.close_with_error(now, conn, ServerErrorCode::BadFrame, about, out);
        }
        let (room, peer) = (join.room, join.peer);
        let resumes = self.has_place(room, peer);
        match self.budgets.join(conn, resumes) {
            Ok(None) => {}
            Ok(Some(displaced)) => {
                // Its place is kept, so that it too can come back when there is room.
                self.on_disconnected(now, displaced, out);
                out.push(Output::Drop { conn: displaced });
            }
            Err(refusal) => {
                return self.close_with_error(now, conn, refusal.into(), about, out);
            }
        }
        let Some(member) = self.member(room, peer) else {
            return self.add_member(now, conn, join, out);
        };
        if (member.admitted, join.admitted) == (Admitted::Proved, Admitted::Introduced) {
            // A proof says more than an introduction, so it keeps the place.
            self.close_with_error(now, conn, ServerErrorCode::Replaced, None, out);
        } else if join.admitted == Admitted::Introduced {
            // Its signals were passed on as they came, and those that still wait are.
            let seen = member.mailbox.dropped();
            self.resume_member(conn, Admission { seen, ..join }, out);
        } else if member.mailbox.reaches_back_to(join.seen) {
            self.resume_member(conn, join, out);
        } else {
            // Signals are lost. The others have to know, so this is not presented as the same place.
            if let Presence::Online(old) = member.presence {
                close(out, old, ServerErrorCode::Replaced, None);
            }
            self.remove_member(room, peer, LeftReason::TooSlow, out);
            self.add_member(now, conn, join, out);
        }
    }

    fn add_member(&mut self, now: Instant, conn: ConnId, join: Admission, out: &mut Vec<Output>) {
        let Admission {
            admitted,
            room: room_id,
            peer,
            hello,
            entered,
            seen,
            access: _,
            may_start,
        } = join;
        if !may_start && !self.rooms.contains(&room_id) {
            self.close_with_error(now, conn, ServerErrorCode::AccessRequired, None, out);
            return;
        }
        let had_turn = self.has_turn(room_id);
        let members = self.rooms.get(&room_id).map_or(0, |r| r.members.len());
        if members >= MAX_PEERS {
            self.close_with_error(now, conn, ServerErrorCode::RoomFull, None, out);
            return;
        }
        let source = match self.take_place(conn, out) {
            Ok(source) => source,
            Err(refusal) => {
                let about = Some("join".to_owned());
                return self.close_with_error(now, conn, refusal.into(), about, out);
            }
        };
        let of_address = self.budgets.kept_bytes_of(conn);
        let room = self.rooms.open(room_id);
        // Most rooms have two members, and a list grows to four by itself.
        room.members.reserve_exact(1);
        room.members.push(Member {
            peer,
            admitted,
            hello: hello.clone(),
            entered,
            presence: Presence::Online(conn),
            source,
            has_sent: false,
            has_received: false,
            mailbox: Mailbox::new(seen, of_address),
            departures: VecDeque::new(),
        });
        debug!(room = %short(&room_id), peer = %short(&peer), "peer joined");
        self.mark_joined(conn, room_id, peer);
        self.send_welcome(conn, room_id, peer, false, out);
        // Before the others learn of the newcomer, so that their links with it have all servers from the start.
        self.offer_turn(room_id, peer, had_turn, out);
        let joined = ServerMessage::PeerJoined {
            peer,
            hello,
            entered,
        };
        self.broadcast(room_id, peer, joined, out);
    }

    /// Gives a peer its place back, also while its old connection seems to be open: the peer knows better.
    fn resume_member(&mut self, conn: ConnId, join: Admission, out: &mut Vec<Output>) {
        let (room, peer) = (join.room, join.peer);
        let had_turn = self.has_turn(room);
        let Some(member) = self.member(room, peer) else {
            return;
        };
        member.mailbox.confirm(join.seen);
        let signals: Vec<_> = member.mailbox.signals().collect();
        let before = member.presence;
        member.presence = Presence::Online(conn);
        member.admitted = join.admitted;
        debug!(room = %short(&room), peer = %short(&peer), "peer resumed");
        self.mark_joined(conn, room, peer);
        self.send_welcome(conn, room, peer, true, out);
        self.offer_turn(room, peer, had_turn, out);
        for signal in signals {
            send(out, conn, signal);
        }
        match before {
            Presence::Online(old) => {
                self.remove_connection(old);
                close(out, old, ServerErrorCode::Replaced, None);
            }
            Presence::Away(until) => {
                self.deadlines.unset(until, Due::Gone(room, peer));
                self.broadcast(room, peer, ServerMessage::PeerBack { peer }, out);
            }
        }
        self.update_hello(room, peer, join.entered, join.hello, out);
    }

    fn mark_joined(&mut self, conn: ConnId, room: RoomId, peer: PeerId) {
        if let Some(known) = self.conns.get_mut(&conn) {
            if let ConnState::Unjoined(until) = known.state {
                self.deadlines.unset(until, Due::Join(conn));
            }
            known.state = ConnState::Joined(room, peer);
        }
    }

    fn send_welcome(
        &mut self,
        conn: ConnId,
        room: RoomId,
        peer: PeerId,
        resumed: bool,
        out: &mut Vec<Output>,
    ) {
        let (mut peers, mut left) = (Vec::new(), Vec::new());
        if let Some(room) = self.rooms.get_mut(&room) {
            peers = room.peers_except(peer);
            if let Some(member) = room.member(peer).filter(|_| resumed) {
                left.extend(member.departures.iter().copied());
            }
        }
        let welcome = ServerMessage::Welcome {
            peers,
            left,
            permit: None,
            ice_servers: Vec::new(),
            ice_seconds: 0,
            embedded: false,
            limits: Limits {
                frame_bytes: MAX_FRAME_BYTES,
                peers: MAX_PEERS,
                away_seconds: self.config.away_timeout.as_secs(),
            },
            resumed,
        };
        send(out, conn, welcome);
    }
}
