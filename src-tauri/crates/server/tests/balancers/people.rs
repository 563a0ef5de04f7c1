//! People in rooms: real clients, and what each has seen.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use parlour_signaling::client::{
    ClientConfig, Presence, RetryPolicy, RoomClient, RoomEvent, ServerAccess,
};
use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{Endpoint, Host};
use parlour_signaling::protocol::PeerId;
use serde_json::json;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// The events that a person has seen.
#[derive(Debug, Default)]
struct Seen {
    is_connected: bool,
    others: BTreeMap<PeerId, Presence>,
    /// The number of the last signal from each of the others.
    signals: BTreeMap<PeerId, u64>,
    /// Events that must never happen.
    faults: Vec<String>,
}

pub(crate) struct Person {
    client: RoomClient,
    seen: Arc<Mutex<Seen>>,
    reader: JoinHandle<()>,
}

impl Person {
    fn join(room: u64, secret: RoomSecret, at: SocketAddr) -> Self {
        let (client, events) = RoomClient::spawn(ClientConfig {
            endpoints: vec![Endpoint {
                host: Host::Ip(at.ip()),
                port: at.port(),
                tls: false,
            }],
            secret,
            previous_peer_id: None,
            name: "Mei".to_owned(),
            guest: false,
            // Here servers end every few seconds. A client that has been there for five tries again at once.
            retry: RetryPolicy {
                stable: Duration::from_millis(100),
                ..RetryPolicy::default()
            },
            access: ServerAccess::default(),
        });
        let seen = Arc::new(Mutex::new(Seen::default()));
        let reader = tokio::spawn(read(room, events, Arc::clone(&seen)));
        Self {
            client,
            seen,
            reader,
        }
    }

    async fn leave(self) {
        self.client.leave().await;
        self.reader.await.unwrap();
    }
}

async fn read(room: u64, mut events: Receiver<RoomEvent>, seen: Arc<Mutex<Seen>>) {
    while let Some(event) = events.recv().await {
        let mut seen = seen.lock().unwrap();
        match event {
            RoomEvent::Joined { members, .. } => {
                seen.is_connected = true;
                seen.others = members.iter().map(|m| (m.id, m.presence)).collect();
            }
            RoomEvent::PeerJoined(member) => {
                seen.others.insert(member.id, member.presence);
            }
            RoomEvent::PresenceChanged { peer, presence } => {
                seen.others.insert(peer, presence);
            }
            RoomEvent::PeerLeft { peer, .. } => {
                seen.others.remove(&peer);
            }
            RoomEvent::Signal { from, signal } => {
                if signal["room"] != json!(room) || !seen.others.contains_key(&from) {
                    seen.faults.push("a signal of a stranger".to_owned());
                }
                let number = signal["number"].as_u64().unwrap();
                let before = seen.signals.insert(from, number).unwrap_or(0);
                if number <= before {
                    seen.faults.push(format!("signal {number} after {before}"));
                }
            }
            RoomEvent::Reconnecting => seen.is_connected = false,
            fault @ (RoomEvent::Tampering | RoomEvent::Failed(_)) => {
                seen.faults.push(format!("{fault:?}"));
            }
            _ => {}
        }
    }
}

/// A room and the people in it.
pub(crate) struct Room {
    number: u64,
    secret: RoomSecret,
    at: SocketAddr,
    pub(crate) people: Vec<Person>,
    signals: u64,
}

impl Room {
    pub(crate) fn new(number: u64, at: SocketAddr) -> Self {
        Self {
            number,
            secret: RoomSecret::random(),
            at,
            people: Vec::new(),
            signals: 0,
        }
    }

    pub(crate) fn enter(&mut self) {
        let person = Person::join(self.number, self.secret.clone(), self.at);
        self.people.push(person);
    }

    pub(crate) async fn leave(&mut self) {
        self.people.remove(0).leave().await;
    }

    /// Whether everybody sees everybody, and nobody else.
    pub(crate) fn is_together(&self) -> bool {
        self.people.iter().all(|person| {
            let seen = person.seen.lock().unwrap();
            let is_online = |other: &Person| {
                let presence = seen.others.get(&other.client.peer_id());
                other.client.peer_id() == person.client.peer_id()
                    || presence == Some(&Presence::Online)
            };
            seen.is_connected && self.people.iter().all(is_online)
        })
    }

    /// Describes everybody's view, for people.
    pub(crate) fn describe(&self) -> String {
        let people = self.people.iter().map(|person| {
            let seen = person.seen.lock().unwrap();
            let others: Vec<_> = seen.others.values().collect();
            format!(
                "connected: {}, others: {others:?}, {:?}",
                seen.is_connected, seen.faults
            )
        });
        let people: Vec<_> = people.collect();
        format!("room {}: {}", self.number, people.join("; "))
    }

    /// Everybody sends the next signal to everybody.
    pub(crate) async fn signal(&mut self) {
        self.signals += 1;
        let signal = json!({ "room": self.number, "number": self.signals });
        for from in &self.people {
            for to in &self.people {
                if from.client.peer_id() != to.client.peer_id() {
                    // One that waits for too many is not sent more.
                    let sent = from
                        .client
                        .send_signal(to.client.peer_id(), signal.clone(), None);
                    let _ = sent.await;
                }
            }
        }
    }

    /// Whether the last signals have arrived.
    pub(crate) fn has_signals(&self) -> bool {
        self.people.iter().all(|person| {
            let seen = person.seen.lock().unwrap();
            let mut others = self.people.iter().map(|other| other.client.peer_id());
            others.all(|id| {
                id == person.client.peer_id() || seen.signals.get(&id) == Some(&self.signals)
            })
        })
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        let seen = self.people.iter().map(|person| person.seen.lock().unwrap());
        seen.flat_map(|seen| seen.faults.clone()).collect()
    }
}
