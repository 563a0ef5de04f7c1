//! A registry with a clock that the test sets, and the messages that each connection has received.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use parlour_signaling::protocol::{
    ClientMessage, LeftReason, Nonce, PeerInfo, ServerErrorCode, ServerMessage,
};
use parlour_signaling::server::Source;
use parlour_signaling::server::rooms::{
    Admission, ConnId, Inbound, Output, RegistryConfig, RoomRegistry,
};

use crate::test_messages::{hello, join, peer, proved, sealed};

/// How the registry ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Closed(Option<ServerErrorCode>),
    Dropped,
}

/// The messages that a connection has received, and its end.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) messages: Vec<ServerMessage>,
    pub(crate) ended: Option<Ended>,
}

pub(crate) struct TestRegistry {
    pub(crate) registry: RoomRegistry,
    pub(crate) now: Instant,
    pub(crate) received_by: BTreeMap<ConnId, Received>,
    /// The connections that have not joined yet.
    challenged: BTreeSet<ConnId>,
}

/// The challenge of every connection here: nothing is replayed in these scenarios.
const NONCE: Nonce = Nonce::from_bytes([1; 32]);

impl TestRegistry {
    pub(crate) fn new() -> Self {
        Self::with(RegistryConfig::default())
    }

    pub(crate) fn with(config: RegistryConfig) -> Self {
        Self {
            registry: RoomRegistry::new(config),
            now: Instant::now(),
            received_by: BTreeMap::new(),
            challenged: BTreeSet::new(),
        }
    }

    pub(crate) fn connect(&mut self) -> ConnId {
        self.connect_from(Source::InProcess).unwrap()
    }

    /// A connection from an address, unless that has begun too many.
    pub(crate) fn connect_from(&mut self, source: Source) -> Option<ConnId> {
        let (conn, displaced) = self.registry.open(self.now, source).ok()?;
        self.dispatch(displaced.into_iter().collect());
        self.registry.connect(self.now, conn);
        self.received_by.insert(conn, Received::default());
        self.challenged.insert(conn);
        Some(conn)
    }

    /// A new connection that sends this first.
    pub(crate) fn connect_with(&mut self, message: ClientMessage) -> ConnId {
        let conn = self.connect();
        self.send(conn, message);
        conn
    }

    /// Sends a message. The first join of a connection is proved, as a real connection proves it.
    pub(crate) fn send(&mut self, conn: ConnId, message: ClientMessage) {
        let inbound = match message {
            ClientMessage::Join(join) if self.challenged.remove(&conn) => {
                let admission = Admission::prove(proved(join, &NONCE), &NONCE);
                Inbound::Join(admission.unwrap())
            }
            message => Inbound::Message(message),
        };
        self.receive(conn, inbound);
    }

    pub(crate) fn receive(&mut self, conn: ConnId, incoming: Inbound) {
        let outputs = self.registry.receive(self.now, conn, incoming);
        self.dispatch(outputs);
    }

    pub(crate) fn disconnect(&mut self, conn: ConnId) {
        let outputs = self.registry.disconnect(self.now, conn);
        self.dispatch(outputs);
        self.registry.release(conn);
    }

    pub(crate) fn overflow(&mut self, conn: ConnId) {
        let outputs = self.registry.overflow(conn);
        self.dispatch(outputs);
    }

    pub(crate) fn shut_down(&mut self) {
        let outputs = self.registry.shut_down();
        self.dispatch(outputs);
    }

