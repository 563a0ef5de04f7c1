//! The task that joins a bridge with a pool of relays and the app's own server.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parlour_signaling::crypto::{RoomKeys, SessionKey};
use parlour_signaling::protocol::{ClientMessage, PeerId, Sealed, ServerMessage};
use parlour_signaling::server::rooms::Introduction;
use parlour_signaling::server::{IntroducedPeer, LocalRoom};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::{Bridge, Now, Output};
use crate::pool::{PoolConfig, PoolEvent, RelayPool, RelayStatus};

/// Messages that wait for the server to take them, of one introduced peer. It takes them at once.
const MAX_SAID: usize = 256;
const MAX_COMMANDS: usize = 16;
/// How long the end waits for a relay to take the bye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The configuration of a bridge.
#[derive(Clone, Debug)]
pub struct BridgeConfig {
    /// The keys of the room.
    pub keys: RoomKeys,
    /// The relays.
    pub pool: PoolConfig,
    /// Somebody may be in the room already. Not for a room whose invite was just made.
    pub asks: bool,
}

/// The state of a bridge, for the view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BridgeStatus {
    /// The relays in use.
    pub relays: Vec<RelayStatus>,
    /// A relay listens, and those who were there before are in the room of the local server by now.
    pub has_gathered: bool,
    /// Peers that came by relays.
    pub peers: usize,
}

/// A running bridge. When it is dropped, its peers are away; [`RelayBridge::close`] tells the others.
#[derive(Debug)]
pub struct RelayBridge {
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<BridgeStatus>,
    task: AbortOnDropHandle<()>,
}

#[derive(Debug)]
enum Command {
    SetOwn(Box<SessionKey>),
    Link(PeerId, bool),
    NetworkChanged,
    Close,
}

impl RelayBridge {
    /// Connects with the relays and joins the room with those of other apps. Needs a runtime of Tokio.
    #[must_use]
    pub fn spawn(config: BridgeConfig, room: LocalRoom) -> Self {
        let (commands, receiver) = mpsc::channel(MAX_COMMANDS);
        let (status_sender, status) = watch::channel(BridgeStatus::default());
        let (pool, events) = RelayPool::spawn(config.pool);
        let (task_events, from_tasks) = mpsc::channel(MAX_SAID);
        let task = Task {
            bridge: Bridge::new(now(), config.keys, pool.author(), config.asks),
            pool,
            room,
            peer_tasks: HashMap::new(),
            task_events,
            next_task: 0,
            status: status_sender,
        };
        Self {
            commands,
            status,
            task: AbortOnDropHandle::new(tokio::spawn(task.run(receiver, events, from_tasks))),
        }
    }

    /// The session of this app's own client, which signs for it.
    pub fn set_own(&self, session: SessionKey) {
        self.command(Command::SetOwn(Box::new(session)));
    }

    /// The page's link with a peer is up, or has been dead for a while.
    pub fn report_link(&self, peer: PeerId, is_up: bool) {
        self.command(Command::Link(peer, is_up));
    }

    /// The network of this computer has changed.
    pub fn network_changed(&self) {
        self.command(Command::NetworkChanged);
    }

    /// Its state.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<BridgeStatus> {
        self.status.clone()
    }

    /// Tells the other bridges that this one ends, within a second.
    pub async fn close(mut self) {
        self.command(Command::Close);
        let _ = timeout(CLOSE_TIMEOUT, &mut self.task).await;
    }

    fn command(&self, command: Command) {
        // The task takes commands at once. The queue is full only after it has ended.
        let _ = self.commands.try_send(command);
    }
}

struct Task {
    bridge: Bridge,
    pool: RelayPool,
    room: LocalRoom,
    peer_tasks: HashMap<PeerId, PeerTask>,
    task_events: mpsc::Sender<PeerTaskEvent>,
    next_task: u64,
    status: watch::Sender<BridgeStatus>,
}

/// The task of an introduced peer.
struct PeerTask {
    number: u64,
    messages: mpsc::Sender<ClientMessage>,
    _task: AbortOnDropHandle<()>,
}

struct PeerTaskEvent {
    peer: PeerId,
    task: u64,
    /// A signal for the peer and its sender, or the end.
    signal: Option<(PeerId, Sealed)>,
}

