//! All rooms of a server and the connections that lead to them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deadlines::{Deadlines, Due};
use super::ids::ConnId;
use super::inbound::{Incoming, Refusal};
use super::room::{Room, Shared};
use crate::protocol::limits::{AWAY_TIMEOUT, FRAME_BURST, FRAMES_PER_SECOND, JOIN_TIMEOUT};
use crate::protocol::{LeftReason, PeerId, RoomId, ServerErrorCode, ServerMessage};
use crate::token_bucket::TokenBucket;

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
    /// Send this. Where ICE servers belong there are none: their credentials want a wall clock and randomness,
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
        error: Option<ServerErrorCode>,
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
            self.refuse(now, from, ServerErrorCode::TooManyMessages, None, &mut out);
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
                Due::Join(conn) => {
                    self.refuse(now, conn, ServerErrorCode::NotJoined, None, &mut out)
                }
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
        let code = ServerErrorCode::ShuttingDown;
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

    /// How many rooms there are.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.conns.len()
    }
}

pub(super) fn send(out: &mut Vec<Output>, to: ConnId, message: impl Into<Shared>) {
    let message = message.into();
    out.push(Output::Send { to, message });
}

pub(super) const fn error(code: ServerErrorCode, about: Option<String>) -> ServerMessage {
    let fatal = code.is_fatal();
    ServerMessage::Error { code, fatal, about }
}

/// As much of an id as a log may have.
pub(super) fn short(id: &impl fmt::Display) -> String {
    id.to_string().chars().take(6).collect()
}