    /// Lets time pass, and calls the registry at its deadlines.
    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(next) = self.registry.next_deadline().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            let outputs = self.registry.handle_timeout(self.now);
            self.dispatch(outputs);
        }
        self.now = until;
    }

    /// Takes the messages that a connection has received.
    pub(crate) fn take(&mut self, conn: ConnId) -> Vec<ServerMessage> {
        std::mem::take(&mut self.received_by.get_mut(&conn).unwrap().messages)
    }

    /// Takes the only message that a connection has received.
    pub(crate) fn take_one(&mut self, conn: ConnId) -> ServerMessage {
        let mut messages = self.take(conn);
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.remove(0)
    }

    /// Takes the messages of a connection and returns the errors among them.
    pub(crate) fn take_errors(&mut self, conn: ConnId) -> Vec<ServerErrorCode> {
        let messages = self.take(conn).into_iter();
        messages
            .filter_map(|message| match message {
                ServerMessage::Error { code, fatal, .. } => {
                    assert_eq!(fatal, is_fatal(code));
                    Some(code)
                }
                _ => None,
            })
            .collect()
    }

    pub(crate) fn ended(&self, conn: ConnId) -> Option<Ended> {
        self.received_by[&conn].ended
    }

    /// Frees memory where it is full, as after every frame. Nothing waits in a send queue here.
    pub(crate) fn free_memory(&mut self) {
        if self.registry.is_memory_full() {
            let outputs = self.registry.free_memory(|_| 0);
            self.dispatch(outputs);
        }
    }

    fn dispatch(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send { to, message } => {
                    let received = self.received_by.get_mut(&to).unwrap();
                    assert_eq!(received.ended, None, "{message:?} after the end");
                    received.messages.push((*message).clone());
                }
                Output::IceServers { to, turn_for } => {
                    let received = self.received_by.get_mut(&to).unwrap();
                    received.messages.push(ice_servers(turn_for.is_some()));
                }
                Output::Close { conn, error } => self.end(conn, Ended::Closed(error)),
                Output::Drop { conn } => self.end(conn, Ended::Dropped),
            }
        }
    }

    fn end(&mut self, conn: ConnId, how: Ended) {
        let before = self.received_by.get_mut(&conn).unwrap().ended.replace(how);
        assert_eq!(before, None, "ended twice");
        self.registry.release(conn);
    }
}

/// How the harness shows ICE servers: those with TURN last for a second, others for ever.
pub(crate) fn ice_servers(with_turn: bool) -> ServerMessage {
    ServerMessage::IceServers {
        ice_servers: Vec::new(),
        ice_seconds: u64::from(with_turn),
    }
}

pub(crate) const INSTANT: Duration = Duration::from_millis(1);

pub(crate) fn info(n: u8, entered: bool, away: bool) -> PeerInfo {
    PeerInfo {
        peer: peer(n),
        hello: hello(n),
        entered,
        away,
    }
}

pub(crate) fn welcome(message: ServerMessage) -> (Vec<PeerInfo>, bool) {
    match message {
        ServerMessage::Welcome { peers, resumed, .. } => (peers, resumed),
        other => panic!("{other:?} is no welcome"),
    }
}

pub(crate) fn left(n: u8, reason: LeftReason) -> ServerMessage {
    let peer = peer(n);
    ServerMessage::PeerLeft { peer, reason }
}

pub(crate) fn joined(n: u8) -> ServerMessage {
    ServerMessage::PeerJoined {
        peer: peer(n),
        hello: hello(n),
        entered: false,
    }
}

pub(crate) fn received(from: u8, seq: u64, text: &str) -> ServerMessage {
    ServerMessage::Signal {
        from: peer(from),
        seq,
        envelope: sealed(text),
    }
}

/// The error for a signal that the mailbox refuses. It does not end the sender's connection.
pub(crate) fn signal_refused() -> ServerMessage {
    ServerMessage::Error {
        code: ServerErrorCode::MailboxFull,
        fatal: false,
        about: Some("signal".to_owned()),
    }
}

pub(crate) fn fatal(code: ServerErrorCode) -> Option<Ended> {
    Some(Ended::Closed(Some(code)))
}

/// Peers 1, 2, … in room 1, with their first messages taken.
pub(crate) fn joined_peers<const N: usize>() -> (TestRegistry, [ConnId; N]) {
    let mut server = TestRegistry::new();
    let conns = std::array::from_fn(|n| server.connect_with(join(1, n as u8 + 1)));
    for conn in conns {
        server.take(conn);
    }
    (server, conns)
}

/// The errors that end a connection, as docs/protocol.md lists them.
const fn is_fatal(code: ServerErrorCode) -> bool {
    !matches!(
        code,
        ServerErrorCode::UnknownType
            | ServerErrorCode::AlreadyJoined
            | ServerErrorCode::UnknownPeer
            | ServerErrorCode::MailboxFull
    )
}
