//! Applies each message of a client to its room, and moves members from one state to the next.

use std::sync::Arc;
use std::time::Instant;

use tracing::debug;

use super::admission::Admitted;
use super::deadlines::Due;
use super::ids::ConnId;
use super::registry::{Conn, ConnState, Output, RoomRegistry, close, send, short};
use super::room::{Member, Presence};
use super::snapshot::MAX_LEFT;
use crate::protocol::limits::{MAX_ENVELOPE_BYTES, MAX_HELLO_BYTES};
use crate::protocol::{
    ClientMessage, Departure, LeftReason, PeerId, RoomId, Sealed, ServerErrorCode, ServerMessage,
};

impl RoomRegistry {
    pub(super) fn on_message(
        &mut self,
        now: Instant,
        from: ConnId,
        state: ConnState,
        message: ClientMessage,
        out: &mut Vec<Output>,
    ) {
        let ConnState::Joined(room, peer) = state else {
            let code = match message {
                ClientMessage::Join(_) => ServerErrorCode::BadProof,
                _ => ServerErrorCode::NotJoined,
            };
            return self.close_with_error(now, from, code, None, out);
        };
        let about = |name: &str| Some(name.to_owned());
        match message {
            ClientMessage::Join(_) => {
                self.reject_frame(from, ServerErrorCode::AlreadyJoined, about("join"), out);
            }
            ClientMessage::Enter { hello } if hello.0.len() > MAX_HELLO_BYTES => {
                let code = ServerErrorCode::BadFrame;
                self.close_with_error(now, from, code, about("enter"), out);
            }
            ClientMessage::Enter { hello } => self.update_hello(room, peer, true, hello, out),
            ClientMessage::Signal { envelope, .. } if envelope.0.len() > MAX_ENVELOPE_BYTES => {
                let code = ServerErrorCode::FrameTooLarge;
                self.close_with_error(now, from, code, about("signal"), out);
            }
            ClientMessage::Signal { to, envelope } => {
                // Not fatal: the receiver may be the slow one, and after a reconnect the sender would only repeat what
                // it sent before.
                if let Err(code) = self.relay(room, peer, to, envelope, out) {
                    self.reject_frame(from, code, about("signal"), out);
                }
            }
            ClientMessage::IceServers {} => self.send_ice_servers(from, room, out),
            // The connection answers it.
            ClientMessage::Ping { .. } => {}
            ClientMessage::Leave {} => {
                self.remove_member(room, peer, LeftReason::Left, out);
                out.push(Output::Close {
                    conn: from,
                    error: None,
                });
            }
        }
    }

    /// Relays a signal, now or when its receiver is back.
    fn relay(
        &mut self,
        room: RoomId,
        from: PeerId,
        to: PeerId,
        envelope: Sealed,
        out: &mut Vec<Output>,
    ) -> Result<(), ServerErrorCode> {
        let (room_id, room) = (room, self.rooms.get_mut(&room));
        let room = room.ok_or(ServerErrorCode::UnknownPeer)?;
        let receiver = room.member(to).filter(|_| to != from);
        let receiver = receiver.ok_or(ServerErrorCode::UnknownPeer)?;
        let is_away = matches!(receiver.presence, Presence::Away(_));
        let message = receiver.mailbox.push(from, envelope, is_away);
        let message = message.ok_or(ServerErrorCode::MailboxFull)?;
        let kept_for = self.config.away_timeout_of(receiver);
        receiver.has_received = true;
        match receiver.presence {
            Presence::Online(conn) => {
                // The oldest signals have most likely arrived, and only the pong that confirms them is on its way.
                receiver.mailbox.trim();
                out.push(Output::Send { to: conn, message });
            }
            Presence::Away(until) => {
                // Somebody waits for it now, so its place is kept as long as any other.
                let longer = until + (self.config.away_timeout_of(receiver) - kept_for);
                receiver.presence = Presence::Away(longer);
                self.deadlines.unset(until, Due::Gone(room_id, to));
                self.deadlines.set(longer, Due::Gone(room_id, to));
            }
        }
        if let Some(sender) = room.member(from) {
            sender.has_sent = true;
        }
        Ok(())
    }

