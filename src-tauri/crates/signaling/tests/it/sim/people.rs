//! People in a room, who count what they say and check what they hear.

use std::collections::HashMap;
use std::time::Duration;

use parlour_signaling::client::{ClientConfig, Presence, RetryPolicy, RoomClient, RoomEvent};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::PeerId;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::net::Net;

/// Longer than any scene.
const PATIENCE: Duration = Duration::from_secs(600);

pub struct Person {
    pub client: RoomClient,
    events: mpsc::Receiver<RoomEvent>,
    online: bool,
    /// The others: whether each is there.
    others: HashMap<PeerId, bool>,
    /// What each has said, as it was heard.
    heard: HashMap<PeerId, Vec<u64>>,
    said: u64,
}

impl Person {
    fn new(net: &Net, person: usize) -> Self {
        let config = ClientConfig {
            endpoints: vec![Endpoint::parse("192.0.2.1").unwrap()],
            secret: RoomSecret::from_bytes([7; 16]),
            previous_peer_id: None,
            name: format!("person {person}"),
            retry: RetryPolicy::default(),
        };
        let (client, events) = RoomClient::spawn_with_transport(config, net.line(person));
        Self {
            client,
            events,
            online: false,
            others: HashMap::new(),
            heard: HashMap::new(),
            said: 0,
        }
    }

    pub fn me(&self) -> PeerId {
        self.client.peer_id()
    }

    pub fn said(&self) -> u64 {
        self.said
    }

    /// Hears what has come.
    fn listen(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.hear(event);
        }
    }

    fn hear(&mut self, event: RoomEvent) {
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
                panic!("nobody has left, but {peer} is said to ({reason:?})")
            }
            RoomEvent::Signal { from, signal } => {
                let n = signal["n"].as_u64().unwrap();
                let heard = self.heard.entry(from).or_default();
                let in_order = heard.last().is_none_or(|last| *last < n);
                assert!(in_order, "{n} after {heard:?}");
                heard.push(n);
            }
            RoomEvent::Reconnecting => self.online = false,
            RoomEvent::Unreachable => assert!(!self.online),
            event @ (RoomEvent::Tampering | RoomEvent::Failed(_)) => panic!("{event:?}"),
        }
    }

    /// Each of the others has been heard to the last word: all of `all` words, or else the last `late` ones.
    pub fn has_heard(&self, all: Option<u64>, late: u64) {
        for (from, heard) in &self.heard {
            let last = *heard.last().unwrap();
            let first = all.map_or(last + 1 - late, |_| 1);
            let expected: Vec<u64> = (first..=all.unwrap_or(last)).collect();
            assert!(heard.ends_with(&expected), "{from}: {heard:?}");
            assert!(all.is_none() || heard == &expected, "{from}: {heard:?}");
        }
    }
}

/// So many people, all in the room.
pub async fn gather(net: &Net, count: usize) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for n in 0..count {
        let mut person = Person::new(net, n);
        person.client.enter(format!("person {n}")).await.unwrap();
        let joined = timeout(PATIENCE, async {
            while !person.online {
                let event = person.events.recv().await.unwrap();
                person.hear(event);
            }
        });
        joined.await.expect("in the room");
        people.push(person);
    }
    until_whole(&mut people, PATIENCE).await;
    people
}

/// Everybody says something to everybody, so often, and all of it is heard by those who are there.
pub async fn talk(people: &mut [Person], times: u64) {
    let ids: Vec<PeerId> = people.iter().map(Person::me).collect();
    for _ in 0..times {
        for person in &mut *people {
            person.said += 1;
            for to in ids.iter().filter(|id| **id != person.client.peer_id()) {
                let word = json!({ "n": person.said });
                person.client.send_signal(*to, word, None).await.unwrap();
            }
        }
        sleep(Duration::from_millis(150)).await;
        for person in &mut *people {
            person.listen();
        }
    }
}

/// Until everybody is online and sees everybody, and a while longer, so that what is on its way arrives.
pub async fn until_whole(people: &mut [Person], bound: Duration) {
    let since = Instant::now();
    let count = people.len();
    loop {
        for person in &mut *people {
            person.listen();
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
        person.listen();
    }
}
