//! A signaling server that can live inside the app or in a program of its own.
//!
//! A connection is a task with a bounded queue. A task that nobody holds does not exist: dropping the
//! [`ServerHandle`] ends the listeners and all connections at once, [`ServerHandle::shutdown`] lets them say
//! good-bye before.

mod close;
mod connection;
mod ice_servers;
mod invite_page;
mod listener;
pub mod rooms;
mod send_queue;
mod shared;
mod socket;
mod upgrade;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::info;

pub use self::ice_servers::{CREDENTIAL_LIFETIME, IceConfig, IceConfigError, TurnSecret};
use self::shared::House;
use crate::protocol::limits::{
    AWAY_TIMEOUT, CLOSE_TIMEOUT, CONNECT_TIMEOUT, JOIN_TIMEOUT, MAX_CONNECTIONS, PING_INTERVAL,
    SILENCE_TIMEOUT,
};

/// How a server behaves.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The STUN and TURN servers it names.
    pub ice: IceConfig,
    /// Whether it is part of an app, and goes when that is quit.
    pub embedded: bool,
    /// How long a vanished peer's place is kept.
    pub away_timeout: Duration,
    /// How long a connection may take to join.
    pub join_timeout: Duration,
    /// How long a connection may take to become a WebSocket.
    pub handshake_timeout: Duration,
    /// How often a connection is pinged.
    pub ping_interval: Duration,
    /// How long a connection may be silent.
    pub silence_timeout: Duration,
    /// Connections at a time. As many peers again may be away.
    pub max_connections: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            ice: IceConfig::default(),
            embedded: false,
            away_timeout: AWAY_TIMEOUT,
            join_timeout: JOIN_TIMEOUT,
            handshake_timeout: CONNECT_TIMEOUT,
            ping_interval: PING_INTERVAL,
            silence_timeout: SILENCE_TIMEOUT,
            max_connections: MAX_CONNECTIONS,
        }
    }
}

/// A server that listens and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    addrs: Vec<SocketAddr>,
    config: ServerConfig,
}

impl Server {
    /// Listens on an address; port 0 takes any that is free. `[::]` means IPv4 too, where the system can.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(addr: SocketAddr, config: ServerConfig) -> io::Result<Self> {
        Self::from_listener(socket::listen(addr)?, config)
    }

    /// Serves what a listener accepts.
    ///
    /// # Errors
    /// When the listener does not know its address.
    pub fn from_listener(listener: TcpListener, config: ServerConfig) -> io::Result<Self> {
        let addrs = vec![listener.local_addr()?];
        let listeners = vec![listener];
        Ok(Self {
            listeners,
            addrs,
            config,
        })
    }

    /// Listens on one more address. All lead to the same rooms.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn also_bind(&mut self, addr: SocketAddr) -> io::Result<()> {
        let listener = socket::listen(addr)?;
        self.addrs.push(listener.local_addr()?);
        self.listeners.push(listener);
        Ok(())
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
        let (listeners, config) = (self.listeners, self.config);
        info!(listeners = self.addrs.len(), "server started");
        let next = move |cx: &mut Context<'_>| listener::accept(&listeners, cx);
        ServerHandle::new(self.addrs, next, config)
    }
}

/// A server that runs. Dropping it ends everything at once.
#[derive(Debug)]
pub struct ServerHandle {
    addrs: Vec<SocketAddr>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl ServerHandle {
    fn new<S>(
        addrs: Vec<SocketAddr>,
        next: impl FnMut(&mut Context<'_>) -> Poll<io::Result<S>> + Send + 'static,
        config: ServerConfig,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stop = CancellationToken::new();
        let house = Arc::new(House::new(config));
        let task = tokio::spawn(listener::run(next, house, stop.clone()));
        Self { addrs, stop, task }
    }

    /// Serves connections that somebody else accepts. It has no address.
    #[must_use]
    pub fn over<S>(mut connections: mpsc::Receiver<S>, config: ServerConfig) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let next = move |cx: &mut Context<'_>| match connections.poll_recv(cx) {
            Poll::Ready(Some(stream)) => Poll::Ready(Ok(stream)),
            // No more are coming: those that are there are served on.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        };
        Self::new(Vec::new(), next, config)
    }

    /// The first address it listens on.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    /// Stops listening, tells every connection, and waits until they are closed, but not for ever.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        // The connections are bounded by the same time; what is left after it is cut.
        if tokio::time::timeout(2 * CLOSE_TIMEOUT, &mut self.task)
            .await
            .is_ok()
        {
            info!("server stopped");
        }
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}
