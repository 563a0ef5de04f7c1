//! All rooms of a server and the connections that lead to them.

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use tracing::{debug, info};

use super::{
    bucket::TokenBucket,
    deadlines::{Deadlines, Due},
    incoming::{Incoming, Refusal},
    place::{Presence, Room, Shared},
};
use crate::{
    ids::{PeerId, RoomId},
    limits::{
        AWAY_TIMEOUT, FRAME_BURST, FRAMES_PER_SECOND, JOIN_TIMEOUT, MAX_ENVELOPE_BYTES,
        MAX_HELLO_BYTES,
    },
    protocol::{ClientMessage, ErrorCode, LeftReason, Sealed, ServerMessage},
};

/// A connection, for as long as the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(u64);

/// The times that a hall keeps.
#[derive(Clone, Copy, Debug)]
pub struct HallConfig {
    /// How long a vanished peer's place is kept.
    pub away_timeout: Duration,
    /// How long a connection may take to join.
    pub join_timeout: Duration,
}

impl Default for HallConfig {
    fn default() -> Self {
        Self {
            away_timeout: AWAY_TIMEOUT,
            join_timeout: JOIN_TIMEOUT,
        }
    }
}

/// What has to be done with a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this. A welcome comes without ICE servers: their credentials want a wall clock and randomness,
    /// so the connection adds them.
    Send {
        /// To whom.
        to: ConnId,
        /// What.
        message: Arc<ServerMessage>,
    },
    /// Send what waits, then close. The hall has forgotten the connection.
    Close {
        /// Which.
        conn: ConnId,
        /// The refusal that ended it; none after a `leave`.
        error: Option<ErrorCode>,
    },
    /// Drop the connection with what waits for it: it does not read. The hall has forgotten it.
    Drop {
        /// Which.
        conn: ConnId,
    },
}

/// What the hall knows of a connection.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) at: At,
    bucket: TokenBucket,
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// It has to join until then.
    Door(Instant),
    /// It speaks for a peer.
    Place(RoomId, PeerId),
}

/// All rooms of a server. The first argument of its methods is always the time.
#[derive(Debug, Default)]
pub struct Hall {
    pub(super) config: HallConfig,
    pub(super) rooms: HashMap<RoomId, Room>,
    pub(super) conns: HashMap<ConnId, Conn>,
    pub(super) deadlines: Deadlines,
    /// Places in all rooms.
    pub(super) places: usize,
    next_conn: u64,
}

