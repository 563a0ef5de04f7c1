//! People who reach different relays, with the bridges and pools of their apps.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parlour_signaling::client::{Connecting, Transport};
use parlour_signaling::crypto::{Hello, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::{ClientMessage, PeerId, Sealed};
use parlour_signaling::server::rooms::{LocalMember, RoomSnapshot};
use proptest::prelude::*;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use super::scripted_relay::{Manner, Network};
use crate::bridge::{Bridge, Now, Output};
use crate::pool::{LISTENED_RELAYS, PoolConfig, PoolEvent, RelayPool};

/// Longer than a relay that answers nothing is waited for.
const MEETING_TIME: Duration = Duration::from_secs(20);
/// Longer than until a signal that was not confirmed is repeated.
const SIGNAL_TIME: Duration = Duration::from_secs(10);

type Relays = [bool; LISTENED_RELAYS];

/// The way of one person to the relays.
#[derive(Clone, Debug)]
struct Way {
    honest: Network,
    /// In place of the relays that the person does not reach.
    useless: Network,
    reached: Arc<Mutex<Relays>>,
}

impl Transport for Way {
    fn connect<'a>(&'a self, relay: &'a Endpoint, address: SocketAddr) -> Connecting<'a> {
        let number = usize::from(relay.authority().as_bytes()[0] - b'a');
        let is_reached = self.reached.lock().unwrap()[number];
        let network = if is_reached {
            &self.honest
        } else {
            &self.useless
        };
        network.connect(relay, address)
    }
}

/// Those who are in a person's room, and those of whom a signal has come.
#[derive(Debug, Default)]
struct Found {
    introduced: BTreeSet<PeerId>,
    signals: BTreeSet<PeerId>,
}

enum Command {
    Say(PeerId),
    NetworkChanged,
}

struct Person {
    peer: PeerId,
    way: Way,
    found: Arc<Mutex<Found>>,
    commands: mpsc::Sender<Command>,
    _task: AbortOnDropHandle<()>,
}

impl Person {
    fn new(network: &Network, useless: Manner, reached: Relays) -> Self {
        let way = Way {
            honest: network.clone(),
            useless: Network::new(std::array::from_fn::<_, LISTENED_RELAYS, _>(|_| {
                useless.clone()
            })),
            reached: Arc::new(Mutex::new(reached)),
        };
        let config = PoolConfig {
            relays: network.endpoints(),
            transport: Arc::new(way.clone()),
        };
        let session = SessionKey::random();
        let (commands, receiver) = mpsc::channel(8);
        let found = Arc::new(Mutex::new(Found::default()));
        let run = run(config, session.clone(), receiver, Arc::clone(&found));
        Self {
            peer: session.peer_id(),
            way,
            found,
            commands,
            _task: AbortOnDropHandle::new(tokio::spawn(run)),
        }
    }

    async fn command(&self, command: Command) {
        assert!(self.commands.send(command).await.is_ok());
    }

    async fn moves_to(&self, reached: Relays) {
        *self.way.reached.lock().unwrap() = reached;
        self.command(Command::NetworkChanged).await;
    }

    fn meets(&self, other: &Self) -> bool {
        let reached = |person: &Self| *person.way.reached.lock().unwrap();
        reached(self)
            .iter()
            .zip(reached(other))
            .any(|(ours, theirs)| *ours && theirs)
    }

    fn sees(&self, other: &Self) -> bool {
        self.found.lock().unwrap().introduced.contains(&other.peer)
    }

    fn has_heard(&self, other: &Self) -> bool {
        self.found.lock().unwrap().signals.contains(&other.peer)
    }
}

/// An app: joins its own room when its bridge has gathered the others.
async fn run(
    config: PoolConfig,
    session: SessionKey,
    mut commands: mpsc::Receiver<Command>,
    found: Arc<Mutex<Found>>,
) {
    let keys = RoomKeys::new(&RoomSecret::from_bytes([7; 16]));
    let me = session.peer_id();
    let hello = keys.seal_hello(&session, &Hello::new("Mei")).unwrap();
    let (pool, mut events) = RelayPool::spawn(config);
    let mut bridge = Bridge::new(now(), keys, pool.author(), true);
    bridge.set_own(session);
    let mut has_joined = false;
    loop {
        if !has_joined && bridge.has_gathered(now()) {
            has_joined = true;
            let member = LocalMember {
                peer: me,
                hello: hello.clone(),
                entered: true,
            };
            let room = RoomSnapshot {
                members: vec![member],
                left: Vec::new(),
            };
            bridge.room_changed(now(), room);
        }
        while let Some(output) = bridge.poll_output() {
            let mut found = found.lock().unwrap();
            match output {
                Output::Publish(outgoing) => pool.publish(outgoing).unwrap(),
                Output::Subscribe(mailboxes) => pool.subscribe(mailboxes),
                Output::Introduce(introduction) => {
                    found.introduced.insert(introduction.keys.peer_id());
                }
                Output::Say(from, ClientMessage::Signal { .. }) => {
                    found.signals.insert(from);
                }
                Output::Say(..) => {}
                Output::Remove(peer) => {
                    found.introduced.remove(&peer);
                }
            }
        }
        let deadline = bridge.next_deadline(now()).unwrap();
        tokio::select! {
            event = events.recv() => match event.unwrap() {
                PoolEvent::Ready => bridge.ready(now()),
                PoolEvent::Received { mailbox, author, content } => {
                    bridge.received(now(), mailbox, author, &content);
                }
                PoolEvent::Accepted { tag } => bridge.resolved(now(), tag, true),
                PoolEvent::Refused { tag } => bridge.resolved(now(), tag, false),
                PoolEvent::Status(_) => {}
            },
            command = commands.recv() => match command {
                Some(Command::Say(to)) => bridge.signal(now(), me, to, Sealed("AQI".to_owned())),
                Some(Command::NetworkChanged) => pool.network_changed(),
                None => return,
            },
            () = sleep_until(deadline.into()) => bridge.handle_timeout(now()),
        }
    }
}

fn now() -> Now {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Now {
        at: Instant::now().into_std(),
        unix: unix.as_secs(),
    }
}

/// Each pair with a relay that both reach, in both directions.
fn pairs(people: &[Person]) -> impl Iterator<Item = (&Person, &Person)> {
    let pairs = people
        .iter()
        .flat_map(move |one| people.iter().map(move |other| (one, other)));
    pairs.filter(|(one, other)| one.peer != other.peer && one.meets(other))
}

fn relays() -> impl Strategy<Value = Relays> {
    any::<Relays>().prop_filter("reaches some", |reached| reached.contains(&true))
}

fn useless() -> impl Strategy<Value = Manner> {
    prop_oneof![
        Just(Manner::Down),
        Just(Manner::Refuse("blocked: no")),
        Just(Manner::Refuse("rate-limited: slow down")),
        Just(Manner::HalfOpen),
        Just(Manner::Swallow),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// They come one after the other, and one of them changes the network later.
    #[test]
    fn two_people_meet_if_one_of_the_first_six_relays_works_for_both(
        first in relays(),
        people in prop::collection::vec((relays(), useless(), 0..30_u64), 1..3),
        moved in relays(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let network = Network::new(std::array::from_fn::<_, LISTENED_RELAYS, _>(|_| Manner::Honest));
            // A relay that has refused somebody is not used again on another network either.
            let mut there = vec![Person::new(&network, Manner::Down, first)];
            for (reached, useless, pause) in people {
                sleep(Duration::from_secs(pause)).await;
                there.push(Person::new(&network, useless, reached));
            }
            sleep(MEETING_TIME).await;
            for (one, other) in pairs(&there) {
                prop_assert!(one.sees(other));
                one.command(Command::Say(other.peer)).await;
            }
            sleep(SIGNAL_TIME).await;
            for (one, other) in pairs(&there) {
                prop_assert!(other.has_heard(one));
            }
            // What the others say still reaches somebody who has said nothing since.
            there[0].moves_to(moved).await;
            sleep(MEETING_TIME).await;
            let before: Vec<_> = pairs(&there).filter(|(one, other)| one.sees(other)).collect();
            there[0].found.lock().unwrap().signals.clear();
            let to_first = before.iter().filter(|(_, other)| other.peer == there[0].peer);
            for (one, other) in to_first.clone() {
                one.command(Command::Say(other.peer)).await;
            }
            sleep(SIGNAL_TIME).await;
            for (one, _) in to_first {
                prop_assert!(there[0].has_heard(one));
            }
            Ok(())
        })?;
    }
}
