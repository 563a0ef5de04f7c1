//! What a frame does in a room, and how peers go from one state to the next.

use std::sync::Arc;
use std::time::Instant;

use tracing::debug;

use super::deadlines::Due;
use super::ids::ConnId;
use super::join::Join;
use super::registry::{At, Conn, Hall, Output, error, send, short};
use super::room::Presence;
use crate::protocol::limits::{MAX_ENVELOPE_BYTES, MAX_HELLO_BYTES};
use crate::protocol::{
    ClientMessage, Departure, LeftReason, PeerId, RoomId, Sealed, ServerErrorCode, ServerMessage,
};

/// What has become of a signal.
enum Relayed {
    /// It is on its way, or kept.
    Yes,
    /// The receiver is not in the room, or is the sender.
    UnknownPeer,
    /// As many of the sender's wait for the receiver as may.
    TooMany,
}

impl Hall {
    pub(super) fn message(
        &mut self,
        now: Instant,
        from: ConnId,
        at: At,
        message: ClientMessage,
        out: &mut Vec<Output>,
    ) {
        let about = |name: &str| Some(name.to_owned());
        match (at, message) {
            (
                At::Door(_),
                ClientMessage::Join {
                    room,
                    peer,
                    resume,
                    hello,
                    entered,
                    seen,
                },
            ) => {
                let join = Join {
                    room,
                    peer,
                    resume,
                    hello,
                    entered,
                    seen,
                };
                self.join(now, from, join, out);
            }
            (At::Door(_), _) => self.refuse(now, from, ServerErrorCode::NotJoined, None, out),
            (At::Place(..), ClientMessage::Join { .. }) => {
                self.refuse(
                    now,
                    from,
                    ServerErrorCode::AlreadyJoined,
                    about("join"),
                    out,
                );
            }
            (At::Place(..), ClientMessage::Enter { hello }) if hello.0.len() > MAX_HELLO_BYTES => {
                self.refuse(now, from, ServerErrorCode::BadFrame, about("enter"), out);
            }
            (At::Place(room, peer), ClientMessage::Enter { hello }) => {
                self.entered(room, peer, true, hello, out);
            }
            (At::Place(..), ClientMessage::Signal { envelope, .. })
                if envelope.0.len() > MAX_ENVELOPE_BYTES =>
            {
                self.refuse(
                    now,
                    from,
                    ServerErrorCode::FrameTooLarge,
                    about("signal"),
                    out,
                );
            }
            (At::Place(room, peer), ClientMessage::Signal { to, envelope }) => {
                let about = || about("signal");
                match self.signal(room, peer, to, envelope, out) {
                    Relayed::Yes => {}
                    Relayed::UnknownPeer => {
                        self.refuse(now, from, ServerErrorCode::UnknownPeer, about(), out);
                    }
                    // Not the end of the connection: this may come of another's slowness, and what was sent
                    // to it before would only be sent again.
                    Relayed::TooMany => send(out, from, one_too_many(about())),
                }
            }
            (At::Place(..), ClientMessage::IceServers {}) => {
                let fresh = ServerMessage::IceServers {
                    ice_servers: Vec::new(),
                    ice_seconds: 0,
                };
                send(out, from, fresh);
            }
            (At::Place(room, peer), ClientMessage::Leave {}) => {
                self.left(room, peer, LeftReason::Left, out);
                out.push(Output::Close {
                    conn: from,
                    error: None,
                });
            }
        }
    }

    /// Relays a signal, now or when its receiver is back.
    fn signal(
        &mut self,
        room: RoomId,
        from: PeerId,
        to: PeerId,
        envelope: Sealed,
        out: &mut Vec<Output>,
    ) -> Relayed {
        let receiver = self.rooms.get_mut(&room).and_then(|r| r.place(to));
        let Some(place) = receiver.filter(|_| to != from) else {
            return Relayed::UnknownPeer;
        };
        let is_away = matches!(place.presence, Presence::Away(_));
        let Some(message) = place.mailbox.push(from, envelope, is_away) else {
            return Relayed::TooMany;
        };
        match place.presence {
            Presence::Here(conn) => {
                // Most likely the oldest have arrived, and only the pong that says so is on its way.
                place.mailbox.trim();
                out.push(Output::Send { to: conn, message });
            }
            // What would be too much for it has been refused.
            Presence::Away(_) => {}
        }
        Relayed::Yes
    }

