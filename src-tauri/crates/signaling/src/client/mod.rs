//! The client of a room. It keeps one connection to the endpoint that answers first, and connects again when that
//! connection is lost.
//!
//! [`RoomClient`] is a handle of a task, which joins socket, clock and channels. The decisions are made by pure
//! modules: [`membership`] knows who is in the room, [`backoff`] when to try again, the send queue what still has to
//! be sent, the send rate how fast. A [`Socket`] carries the frames: this program's own, or a browser's for a web page.

pub mod backoff;
mod command;
mod connection;
#[cfg(feature = "net")]
mod connector;
#[cfg(not(feature = "net"))]
#[path = "browser/connector.rs"]
mod connector;
#[cfg(feature = "net")]
mod dial_error;
#[cfg(not(feature = "net"))]
#[path = "browser/dial_error.rs"]
mod dial_error;
mod endpoints;
mod error;
mod event;
pub mod membership;
#[cfg(feature = "net")]
mod proxy;
mod race;
mod send_queue;
mod send_rate;
mod server_access;
mod server_fault;
mod socket;
mod task;
#[cfg(feature = "net")]
mod tungstenite_socket;
#[cfg(not(feature = "net"))]
#[path = "browser/web_socket.rs"]
mod web_socket;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, mpsc, oneshot};

pub use self::backoff::RetryPolicy;
use self::command::Command;
use self::connector::Connector;
#[cfg(feature = "net")]
pub use self::connector::{
    BoxedStream, ByteStream, Connecting, Resolved, TcpTransport, Transport, WebSocket,
    WebSocketDialer, test_server,
};
#[cfg(not(feature = "net"))]
pub use self::connector::{OpenError, Opening, SocketOpener};
pub use self::error::SignalError;
pub use self::event::{FailReason, Member, Presence, Role, RoomEvent};
use self::membership::Membership;
#[cfg(feature = "net")]
pub use self::proxy::uses_proxy;
pub use self::server_access::ServerAccess;
pub use self::server_fault::ServerFault;
pub use self::socket::{BoxedSocket, Incoming, Outgoing, Socket, SocketError};
use self::task::Task;
#[cfg(feature = "net")]
pub use self::tungstenite_socket::Pings;
use crate::crypto::{RoomSecret, SessionKey};
use crate::invite::Endpoint;
use crate::protocol::{PeerId, Sealed};
use crate::runtime::{AbortOnDropHandle, spawn, timeout};

/// Events that wait for the reader. While they do, the socket is not read.
const MAX_UNREAD_EVENTS: usize = 256;
const MAX_WAITING_COMMANDS: usize = 64;
/// How long [`RoomClient::leave`] waits for the server to be told.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// The room to join, and how.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Where the room's server may be reached. All are tried together.
    pub endpoints: Vec<Endpoint>,
    /// The secret of the room.
    pub secret: RoomSecret,
    /// Our id in the room before the app crashed. The others then need not wait for that peer.
    pub previous_peer_id: Option<PeerId>,
    /// Our name in the lobby. [`RoomClient::enter`] may change it.
    pub name: String,
    /// Whether we are a guest: a web page and not the app. The members are told.
    pub guest: bool,
    /// When to try again.
    pub retry: RetryPolicy,
    /// The access that lets us start the room, where a server asks for it.
    pub access: ServerAccess,
}

/// One session in one room, under one peer id. Dropping it ends its task at once and tells the server nothing: the
/// others see us away, then lost. [`RoomClient::leave`] tells them.
#[derive(Debug)]
pub struct RoomClient {
    peer_id: PeerId,
    session: SessionKey,
    commands: mpsc::Sender<Command>,
    reconnect: Arc<Notify>,
    _task: AbortOnDropHandle<()>,
}

impl RoomClient {
    /// Starts to join under a new peer id. Call it inside a Tokio runtime, or in a browser.
    #[must_use]
    pub fn spawn(config: ClientConfig) -> (Self, mpsc::Receiver<RoomEvent>) {
        Self::start(config, Connector::default())
    }

    /// As [`RoomClient::spawn`], over connections that `transport` makes.
    #[cfg(feature = "net")]
    #[must_use]
    pub fn spawn_with_transport(
        config: ClientConfig,
        transport: Arc<dyn Transport>,
    ) -> (Self, mpsc::Receiver<RoomEvent>) {
        Self::start(config, Connector::new(transport))
    }

    /// As [`RoomClient::spawn`], over the WebSockets that `opener` opens.
    #[cfg(not(feature = "net"))]
    #[must_use]
    pub fn spawn_with_opener(
        config: ClientConfig,
        opener: Box<dyn SocketOpener>,
    ) -> (Self, mpsc::Receiver<RoomEvent>) {
        Self::start(config, Connector::new(opener))
    }