    /// Keeps a member's new hello and whether it has entered. Tells the others if either is new to them.
    pub(super) fn update_hello(
        &mut self,
        room: RoomId,
        peer: PeerId,
        entered: bool,
        hello: Sealed,
        out: &mut Vec<Output>,
    ) {
        let Some(member) = self.member(room, peer) else {
            return;
        };
        let enters = entered && !member.entered;
        let is_news = enters || (member.entered && member.hello != hello);
        member.entered |= entered;
        member.hello = hello.clone();
        if enters {
            debug!(room = %short(&room), peer = %short(&peer), "peer entered");
        }
        if is_news {
            self.broadcast(room, peer, ServerMessage::PeerEntered { peer, hello }, out);
        }
    }

    /// Removes a member, its connection and, with the last member, the room.
    pub(super) fn remove_member(
        &mut self,
        room_id: RoomId,
        peer: PeerId,
        reason: LeftReason,
        out: &mut Vec<Output>,
    ) {
        let Some(room) = self.rooms.get_mut(&room_id) else {
            return;
        };
        let Some(removed) = room.remove(peer) else {
            return;
        };
        // A connection may be dead without anybody knowing, so members that seem to be online note it as well.
        room.note_departure(Departure { peer, reason });
        if reason == LeftReason::Left && removed.admitted == Admitted::Proved {
            if self.left.len() >= MAX_LEFT {
                self.left.pop_front();
            }
            self.left.push_back((room_id, peer));
        }
        if room.members.is_empty() {
            self.rooms.remove(&room_id);
        }
        self.budgets.leave_place(removed.source);
        match removed.presence {
            Presence::Online(conn) => self.remove_connection(conn),
            Presence::Away(until) => self.deadlines.unset(until, Due::Gone(room_id, peer)),
        }
        debug!(room = %short(&room_id), peer = %short(&peer), ?reason, "peer left");
        self.broadcast(room_id, peer, ServerMessage::PeerLeft { peer, reason }, out);
    }

    /// Removes a connection. The place of its member is kept for a while.
    pub(super) fn on_disconnected(&mut self, now: Instant, conn: ConnId, out: &mut Vec<Output>) {
        let state = self.conns.get(&conn).map(|c| c.state);
        self.remove_connection(conn);
        let Some(ConnState::Joined(room, peer)) = state else {
            return;
        };
        let Some(member) = self.rooms.get_mut(&room).and_then(|r| r.member(peer)) else {
            return;
        };
        let until = now + self.config.away_timeout_of(member);
        member.presence = Presence::Away(until);
        self.deadlines.set(until, Due::Gone(room, peer));
        debug!(room = %short(&room), peer = %short(&peer), "peer away");
        self.broadcast(room, peer, ServerMessage::PeerAway { peer }, out);
    }

    /// Answers a frame with an error that is not fatal.
    pub(super) fn reject_frame(
        &self,
        conn: ConnId,
        code: ServerErrorCode,
        about: Option<String>,
        out: &mut Vec<Output>,
    ) {
        debug!(?code, "frame rejected");
        let fatal = false;
        send(out, conn, ServerMessage::Error { code, fatal, about });
    }

    /// Ends a connection with an error.
    pub(super) fn close_with_error(
        &mut self,
        now: Instant,
        conn: ConnId,
        code: ServerErrorCode,
        about: Option<String>,
        out: &mut Vec<Output>,
    ) {
        if !self.conns.contains_key(&conn) {
            return;
        }
        debug!(?code, "connection refused");
        close(out, conn, code, about);
        self.on_disconnected(now, conn, out);
    }

    /// Sends to all members of a room except `except`.
    pub(super) fn broadcast(
        &self,
        room: RoomId,
        except: PeerId,
        message: ServerMessage,
        out: &mut Vec<Output>,
    ) {
        let Some(room) = self.rooms.get(&room) else {
            return;
        };
        let message = Arc::new(message);
        for to in room.connections_except(except) {
            send(out, to, Arc::clone(&message));
        }
    }

    pub(super) fn remove_connection(&mut self, conn: ConnId) {
        if let Some(Conn {
            state: ConnState::Unjoined(until),
            ..
        }) = self.conns.remove(&conn)
        {
            self.deadlines.unset(until, Due::Join(conn));
        }
    }

    pub(super) fn member(&mut self, room: RoomId, peer: PeerId) -> Option<&mut Member> {
        self.rooms.get_mut(&room)?.member(peer)
    }
}
