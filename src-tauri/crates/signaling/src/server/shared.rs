//! The state that all connections of a server share: the room registry, and the send queues that its outputs go to.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::time;

use super::ServerConfig;
use super::rooms::{ConnId, Inbound, Output, RegistryConfig, RoomRegistry};
use super::send_queue::{SendQueue, SendQueueReceiver, send_queue};

/// Shared by the tasks of a server.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: ServerConfig,
    /// A mutex and not a task with a queue. The registry needs a microsecond for a frame and never waits, so the lock
    /// is never held across an await. A relayed frame costs one wake-up instead of two, and no queue in front of the
    /// registry has to be bounded. Outputs reach the send queues under the same lock, so they keep their order.
    state: Mutex<State>,
    /// The next deadline is earlier than the one that [`Shared::run_timer`] waits for.
    earlier_deadline: Notify,
}

#[derive(Debug)]
struct State {
    registry: RoomRegistry,
    send_queues: HashMap<ConnId, SendQueue>,
}

impl Shared {
    pub(super) fn new(config: ServerConfig) -> Self {
        let registry = RoomRegistry::new(RegistryConfig {
            away_timeout: config.away_timeout,
            join_timeout: config.join_timeout,
        });
        Self {
            config,
            state: Mutex::new(State {
                registry,
                send_queues: HashMap::new(),
            }),
            earlier_deadline: Notify::new(),
        }
    }

    /// Adds a connection and returns its send queue.
    pub(super) fn connect(&self) -> (ConnId, SendQueueReceiver) {
        let (sender, receiver) = send_queue();
        let mut state = self.lock();
        let before = state.registry.next_deadline();
        let conn = state.registry.connect(now());
        state.send_queues.insert(conn, sender);
        self.notify_if_earlier(before, &state);
        (conn, receiver)
    }

    /// Passes on what came from a connection.
    pub(super) fn receive(&self, conn: ConnId, inbound: Inbound) {
        self.apply(|registry, now| registry.receive(now, conn, inbound));
    }

    /// Removes a connection.
    pub(super) fn disconnect(&self, conn: ConnId) {
        self.apply(|registry, now| registry.disconnect(now, conn));
        self.lock().send_queues.remove(&conn);
    }

    /// Tells every connection that the server goes down, and closes it.
    pub(super) fn shut_down(&self) {
        self.apply(|registry, _| registry.shut_down());
    }

    /// Whether there are as many peers as there may be. Peers that are away have no connection.
    pub(super) fn is_full(&self) -> bool {
        self.lock().registry.peers() >= 2 * self.config.max_connections
    }

    /// Calls the registry at its deadlines. Never returns.
    pub(super) async fn run_timer(&self) {
        loop {
            let next = self.lock().registry.next_deadline();
            let deadline = async {
                match next {
                    Some(at) => time::sleep_until(at.into()).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = self.earlier_deadline.notified() => {}
                () = deadline => self.apply(|registry, now| registry.handle_timeout(now)),
            }
        }
    }

    fn apply(&self, input: impl FnOnce(&mut RoomRegistry, Instant) -> Vec<Output>) {
        let mut state = self.lock();
        let before = state.registry.next_deadline();
        let outputs = input(&mut state.registry, now());
        state.dispatch(outputs);
        self.notify_if_earlier(before, &state);
    }

    fn notify_if_earlier(&self, before: Option<Instant>, state: &State) {
        let next = state.registry.next_deadline();
        if next.is_some_and(|next| before.is_none_or(|before| next < before)) {
            self.earlier_deadline.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The registry does not panic on purpose. If it does, the other rooms go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn dispatch(&mut self, outputs: Vec<Output>) {
        let mut outputs = VecDeque::from(outputs);
        while let Some(output) = outputs.pop_front() {
            match output {
                Output::Send { to, message } => {
                    if let Some(queue) = self.send_queues.get(&to)
                        && queue.push(message).is_err()
                    {
                        outputs.extend(self.registry.overflow(to));
                    }
                }
                Output::Close { conn, error } => {
                    if let Some(queue) = self.send_queues.remove(&conn) {
                        queue.close(error);
                    }
                }
                Output::Drop { conn } => {
                    if let Some(queue) = self.send_queues.remove(&conn) {
                        queue.abort();
                    }
                }
            }
        }
    }
}

/// Tokio's clock, which tests can pause.
fn now() -> Instant {
    time::Instant::now().into_std()
}
