//! A signaling server that runs inside the app or as a program of its own.
//!
//! A connection is a task with a bounded send queue. Every task has an owner: dropping the [`ServerHandle`] ends the
//! listeners and all connections at once, [`ServerHandle::shutdown`] tells the clients before.

mod access;
mod budgets;
mod close;
mod connection;
#[cfg(feature = "front")]
mod front;
mod ice_servers;
mod introduced_peer;
mod invite_page;
mod listener;
mod local_room;
mod metrics;
mod monitor;
mod request;
pub mod rooms;
mod send_queue;
mod shared;
mod upgrade;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::info;

pub use self::access::RoomAccess;
pub use self::budgets::{BudgetConfig, BudgetLimits, Rate, RatePerMinute, Refusal, Source, Usage};
#[cfg(feature = "front")]
pub use self::front::{Door, Front, FrontSocket, InvitePage, Reply};
pub use self::ice_servers::{IceConfig, IceConfigError, TurnSecret};
pub use self::introduced_peer::IntroducedPeer;
use self::listener::{Accepted, StunReceiver};
pub use self::listener::{DuplexStream, RelaySocket, ServedAddresses, StunStream};
pub use self::local_room::LocalRoom;
pub use self::monitor::Monitor;
pub use self::request::{Network, NetworkError, OriginPolicy};
use self::rooms::Introduction;
use self::shared::Shared;
use crate::protocol::RoomId;
use crate::protocol::limits::{
    AWAY_TIMEOUT, CLOSE_TIMEOUT, CONNECT_TIMEOUT, JOIN_TIMEOUT, SERVER_PING_INTERVAL,
    SILENCE_TIMEOUT, STRANGER_AWAY_TIMEOUT,
};

/// How a server behaves.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The STUN and TURN servers that it names.
    pub ice: IceConfig,
    /// The access check for starting a room. Everybody may, unless it is set.
    pub access: Option<RoomAccess>,
    /// Whether it is part of an app and ends with that app.
    pub embedded: bool,
    /// How long the place of a vanished peer is kept.
    pub away_timeout: Duration,
    /// The same for a peer that has not exchanged a signal with anybody, if that is shorter.
    pub stranger_away_timeout: Duration,
    /// How long a connection may take to join.
    pub join_timeout: Duration,
    /// How long a connection may take to become a WebSocket.
    pub handshake_timeout: Duration,
    /// How long a connection may be silent before it is pinged. An idle one may be so five times as long.
    pub ping_interval: Duration,
    /// How long a connection that is not idle may be silent.
    pub silence_timeout: Duration,
    /// The time over which rooms are told that the server goes down, when it has as many connections as it may. With
    /// fewer it is shorter, in proportion.
    pub drain_spread: Duration,
    /// The bounds of each address, and of all together.
    pub budgets: BudgetConfig,
    /// The rooms that may be joined; all when there is no list. An embedded server serves its own and no other.
    pub served_rooms: Option<Vec<RoomId>>,
    /// The web pages that may connect.
    pub origins: OriginPolicy,
    /// Proxies whose word about a client's address is taken.
    pub trusted_proxies: Vec<Network>,
    /// Takes the WebSockets at the paths of a relay, `/relay` and `/`. Without it there is nothing at these paths.
    pub relay: Option<mpsc::Sender<RelaySocket>>,
    /// Speaks TLS and HTTP for the server. Without it the server answers plain requests itself.
    #[cfg(feature = "front")]
    pub front: Option<Arc<dyn Front>>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            ice: IceConfig::default(),
            access: None,
            embedded: false,
            away_timeout: AWAY_TIMEOUT,
            stranger_away_timeout: STRANGER_AWAY_TIMEOUT,
            join_timeout: JOIN_TIMEOUT,
            handshake_timeout: CONNECT_TIMEOUT,
            ping_interval: SERVER_PING_INTERVAL,
            silence_timeout: SILENCE_TIMEOUT,
            drain_spread: Duration::ZERO,
            budgets: BudgetConfig::default(),
            served_rooms: None,
            origins: OriginPolicy::RefuseAll,
            trusted_proxies: Vec::new(),
            relay: None,
            #[cfg(feature = "front")]
            front: None,
        }
    }
}

/// A server that listens but does not serve yet.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    addrs: Vec<SocketAddr>,
    served: Option<ServedAddresses>,
    config: ServerConfig,
}