    fn start(config: ClientConfig, connector: Connector) -> (Self, mpsc::Receiver<RoomEvent>) {
        let session = SessionKey::random();
        let membership = Membership::new(&config.secret, session.clone())
            .with_previous_peer_id(config.previous_peer_id)
            .with_guest(config.guest);
        let (peer_id, room) = (membership.peer_id(), membership.room_id());
        let (commands, command_receiver) = mpsc::channel(MAX_WAITING_COMMANDS);
        let (event_sender, events) = mpsc::channel(MAX_UNREAD_EVENTS);
        let reconnect = Arc::new(Notify::new());
        let task = Task::new(
            config,
            membership,
            command_receiver,
            event_sender,
            Arc::clone(&reconnect),
            connector.for_room(&room),
        );
        let client = Self {
            peer_id,
            session,
            commands,
            reconnect,
            _task: AbortOnDropHandle::new(spawn(task.run())),
        };
        (client, events)
    }

    /// Our peer id.
    #[must_use]
    pub const fn peer_id(&self) -> PeerId {
        self.peer_id
    }

    /// Our keys, for code of the same app that signs for us where no server challenges us.
    #[must_use]
    pub const fn session_key(&self) -> &SessionKey {
        &self.session
    }

    /// Enters the room from the lobby, under that name. It also holds for every later join of this client. A second
    /// call changes the name.
    ///
    /// # Errors
    /// [`SignalError::Closed`].
    pub async fn enter(&self, name: String) -> Result<(), SignalError> {
        let sent = self.commands.send(Command::Enter { name }).await;
        sent.map_err(|_| SignalError::Closed)
    }

    /// Seals a signal for a member and sends it, now or when the connection is back. It arrives once, unless the
    /// member leaves. With a `number` from [`RoomClient::seal_signal`] it is the same signal again: the member takes
    /// it once, whichever copy arrives first.
    ///
    /// # Errors
    /// [`SignalError::UnknownPeer`], [`SignalError::TooLarge`], [`SignalError::UnknownNumber`],
    /// [`SignalError::QueueFull`] and [`SignalError::Closed`].
    pub async fn send_signal(
        &self,
        to: PeerId,
        signal: Value,
        number: Option<u64>,
    ) -> Result<(), SignalError> {
        self.request(|reply| Command::SendSignal {
            to,
            signal,
            number,
            reply,
        })
        .await
    }

    /// Seals a signal for a member, to be delivered without the server, and returns its number. Needs no connection.
    /// With a `number` it is a signal that was sealed or sent before.
    ///
    /// # Errors
    /// [`SignalError::UnknownPeer`], [`SignalError::TooLarge`], [`SignalError::UnknownNumber`] and
    /// [`SignalError::Closed`].
    pub async fn seal_signal(
        &self,
        to: PeerId,
        signal: Value,
        number: Option<u64>,
    ) -> Result<(u64, Sealed), SignalError> {
        self.request(|reply| Command::SealSignal {
            to,
            signal,
            number,
            reply,
        })
        .await
    }

    /// Opens an envelope that a member has delivered without the server. Returns the signal, or nothing when the signal
    /// has arrived before, on either way.
    ///
    /// # Errors
    /// [`SignalError::UnknownPeer`], [`SignalError::NotOpened`], [`SignalError::RateLimited`] and
    /// [`SignalError::Closed`].
    pub async fn open_signal(
        &self,
        from: PeerId,
        envelope: Sealed,
    ) -> Result<Option<Value>, SignalError> {
        self.request(|reply| Command::OpenSignal {
            from,
            envelope,
            reply,
        })
        .await
    }

    async fn request<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, SignalError>>) -> Command,
    ) -> Result<T, SignalError> {
        let (reply, replied) = oneshot::channel();
        let sent = self.commands.send(command(reply)).await;
        sent.map_err(|_| SignalError::Closed)?;
        replied.await.unwrap_or(Err(SignalError::Closed))
    }

    /// Tells the client that the network has changed or the machine has woken up. It asks the connection for a sign
    /// of life and does not wait out a pause between attempts.
    pub fn reconnect_now(&self) {
        self.reconnect.notify_one();
    }

    /// Tells the server that we leave and closes the connection, within two seconds. The client is of no use after it.
    pub async fn leave(&self) {
        let left = async {
            if self.commands.send(Command::Leave).await.is_ok() {
                self.commands.closed().await;
            }
        };
        let _ = timeout(LEAVE_TIMEOUT, left).await;
    }
}
