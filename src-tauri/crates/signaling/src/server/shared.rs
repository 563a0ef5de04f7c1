//! The state that all connections of a server share: the room registry, and the send queues that its outputs go to.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Notify, watch};
use tokio::time;
use tracing::{debug, warn};

use super::ServerConfig;
use super::budgets::Source;
use super::listener::StunReceiver;
use super::metrics::{DropReason, Gauges, Metrics};
use super::rooms::{ConnId, Inbound, Output, RegistryConfig, RoomRegistry, RoomSnapshot};
use super::send_queue::{Full, SendQueue, SendQueueReceiver, send_queue};
use crate::protocol::limits::CREDENTIAL_RETRY;
use crate::protocol::{PeerId, RoomHash, RoomId, ServerErrorCode, ServerMessage};

/// The shortest time between rooms that are told at once that the server goes down, and the next ones.
const DRAIN_STEP: Duration = Duration::from_millis(10);

/// Shared by the tasks of a server.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: ServerConfig,
    pub(super) metrics: Metrics,
    /// A mutex and not a task with a queue. The registry needs a microsecond for a frame and never waits, so the lock
    /// is never held across an await. A relayed frame costs one wake-up instead of two, and no queue in front of the
    /// registry has to be bounded. Outputs reach the send queues under the same lock, so they keep their order.
    state: Mutex<State>,
    has_warned_of_proxy: AtomicBool,
    /// The server goes down: it is not ready, and opens no more WebSockets.
    is_draining: AtomicBool,
    /// Takes the streams of STUN that come to this server's port.
    pub(super) stun: OnceLock<StunReceiver>,
    /// The next deadline is earlier than the one that [`Shared::run_timer`] waits for.
    earlier_deadline: Notify,
}

#[derive(Debug)]
struct State {
    registry: RoomRegistry,
    /// The connections that are not WebSockets yet. Their queues only say that they have to make room.
    opening: HashMap<ConnId, SendQueue>,
    send_queues: HashMap<ConnId, SendQueue>,
    /// What [`Shared::run_timer`] waits for. It may be a deadline that is no more: then it waits in vain, once.
    timer_at: Option<Instant>,
    /// The rooms that code of this process observes.
    observed: Vec<(RoomId, watch::Sender<RoomSnapshot>)>,
}

impl Shared {
    pub(super) fn new(config: ServerConfig) -> Self {
        let registry = RoomRegistry::new(RegistryConfig {
            away_timeout: config.away_timeout,
            stranger_away_timeout: config.stranger_away_timeout,
            join_timeout: config.join_timeout,
            has_turn: config.ice.has_turn(),
            budgets: config.budgets,
            served_rooms: config.served_rooms.clone(),
        });
        Self {
            config,
            metrics: Metrics::new(now()),
            state: Mutex::new(State {
                registry,
                opening: HashMap::new(),
                send_queues: HashMap::new(),
                timer_at: None,
                observed: Vec::new(),
            }),
            has_warned_of_proxy: AtomicBool::new(false),
            is_draining: AtomicBool::new(false),
            stun: OnceLock::new(),
            earlier_deadline: Notify::new(),
        }
    }

    /// Counts a connection that begins. Nothing when its address begins too many.
    pub(super) fn open(self: &Arc<Self>, source: Source) -> Option<Opening> {
        let mut state = self.lock();
        let opened = state.registry.open(now(), source);
        let opened = opened.inspect_err(|refusal| debug!(?refusal));
        let opened = opened.inspect_err(|_| self.metrics.count_drop(DropReason::Address));
        let (conn, displaced) = opened.ok()?;
        Some(self.begin(state, conn, displaced))
    }

    /// Counts a connection for which this process answers.
    pub(super) fn open_unlimited(self: &Arc<Self>, source: Source) -> Opening {
        let mut state = self.lock();
        let (conn, displaced) = state.registry.open_unlimited(now(), source);
        self.begin(state, conn, displaced)
    }

    fn begin(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        conn: ConnId,
        displaced: Option<Output>,
    ) -> Opening {
        let to_wake = self.dispatch(&mut state, displaced.into_iter().collect(), now());
        let (sender, queue) = send_queue();
        state.opening.insert(conn, sender);
        drop(state);
        to_wake.into_iter().for_each(Waker::wake);
        Opening {
            shared: Arc::downgrade(self),
            conn,
            queue,
        }
    }

