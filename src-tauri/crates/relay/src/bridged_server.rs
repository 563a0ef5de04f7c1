//! The server of an app, with a bridge to the relays.
//!
//! The app that hosts a room has a server already, and its bridge starts with it. The app of a guest opens both only
//! when no endpoint of the invite answers: until then no relay hears of it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parlour_signaling::client::{BoxedStream, Connecting, Resolved, Transport};
use parlour_signaling::crypto::SessionKey;
use parlour_signaling::invite::{Endpoint, Host};
use parlour_signaling::protocol::PeerId;
use parlour_signaling::server::{OriginPolicy, ServerConfig, ServerHandle};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::bridge::{BridgeConfig, BridgeStatus, RelayBridge};

/// The endpoints of the invite have this much time before relays are asked.
const HEAD_START: Duration = Duration::from_millis(400);
/// A host that returns gathers the others for this long at most before it joins its own server.
const HOST_WAIT: Duration = Duration::from_millis(1_500);
/// Bytes on their way to the own server and back.
const BUFFER_BYTES: usize = 256 * 1024;
/// Connections that the own server has not taken yet.
const MAX_CONNECTIONS: usize = 8;

/// The server of this app, with its bridge. When this is dropped, the bridge ends, and so does the server of a guest's
/// app. [`BridgedServer::close`] also tells the other bridges.
#[derive(Debug)]
pub struct BridgedServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: BridgeConfig,
    state: Mutex<State>,
    status: watch::Sender<BridgeStatus>,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    own: Option<SessionKey>,
    bridge: Option<RelayBridge>,
    /// The server of a guest's app. It has no socket: only this process connects with it.
    server: Option<(mpsc::Sender<DuplexStream>, ServerHandle)>,
    forwarder: Option<AbortOnDropHandle<()>>,
}

impl BridgedServer {
    /// For the app that hosts the room on this server.
    #[must_use]
    pub fn of_host(config: BridgeConfig, server: &ServerHandle) -> Self {
        let bridged = Self::of_guest(config);
        bridged.0.start_bridge(&mut bridged.0.lock(), server);
        bridged
    }

    /// For an app that joins. The server opens when the client dials [`BridgedServer::endpoint`] over
    /// [`BridgedServer::transport`].
    #[must_use]
    pub fn of_guest(config: BridgeConfig) -> Self {
        Self(Arc::new(Inner {
            config,
            state: Mutex::default(),
            status: watch::Sender::default(),
        }))
    }

    /// The name of the own server in the list of endpoints of a guest's client. No computer has this name.
    #[must_use]
    pub fn endpoint() -> Endpoint {
        Endpoint {
            host: Host::Name("own-server.invalid".to_owned()),
            port: 1,
            tls: false,
        }
    }

    /// The transport of this app's client. It connects [`BridgedServer::endpoint`] with the own server, and any other
    /// endpoint over `network`. With `is_only` the client has no other endpoint, and none gets a head start.
    #[must_use]
    pub fn transport(&self, network: Arc<dyn Transport>, is_only: bool) -> Arc<dyn Transport> {
        Arc::new(BridgedTransport {
            inner: Arc::clone(&self.0),
            network,
            is_only,
        })
    }

    /// The session of this app's client.
    pub fn set_own(&self, session: SessionKey) {
        let mut state = self.0.lock();
        if let Some(bridge) = &state.bridge {
            bridge.set_own(session.clone());
        }
        state.own = Some(session);
    }

    /// The page's link with a peer is up, or has been dead for a while.
    pub fn report_link(&self, peer: PeerId, is_up: bool) {
        if let Some(bridge) = &self.0.lock().bridge {
            bridge.report_link(peer, is_up);
        }
    }

    /// The network of this computer has changed.
    pub fn network_changed(&self) {
        if let Some(bridge) = &self.0.lock().bridge {
            bridge.network_changed();
        }
    }

    /// The state of the relays and the bridge. It names no relay until the bridge has started.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<BridgeStatus> {
        self.0.status.subscribe()
    }

    /// Tells the others that this app ends, within a second.
    pub async fn close(self) {
        let (bridge, server) = {
            let mut state = self.0.lock();
            state.is_closed = true;
            (state.bridge.take(), state.server.take())
        };
        if let Some(bridge) = bridge {
            bridge.close().await;
        }
        drop(server);
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_bridge(self: &Arc<Self>, state: &mut State, server: &ServerHandle) {
        let room = server.local_room(self.config.keys.room_id());
        let bridge = RelayBridge::spawn(self.config.clone(), room);
        if let Some(own) = &state.own {
            bridge.set_own(own.clone());
        }
        let mut status = bridge.status();
        let inner = Arc::downgrade(self);
        state.forwarder = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            while status.changed().await.is_ok() {
                let Some(inner) = inner.upgrade() else { return };
                inner.status.send_replace(status.borrow().clone());
            }
        })));
        state.bridge = Some(bridge);
    }

    /// Opens the own server if it is not open.
    fn open(self: &Arc<Self>) -> io::Result<mpsc::Sender<DuplexStream>> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(io::ErrorKind::NotConnected.into());
        }
        if let Some((connections, _)) = &state.server {
            return Ok(connections.clone());
        }
        let (connections, receiver) = mpsc::channel(MAX_CONNECTIONS);
        let config = ServerConfig {
            served_rooms: Some(vec![self.config.keys.room_id()]),
            origins: OriginPolicy::RefuseAll,
            ..ServerConfig::default()
        };
        let server = ServerHandle::serve(receiver, config);
        self.start_bridge(&mut state, &server);
        state.server = Some((connections.clone(), server));
        tracing::info!("the room is looked for by relays");
        Ok(connections)
    }

    async fn gathered(&self) {
        let mut status = self.status.subscribe();
        // It fails only without a sender, and `self` has it.
        let _ = status.wait_for(|status| status.has_gathered).await;
    }

    async fn connect(self: &Arc<Self>, is_only: bool) -> io::Result<BoxedStream> {
        let is_open = self.lock().server.is_some();
        if !is_only && !is_open {
            sleep(HEAD_START).await;
        }
        let connections = self.open()?;
        self.gathered().await;
        let (near, far) = duplex(BUFFER_BYTES);
        let sent = connections.send(far).await;
        sent.map_err(|_| io::Error::from(io::ErrorKind::NotConnected))?;
        Ok(Box::new(near))
    }
}

#[derive(Debug)]
struct BridgedTransport {
    inner: Arc<Inner>,
    network: Arc<dyn Transport>,
    is_only: bool,
}

impl Transport for BridgedTransport {
    fn resolve<'a>(&'a self, endpoint: &'a Endpoint) -> Resolved<'a> {
        if *endpoint == BridgedServer::endpoint() {
            let address = SocketAddr::from(([0, 0, 0, 0], endpoint.port));
            return Box::pin(std::future::ready(Ok(vec![address])));
        }
        self.network.resolve(endpoint)
    }

    fn connect<'a>(&'a self, endpoint: &'a Endpoint, address: SocketAddr) -> Connecting<'a> {
        if *endpoint == BridgedServer::endpoint() {
            return Box::pin(self.inner.connect(self.is_only));
        }
        let is_host = {
            let state = self.inner.lock();
            state.bridge.is_some() && state.server.is_none()
        };
        let waits = is_host && self.inner.config.asks;
        Box::pin(async move {
            if waits {
                // The client's first welcome then lists those who are there, so that they are no newcomers to it.
                let _ = timeout(HOST_WAIT, self.inner.gathered()).await;
            }
            self.network.connect(endpoint, address).await
        })
    }
}
