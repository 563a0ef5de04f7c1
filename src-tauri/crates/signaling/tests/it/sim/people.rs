//! People in a room who count the signals that they send and check those that they receive.

use std::collections::HashMap;
use std::time::Duration;

use parlour_signaling::client::{
    ClientConfig, Presence, RetryPolicy, RoomClient, RoomEvent, ServerAccess,
};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::PeerId;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::net::Net;

/// Longer than any scene lasts.
const SCENE_TIMEOUT: Duration = Duration::from_secs(600);

pub struct Person {
    pub client: RoomClient,
    events: mpsc::Receiver<RoomEvent>,
    online: bool,
    /// The others, and whether each is online.
    others: HashMap<PeerId, bool>,
    /// The numbers received from each.
    received: HashMap<PeerId, Vec<u64>>,
    sent: u64,
}

impl Person {
    fn new(net: &Net, person: usize) -> Self {
        let config = ClientConfig {
            endpoints: vec![Endpoint::parse("192.0.2.1").unwrap()],
            secret: RoomSecret::from_bytes([7; 16]),
            previous_peer_id: None,
            name: format!("person {person}"),
            guest: false,
            retry: RetryPolicy::default(),
            access: ServerAccess::default(),
        };
        let (client, events) = RoomClient::spawn_with_transport(config, net.link(person));
        Self {
            client,
            events,
            online: false,
            others: HashMap::new(),
            received: HashMap::new(),
            sent: 0,
        }
    }

    pub fn me(&self) -> PeerId {
        self.client.peer_id()
    }

    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Handles all events that have come.
    fn handle_events(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.handle_event(event);
        }
    }

    fn handle_event(&mut self, event: RoomEvent) {
        match event {
            RoomEvent::Joined { members, .. } => {
                self.online = true;
                self.others = members
                    .iter()
                    .map(|m| (m.id, m.presence == Presence::Online))
                    .collect();
            }
            RoomEvent::PeerJoined(member) => {
                self.others
                    .insert(member.id, member.presence == Presence::Online);
            }
            RoomEvent::PresenceChanged { peer, presence } => {
                self.others.insert(peer, presence == Presence::Online);
            }
            RoomEvent::PeerEntered { .. } | RoomEvent::IceServers(_) => {}
            RoomEvent::PeerLeft { peer, reason } => {
                panic!("{peer} is reported to have left ({reason:?})")
            }
            RoomEvent::Signal { from, signal } => {
                let n = signal["n"].as_u64().unwrap();
                let received = self.received.entry(from).or_default();
                let in_order = received.last().is_none_or(|last| *last < n);
                assert!(in_order, "{n} after {received:?}");
                received.push(n);
            }
            RoomEvent::Reconnecting => self.online = false,
            RoomEvent::ServerEnded | RoomEvent::Unreachable => assert!(!self.online),
            event @ (RoomEvent::Tampering | RoomEvent::Failed(_)) => panic!("{event:?}"),
        }
    }

    /// Checks the signals received from each of the others: all of `all` signals, or else the last `late` ones.
    pub fn assert_received(&self, all: Option<u64>, late: u64) {
        for (from, received) in &self.received {
            let last = *received.last().unwrap();
            let first = all.map_or(last + 1 - late, |_| 1);
            let expected: Vec<u64> = (first..=all.unwrap_or(last)).collect();
            assert!(received.ends_with(&expected), "{from}: {received:?}");
            assert!(
                all.is_none() || received == &expected,
                "{from}: {received:?}"
            );
        }
    }
}

/// Lets people join, and returns them when all are in the room.
pub async fn join_all(net: &Net, count: usize) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for n in 0..count {
        let mut person = Person::new(net, n);
        person.client.enter(format!("person {n}")).await.unwrap();
        let joined = timeout(SCENE_TIMEOUT, async {
            while !person.online {
                let event = person.events.recv().await.unwrap();
                person.handle_event(event);
            }
        });
        joined.await.expect("in the room");
        people.push(person);
    }
    wait_until_all_online(&mut people, SCENE_TIMEOUT).await;
    people
}

/// Everybody sends signals to everybody, `times` times, and handles those that have arrived.
pub async fn exchange_signals(people: &mut [Person], times: u64) {
    let ids: Vec<PeerId> = people.iter().map(Person::me).collect();
    for _ in 0..times {
        for person in &mut *people {
            person.sent += 1;
            for to in ids.iter().filter(|id| **id != person.client.peer_id()) {
                let signal = json!({ "n": person.sent });
                person.client.send_signal(*to, signal, None).await.unwrap();
            }
        }
        sleep(Duration::from_millis(150)).await;
        for person in &mut *people {
            person.handle_events();
        }
    }
}

/// Waits until everybody is online and sees everybody, and a second longer, so that signals on the way arrive.
pub async fn wait_until_all_online(people: &mut [Person], bound: Duration) {
    let since = Instant::now();
    let count = people.len();
    loop {
        for person in &mut *people {
            person.handle_events();
        }
        let is_whole = |person: &Person| {
            person.online
                && person.others.len() == count - 1
                && person.others.values().all(|there| *there)
        };
        if people.iter().all(is_whole) {
            break;
        }
        assert!(since.elapsed() < bound, "not whole after {bound:?}");
        sleep(Duration::from_millis(50)).await;
    }
    sleep(Duration::from_secs(1)).await;
    for person in &mut *people {
        person.handle_events();
    }
}