impl Hall {
    /// An empty hall.
    #[must_use]
    pub fn new(config: HallConfig) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }

    /// A connection is open.
    pub fn connect(&mut self, now: Instant) -> ConnId {
        let id = ConnId(self.next_conn);
        self.next_conn += 1;
        let until = now + self.config.join_timeout;
        self.deadlines.set(until, Due::Join(id));
        let bucket = TokenBucket::new(now, FRAME_BURST, FRAMES_PER_SECOND);
        let at = At::Door(until);
        self.conns.insert(id, Conn { at, bucket });
        id
    }

    /// Something came from a connection.
    pub fn receive(&mut self, now: Instant, from: ConnId, incoming: Incoming) -> Vec<Output> {
        let mut out = Vec::new();
        // A connection that is being closed may still talk.
        let Some(conn) = self.conns.get_mut(&from) else {
            return out;
        };
        if !conn.bucket.take(now) {
            self.refuse(now, from, ErrorCode::TooManyMessages, None, &mut out);
            return out;
        }
        let at = conn.at;
        match incoming {
            Incoming::Ping => {}
            Incoming::Pong { confirms } => {
                if let At::Place(room, peer) = at
                    && let Some(place) = self.rooms.get_mut(&room).and_then(|r| r.place(peer))
                {
                    place.mailbox.confirm(confirms);
                }
            }
            Incoming::Refused(Refusal { code, about }) => {
                self.refuse(now, from, code, about, &mut out)
            }
            Incoming::Message(message) => self.message(now, from, at, message, &mut out),
        }
        out
    }

    /// What waits for a connection is more than may wait: its peer loses its place.
    pub fn overflow(&mut self, conn: ConnId) -> Vec<Output> {
        let mut out = Vec::new();
        match self.conns.get(&conn).map(|c| c.at) {
            Some(At::Place(room, peer)) => self.left(room, peer, LeftReason::TooSlow, &mut out),
            Some(At::Door(_)) => self.forget(conn),
            None => return out,
        }
        out.push(Output::Drop { conn });
        out
    }

    /// A connection is gone.
    pub fn disconnect(&mut self, now: Instant, conn: ConnId) -> Vec<Output> {
        let mut out = Vec::new();
        self.lose(now, conn, &mut out);
        out
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Instant) -> Vec<Output> {
        let mut out = Vec::new();
        while let Some(due) = self.deadlines.pop(now) {
            match due {
                Due::Join(conn) => self.refuse(now, conn, ErrorCode::NotJoined, None, &mut out),
                Due::Gone(room, peer) => self.left(room, peer, LeftReason::Gone, &mut out),
            }
        }
        out
    }

    /// When [`Hall::tick`] has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Says so to every connection and forgets everything.
    pub fn shut_down(&mut self) -> Vec<Output> {
        let code = ErrorCode::ShuttingDown;
        let mut conns: Vec<ConnId> = self.conns.drain().map(|(conn, _)| conn).collect();
        conns.sort_unstable();
        self.rooms.clear();
        self.deadlines.clear();
        self.places = 0;
        let mut out = Vec::with_capacity(2 * conns.len());
        for conn in conns {
            send(&mut out, conn, error(code, None));
            let error = Some(code);
            out.push(Output::Close { conn, error });
        }
        out
    }

    /// How many peers there are in all rooms, those that are away included.
    #[must_use]
    pub const fn peers(&self) -> usize {
        self.places
    }

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.conns.len()
    }

    fn message(
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
                let join = super::join::Join {
                    room,
                    peer,
                    resume,
                    hello,
                    entered,
                    seen,
                };
                self.join(now, from, join, out);
            }
            (At::Door(_), _) => self.refuse(now, from, ErrorCode::NotJoined, None, out),
            (At::Place(..), ClientMessage::Join { .. }) => {
                self.refuse(now, from, ErrorCode::AlreadyJoined, about("join"), out);
            }
            (At::Place(..), ClientMessage::Enter { hello }) if hello.0.len() > MAX_HELLO_BYTES => {
                self.refuse(now, from, ErrorCode::BadFrame, about("enter"), out);
            }
            (At::Place(room, peer), ClientMessage::Enter { hello }) => {
                self.entered(room, peer, true, hello, out);
            }
            (At::Place(..), ClientMessage::Signal { envelope, .. })
                if envelope.0.len() > MAX_ENVELOPE_BYTES =>
            {
                self.refuse(now, from, ErrorCode::FrameTooLarge, about("signal"), out);
            }
            (At::Place(room, peer), ClientMessage::Signal { to, envelope }) => {
                if to == peer || !self.signal(room, peer, to, envelope, out) {
                    self.refuse(now, from, ErrorCode::UnknownPeer, about("signal"), out);
                }
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

    /// Relays a signal; false when the receiver is not in the room.
    fn signal(
        &mut self,
        room: RoomId,
        from: PeerId,
        to: PeerId,
        envelope: Sealed,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(place) = self.rooms.get_mut(&room).and_then(|r| r.place(to)) else {
            return false;
        };
        let message = place.mailbox.push(from, envelope);
        match place.presence {
            Presence::Here(conn) => {
                // Most likely the oldest have arrived, and only the pong that says so is on its way.
                place.mailbox.trim();
                out.push(Output::Send { to: conn, message });
            }
            Presence::Away(_) if place.mailbox.overflows() => {
                self.left(room, to, LeftReason::TooSlow, out);
            }
            Presence::Away(_) => {}
        }
        true
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
            info!(room = %short(&room), peer = %short(&peer), "peer entered");
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
        info!(room = %short(&room), peer = %short(&peer), ?reason, "peer left");
        self.tell(room, peer, ServerMessage::PeerLeft { peer, reason }, out);
    }

    /// Forgets a connection; the place it had is kept for a while.
    fn lose(&mut self, now: Instant, conn: ConnId, out: &mut Vec<Output>) {
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
        info!(room = %short(&room), peer = %short(&peer), "peer away");
        self.tell(room, peer, ServerMessage::PeerAway { peer }, out);
    }

    /// Answers with an error; a fatal one ends the connection.
    pub(super) fn refuse(
        &mut self,
        now: Instant,
        conn: ConnId,
        code: ErrorCode,
        about: Option<String>,
        out: &mut Vec<Output>,
    ) {
        if !self.conns.contains_key(&conn) {
            return;
        }
        send(out, conn, error(code, about));
        if code.is_fatal() {
            info!(?code, "connection refused");
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

pub(super) fn send(out: &mut Vec<Output>, to: ConnId, message: impl Into<Shared>) {
    let message = message.into();
    out.push(Output::Send { to, message });
}

pub(super) const fn error(code: ErrorCode, about: Option<String>) -> ServerMessage {
    let fatal = code.is_fatal();
    ServerMessage::Error { code, fatal, about }
}

/// As much of an id as a log may have.
pub(super) fn short(id: &impl fmt::Display) -> String {
    id.to_string().chars().take(6).collect()
}
