//! The listener, its connections and the one page that may use the commands.

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
use super::auth::origin::OwnAddress;
use super::auth::peer_uid;
use super::auth::token::Credentials;
use super::ipc::{self, Dispatch, SECOND_PAGE};
use super::page::PageSender;
use super::router::handle_request;
use crate::engine::event::EngineEvent;

/// How long a reloaded page waits for the socket of the page before it to end.
const PAGE_SLOT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// A browser opens six connections to a host, and one for the socket.
const MAX_CONNECTIONS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// The pause after a failed accept, so that a lack of file descriptors does not cause a busy loop.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

pub struct LoopbackConfig {
    pub assets: Arc<dyn Assets>,
    pub dispatch: Arc<dyn Dispatch>,
    /// The commands that the page may call.
    pub commands: &'static [&'static str],
    /// Receives an event for each page that attaches or goes.
    pub events: mpsc::Sender<EngineEvent>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoopbackState {
    /// Number of launch tokens that were exchanged for a session.
    pub sessions: u64,
    /// Number of pages that have held the socket, the present one included.
    pub pages: u64,
    /// The page that holds the socket.
    pub page: Option<u64>,
}

/// A running server. Dropping it ends everything at once; [`LoopbackServer::close`] lets the page read what was sent.
pub struct LoopbackServer {
    inner: Arc<Inner>,
    _end: DropGuard,
}

pub(super) struct Inner {
    pub(super) own: OwnAddress,
    pub(super) assets: Arc<dyn Assets>,
    dispatch: Arc<dyn Dispatch>,
    commands: &'static [&'static str],
    credentials: Mutex<Credentials>,
    sender: PageSender,
    page_slot: Semaphore,
    pages: AtomicU64,
    events: mpsc::Sender<EngineEvent>,
    state: watch::Sender<LoopbackState>,
    tasks: TaskTracker,
    /// Cancelled first: no new connection is accepted, and the page's socket is closed gracefully.
    closing: CancellationToken,
    /// Cancelled last: every task that is left is dropped.
    end: CancellationToken,
}

impl LoopbackServer {
    /// Fails when the listener is not bound to 127.0.0.1.
    pub fn open(listener: TcpListener, config: LoopbackConfig) -> io::Result<Self> {
        let address = listener.local_addr()?;
        if address.ip() != Ipv4Addr::LOCALHOST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the loopback server needs a listener on 127.0.0.1",
            ));
        }
        let end = CancellationToken::new();
        let inner = Arc::new(Inner {
            own: OwnAddress::new(address.port()),
            assets: config.assets,
            dispatch: config.dispatch,
            commands: config.commands,
            credentials: Mutex::default(),
            sender: PageSender::default(),
            page_slot: Semaphore::new(1),
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

    /// The address that admits one browser, once and within [`TOKEN_LIFETIME`](super::TOKEN_LIFETIME). The address before
    /// it becomes void.
    pub fn launch_url(&self) -> io::Result<Zeroizing<String>> {
        let token = self
            .inner
            .credentials()
            .issue_launch_token(tokio::time::Instant::now())
            .map_err(io::Error::other)?;
        let url = format!("{}/#{}", self.inner.own.origin, *token);
        Ok(Zeroizing::new(url))
    }

    #[must_use]
    pub fn sender(&self) -> PageSender {
        self.inner.sender.clone()
    }

    #[must_use]
    pub fn state(&self) -> watch::Receiver<LoopbackState> {
        self.inner.state.subscribe()
    }

    /// Lets the page read what was sent to it, closes its socket, and ends all tasks within [`CLOSE_TIMEOUT`].
    pub async fn close(self) {
        self.inner.closing.cancel();
        self.inner.tasks.close();
        let ended = tokio::time::timeout(CLOSE_TIMEOUT, self.inner.tasks.wait()).await;
        if ended.is_err() {
            tracing::debug!("the page did not close its socket in time");
        }
    }
}

impl Inner {
    pub(super) fn credentials(&self) -> MutexGuard<'_, Credentials> {
        self.credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count_session(&self) {
        self.state.send_modify(|state| state.sessions += 1);
    }

    /// Publishes the attached page and sends the event, waiting while the owner is busy.
    async fn set_page(&self, page: Option<u64>, event: EngineEvent) {
        self.state.send_modify(|state| {
            state.pages = state.pages.max(page.unwrap_or_default());
            state.page = page;
        });
        // An error means that the owner has dropped its receiver.
        let _ = self.events.send(event).await;
    }

    /// Spawns a task that is dropped with the server.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let end = self.end.clone();
        self.tasks
            .spawn(async move { end.run_until_cancelled(task).await });
    }

    async fn accept(self: Arc<Self>, listener: TcpListener, address: SocketAddr) {
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                () = self.closing.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Ok(permit) = connections.clone().try_acquire_owned() else {
                        tracing::debug!("too many connections to the loopback server");
                        continue;
                    };
                    let connection = self.clone().connection(stream, peer, address);
                    self.spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the loopback server cannot accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, server: SocketAddr) {
        let own = tokio::task::spawn_blocking(move || peer_uid::is_own(peer, server)).await;
        if !matches!(own, Ok(true)) {
            tracing::debug!("a connection of another user of this computer is refused");
            return;
        }
        // Otherwise small frames wait for acknowledgements. An error only makes them slow.
        let _ = stream.set_nodelay(true);
        let router = Router::new()
            .fallback(handle_request)
            .with_state(self.clone());
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
            tracing::trace!(%error, "a connection to the loopback server failed");
        }
    }

    /// Serves one page until its socket ends.
    pub(super) async fn serve_page(self: Arc<Self>, socket: WebSocket) {
        let serving = async {
            let Ok(Ok(_slot)) =
                tokio::time::timeout(PAGE_SLOT_TIMEOUT, self.page_slot.acquire()).await
            else {
                return ipc::close(socket, SECOND_PAGE, "second page").await;
            };
            let page = self.pages.fetch_add(1, Ordering::Relaxed) + 1;
            let frames = self.sender.attach(page);
            self.set_page(Some(page), EngineEvent::PageAttached { page })
                .await;
            ipc::serve(
                socket,
                frames,
                &*self.dispatch,
                self.commands,
                &self.closing,
            )
            .await;
            self.set_page(None, EngineEvent::PageGone { page }).await;
        };
        self.tasks
            .track_future(self.end.run_until_cancelled(serving))
            .await;
    }
}
