//! Invariants of rooms, whatever the peers do and in whatever order.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use parlour_signaling::protocol::limits::{AWAY_TIMEOUT, MAX_PEERS};
use parlour_signaling::protocol::{ClientMessage, PeerId, ServerErrorCode, ServerMessage};
use parlour_signaling::server::Usage;
use parlour_signaling::server::rooms::{ConnId, Inbound};
use proptest::collection::vec;
use proptest::prelude::*;

use super::harness::TestRegistry;
use crate::test_messages::{enter, join_seen, peer, signal};

/// Twenty peers for two rooms, so that both are full now and then. A peer's number decides its room.
const PEERS: u8 = 20;

const fn room_of(n: u8) -> u8 {
    n % 2
}

#[derive(Clone, Debug)]
enum Act {
    Join(u8),
    Enter(u8),
    Leave(u8),
    /// The connection is lost after this number of the messages on the way has been read.
    Vanish(u8, usize),
    Read(u8),
    Confirm(u8),
    Signal(u8, u8, usize),
    Steal(u8),
    Garbage(u8),
    Stuck(u8),
    Wait(u64),
}

fn acts() -> impl Strategy<Value = Act> {
    // Most actions concern a few peers, so that much happens to each.
    let who = || prop_oneof![3 => 0..5_u8, 1 => 0..PEERS];
    prop_oneof![
        6 => who().prop_map(Act::Join),
        2 => who().prop_map(Act::Enter),
        1 => who().prop_map(Act::Leave),
        3 => (who(), 0..6_usize).prop_map(|(n, read)| Act::Vanish(n, read)),
        4 => who().prop_map(Act::Read),
        2 => who().prop_map(Act::Confirm),
        8 => (who(), who(), prop_oneof![9 => 1..4_usize, 1 => 200..300_usize])
            .prop_map(|(from, to, times)| Act::Signal(from, to, times)),
        1 => who().prop_map(Act::Steal),
        1 => who().prop_map(Act::Garbage),
        1 => who().prop_map(Act::Stuck),
        2 => (0..40_000_u64).prop_map(Act::Wait),
    ]
}

/// The state of another peer as a client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    entered: bool,
    away: bool,
}

#[derive(Default)]
struct Client {
    conn: Option<ConnId>,
    /// Number of the last signal read.
    seen: u64,
    /// The expected texts of the signals after that, by their numbers.
    due: BTreeMap<u64, String>,
    /// Number of the last signal that the server took for this client.
    last: u64,
    others: BTreeMap<PeerId, Seen>,
}

struct World {
    server: TestRegistry,
    clients: HashMap<u8, Client>,
    signals: u32,
}

impl World {
    fn new() -> Self {
        let clients = (0..PEERS).map(|n| (n, Client::default())).collect();
        Self {
            server: TestRegistry::new(),
            clients,
            signals: 0,
        }
    }

    fn client(&mut self, n: u8) -> &mut Client {
        self.clients.get_mut(&n).unwrap()
    }