impl Task {
    async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut events: mpsc::Receiver<PoolEvent>,
        mut from_tasks: mpsc::Receiver<PeerTaskEvent>,
    ) {
        let mut closing: Option<BTreeSet<u64>> = None;
        let snapshot = self.room.snapshot();
        self.bridge.room_changed(now(), snapshot);
        loop {
            self.act(&mut closing);
            if closing.as_ref().is_some_and(BTreeSet::is_empty) {
                return;
            }
            let deadline = self.bridge.next_deadline(now());
            let deadline = async {
                match deadline {
                    Some(at) => sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.on_pool_event(event, &mut closing),
                    None => return,
                },
                is_there = self.room.changed() => {
                    if !is_there {
                        return;
                    }
                    let snapshot = self.room.snapshot();
                    self.bridge.room_changed(now(), snapshot);
                }
                Some(event) = from_tasks.recv() => self.on_task_event(event),
                command = commands.recv() => match command {
                    Some(Command::SetOwn(session)) => self.bridge.set_own(*session),
                    Some(Command::Link(peer, is_up)) => self.bridge.link(now(), peer, is_up),
                    Some(Command::NetworkChanged) => self.pool.network_changed(),
                    Some(Command::Close) => {
                        let snapshot = self.room.snapshot();
                        self.bridge.room_changed(now(), snapshot);
                        self.bridge.close(now());
                        closing = Some(BTreeSet::new());
                    }
                    None => return,
                },
                () = deadline => self.bridge.handle_timeout(now()),
            }
        }
    }

    /// Carries out the outputs of the bridge. While it closes, notes the events that no relay has taken yet.
    fn act(&mut self, closing: &mut Option<BTreeSet<u64>>) {
        while let Some(output) = self.bridge.poll_output() {
            match output {
                Output::Publish(outgoing) => {
                    let tag = outgoing.tag;
                    match self.pool.publish(outgoing) {
                        Ok(()) => {
                            if let Some(closing) = closing {
                                closing.insert(tag);
                            }
                        }
                        Err(error) => {
                            tracing::debug!(%error, "an event is not published");
                            self.bridge.resolved(now(), tag, false);
                        }
                    }
                }
                Output::Subscribe(mailboxes) => self.pool.subscribe(mailboxes),
                Output::Introduce(introduction) => self.introduce(introduction),
                Output::Say(peer, message) => {
                    let task = self.peer_tasks.get(&peer);
                    let is_said = task.is_none_or(|task| task.messages.try_send(message).is_ok());
                    if !is_said {
                        self.peer_tasks.remove(&peer);
                        self.bridge.introduction_ended(now(), peer);
                    }
                }
                Output::Remove(peer) => {
                    self.peer_tasks.remove(&peer);
                }
            }
        }
        let (has_gathered, peers) = (self.bridge.has_gathered(now()), self.peer_tasks.len());
        self.status.send_if_modified(|status| {
            let is_news = (status.has_gathered, status.peers) != (has_gathered, peers);
            (status.has_gathered, status.peers) = (has_gathered, peers);
            is_news
        });
    }

    fn introduce(&mut self, introduction: Introduction) {
        let peer = introduction.keys.peer_id();
        let Some(introduced) = self.room.introduce(introduction) else {
            return;
        };
        self.next_task += 1;
        let (messages, receiver) = mpsc::channel(MAX_SAID);
        let events = self.task_events.clone();
        let task = run_peer(peer, self.next_task, introduced, receiver, events);
        let task = PeerTask {
            number: self.next_task,
            messages,
            _task: AbortOnDropHandle::new(tokio::spawn(task)),
        };
        self.peer_tasks.insert(peer, task);
    }

    fn on_pool_event(&mut self, event: PoolEvent, closing: &mut Option<BTreeSet<u64>>) {
        let mut resolved = |tag: &u64| closing.as_mut().is_some_and(|tags| tags.remove(tag));
        match event {
            PoolEvent::Ready => self.bridge.ready(now()),
            PoolEvent::Received {
                mailbox,
                author,
                content,
            } => self.bridge.received(now(), mailbox, author, &content),
            PoolEvent::Accepted { tag } => {
                resolved(&tag);
                self.bridge.resolved(now(), tag, true);
            }
            PoolEvent::Refused { tag } => {
                resolved(&tag);
                self.bridge.resolved(now(), tag, false);
            }
            PoolEvent::Status(relays) => {
                self.status.send_modify(|status| status.relays = relays);
            }
        }
    }

    fn on_task_event(&mut self, event: PeerTaskEvent) {
        let is_current = |task: &PeerTask| task.number == event.task;
        if !self.peer_tasks.get(&event.peer).is_some_and(is_current) {
            return;
        }
        match event.signal {
            Some((from, envelope)) => self.bridge.signal(now(), from, event.peer, envelope),
            None => {
                self.peer_tasks.remove(&event.peer);
                self.bridge.introduction_ended(now(), event.peer);
            }
        }
    }
}

async fn run_peer(
    peer: PeerId,
    task: u64,
    mut introduced: IntroducedPeer,
    mut messages: mpsc::Receiver<ClientMessage>,
    events: mpsc::Sender<PeerTaskEvent>,
) {
    loop {
        let signal = tokio::select! {
            received = introduced.receive() => match received.as_deref() {
                Some(ServerMessage::Signal { from, envelope, .. }) => Some((*from, envelope.clone())),
                Some(_) => continue,
                None => None,
            },
            message = messages.recv() => match message {
                Some(message) => {
                    introduced.send(message);
                    continue;
                }
                None => return,
            },
        };
        let is_end = signal.is_none();
        if events
            .send(PeerTaskEvent { peer, task, signal })
            .await
            .is_err()
            || is_end
        {
            return;
        }
    }
}

/// Deadlines follow Tokio's clock, which tests can pause; the day is that of the system.
fn now() -> Now {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH);
    Now {
        at: Instant::now().into_std(),
        unix: unix.map_or(0, |unix| unix.as_secs()),
    }
}