    /// Notes the hello, and whether the peer has entered, and tells the others if that is news to them.
    pub(super) fn entered(
        &mut self,
        room: RoomId,
        peer: PeerId,
        entered: bool,
        hello: Sealed,
        out: &mut Vec<Output>,
    ) {
        let Some(place) = self.rooms.get_mut(&room).and_then(|r| r.place(peer)) else {
            return;
        };
        let is_first = entered && !place.entered;
        let is_news = is_first || (place.entered && place.hello != hello);
        place.entered |= entered;
        place.hello = hello.clone();
        if is_first {
            debug!(room = %short(&room), peer = %short(&peer), "peer entered");
        }
        if is_news {
            self.tell(room, peer, ServerMessage::PeerEntered { peer, hello }, out);
        }
    }

    /// Ends a peer's place, its connection and, with the last place, the room.
    pub(super) fn left(
        &mut self,
        room: RoomId,
        peer: PeerId,
        reason: LeftReason,
        out: &mut Vec<Output>,
    ) {
        let Some(members) = self.rooms.get_mut(&room) else {
            return;
        };
        let Some(place) = members.remove(peer) else {
            return;
        };
        self.places -= 1;
        if members.places.is_empty() {
            self.rooms.remove(&room);
        }
        match place.presence {
            Presence::Here(conn) => self.forget(conn),
            Presence::Away(until) => self.deadlines.unset(until, Due::Gone(room, peer)),
        }
        debug!(room = %short(&room), peer = %short(&peer), ?reason, "peer left");
        let left = Departure { peer, reason };
        // A connection may be dead without anybody knowing, so it is noted for those who seem to be here too.
        if let Some(members) = self.rooms.get_mut(&room) {
            for place in &mut members.places {
                place.note(left);
            }
        }
        self.tell(room, peer, ServerMessage::PeerLeft { peer, reason }, out);
    }

    /// Forgets a connection; the place it had is kept for a while.
    pub(super) fn lose(&mut self, now: Instant, conn: ConnId, out: &mut Vec<Output>) {
        let at = self.conns.get(&conn).map(|c| c.at);
        self.forget(conn);
        let Some(At::Place(room, peer)) = at else {
            return;
        };
        let Some(place) = self.rooms.get_mut(&room).and_then(|r| r.place(peer)) else {
            return;
        };
        let until = now + self.config.away_timeout;
        place.presence = Presence::Away(until);
        self.deadlines.set(until, Due::Gone(room, peer));
        debug!(room = %short(&room), peer = %short(&peer), "peer away");
        self.tell(room, peer, ServerMessage::PeerAway { peer }, out);
    }

    /// Answers with an error; a fatal one ends the connection.
    pub(super) fn refuse(
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
        send(out, conn, error(code, about));
        if code.is_fatal() {
            debug!(?code, "connection refused");
            let error = Some(code);
            out.push(Output::Close { conn, error });
            self.lose(now, conn, out);
        } else {
            debug!(?code, "frame refused");
        }
    }

    /// Sends to everybody in the room but `but`.
    pub(super) fn tell(
        &self,
        room: RoomId,
        but: PeerId,
        message: ServerMessage,
        out: &mut Vec<Output>,
    ) {
        let Some(room) = self.rooms.get(&room) else {
            return;
        };
        let message = Arc::new(message);
        for to in room.connections(but) {
            send(out, to, Arc::clone(&message));
        }
    }

    /// Takes a connection off the books.
    pub(super) fn forget(&mut self, conn: ConnId) {
        if let Some(Conn {
            at: At::Door(until),
            ..
        }) = self.conns.remove(&conn)
        {
            self.deadlines.unset(until, Due::Join(conn));
        }
    }
}

const fn one_too_many(about: Option<String>) -> ServerMessage {
    ServerMessage::Error {
        code: ServerErrorCode::TooManyMessages,
        fatal: false,
        about,
    }
}
