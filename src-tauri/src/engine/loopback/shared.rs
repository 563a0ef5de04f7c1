//! The state that the listener and the router share, and the one page that may use the commands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::WebSocket;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::assets::Assets;
use super::auth::credentials::{Admission, Credentials};
use super::auth::origin::OwnAddress;
use super::handshake::{self, UNPROVED};
use super::ipc::{self, Dispatch, SECOND_PAGE};
use super::page::PageSender;
use crate::engine::event::EngineEvent;

/// How long a reloaded page waits for the socket of the page before it to end.
const PAGE_SLOT_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoopbackState {
    /// Number of launch tokens with which a session began.
    pub sessions: u64,
    /// Number of pages that have held the socket, the present one included.
    pub pages: u64,
    /// The page that holds the socket.
    pub page: Option<u64>,
}

pub(super) struct Shared {
    pub(super) own: OwnAddress,
    pub(super) assets: Arc<dyn Assets>,
    pub(super) dispatch: Arc<dyn Dispatch>,
    pub(super) commands: &'static [&'static str],
    pub(super) credentials: Mutex<Credentials>,
    pub(super) sender: PageSender,
    pub(super) page_slot: Semaphore,
    pub(super) pages: AtomicU64,
    pub(super) events: mpsc::Sender<EngineEvent>,
    pub(super) state: watch::Sender<LoopbackState>,
    pub(super) tasks: TaskTracker,
    /// Cancelled first: no new connection is accepted, and the page's socket is closed gracefully.
    pub(super) closing: CancellationToken,
    /// Cancelled last: every task that is left is dropped.
    pub(super) end: CancellationToken,
}

impl Shared {
    pub(super) fn credentials(&self) -> MutexGuard<'_, Credentials> {
        self.credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn count_session(&self) {
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
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let end = self.end.clone();
        self.tasks
            .spawn(async move { end.run_until_cancelled(task).await });
    }

    /// Serves one page until its socket ends.
    pub(super) async fn serve_page(self: Arc<Self>, mut socket: WebSocket) {
        let serving = async {
            let handshake = handshake::admit(&mut socket, &self);
            match self.closing.run_until_cancelled(handshake).await {
                Some(Some(Admission::NewSession)) => self.count_session(),
                Some(Some(Admission::SameSession)) => {}
                Some(None) | None => return ipc::close(socket, UNPROVED, "").await,
            }
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
