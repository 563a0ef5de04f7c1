//! All rooms of a server and the connections that lead to them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deadlines::{Deadlines, Due};
use super::ids::ConnId;
use super::inbound::Inbound;
use super::open_rooms::OpenRooms;
use super::room::{Member, Presence};
use crate::protocol::limits::{
    AWAY_TIMEOUT, FRAME_BURST, FRAMES_PER_SECOND, JOIN_TIMEOUT, STRANGER_AWAY_TIMEOUT,
};
use crate::protocol::{LeftReason, PeerId, RoomHash, RoomId, ServerErrorCode, ServerMessage};
use crate::server::budgets::{BudgetConfig, Budgets, KeptBytes, Refusal, Source, Usage};
use crate::token_bucket::TokenBucket;

/// How a registry behaves.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// How long the place of a vanished peer is kept.
    pub away_timeout: Duration,
    /// The same for a peer that has not exchanged a signal with anybody, if that is shorter.
    pub stranger_away_timeout: Duration,
    /// How long a connection may take to join.
    pub join_timeout: Duration,
    /// Whether there are TURN servers for members.
    pub has_turn: bool,
    /// The bounds of each address, and of all together.
    pub budgets: BudgetConfig,
    /// The rooms that may be joined; all when there is no list.
    pub served_rooms: Option<Vec<RoomId>>,
}

impl RegistryConfig {
    /// How long the place of this member is kept when its connection is lost.
    pub(super) fn away_timeout_of(&self, member: &Member) -> Duration {
        if member.has_sent || member.has_received {
            self.away_timeout
        } else {
            self.away_timeout.min(self.stranger_away_timeout)
        }
    }
}

impl Default for RegistryConfig {
    fn default() -> Self {
        Self {
            away_timeout: AWAY_TIMEOUT,
            stranger_away_timeout: STRANGER_AWAY_TIMEOUT,
            join_timeout: JOIN_TIMEOUT,
            has_turn: false,
            budgets: BudgetConfig::default(),
            served_rooms: None,
        }
    }
}

/// An action on a connection, which the caller of the registry takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a message. The connection adds to a `welcome` what the registry does not know: the STUN servers, and the
    /// permit, which needs the wall clock.
    Send {
        /// The receiving connection.
        to: ConnId,
        /// The message.
        message: Arc<ServerMessage>,
    },
    /// Send ICE servers. The connection makes the credential, which needs the wall clock.
    IceServers {
        /// The receiving connection.
        to: ConnId,
        /// TURN servers too, for this room.
        turn_for: Option<RoomId>,
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
    pub(super) rooms: OpenRooms,
    pub(super) conns: HashMap<ConnId, Conn>,
    pub(super) deadlines: Deadlines,
    pub(crate) budgets: Budgets,
    /// The last peers that left a room themselves.
    pub(super) left: VecDeque<(RoomId, PeerId)>,
    /// No more joins are taken.
    pub(super) is_draining: bool,
    next_conn: u64,
}

impl RoomRegistry {
    /// A registry without rooms.
    #[must_use]
    pub fn new(config: RegistryConfig) -> Self {
        Self {
            budgets: Budgets::new(config.budgets),
            config,
            ..Self::default()
        }
    }

    /// Counts a connection that begins its handshake, until [`RoomRegistry::release`]. The output drops the one that
    /// has to make room, if there are too many.
    ///
    /// # Errors
    /// When its address begins too many.
    pub fn open(
        &mut self,
        now: Instant,
        source: Source,
    ) -> Result<(ConnId, Option<Output>), Refusal> {
        let id = ConnId(self.next_conn);
        self.next_conn += 1;
        let displaced = self.budgets.open(now, id, source)?;
        Ok((id, displaced.map(|conn| self.drop_handshake(conn))))
    }

    /// The same for a connection that no rate limits, because this process answers for it.
    pub fn open_unlimited(&mut self, now: Instant, source: Source) -> (ConnId, Option<Output>) {
        let id = ConnId(self.next_conn);
        self.next_conn += 1;
        let displaced = self.budgets.open_unlimited(now, id, source);
        (id, displaced.map(|conn| self.drop_handshake(conn)))
    }