impl Server {
    /// Listens on an address. Port 0 takes any free port. `[::]` includes IPv4 where the system can.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(addr: SocketAddr, config: ServerConfig) -> io::Result<Self> {
        let listener = listener::listen(addr)?;
        let addrs = vec![listener.local_addr()?];
        let listeners = vec![listener];
        Ok(Self {
            listeners,
            addrs,
            served: None,
            config,
        })
    }

    /// Listens on one more address. All addresses lead to the same rooms.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn also_bind(&mut self, addr: SocketAddr) -> io::Result<()> {
        let listener = listener::listen(addr)?;
        self.addrs.push(listener.local_addr()?);
        self.listeners.push(listener);
        Ok(())
    }

    /// Serves only connections to these addresses of this computer, which may change meanwhile, and to its loopback
    /// addresses.
    pub fn serve_only_at(&mut self, addresses: ServedAddresses) {
        self.served = Some(addresses);
    }

    /// The first address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    /// All addresses it listens on.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// Serves until the handle is shut down or dropped.
    #[must_use]
    pub fn start(self) -> ServerHandle {
        let (listeners, served, config) = (self.listeners, self.served, self.config);
        info!(listeners = self.addrs.len(), "server started");
        let accept = move |cx: &mut Context<'_>| listener::accept(&listeners, served.as_ref(), cx);
        ServerHandle::new(self.addrs, accept, config)
    }
}

/// A running server. Dropping it ends everything at once.
#[derive(Debug)]
pub struct ServerHandle {
    addrs: Vec<SocketAddr>,
    shared: Arc<Shared>,
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl ServerHandle {
    fn new<S>(
        addrs: Vec<SocketAddr>,
        accept: impl FnMut(&mut Context<'_>) -> Poll<io::Result<Accepted<S>>> + Send + 'static,
        config: ServerConfig,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared::new(config));
        let task = tokio::spawn(listener::run(accept, Arc::clone(&shared), stop.clone()));
        let task = AbortOnDropHandle::new(task);
        Self {
            addrs,
            shared,
            stop,
            task,
        }
    }

    /// Serves connections that the caller accepts. The server has no address.
    #[must_use]
    pub fn serve<S>(mut connections: mpsc::Receiver<S>, config: ServerConfig) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let accept = move |cx: &mut Context<'_>| match connections.poll_recv(cx) {
            Poll::Ready(Some(stream)) => Poll::Ready(Ok(Accepted { stream, from: None })),
            // No more connections come, and those that are open are served on.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        };
        Self::new(Vec::new(), accept, config)
    }

    /// The first address it listens on.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    /// Gives a peer a place that has no connection to this server. The caller has checked that the peer is who it says,
    /// for example by a [`SignedHello`](crate::crypto::SignedHello). The place of a peer that has proved itself is not
    /// given away.
    #[must_use]
    pub fn introduce(&self, introduction: Introduction) -> IntroducedPeer {
        IntroducedPeer::new(&self.shared, introduction)
    }

    /// A room for code of the same process: who is there, and places for peers that it reaches in another way.
    #[must_use]
    pub fn local_room(&self, room: RoomId) -> LocalRoom {
        LocalRoom::new(&self.shared, room)
    }

    /// Passes the streams of STUN and TURN on that come to this server's port, from now on. Without a receiver they are
    /// answered as wrong requests. The receiver does not wait. The first call counts.
    pub fn pass_stun_to(&self, receiver: impl Fn(StunStream) + Send + Sync + 'static) {
        let _ = self.shared.stun.set(StunReceiver(Box::new(receiver)));
    }

    /// The counters and the present load, while the server runs.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        Monitor::new(&self.shared)
    }

    /// Ends the server. It is not ready from now on, and opens no more WebSockets. Tells every client, one room after
    /// the other, then stops listening, and waits until the connections are closed, for at most four seconds more than
    /// [`ServerConfig::drain_spread`].
    pub async fn shutdown(mut self) {
        self.shared.begin_drain();
        self.stop.cancel();
        // The connections close within the same time. Those that are still open after it are dropped.
        let limit = 2 * CLOSE_TIMEOUT + self.shared.config.drain_spread;
        if tokio::time::timeout(limit, &mut self.task).await.is_ok() {
            info!("server stopped");
        }
    }
}
