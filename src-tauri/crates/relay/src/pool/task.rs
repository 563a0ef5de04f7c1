//! Joins the state of a pool with its connections.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parlour_signaling::client::WebSocketDialer;
use parlour_signaling::invite::Endpoint;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time;

use super::connection::{self, ConnectionEvent, ConnectionId};
use super::core::{Action, Core, Now};
use super::{Outgoing, PoolEvent};
use crate::event::{AuthorKey, Key};

/// Frames that wait to be written to one relay: more than [`Core`] sends without an answer.
const MAX_COMMANDS: usize = 32;
/// Frames of all relays that wait to be looked at. Then the connections read no further.
const MAX_FRAMES: usize = 64;

/// The pool's ends of its channels.
pub(super) struct Channels {
    pub(super) outgoing: mpsc::Receiver<Outgoing>,
    pub(super) mailboxes: watch::Receiver<Vec<Key>>,
    pub(super) network_changes: Arc<Notify>,
    pub(super) events: mpsc::Sender<PoolEvent>,
}

/// Runs until the pool's handle or the receiver of its events is dropped.
pub(super) async fn run(
    key: AuthorKey,
    relays: Vec<Endpoint>,
    dialer: WebSocketDialer,
    mut channels: Channels,
) {
    let (frames_in, mut frames) = mpsc::channel(MAX_FRAMES);
    let mut core = Core::new(key, relays.clone(), now());
    let mut commands: HashMap<usize, mpsc::Sender<String>> = HashMap::new();
    // Dropped with this future, and every connection with it.
    let mut connections = JoinSet::new();
    loop {
        for action in core.take_actions() {
            match action {
                Action::Connect { relay, conn } => {
                    let (sender, receiver) = mpsc::channel(MAX_COMMANDS);
                    let Some(endpoint) = relays.get(relay).cloned() else {
                        continue;
                    };
                    commands.insert(relay, sender);
                    let id = ConnectionId { relay, conn };
                    let events = frames_in.clone();
                    connections.spawn(connection::run(
                        id,
                        endpoint,
                        dialer.clone(),
                        receiver,
                        events,
                    ));
                }
                Action::Disconnect { relay } => {
                    commands.remove(&relay);
                }
                Action::Send { relay, text } => {
                    // A relay that does not read is given up when it does not answer in time.
                    if let Some(sender) = commands.get(&relay) {
                        let _ = sender.try_send(text);
                    }
                }
            }
        }
        let deadline = core.next_deadline(now().instant);
        let timer = async {
            match deadline {
                Some(at) => time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            permit = channels.events.reserve(), if core.has_event() => {
                let Ok(permit) = permit else { return };
                if let Some(event) = core.next_event() {
                    permit.send(event);
                }
            }
            outgoing = channels.outgoing.recv() => match outgoing {
                Some(outgoing) => core.publish(outgoing, now()),
                None => return,
            },
            changed = channels.mailboxes.changed() => {
                if changed.is_err() {
                    return;
                }
                let mailboxes = channels.mailboxes.borrow_and_update().clone();
                core.subscribe(mailboxes, now());
            }
            () = channels.network_changes.notified() => core.network_changed(now()),
            Some((id, event)) = frames.recv() => on_event(&mut core, id, event),
            Some(_) = connections.join_next() => {}
            () = timer => core.handle_timeout(now()),
        }
    }
}

fn on_event(core: &mut Core, ConnectionId { relay, conn }: ConnectionId, event: ConnectionEvent) {
    match event {
        ConnectionEvent::Connected { relay_unix } => {
            core.connected(relay, conn, relay_unix, now());
        }
        ConnectionEvent::Frame(frame) => core.frame(relay, conn, frame, now()),
        ConnectionEvent::Ended(fault) => core.ended(relay, conn, fault, now()),
    }
}

/// Tokio's clock, which tests can pause, and the one on the wall.
fn now() -> Now {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut random = [0; 8];
    // Without random bytes the waits are the shortest.
    let _ = getrandom::fill(&mut random);
    Now {
        instant: time::Instant::now().into_std(),
        unix: unix.unwrap_or_default().as_secs(),
        random: u64::from_le_bytes(random),
    }
}
