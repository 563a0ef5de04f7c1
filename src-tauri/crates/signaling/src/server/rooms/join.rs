//! How a connection comes to a place: a new one, or the one that was kept.

use std::collections::VecDeque;
use std::time::Instant;

use tracing::debug;

use super::deadlines::Due;
use super::ids::ConnId;
use super::mailbox::Mailbox;
use super::registry::{At, Hall, Output, error, send, short};
use super::room::{Place, Presence};
use crate::protocol::limits::{MAX_FRAME_BYTES, MAX_HELLO_BYTES, MAX_PEERS};
use crate::protocol::{
    LeftReason, Limits, PeerId, ResumeSecret, RoomId, Sealed, ServerErrorCode, ServerMessage,
};

/// The largest sequence number: the largest whole number that a browser can count to.
const MAX_SEQ: u64 = (1 << 53) - 1;

/// The fields of a `join`.
pub(super) struct Join {
    pub(super) room: RoomId,
    pub(super) peer: PeerId,
    pub(super) resume: ResumeSecret,
    pub(super) hello: Sealed,
    pub(super) entered: bool,
    pub(super) seen: u64,
}

impl Hall {
    pub(super) fn join(&mut self, now: Instant, conn: ConnId, join: Join, out: &mut Vec<Output>) {
        if join.hello.0.len() > MAX_HELLO_BYTES || join.seen > MAX_SEQ {
            let about = Some("join".to_owned());
            self.refuse(now, conn, ServerErrorCode::BadFrame, about, out);
            return;
        }
        let (room, peer) = (join.room, join.peer);
        let kept = self.rooms.get_mut(&room).and_then(|r| r.place(peer));
        let Some(place) = kept else {
            return self.take_place(now, conn, join, out);
        };
        if !place.resume.matches(&join.resume) {
            self.refuse(now, conn, ServerErrorCode::PeerTaken, None, out);
        } else if place.mailbox.reaches_back_to(join.seen) {
            self.resume(conn, join, out);
        } else {
            // Signals are lost. The others have to know, so the place is not passed off as the same one.
            if let Presence::Here(old) = place.presence {
                replace(old, out);
            }
            self.left(room, peer, LeftReason::TooSlow, out);
            self.take_place(now, conn, join, out);
        }
    }

    fn take_place(&mut self, now: Instant, conn: ConnId, join: Join, out: &mut Vec<Output>) {
        let Join {
            room,
            peer,
            resume,
            hello,
            entered,
            seen,
        } = join;
        let members = self.rooms.entry(room).or_default();
        if members.places.len() >= MAX_PEERS {
            self.refuse(now, conn, ServerErrorCode::RoomFull, None, out);
            return;
        }
        members.places.push(Place {
            peer,
            resume,
            hello: hello.clone(),
            entered,
            presence: Presence::Here(conn),
            mailbox: Mailbox::new(seen),
            left: VecDeque::new(),
        });
        self.places += 1;
        debug!(room = %short(&room), peer = %short(&peer), "peer joined");
        self.seat(conn, room, peer);
        self.welcome(conn, room, peer, false, out);
        let joined = ServerMessage::PeerJoined {
            peer,
            hello,
            entered,
        };
        self.tell(room, peer, joined, out);
    }

    /// Gives a peer its place back, also while its old connection seems to be open: the peer knows better.
    fn resume(&mut self, conn: ConnId, join: Join, out: &mut Vec<Output>) {
        let (room, peer) = (join.room, join.peer);
        let Some(place) = self.rooms.get_mut(&room).and_then(|r| r.place(peer)) else {
            return;
        };
        place.mailbox.confirm(join.seen);
        let signals: Vec<_> = place.mailbox.signals().collect();
        let before = place.presence;
        place.presence = Presence::Here(conn);
        debug!(room = %short(&room), peer = %short(&peer), "peer resumed");
        self.seat(conn, room, peer);
        self.welcome(conn, room, peer, true, out);
        for signal in signals {
            send(out, conn, signal);
        }
        match before {
            Presence::Here(old) => {
                self.forget(old);
                replace(old, out);
            }
            Presence::Away(until) => {
                self.deadlines.unset(until, Due::Gone(room, peer));
                self.tell(room, peer, ServerMessage::PeerBack { peer }, out);
            }
        }
        self.entered(room, peer, join.entered, join.hello, out);
    }

    fn seat(&mut self, conn: ConnId, room: RoomId, peer: PeerId) {
        if let Some(known) = self.conns.get_mut(&conn) {
            if let At::Door(until) = known.at {
                self.deadlines.unset(until, Due::Join(conn));
            }
            known.at = At::Place(room, peer);
        }
    }

    fn welcome(
        &mut self,
        conn: ConnId,
        room: RoomId,
        peer: PeerId,
        resumed: bool,
        out: &mut Vec<Output>,
    ) {
        let (mut peers, mut left) = (Vec::new(), Vec::new());
        if let Some(room) = self.rooms.get_mut(&room) {
            peers = room.others(peer);
            if let Some(place) = room.place(peer).filter(|_| resumed) {
                left.extend(place.left.iter().copied());
            }
        }
        let welcome = ServerMessage::Welcome {
            peers,
            left,
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

/// Ends the connection that a newer one of the same peer has replaced.
fn replace(old: ConnId, out: &mut Vec<Output>) {
    let code = ServerErrorCode::Replaced;
    send(out, old, error(code, None));
    out.push(Output::Close {
        conn: old,
        error: Some(code),
    });
}
