//! A hall with a clock that the test turns, and a tray for each connection.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parlour_signaling::protocol::{ClientMessage, ServerErrorCode, ServerMessage};
use parlour_signaling::server::rooms::{ConnId, Inbound, Output, RegistryConfig, RoomRegistry};

/// How a connection was ended by the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Closed(Option<ServerErrorCode>),
    Dropped,
}

/// What has been sent to a connection.
#[derive(Debug, Default)]
pub(crate) struct Tray {
    pub(crate) messages: Vec<ServerMessage>,
    pub(crate) ended: Option<Ended>,
}

pub(crate) struct Stage {
    pub(crate) registry: RoomRegistry,
    pub(crate) now: Instant,
    pub(crate) trays: BTreeMap<ConnId, Tray>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self {
            registry: RoomRegistry::new(RegistryConfig::default()),
            now: Instant::now(),
            trays: BTreeMap::new(),
        }
    }

    pub(crate) fn connect(&mut self) -> ConnId {
        let conn = self.registry.connect(self.now);
        self.trays.insert(conn, Tray::default());
        conn
    }

    /// A new connection that says this first.
    pub(crate) fn connect_with(&mut self, message: ClientMessage) -> ConnId {
        let conn = self.connect();
        self.say(conn, message);
        conn
    }

    pub(crate) fn say(&mut self, conn: ConnId, message: ClientMessage) {
        self.receive(conn, Inbound::Message(message));
    }

    pub(crate) fn receive(&mut self, conn: ConnId, incoming: Inbound) {
        let outputs = self.registry.receive(self.now, conn, incoming);
        self.sort(outputs);
    }

    pub(crate) fn disconnect(&mut self, conn: ConnId) {
        let outputs = self.registry.disconnect(self.now, conn);
        self.sort(outputs);
    }

    pub(crate) fn overflow(&mut self, conn: ConnId) {
        let outputs = self.registry.overflow(conn);
        self.sort(outputs);
    }

    pub(crate) fn shut_down(&mut self) {
        let outputs = self.registry.shut_down();
        self.sort(outputs);
    }

    /// Time passes, with a tick whenever the hall wants one.
    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(next) = self.registry.next_deadline().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            let outputs = self.registry.handle_timeout(self.now);
            self.sort(outputs);
        }
        self.now = until;
    }

    /// Takes what has been sent to a connection.
    pub(crate) fn take(&mut self, conn: ConnId) -> Vec<ServerMessage> {
        std::mem::take(&mut self.trays.get_mut(&conn).unwrap().messages)
    }

    /// Takes it, and it is one.
    pub(crate) fn take_one(&mut self, conn: ConnId) -> ServerMessage {
        let mut messages = self.take(conn);
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.remove(0)
    }

    /// Takes the errors that have been sent to a connection.
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
        self.trays[&conn].ended
    }

    fn sort(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send { to, message } => {
                    let tray = self.trays.get_mut(&to).unwrap();
                    assert_eq!(tray.ended, None, "{message:?} after the end");
                    tray.messages.push((*message).clone());
                }
                Output::Close { conn, error } => self.end(conn, Ended::Closed(error)),
                Output::Drop { conn } => self.end(conn, Ended::Dropped),
            }
        }
    }

    fn end(&mut self, conn: ConnId, how: Ended) {
        let before = self.trays.get_mut(&conn).unwrap().ended.replace(how);
        assert_eq!(before, None, "ended twice");
    }
}

/// The errors that end a connection, as docs/protocol.md lists them.
const fn is_fatal(code: ServerErrorCode) -> bool {
    !matches!(
        code,
        ServerErrorCode::UnknownType
            | ServerErrorCode::AlreadyJoined
            | ServerErrorCode::UnknownPeer
    )
}
