//! All rooms of a server and the connections that lead to them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deadlines::{Deadlines, Due};
use super::ids::ConnId;
use super::inbound::Inbound;
use super::room::Room;
use crate::protocol::limits::{AWAY_TIMEOUT, FRAME_BURST, FRAMES_PER_SECOND, JOIN_TIMEOUT};
use crate::protocol::{LeftReason, PeerId, RoomId, ServerErrorCode, ServerMessage};
use crate::token_bucket::TokenBucket;

/// The time-outs of a registry.
#[derive(Clone, Copy, Debug)]
pub struct RegistryConfig {
    /// How long the place of a vanished peer is kept.
    pub away_timeout: Duration,
    /// How long a connection may take to join.
    pub join_timeout: Duration,
}

impl Default for RegistryConfig {
    fn default() -> Self {
        Self {
            away_timeout: AWAY_TIMEOUT,
            join_timeout: JOIN_TIMEOUT,
        }
    }
}

/// An action on a connection, which the caller of the registry takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a message. The ICE servers in it are empty: their credentials need the wall clock and randomness, so the
    /// connection adds them.
    Send {
        /// The receiving connection.
        to: ConnId,
        /// The message.
        message: Arc<ServerMessage>,
    },
    /// Send what is queued, then close. The registry has removed the connection.
    Close {
        /// The connection.
        conn: ConnId,
        /// The error that ended it, or nothing after a `leave`.
        error: Option<ServerErrorCode>,
    },
    /// Drop the connection and its queue, because it does not read. The registry has removed the connection.
    Drop {
        /// The connection.
        conn: ConnId,
    },
}

#[derive(Debug)]
pub(super) struct Conn {
    pub(super) state: ConnState,
    bucket: TokenBucket,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ConnState {
    /// It has to join by then.
    Unjoined(Instant),
    /// It speaks for a member.
    Joined(RoomId, PeerId),
}

/// All rooms of a server. Pure: the time is an argument, what has to be sent comes out.
#[derive(Debug, Default)]
pub struct RoomRegistry {
    pub(super) config: RegistryConfig,
    pub(super) rooms: HashMap<RoomId, Room>,
    pub(super) conns: HashMap<ConnId, Conn>,
    pub(super) deadlines: Deadlines,
    /// Members of all rooms.
    pub(super) members: usize,
    next_conn: u64,
}

impl RoomRegistry {
    /// A registry without rooms.
    #[must_use]
    pub fn new(config: RegistryConfig) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }

    /// Adds a connection.
    pub fn connect(&mut self, now: Instant) -> ConnId {
        let id = ConnId(self.next_conn);
        self.next_conn += 1;
        let until = now + self.config.join_timeout;
        self.deadlines.set(until, Due::Join(id));
        let bucket = TokenBucket::new(now, FRAME_BURST, FRAMES_PER_SECOND);
        let state = ConnState::Unjoined(until);
        self.conns.insert(id, Conn { state, bucket });
        id
    }

    /// Takes what came from a connection.
    pub fn receive(&mut self, now: Instant, from: ConnId, inbound: Inbound) -> Vec<Output> {
        let mut out = Vec::new();
        // A connection that is being closed may still send.
        let Some(conn) = self.conns.get_mut(&from) else {
            return out;
        };
        if !conn.bucket.take(now) {
            let code = ServerErrorCode::TooManyMessages;
            self.close_with_error(now, from, code, None, &mut out);
            return out;
        }
        let state = conn.state;
        match inbound {
            Inbound::Ping => {}
            Inbound::Pong { confirms } => {
                if let ConnState::Joined(room, peer) = state
                    && let Some(member) = self.member(room, peer)
                {
                    member.mailbox.confirm(confirms);
                }
            }
            Inbound::UnknownType(name) => {
                let code = ServerErrorCode::UnknownType;
                self.reject_frame(from, code, Some(name), &mut out);
            }
            Inbound::Invalid { code, about } => {
                self.close_with_error(now, from, code, about, &mut out);
            }
            Inbound::Join(admission) => self.on_join(now, from, state, admission, &mut out),
            Inbound::Message(message) => self.on_message(now, from, state, message, &mut out),
        }
        out
    }

    /// The queue of a connection is full: its peer is removed from the room.
    pub fn overflow(&mut self, conn: ConnId) -> Vec<Output> {
        let mut out = Vec::new();
        match self.conns.get(&conn).map(|c| c.state) {
            Some(ConnState::Joined(room, peer)) => {
                self.remove_member(room, peer, LeftReason::TooSlow, &mut out);
            }
            Some(ConnState::Unjoined(_)) => self.remove_connection(conn),
            None => return out,
        }
        out.push(Output::Drop { conn });
        out
    }

    /// A connection is closed or lost.
    pub fn disconnect(&mut self, now: Instant, conn: ConnId) -> Vec<Output> {
        let mut out = Vec::new();
        self.on_disconnected(now, conn, &mut out);
        out
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Vec<Output> {
        let mut out = Vec::new();
        while let Some(due) = self.deadlines.pop(now) {
            match due {
                Due::Join(conn) => {
                    let code = ServerErrorCode::NotJoined;
                    self.close_with_error(now, conn, code, None, &mut out);
                }
                Due::Gone(room, peer) => {
                    self.remove_member(room, peer, LeftReason::Gone, &mut out);
                }
            }
        }
        out
    }

    /// When [`RoomRegistry::handle_timeout`] has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Tells every connection that the server goes down, closes it, and removes everything.
    pub fn shut_down(&mut self) -> Vec<Output> {
        let code = ServerErrorCode::ShuttingDown;
        let mut conns: Vec<ConnId> = self.conns.drain().map(|(conn, _)| conn).collect();
        conns.sort_unstable();
        self.rooms.clear();
        self.deadlines.clear();
        self.members = 0;
        let mut out = Vec::with_capacity(2 * conns.len());
        for conn in conns {
            close(&mut out, conn, code, None);
        }
        out
    }

    /// Peers in all rooms, including those that are away.
    #[must_use]
    pub const fn peers(&self) -> usize {
        self.members
    }

    /// Rooms.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// Connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.conns.len()
    }
}

pub(super) fn send(out: &mut Vec<Output>, to: ConnId, message: impl Into<Arc<ServerMessage>>) {
    let message = message.into();
    out.push(Output::Send { to, message });
}

/// Sends an error that ends the connection, and closes it.
pub(super) fn close(
    out: &mut Vec<Output>,
    conn: ConnId,
    code: ServerErrorCode,
    about: Option<String>,
) {
    let fatal = true;
    send(out, conn, ServerMessage::Error { code, fatal, about });
    let error = Some(code);
    out.push(Output::Close { conn, error });
}

/// The start of an id: enough for a log, too little to join with.
pub(super) fn short(id: &impl fmt::Display) -> String {
    id.to_string().chars().take(6).collect()
}