    /// A connection came through a proxy, from this address. False when that address begins too many.
    pub(super) fn set_source(&self, conn: ConnId, source: Source) -> bool {
        let mut state = self.lock();
        match state.registry.set_source(now(), conn, source) {
            Ok(displaced) => {
                let to_wake = self.dispatch(&mut state, displaced.into_iter().collect(), now());
                drop(state);
                to_wake.into_iter().for_each(Waker::wake);
            }
            Err(refusal) => {
                debug!(?refusal);
                return false;
            }
        }
        true
    }

    /// A connection is a WebSocket.
    pub(super) fn connect(&self, conn: ConnId) {
        let mut state = self.lock();
        // One that has to make room was aborted, and ends before it does anything.
        if let Some(queue) = state.opening.remove(&conn) {
            state.registry.connect(now(), conn);
            queue.count_for(state.registry.kept_bytes_of(conn));
            state.send_queues.insert(conn, queue);
            self.notify_if_earlier(&mut state);
        }
    }

    /// Whether nobody waits for this connection: see [`RoomRegistry::is_idle`].
    pub(super) fn is_idle(&self, conn: ConnId) -> bool {
        self.lock().registry.is_idle(conn)
    }

    /// Whether a join may be looked at, before its signatures are checked.
    pub(super) fn begin_join(
        &self,
        conn: ConnId,
        room: RoomId,
        peer: PeerId,
    ) -> Result<(), ServerErrorCode> {
        self.lock().registry.begin_join(now(), conn, room, peer)
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

    /// A room as it is and as it changes, for other code in this process.
    pub(super) fn observe(&self, room: RoomId) -> watch::Receiver<RoomSnapshot> {
        let mut state = self.lock();
        state
            .observed
            .retain(|(_, sender)| sender.receiver_count() > 0);
        let (sender, receiver) = watch::channel(state.registry.snapshot(room));
        state.observed.push((room, sender));
        receiver
    }

    /// From now on the server is not ready and opens no more WebSockets.
    pub(super) fn begin_drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Whether a room with this hash is open.
    pub(super) fn has_room(&self, hash: RoomHash) -> bool {
        self.lock().registry.has_room(hash)
    }

    /// Tells one room after the other that the server goes down, all of its members at once.
    pub(super) async fn drain(&self) {
        let (rooms, share) = {
            let mut state = self.lock();
            let connections = state.registry.connections() as f64;
            let share = connections / self.config.budgets.server.connections.max(1) as f64;
            (state.registry.begin_drain(), share.min(1.0))
        };
        let spread = self.config.drain_spread.mul_f64(share);
        let of_a_room = spread.div_f64(rooms.len().max(1) as f64);
        let pause = of_a_room.max(DRAIN_STEP);
        let steps = spread.div_duration_f64(pause).max(1.0);
        let at_once = (rooms.len() as f64 / steps).ceil().max(1.0) as usize;
        for (n, some) in rooms.chunks(at_once).enumerate() {
            if n > 0 {
                time::sleep(pause).await;
            }
            self.apply(|registry, _| {
                let rooms = some.iter();
                rooms.flat_map(|room| registry.drain_room(*room)).collect()
            });
        }
    }

    /// The metrics as text.
    pub(super) fn metrics_text(&self) -> String {
        let gauges = {
            let registry = &self.lock().registry;
            let usage = registry.usage();
            Gauges {
                rooms: registry.rooms(),
                peers: registry.peers(),
                connections: usage.connections,
                handshakes: usage.handshakes,
                kept_bytes: registry.kept_bytes(),
            }
        };
        self.metrics.text(gauges)
    }

    /// Tells every connection that the server goes down, and closes it.
    pub(super) fn shut_down(&self) {
        self.apply(|registry, _| registry.shut_down());
    }

    /// The servers that a peer may use: TURN for a member of that room, and within the budget of its address.
    pub(super) fn ice_servers(&self, conn: ConnId, turn_for: Option<RoomId>) -> ServerMessage {
        let ice = &self.config.ice;
        let is_within_budget = || self.lock().registry.take_credential(now(), conn);
        let (ice_servers, ice_seconds) = match turn_for {
            Some(room) if is_within_budget() => {
                let servers = ice.servers_with_turn(room, SystemTime::now());
                (servers, ice.lifetime_seconds())
            }
            // The client asks again.
            Some(_) => (ice.stun_servers(), CREDENTIAL_RETRY.as_secs()),
            None => (ice.stun_servers(), 0),
        };
        ServerMessage::IceServers {
            ice_servers,
            ice_seconds,
        }
    }

    /// Says once that there seems to be a proxy that was not named. Strangers can cause this, and no more lines than one.
    pub(super) fn warn_of_unknown_proxy(&self) {
        if !self.has_warned_of_proxy.swap(true, Ordering::Relaxed) {
            warn!(
                "requests come through a proxy that is not trusted: if it is yours, name it with --trusted-proxy, \
                 or all people behind it share the budget of one address"
            );
        }
    }

    /// Calls the registry at its deadlines. Never returns.
    pub(super) async fn run_timer(&self) {
        loop {
            let next = {
                let mut state = self.lock();
                state.timer_at = state.registry.next_deadline();
                state.timer_at
            };
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
        let to_wake = {
            let mut state = self.lock();
            let now = now();
            let outputs = input(&mut state.registry, now);
            let mut to_wake = self.dispatch(&mut state, outputs, now);
            let evicted = state.free_memory();
            to_wake.extend(self.dispatch(&mut state, evicted, now));
            state.notify_observers();
            self.notify_if_earlier(&mut state);
            to_wake
        };
        // Without the lock, for which other connections would have to wait meanwhile.
        to_wake.into_iter().for_each(Waker::wake);
    }

    /// Puts messages into the queues, and ends connections. Returns those that have to be woken.
    #[must_use]
    fn dispatch(&self, state: &mut State, outputs: Vec<Output>, now: Instant) -> Vec<Waker> {
        let mut outputs = VecDeque::from(outputs);
        let (mut to_wake, mut too_slow) = (Vec::new(), Vec::new());
        let at = self.metrics.at(now);
        while let Some(output) = outputs.pop_front() {
            match output {
                Output::Send { to, message } => {
                    if let ServerMessage::Error { code, .. } = *message {
                        self.metrics.count_error(code);
                    }
                    if let Some(queue) = state.send_queues.get(&to) {
                        match queue.push(message, at) {
                            Ok(waker) => to_wake.extend(waker),
                            Err(Full) => {
                                too_slow.push(to);
                                outputs.extend(state.registry.overflow(to));
                            }
                        }
                    }
                }
                Output::IceServers { to, turn_for } => {
                    if let Some(queue) = state.send_queues.get(&to) {
                        match queue.push_ice_servers(turn_for) {
                            Ok(waker) => to_wake.extend(waker),
                            Err(Full) => {
                                too_slow.push(to);
                                outputs.extend(state.registry.overflow(to));
                            }
                        }
                    }
                }
                Output::Close { conn, error } => {
                    if let Some(queue) = state.send_queues.remove(&conn) {
                        queue.close(error);
                    }
                }
                Output::Drop { conn } => {
                    self.metrics.count_drop(if too_slow.contains(&conn) {
                        DropReason::TooSlow
                    } else {
                        DropReason::MadeRoom
                    });
                    let queue = state.send_queues.remove(&conn);
                    if let Some(queue) = queue.or_else(|| state.opening.remove(&conn)) {
                        queue.abort();
                    }
                }
            }
        }
        to_wake
    }

    fn notify_if_earlier(&self, state: &mut State) {
        let next = state.registry.next_deadline();
        if next.is_some_and(|next| state.timer_at.is_none_or(|at| next < at)) {
            state.timer_at = next;
            self.earlier_deadline.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The registry does not panic on purpose. If it does, the other rooms go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is counted, from its first packet until its task has ended.
#[derive(Debug)]
pub(super) struct Opening {
    shared: Weak<Shared>,
    pub(super) conn: ConnId,
    /// The frames to write to it, and whether it has to make room for another.
    pub(super) queue: SendQueueReceiver,
}

impl Drop for Opening {
    fn drop(&mut self) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let mut state = shared.lock();
        state.opening.remove(&self.conn);
        state.registry.release(self.conn);
    }
}

impl State {
    /// An app's own server has one room, so this costs others nothing.
    fn notify_observers(&self) {
        for (room, sender) in &self.observed {
            let now = self.registry.snapshot(*room);
            sender.send_if_modified(|before| {
                let is_news = *before != now;
                *before = now;
                is_news
            });
        }
    }

    fn free_memory(&mut self) -> Vec<Output> {
        if !self.registry.is_memory_full() {
            return Vec::new();
        }
        let queues = &self.send_queues;
        let queued = |conn| queues.get(&conn).map_or(0, SendQueue::bytes);
        self.registry.free_memory(queued)
    }
}

/// Tokio's clock, which tests can pause.
fn now() -> Instant {
    time::Instant::now().into_std()
}
