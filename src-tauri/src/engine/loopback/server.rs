//! The listener, its connections and its one page, all owned by [`Door`].

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocket;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::assets::Assets;
use super::auth::origin::Own;
use super::auth::peer_uid as uid;
use super::auth::token::Keys;
use super::ipc::{self, Dispatch, SECOND_PAGE};
use super::page::PageSender;
use super::router::respond;
use crate::engine::event::EngineEvent;

/// How long a page that is loaded anew waits for the end of the one before.
const SEAT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection may take to say what it wants.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long closing may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Connections at a time; a browser opens six to a host, and one for the socket.
const MAX_CONNECTIONS: usize = 64;
/// Bytes of the largest request head.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// The pause after a failed accept, so that a lack of file descriptors is no busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the door serves and to what it leads.
pub struct DoorConfig {
    /// The UI's files.
    pub assets: Arc<dyn Assets>,
    /// The app's commands.
    pub dispatch: Arc<dyn Dispatch>,
    /// The names of those that the page may call.
    pub commands: &'static [&'static str],
    /// Hears of each page that comes and goes.
    pub events: mpsc::Sender<EngineEvent>,
}

/// How things stand at the door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoorState {
    /// Launch tokens that were exchanged for a session.
    pub sessions: u64,
    /// Pages that have held the socket, the present one included.
    pub pages: u64,
    /// The page that holds the socket.
    pub page: Option<u64>,
}

/// The open door. Dropping it ends everything at once; [`Door::close`] lets the page know.
pub struct Door {
    inner: Arc<Inner>,
    _end: DropGuard,
}

pub(super) struct Inner {
    pub(super) own: Own,
    pub(super) assets: Arc<dyn Assets>,
    dispatch: Arc<dyn Dispatch>,
    commands: &'static [&'static str],
    // A plain mutex, never held across an await: it guards a comparison.
    keys: Mutex<Keys>,
    sender: PageSender,
    seat: Semaphore,
    pages: AtomicU64,
    events: mpsc::Sender<EngineEvent>,
    state: watch::Sender<DoorState>,
    tasks: TaskTracker,
    /// Cancelled first: pages are told.
    closing: CancellationToken,
    /// Cancelled last: whatever is still there is dropped.
    end: CancellationToken,
}

impl Door {
    /// Opens the door on a listener that is bound to 127.0.0.1.
    pub fn open(listener: TcpListener, config: DoorConfig) -> io::Result<Self> {
        let address = listener.local_addr()?;
        if address.ip() != Ipv4Addr::LOCALHOST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the door opens on 127.0.0.1 only",
            ));
        }
        let end = CancellationToken::new();
        let inner = Arc::new(Inner {
            own: Own::new(address.port()),
            assets: config.assets,
            dispatch: config.dispatch,
            commands: config.commands,
            keys: Mutex::default(),
            sender: PageSender::default(),
            seat: Semaphore::new(1),
            pages: AtomicU64::new(0),
            events: config.events,
            state: watch::Sender::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            end: end.clone(),
        });
        inner.spawn(inner.clone().accept(listener, address));
        Ok(Self {
            inner,
            _end: end.drop_guard(),
        })
    }

    /// The address that lets one browser in, once and soon. The one before it is void.
    pub fn launch_url(&self) -> io::Result<Zeroizing<String>> {
        let token = self
            .inner
            .keys()
            .launch(tokio::time::Instant::now())
            .map_err(io::Error::other)?;
        let url = format!("{}/#{}", self.inner.own.origin, *token);
        Ok(Zeroizing::new(url))
    }

    /// The way to the page.
    #[must_use]
    pub fn sender(&self) -> PageSender {
        self.inner.sender.clone()
    }

    /// How things stand, now and later.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<DoorState> {
        self.inner.state.subscribe()
    }

    /// Lets the page have what was sent to it, closes its socket, and ends all tasks within a bound.
    pub async fn close(self) {
        self.inner.closing.cancel();
        self.inner.tasks.close();
        let ended = tokio::time::timeout(CLOSE_TIMEOUT, self.inner.tasks.wait()).await;
        if ended.is_err() {
            tracing::debug!("the page did not take its leave in time");
        }
    }
}

impl Inner {
    pub(super) fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session has begun.
    pub(super) fn begun(&self) {
        self.state.send_modify(|state| state.sessions += 1);
    }

    /// Tells the owner, waiting while it is busy. One that dropped its end wants to hear nothing.
    async fn tell(&self, page: Option<u64>, event: EngineEvent) {
        self.state.send_modify(|state| {
            state.pages = state.pages.max(page.unwrap_or_default());
            state.page = page;
        });
        let _ = self.events.send(event).await;
    }

    /// A task of the door: it is dropped when the door is.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let end = self.end.clone();
        self.tasks
            .spawn(async move { end.run_until_cancelled(task).await });
    }

    async fn accept(self: Arc<Self>, listener: TcpListener, address: SocketAddr) {
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                () = self.closing.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Ok(permit) = room.clone().try_acquire_owned() else {
                        tracing::debug!("too many connections at the door");
                        continue;
                    };
                    let connection = self.clone().connection(stream, peer, address);
                    self.spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the door cannot accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, door: SocketAddr) {
        let own = tokio::task::spawn_blocking(move || uid::is_own(peer, door)).await;
        if !matches!(own, Ok(true)) {
            tracing::debug!("another user of this computer knocked at the door");
            return;
        }
        // Without it small frames wait for acknowledgements; failing to set it costs only that.
        let _ = stream.set_nodelay(true);
        let router = Router::new().fallback(respond).with_state(self.clone());
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.closing.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::trace!(%error, "a connection at the door ended");
        }
    }

    /// One page's whole time at the socket.
    pub(super) async fn page(self: Arc<Self>, socket: WebSocket) {
        let stay = async {
            let Ok(Ok(_seat)) = tokio::time::timeout(SEAT_TIMEOUT, self.seat.acquire()).await
            else {
                return ipc::close(socket, SECOND_PAGE, "second page").await;
            };
            let page = self.pages.fetch_add(1, Ordering::Relaxed) + 1;
            let frames = self.sender.attach(page);
            self.tell(Some(page), EngineEvent::PageAttached { page })
                .await;
            ipc::serve(
                socket,
                frames,
                &*self.dispatch,
                self.commands,
                &self.closing,
            )
            .await;
            self.tell(None, EngineEvent::PageGone { page }).await;
        };
        self.tasks
            .track_future(self.end.run_until_cancelled(stay))
            .await;
    }
}
