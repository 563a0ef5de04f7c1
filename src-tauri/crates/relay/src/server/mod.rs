//! A small relay: it passes ephemeral events on to subscribers, and keeps none (a subset of NIP-01: `EVENT`, `REQ` and
//! `CLOSE`).
//!
//! `parlour-server` serves it beside its rooms, for rooms of others: [`RelayServer`] takes the WebSockets of
//! [`ServerConfig::relay`](parlour_signaling::server::ServerConfig::relay). Its log has counts, and neither addresses
//! nor keys.

mod connection;
mod hub;
mod limits;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parlour_signaling::server::RelaySocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, info};

use self::hub::{ConnId, Hub};
use self::limits::MAX_QUEUED_BYTES;
use crate::event::RelayFrame;

/// Between two lines of the log.
const REPORT_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Connections that wait to be taken.
const MAX_WAITING: usize = 64;

/// Counts of a relay: now, and since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RelayUsage {
    /// Connections now.
    pub connections: usize,
    /// Mailboxes to which somebody listens now.
    pub mailboxes: usize,
    /// Events that were passed on, since the start.
    pub passed_on: u64,
    /// Frames that were refused, since the start.
    pub refused: u64,
}

/// A relay. When it is dropped, its connections end.
#[derive(Debug)]
pub struct RelayServer {
    shared: Arc<Shared>,
    _task: AbortOnDropHandle<()>,
}

impl RelayServer {
    /// Serves the sockets that come. Needs a runtime of Tokio.
    #[must_use]
    pub fn spawn() -> (Self, mpsc::Sender<RelaySocket>) {
        let (sender, sockets) = mpsc::channel(MAX_WAITING);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                hub: Hub::new(time::Instant::now().into_std()),
                queues: HashMap::new(),
            }),
            queued_bytes: AtomicUsize::new(0),
        });
        let task = tokio::spawn(run(Arc::clone(&shared), sockets));
        let server = Self {
            shared,
            _task: AbortOnDropHandle::new(task),
        };
        (server, sender)
    }

    /// Its counts.
    #[must_use]
    pub fn usage(&self) -> RelayUsage {
        self.shared.lock().hub.usage()
    }
}

#[derive(Debug)]
struct Shared {
    /// A mutex and no task: a frame takes microseconds, and the lock is never held across an await.
    state: Mutex<State>,
    /// Of all connections.
    queued_bytes: AtomicUsize,
}

#[derive(Debug)]
struct State {
    hub: Hub,
    queues: HashMap<ConnId, mpsc::Sender<Utf8Bytes>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles a text. Returns the answers, and whether something was refused.
    fn receive(&self, conn: ConnId, text: &str) -> (Vec<RelayFrame>, bool) {
        let mut state = self.lock();
        let now = time::Instant::now().into_std();
        let mut outcome = state.hub.receive(conn, text, now);
        if let Some(event) = outcome.event.take() {
            for (to, subscription) in outcome.deliveries {
                let frame = RelayFrame::Event {
                    subscription,
                    event: event.clone(),
                };
                if let Ok(text) = frame.to_text() {
                    self.queue(&state, to, text);
                }
            }
        }
        (outcome.answers, outcome.is_refused)
    }

    /// An event that does not fit is lost for that connection, as on any relay.
    fn queue(&self, state: &State, to: ConnId, text: String) {
        let bytes = text.len();
        if self.queued_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= MAX_QUEUED_BYTES
            && let Some(queue) = state.queues.get(&to)
            && queue.try_send(text.into()).is_ok()
        {
            return;
        }
        self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        debug!("an event does not fit");
    }

    fn close(&self, conn: ConnId) {
        let mut state = self.lock();
        state.hub.close(conn);
        state.queues.remove(&conn);
    }
}

async fn run(shared: Arc<Shared>, mut sockets: mpsc::Receiver<RelaySocket>) {
    let mut connections = JoinSet::new();
    let mut report = time::interval(REPORT_INTERVAL);
    let mut reported = RelayUsage::default();
    loop {
        tokio::select! {
            socket = sockets.recv() => {
                let Some(socket) = socket else { return };
                connections.spawn(connection::run(socket, Arc::clone(&shared)));
            }
            Some(_) = connections.join_next() => {}
            _ = report.tick() => {
                let usage = shared.lock().hub.usage();
                if usage != reported {
                    reported = usage;
                    let RelayUsage { connections, passed_on, refused, .. } = usage;
                    info!(connections, passed_on, refused, "relay");
                }
            }
        }
    }
}