    /// The connection of a client, if it has one that the server has not ended.
    fn conn(&self, n: u8) -> Option<ConnId> {
        let conn = self.clients[&n].conn?;
        self.server.ended(conn).is_none().then_some(conn)
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Join(n) => self.join(n),
            Act::Enter(n) => self.send(n, enter(n)),
            Act::Leave(n) => {
                self.read(n, usize::MAX);
                self.send(n, ClientMessage::Leave {});
                self.client(n).conn = None;
            }
            Act::Vanish(n, read) => {
                self.read(n, read);
                if let Some(conn) = self.client(n).conn.take() {
                    self.server.disconnect(conn);
                }
            }
            Act::Read(n) => self.read(n, usize::MAX),
            Act::Confirm(n) => {
                self.read(n, usize::MAX);
                let confirms = self.clients[&n].seen;
                if let Some(conn) = self.conn(n) {
                    self.server.receive(conn, Inbound::Pong { confirms });
                }
            }
            Act::Signal(from, to, times) => (0..times).for_each(|_| self.signal(from, to)),
            Act::Steal(n) => {
                let thief = self.server.connect();
                let join = join_seen(room_of(n), n, 0);
                self.server.receive(thief, Inbound::Message(join));
                assert!(self.server.ended(thief).is_some(), "without a proof");
            }
            Act::Garbage(n) => {
                if let Some(conn) = self.conn(n) {
                    self.server.receive(conn, Inbound::from_text("{"));
                }
            }
            Act::Stuck(n) => {
                if let Some(conn) = self.conn(n) {
                    self.server.overflow(conn);
                }
            }
            Act::Wait(ms) => self.server.wait(Duration::from_millis(ms)),
        }
    }

    fn send(&mut self, n: u8, message: ClientMessage) {
        if let Some(conn) = self.conn(n) {
            self.server.send(conn, message);
        }
    }

    fn join(&mut self, n: u8) {
        // Messages on the way to the old connection are lost, also when it still seems open.
        let seen = self.clients[&n].seen;
        let conn = self.server.connect_with(join_seen(room_of(n), n, seen));
        let client = self.client(n);
        client.conn = Some(conn);
        if let Some(ServerMessage::Welcome { resumed: false, .. }) =
            self.server.received_by[&conn].messages.first()
        {
            let client = self.client(n);
            client.last = seen;
            client.due.clear();
        }
    }

    fn signal(&mut self, from: u8, to: u8) {
        let Some(conn) = self.conn(from) else { return };
        self.signals += 1;
        let text = format!("{} {from} {to} {}", room_of(from), self.signals);
        let before = self.server.received_by[&conn].messages.len();
        self.server.send(conn, signal(to, text.clone()));
        let answer = &self.server.received_by[&conn].messages[before..];
        let is_refused = answer
            .iter()
            .any(|m| matches!(m, ServerMessage::Error { .. }));
        if room_of(from) != room_of(to) || from == to {
            assert!(is_refused, "a signal to nobody was taken");
        }
        if !is_refused {
            let client = self.client(to);
            client.last += 1;
            client.due.insert(client.last, text);
        }
    }

    /// A client reads some of the messages that were sent to it.
    fn read(&mut self, n: u8, count: usize) {
        let Some(conn) = self.clients[&n].conn else {
            return;
        };
        let received = &mut self.server.received_by.get_mut(&conn).unwrap().messages;
        let messages: Vec<_> = received.drain(..count.min(received.len())).collect();
        for message in messages {
            self.heard(n, message);
        }
    }

    fn heard(&mut self, n: u8, message: ServerMessage) {
        let client = self.client(n);
        match message {
            ServerMessage::Welcome { peers, .. } => {
                assert!(peers.len() < MAX_PEERS);
                client.others.clear();
                for info in peers {
                    let (entered, away) = (info.entered, info.away);
                    let before = client.others.insert(info.peer, Seen { entered, away });
                    assert_eq!(before, None, "one id twice in a room");
                }
            }
            ServerMessage::IceServers { .. } => unreachable!("nobody asks"),
            ServerMessage::PeerJoined { peer, entered, .. } => {
                let away = false;
                let before = client.others.insert(peer, Seen { entered, away });
                assert_eq!(before, None, "joined twice");
            }
            ServerMessage::PeerEntered { peer, .. } => {
                client.others.get_mut(&peer).unwrap().entered = true
            }
            ServerMessage::PeerAway { peer } => client.others.get_mut(&peer).unwrap().away = true,
            ServerMessage::PeerBack { peer } => client.others.get_mut(&peer).unwrap().away = false,
            ServerMessage::PeerLeft { peer, .. } => {
                assert!(
                    client.others.remove(&peer).is_some(),
                    "left twice, or never joined"
                );
            }
            ServerMessage::Signal {
                from,
                seq,
                envelope,
            } => {
                assert_eq!(seq, client.seen + 1, "a gap, or a signal twice");
                client.seen = seq;
                assert_eq!(client.due.remove(&seq).as_ref(), Some(&envelope.0));
                let mut words = envelope.0.split(' ').map(|word| word.parse::<u8>());
                assert_eq!(
                    words.next(),
                    Some(Ok(room_of(n))),
                    "a signal from another room"
                );
                assert_eq!(words.next().map(|from| from.map(peer)), Some(Ok(from)));
                assert_eq!(words.next(), Some(Ok(n)), "somebody else's signal");
            }
            ServerMessage::Error { code, .. } => assert_ne!(code, ServerErrorCode::BadProof),
            ServerMessage::Challenge { .. } | ServerMessage::Pong { .. } => {
                unreachable!("the connection sends it")
            }
        }
        assert!(
            !self.clients[&n].others.contains_key(&peer(n)),
            "told of itself"
        );
    }

    /// The state that a client has built from messages equals the welcome of a new peer.
    fn check_views(&mut self) {
        for r in 0..2 {
            let probe = self.server.connect_with(join_seen(r, 100 + r, 0));
            let ServerMessage::Welcome { peers, .. } = self.server.take(probe).remove(0) else {
                // The room is full. It is compared at another time.
                continue;
            };
            let seen = |info: &parlour_signaling::protocol::PeerInfo| Seen {
                entered: info.entered,
                away: info.away,
            };
            let truth: BTreeMap<_, _> = peers.iter().map(|info| (info.peer, seen(info))).collect();
            self.server.send(probe, ClientMessage::Leave {});
            for n in (0..PEERS).filter(|n| room_of(*n) == r) {
                if self.conn(n).is_none() {
                    continue;
                }
                self.read(n, usize::MAX);
                let client = &self.clients[&n];
                let mut others = truth.clone();
                assert!(
                    others.remove(&peer(n)).is_some(),
                    "a connection without a place"
                );
                assert_eq!(client.others, others);
                assert!(
                    client.due.is_empty(),
                    "signals that never came: {:?}",
                    client.due
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// The number and size of the signals that it sends, whether the receiver is away, and whether it reads.
    #[test]
    fn one_sender_cannot_drive_out_another_peer(
        acts in vec((1..400_usize, prop_oneof![Just(1), 1..20_000_usize], any::<(bool, bool)>()), 1..20)
    ) {
        let mut server = TestRegistry::new();
        let witness = server.connect_with(join_seen(1, 1, 0));
        let sender = server.connect_with(join_seen(1, 3, 0));
        let mut conn = server.connect_with(join_seen(1, 2, 0));
        let (mut seen, mut taken) = (0, 0);
        for (times, bytes, (is_away, reads)) in acts {
            // The burst of its connection is available again.
            server.wait(Duration::from_secs(8));
            if is_away {
                server.disconnect(conn);
            }
            server.take(sender);
            for _ in 0..times {
                server.send(sender, signal(2, "x".repeat(bytes)));
                taken += u64::from(server.take(sender).is_empty());
            }
            if is_away {
                conn = server.connect_with(join_seen(1, 2, seen));
                let messages = server.take(conn);
                let is_resumed = matches!(messages[0], ServerMessage::Welcome { resumed: true, .. });
                prop_assert!(is_resumed, "{:?}", messages[0]);
                prop_assert_eq!(messages.len() as u64 - 1, taken - seen);
            }
            if reads {
                seen = taken;
                server.receive(conn, Inbound::Pong { confirms: seen });
            }
            let heard = server.take(witness);
            let is_left = |m: &ServerMessage| matches!(m, ServerMessage::PeerLeft { .. });
            prop_assert!(!heard.iter().any(is_left), "{heard:?}");
        }
        prop_assert_eq!(server.ended(sender), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_sequence_of_actions_keeps_the_invariants(acts in vec(acts(), 1..400)) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
            prop_assert!(world.server.registry.peers() <= 2 * MAX_PEERS);
        }
        world.check_views();
        for n in 0..PEERS {
            world.act(Act::Vanish(n, usize::MAX));
        }
        world.server.wait(AWAY_TIMEOUT);
        let registry = &world.server.registry;
        prop_assert_eq!((registry.peers(), registry.rooms(), registry.connections()), (0, 0, 0));
        prop_assert_eq!(registry.next_deadline(), None);
        prop_assert_eq!((registry.usage(), registry.kept_bytes()), (Usage::default(), 0));
    }
}