    /// The request of a connection names another address: that of a proxy's client.
    ///
    /// # Errors
    /// When that address begins too many handshakes.
    pub fn set_source(
        &mut self,
        now: Instant,
        conn: ConnId,
        source: Source,
    ) -> Result<Option<Output>, Refusal> {
        let displaced = self.budgets.set_source(now, conn, source)?;
        Ok(displaced.map(|conn| self.drop_handshake(conn)))
    }

    /// A connection is a WebSocket now, and has to join.
    pub fn connect(&mut self, now: Instant, conn: ConnId) {
        let until = now + self.config.join_timeout;
        self.deadlines.set(until, Due::Join(conn));
        let bucket = TokenBucket::new(now, FRAME_BURST, FRAMES_PER_SECOND);
        let state = ConnState::Unjoined(until);
        self.conns.insert(conn, Conn { state, bucket });
    }

    /// The task of a connection has ended, and with it everything that the connection used.
    pub fn release(&mut self, conn: ConnId) {
        self.budgets.close(conn);
    }

    fn drop_handshake(&mut self, conn: ConnId) -> Output {
        self.remove_connection(conn);
        Output::Drop { conn }
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

    /// Whether nobody waits for this connection: its peer is alone in its room, or has neither sent a signal nor been
    /// sent one. Its end may be found late.
    #[must_use]
    pub fn is_idle(&self, conn: ConnId) -> bool {
        let Some(ConnState::Joined(room, peer)) = self.conns.get(&conn).map(|c| c.state) else {
            return false;
        };
        self.rooms.get(&room).is_some_and(|room| {
            let member = room.members.iter().find(|member| member.peer == peer);
            room.members.len() < 2 || member.is_some_and(|m| !m.has_sent && !m.has_received)
        })
    }

    /// Refuses joins from now on, because the server goes down. Returns the rooms, in no order.
    pub fn begin_drain(&mut self) -> Vec<RoomId> {
        self.is_draining = true;
        self.rooms.ids()
    }

    /// Tells all members of a room at once that the server goes down, closes their connections, and removes the room.
    pub fn drain_room(&mut self, id: RoomId) -> Vec<Output> {
        let mut out = Vec::new();
        for member in self.rooms.remove(&id).into_iter().flat_map(|r| r.members) {
            self.budgets.leave_place(member.source);
            match member.presence {
                Presence::Online(conn) => {
                    self.remove_connection(conn);
                    close(&mut out, conn, ServerErrorCode::ShuttingDown, None);
                }
                Presence::Away(until) => self.deadlines.unset(until, Due::Gone(id, member.peer)),
            }
        }
        out
    }

    /// Tells every connection that the server goes down, closes it, and removes everything.
    pub fn shut_down(&mut self) -> Vec<Output> {
        let rooms = self.begin_drain();
        let mut out: Vec<_> = rooms
            .into_iter()
            .flat_map(|room| self.drain_room(room))
            .collect();
        // Those that have not joined.
        for conn in self.conns.drain().map(|(conn, _)| conn) {
            close(&mut out, conn, ServerErrorCode::ShuttingDown, None);
        }
        self.deadlines.clear();
        out
    }

    /// Whether a room with this hash is open.
    #[must_use]
    pub fn has_room(&self, hash: RoomHash) -> bool {
        self.rooms.contains_hash(hash)
    }

    /// Peers in all rooms, including those that are away.
    #[must_use]
    pub const fn peers(&self) -> usize {
        self.budgets.usage().places
    }

    /// The usage of all addresses.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        self.budgets.usage()
    }

    /// Bytes in all mailboxes and send queues.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.budgets.kept()
    }

    /// Where the bytes in the send queue of a connection are counted.
    pub(crate) fn kept_bytes_of(&self, conn: ConnId) -> Arc<KeptBytes> {
        self.budgets.kept_bytes_of(conn)
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
