//! What all connections of a server share: the hall, and the way from its outputs to their queues.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::time;

use super::ServerConfig;
use super::send_queue::{Inlet, Outbox, outbox};
use crate::server::rooms::{ConnId, Hall, HallConfig, Incoming, Output};

/// Shared by the tasks of a server.
#[derive(Debug)]
pub(super) struct House {
    pub(super) config: ServerConfig,
    /// A plain mutex and not a task with a queue: the hall needs a microsecond for a frame and never waits, so
    /// the lock is never held across an await; a relayed frame costs one wake-up, not two; and no queue before
    /// the hall has to be bounded. Outputs reach the queues under the same lock: their order is the hall's.
    state: Mutex<State>,
    /// A deadline has come that is earlier than the one waited for.
    sooner: Notify,
}

#[derive(Debug)]
struct State {
    hall: Hall,
    outboxes: HashMap<ConnId, Outbox>,
}

impl House {
    pub(super) fn new(config: ServerConfig) -> Self {
        let hall = Hall::new(HallConfig {
            away_timeout: config.away_timeout,
            join_timeout: config.join_timeout,
        });
        let outboxes = HashMap::new();
        Self {
            config,
            state: Mutex::new(State { hall, outboxes }),
            sooner: Notify::new(),
        }
    }

    /// A connection is open.
    pub(super) fn connect(&self) -> (ConnId, Inlet) {
        let (outbox, inlet) = outbox();
        let mut state = self.state();
        let before = state.hall.next_deadline();
        let conn = state.hall.connect(now());
        state.outboxes.insert(conn, outbox);
        self.watch(before, &state);
        (conn, inlet)
    }

    /// Something came from a connection.
    pub(super) fn receive(&self, conn: ConnId, incoming: Incoming) {
        self.apply(|hall, now| hall.receive(now, conn, incoming));
    }

    /// A connection is gone.
    pub(super) fn disconnect(&self, conn: ConnId) {
        self.apply(|hall, now| hall.disconnect(now, conn));
        self.state().outboxes.remove(&conn);
    }

    /// The server goes down: every connection is told and closed.
    pub(super) fn shut_down(&self) {
        self.apply(|hall, _| hall.shut_down());
    }

    /// Whether there are as many peers as there may be. Those that are away hold no connection.
    pub(super) fn is_full(&self) -> bool {
        self.state().hall.peers() >= 2 * self.config.max_connections
    }

    /// Does what the hall has to do at a time, for ever.
    pub(super) async fn keep_time(&self) {
        loop {
            let next = self.state().hall.next_deadline();
            let due = async {
                match next {
                    Some(at) => time::sleep_until(at.into()).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = self.sooner.notified() => {}
                () = due => self.apply(|hall, now| hall.tick(now)),
            }
        }
    }

    fn apply(&self, input: impl FnOnce(&mut Hall, Instant) -> Vec<Output>) {
        let mut state = self.state();
        let before = state.hall.next_deadline();
        let outputs = input(&mut state.hall, now());
        state.dispatch(outputs);
        self.watch(before, &state);
    }

    fn watch(&self, before: Option<Instant>, state: &State) {
        let next = state.hall.next_deadline();
        if next.is_some_and(|next| before.is_none_or(|before| next < before)) {
            self.sooner.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in the hall panics on purpose; if something does, the other rooms still have their calls.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn dispatch(&mut self, outputs: Vec<Output>) {
        let mut outputs = VecDeque::from(outputs);
        while let Some(output) = outputs.pop_front() {
            match output {
                Output::Send { to, message } => {
                    if let Some(outbox) = self.outboxes.get(&to)
                        && outbox.send(message).is_err()
                    {
                        outputs.extend(self.hall.overflow(to));
                    }
                }
                Output::Close { conn, error } => {
                    if let Some(outbox) = self.outboxes.remove(&conn) {
                        outbox.close(error);
                    }
                }
                Output::Drop { conn } => {
                    if let Some(outbox) = self.outboxes.remove(&conn) {
                        outbox.cut();
                    }
                }
            }
        }
    }
}

/// Tokio's clock, which tests can hold.
fn now() -> Instant {
    time::Instant::now().into_std()
}
