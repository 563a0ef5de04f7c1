//! The client's membership against true and false claims of a server.

use std::collections::BTreeSet;
use std::time::Duration;

use parlour_signaling::client::membership::Membership;
use parlour_signaling::client::{Member, Presence, Role, RoomEvent, SignalError};
use parlour_signaling::crypto::{
    Hello, PairCipher, RoomKeys, RoomSecret, SessionKey, safety_binding,
};
use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::limits::{AWAY_TIMEOUT, MAX_PEERS};
use parlour_signaling::protocol::{
    IceServer, LeftReason, Limits, PeerId, PeerInfo, Sealed, ServerMessage,
};
use proptest::prelude::*;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_time::Instant;

const SERVER: &str = "10.0.0.1:9000";

fn secret() -> RoomSecret {
    RoomSecret::from_bytes([7; 16])
}

/// Another peer in the room, with its own membership.
struct RemotePeer {
    session: SessionKey,
    membership: Membership,
}

impl RemotePeer {
    fn new(byte: u8) -> Self {
        let session = SessionKey::from_bytes(&[byte; 64]);
        Self {
            membership: Membership::new(&secret(), session.clone()),
            session,
        }
    }

    fn id(&self) -> PeerId {
        self.session.peer_id()
    }

    fn hello(&self, name: &str) -> Sealed {
        self.membership.hello(name).unwrap()
    }

    fn info(&self, name: &str) -> PeerInfo {
        PeerInfo {
            peer: self.id(),
            hello: self.hello(name),
            entered: true,
            away: false,
        }
    }

    fn joined(&self, name: &str) -> ServerMessage {
        ServerMessage::PeerJoined {
            peer: self.id(),
            hello: self.hello(name),
            entered: false,
        }
    }

    /// Reads our hello, so that it can seal for us.
    fn receive_hello_of(&mut self, local: &LocalPeer) {
        let hello = local.membership.hello("Us").unwrap();
        let info = PeerInfo {
            peer: local.membership.peer_id(),
            hello,
            entered: true,
            away: false,
        };
        self.membership
            .handle_message(welcome(vec![info], false), &server(), local.now);
    }

    fn signal(&mut self, local: &LocalPeer, signal: Value) -> Sealed {
        let to = local.membership.peer_id();
        let prepared = self.membership.prepare(to, &signal, None).unwrap();
        self.membership.seal(to, &prepared).unwrap()
    }
}

struct LocalPeer {
    membership: Membership,
    now: Instant,
}

impl LocalPeer {
    fn new() -> Self {
        let session = SessionKey::from_bytes(&[1; 64]);
        Self {
            membership: Membership::new(&secret(), session),
            now: Instant::now(),
        }
    }

    fn joined(peers: Vec<PeerInfo>) -> Self {
        let mut local = Self::new();
        local.receive(welcome(peers, false));
        local
    }

    fn receive(&mut self, message: ServerMessage) -> Vec<RoomEvent> {
        self.membership.handle_message(message, &server(), self.now)
    }

    fn after(&mut self, time: Duration) -> Vec<RoomEvent> {
        self.now += time;
        self.membership.handle_timeout(self.now)
    }

    fn names(&self) -> Vec<&str> {
        self.membership.members().map(|m| m.name.as_str()).collect()
    }
}

fn server() -> Endpoint {
    SERVER.parse().unwrap()
}

fn welcome(peers: Vec<PeerInfo>, resumed: bool) -> ServerMessage {
    let limits = Limits {
        frame_bytes: 65_536,
        peers: MAX_PEERS,
        away_seconds: 30,
    };
    ServerMessage::Welcome {
        peers,
        ice_servers: Vec::new(),
        ice_seconds: 0,
        embedded: false,
        left: Vec::new(),
        permit: None,
        limits,
        resumed,
    }
}

fn joined(members: Vec<Member>, resumed: bool) -> Vec<RoomEvent> {
    vec![RoomEvent::Joined {
        server: server(),
        ice_servers: Vec::new(),
        members,
        resumed,
        embedded: false,
        permit: None,
    }]
}

fn member(other: &RemotePeer, name: &str) -> Member {
    Member {
        id: other.id(),
        name: name.into(),
        entered: true,
        presence: Presence::Online,
        role: Role::Offerer,
        guest: false,
        safety_binding: safety_binding(
            RoomKeys::new(&secret()).room_id(),
            &SessionKey::from_bytes(&[1; 64]).public(),
            &other.session.public(),
        ),
    }
}

fn signal(from: &RemotePeer, seq: u64, envelope: Sealed) -> ServerMessage {
    ServerMessage::Signal {
        from: from.id(),
        seq,
        envelope,
    }
}

#[test]
fn only_a_peer_with_a_valid_hello_is_a_member() {
    let (mei, tom) = (RemotePeer::new(2), RemotePeer::new(3));
    let mut local = LocalPeer::new();
    // Messages before a welcome are ignored.
    assert!(local.receive(mei.joined("Mei")).is_empty());
    let swapped = PeerInfo {
        hello: mei.hello("Mei"),
        ..tom.info("Tom")
    };
    let garbage = PeerInfo {
        hello: Sealed("AAAA".into()),
        ..tom.info("Tom")
    };
    let own = PeerInfo {
        peer: local.membership.peer_id(),
        hello: local.membership.hello("Us").unwrap(),
        entered: true,
        away: false,
    };
    let peers = vec![
        swapped,
        own,
        mei.info("Mei"),
        garbage,
        mei.info("Mei"),
        PeerInfo {
            peer: PeerId::from_bytes([9; 16]),
            ..mei.info("Mei")
        },
    ];
    assert_eq!(
        local.receive(welcome(peers, false)),
        joined(vec![member(&mei, "Mei")], false)
    );
    // A second welcome on one connection is ignored.
    assert!(
        local
            .receive(welcome(vec![tom.info("Tom")], false))
            .is_empty()
    );
    // A peer of another room is not a member.
    let stranger = Membership::new(&RoomSecret::from_bytes([8; 16]), tom.session.clone());
    let hello = stranger.hello("Tom").unwrap();
    assert!(
        local
            .receive(ServerMessage::PeerJoined {
                peer: tom.id(),
                hello,
                entered: false
            })
            .is_empty()
    );
    assert_eq!(local.names(), ["Mei"]);
    let tom_joined = Member {
        entered: false,
        role: Role::Answerer,
        ..member(&tom, "Tom")
    };
    assert_eq!(
        local.receive(tom.joined("Tom")),
        [RoomEvent::PeerJoined(tom_joined)]
    );
}

#[test]
fn no_change_is_reported_twice() {
    let mei = RemotePeer::new(2);
    let id = mei.id();
    let mut local = LocalPeer::joined(Vec::new());
    let steps = [
        (mei.joined("Mei"), 1),
        (ServerMessage::PeerBack { peer: id }, 0),
        (
            ServerMessage::PeerEntered {
                peer: id,
                hello: mei.hello("Mei"),
            },
            1,
        ),
        (
            ServerMessage::PeerEntered {
                peer: id,
                hello: mei.hello("May"),
            },
            1,
        ),
        (ServerMessage::PeerAway { peer: id }, 1),
        (ServerMessage::PeerBack { peer: id }, 1),
        (
            ServerMessage::PeerLeft {
                peer: id,
                reason: LeftReason::Left,
            },
            1,
        ),
    ];
    for (message, events) in steps {
        assert_eq!(local.receive(message.clone()).len(), events, "{message:?}");
        assert_eq!(local.receive(message.clone()).len(), 0, "{message:?} again");
    }
    for message in [
        ServerMessage::PeerBack { peer: id },
        ServerMessage::PeerAway { peer: id },
        ServerMessage::PeerEntered {
            peer: id,
            hello: mei.hello("Mei"),
        },
    ] {
        assert!(
            local.receive(message).is_empty(),
            "nobody of that id is here"
        );
    }
}

#[test]
fn signals_open_once_and_only_for_us() {
    let (mut mei, mut tom) = (RemotePeer::new(2), RemotePeer::new(3));
    let mut local = LocalPeer::joined(vec![mei.info("Mei"), tom.info("Tom")]);
    mei.receive_hello_of(&local);
    tom.receive_hello_of(&local);
    let one = mei.signal(&local, json!({"n": 1}));
    let event = RoomEvent::Signal {
        from: mei.id(),
        signal: json!({"n": 1}),
    };
    assert_eq!(local.receive(signal(&mei, 1, one.clone())), [event]);
    assert_eq!(local.membership.seen(), 1);
    assert!(
        local.receive(signal(&mei, 2, one.clone())).is_empty(),
        "replayed"
    );
    assert!(
        local.receive(signal(&tom, 3, one)).is_empty(),
        "under another's name"
    );
    assert_eq!(local.membership.seen(), 3);
    assert!(
        local
            .receive(signal(&tom, u64::MAX, Sealed(String::new())))
            .is_empty()
    );
    assert_eq!(local.membership.seen(), 3, "a leap is a lie");
    assert_eq!(
        local
            .membership
            .prepare(RemotePeer::new(4).id(), &json!(1), None),
        Err(SignalError::UnknownPeer)
    );
}

#[test]
fn a_signal_that_was_sent_again_is_taken_once() {
    let mut mei = RemotePeer::new(2);
    let mut local = LocalPeer::joined(vec![mei.info("Mei")]);
    mei.receive_hello_of(&local);
    let to = local.membership.peer_id();
    let prepared = mei.membership.prepare(to, &json!("hi"), None).unwrap();
    let twice = [0; 2].map(|_| mei.membership.seal(to, &prepared).unwrap());
    assert_ne!(twice[0], twice[1], "never one nonce twice");
    let events: Vec<_> = twice
        .into_iter()
        .flat_map(|e| local.receive(signal(&mei, 0, e)))
        .collect();
    assert_eq!(events.len(), 1);
}

#[test]
fn tampering_is_reported_once() {
    let mut mei = RemotePeer::new(2);
    let mut local = LocalPeer::joined(vec![mei.info("Mei")]);
    mei.receive_hello_of(&local);
    let mut told = Vec::new();
    for seq in 1..=20 {
        told.extend(local.receive(signal(&mei, seq, Sealed("x".repeat(40)))));
        if seq < 5 {
            assert!(told.is_empty());
        }
    }
    assert_eq!(told, [RoomEvent::Tampering]);
    let honest = mei.signal(&local, json!(1));
    assert_eq!(local.receive(signal(&mei, 21, honest)).len(), 1);
}

#[test]
fn after_a_restart_slower_members_are_waited_for() {
    let (mei, tom) = (RemotePeer::new(2), RemotePeer::new(3));
    let mut local = LocalPeer::joined(vec![mei.info("Mei"), tom.info("Tom")]);
    local.membership.handle_disconnect();
    assert_eq!(local.membership.next_deadline(), None);
    let away = Member {
        presence: Presence::Away,
        ..member(&mei, "Mei")
    };
    let here = member(&tom, "Tom");
    let events = local.receive(welcome(vec![tom.info("Tom")], false));
    assert_eq!(events, joined(vec![away.clone(), here.clone()], false));
    assert!(!local.membership.can_relay_to(mei.id()));
    assert_eq!(
        local.membership.next_deadline(),
        Some(local.now + AWAY_TIMEOUT)
    );
    // The connection is lost again: the deadline is cleared until there is a server to ask.
    local.membership.handle_disconnect();
    assert!(local.after(AWAY_TIMEOUT * 2).is_empty());
    assert_eq!(
        local.receive(welcome(vec![tom.info("Tom")], true)),
        joined(vec![away, here], true)
    );
    assert!(
        local
            .after(AWAY_TIMEOUT - Duration::from_millis(1))
            .is_empty()
    );
    let lost = [RoomEvent::PresenceChanged {
        peer: mei.id(),
        presence: Presence::Lost,
    }];
    assert_eq!(local.after(Duration::from_millis(1)), lost);
    assert_eq!(local.membership.next_deadline(), None);
    assert!(local.after(AWAY_TIMEOUT).is_empty());
    // It comes back all the same, and our role is still the offerer.
    let back = [RoomEvent::PresenceChanged {
        peer: mei.id(),
        presence: Presence::Online,
    }];
    assert_eq!(local.receive(mei.joined("Mei")), back);
    let members: Vec<_> = local.membership.members().cloned().collect();
    assert_eq!(members, [member(&mei, "Mei"), member(&tom, "Tom")]);
}

#[test]
fn only_ice_servers_that_a_browser_takes_are_passed_on() {
    let ice = |urls: &[&str], credential: Option<&str>| IceServer {
        urls: urls.iter().map(ToString::to_string).collect(),
        username: credential.map(|_| "user".into()),
        credential: credential.map(Into::into),
    };
    let good = [
        ice(&["stun:stun.example.org"], None),
        ice(&["turn:turn.example.org:3478?transport=udp"], Some("word")),
    ];
    let mut named = vec![
        ice(&[], None),
        ice(&["http://example.org"], None),
        ice(&["stun:a", "stun:a:99999"], None),
        ice(&["turn:turn.example.org"], None),
        ice(&["stun:a"; 100], None),
    ];
    named.extend(good.clone());
    let welcomed = |named: Vec<IceServer>| {
        let mut welcome = welcome(Vec::new(), false);
        if let ServerMessage::Welcome { ice_servers, .. } = &mut welcome {
            *ice_servers = named;
        }
        match LocalPeer::new().receive(welcome).pop() {
            Some(RoomEvent::Joined { ice_servers, .. }) => ice_servers,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(welcomed(named), good);
    assert!(welcomed(vec![good[0].clone(); 500]).len() <= 8);
}

#[test]
fn a_missing_member_that_comes_is_the_same_member() {
    let mei = RemotePeer::new(2);
    let mut local = LocalPeer::joined(vec![mei.info("Mei")]);
    local.membership.handle_disconnect();
    local.receive(welcome(Vec::new(), false));
    assert_eq!(
        local.receive(mei.joined("Mei")),
        [RoomEvent::PresenceChanged {
            peer: mei.id(),
            presence: Presence::Online
        }]
    );
    assert!(local.membership.can_relay_to(mei.id()));
    assert!(local.after(AWAY_TIMEOUT * 2).is_empty());
}

#[test]
fn after_a_resume_departures_and_roles_are_known() {
    let (mei, tom) = (RemotePeer::new(2), RemotePeer::new(3));
    let mut local = LocalPeer::joined(vec![mei.info("Mei")]);
    local.membership.handle_disconnect();
    let events = local.receive(welcome(vec![tom.info("Tom")], true));
    let left = RoomEvent::PeerLeft {
        peer: mei.id(),
        reason: LeftReason::Left,
    };
    let found_us = Member {
        role: Role::Answerer,
        ..member(&tom, "Tom")
    };
    assert_eq!(events[0], left);
    assert_eq!(events[1..], joined(vec![found_us], true));
    // After a new place we are the newcomer again.
    let late = RemotePeer::new(4);
    local.membership.handle_disconnect();
    local.receive(welcome(vec![tom.info("Tom"), late.info("Late")], false));
    let roles: Vec<_> = local.membership.members().map(|m| m.role).collect();
    assert_eq!(roles, [Role::Answerer, Role::Offerer]);
}

#[test]
fn after_a_lost_welcome_a_resumed_place_counts_as_new() {
    let mei = RemotePeer::new(2);
    let mut local = LocalPeer::joined(vec![mei.info("Mei")]);
    local.membership.handle_disconnect();
    // The server has restarted, and its welcome (`resumed: false`) is lost with the connection.
    local.membership.handle_disconnect();
    // So the resumed place is a new one, which Mei has not joined yet.
    let away = Member {
        presence: Presence::Away,
        ..member(&mei, "Mei")
    };
    assert_eq!(
        local.receive(welcome(Vec::new(), true)),
        joined(vec![away], true)
    );
    assert_eq!(
        local.receive(mei.joined("Mei")),
        [RoomEvent::PresenceChanged {
            peer: mei.id(),
            presence: Presence::Online
        }]
    );
    // From here on the server's list counts again.
    local.membership.handle_disconnect();
    let events = local.receive(welcome(Vec::new(), true));
    assert!(matches!(events[0], RoomEvent::PeerLeft { .. }));
}

#[test]
fn a_member_that_is_back_under_another_id_replaces_its_old_one() {
    let (mei, tom, new) = (RemotePeer::new(2), RemotePeer::new(3), RemotePeer::new(4));
    let greeting = |was: PeerId| {
        let again =
            Membership::new(&secret(), new.session.clone()).with_previous_peer_id(Some(was));
        ServerMessage::PeerJoined {
            peer: new.id(),
            hello: again.hello("Mei").unwrap(),
            entered: true,
        }
    };
    let left = RoomEvent::PeerLeft {
        peer: mei.id(),
        reason: LeftReason::Left,
    };
    let mut local = LocalPeer::joined(vec![mei.info("Mei"), tom.info("Tom")]);
    local.receive(ServerMessage::PeerAway { peer: mei.id() });
    let events = local.receive(greeting(mei.id()));
    assert_eq!(events[1..], [left]);
    assert_eq!(local.names(), ["Tom", "Mei"]);
    // A peer that is online is not driven out.
    local.receive(greeting(tom.id()));
    assert_eq!(local.names(), ["Tom", "Mei"]);
}

#[test]
fn a_guest_is_known_as_one_whether_it_comes_or_is_there() {
    let (mut mei, tom) = (RemotePeer::new(2), RemotePeer::new(3));
    mei.membership = mei.membership.with_guest(true);
    let guests = |local: &LocalPeer| -> Vec<(String, bool)> {
        let members = local.membership.members();
        members.map(|m| (m.name.clone(), m.guest)).collect()
    };
    let there = LocalPeer::joined(vec![mei.info("Mei"), tom.info("Tom")]);
    assert_eq!(
        guests(&there),
        [("Mei".into(), true), ("Tom".into(), false)]
    );
    let mut comes = LocalPeer::joined(Vec::new());
    let events = comes.receive(mei.joined("Mei"));
    assert!(matches!(&events[0], RoomEvent::PeerJoined(member) if member.guest));
    assert_eq!(guests(&comes), [("Mei".into(), true)]);
}

#[test]
fn our_own_peer_before_a_crash_is_not_a_member() {
    let (mei, old) = (RemotePeer::new(2), RemotePeer::new(3));
    let mut local = LocalPeer::new();
    local.membership = local.membership.with_previous_peer_id(Some(old.id()));
    let kept = PeerInfo {
        away: true,
        ..old.info("Us")
    };
    local.receive(welcome(vec![mei.info("Mei"), kept], false));
    local.receive(old.joined("Us"));
    assert_eq!(local.names(), ["Mei"]);
}

#[test]
fn counters_of_peers_that_left_are_kept() {
    let mut mei = RemotePeer::new(2);
    let mut local = LocalPeer::joined(vec![mei.info("Mei")]);
    mei.receive_hello_of(&local);
    let old = mei.signal(&local, json!(1));
    assert_eq!(local.receive(signal(&mei, 1, old.clone())).len(), 1);
    local.receive(ServerMessage::PeerLeft {
        peer: mei.id(),
        reason: LeftReason::Left,
    });
    local.receive(mei.joined("Mei"));
    assert!(
        local.receive(signal(&mei, 2, old)).is_empty(),
        "a replay over a rejoin"
    );
    // Our counters do not start again either: the second envelope opens for a receiver of the first.
    let keys = RoomKeys::new(&secret());
    let our_key = SessionKey::from_bytes(&[1; 64]).public();
    let mut theirs = PairCipher::new(&keys, &mei.session, &our_key).unwrap();
    for n in 0..2 {
        let prepared = local.membership.prepare(mei.id(), &json!(n), None).unwrap();
        let envelope = local.membership.seal(mei.id(), &prepared).unwrap();
        assert!(theirs.open(&envelope).is_ok());
        local.receive(ServerMessage::PeerLeft {
            peer: mei.id(),
            reason: LeftReason::Left,
        });
        local.receive(mei.joined("Mei"));
    }
}

#[test]
fn members_are_bounded_whatever_the_server_lists() {
    let peers = (2..100)
        .map(|byte| RemotePeer::new(byte).info("Mei"))
        .collect();
    let local = LocalPeer::joined(peers);
    assert_eq!(local.membership.members().count(), 2 * MAX_PEERS);
}

/// A step of a broken server: any peer, any message, honest and forged hellos and envelopes.
#[derive(Clone, Debug)]
enum Step {
    Say {
        what: u8,
        who: usize,
        whose: usize,
        flag: bool,
        seq: u64,
    },
    Welcome {
        who: Vec<(usize, usize, bool)>,
        resumed: bool,
    },
    Disconnect,
    Wait(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u8..7, 0_usize..5, 0_usize..5, any::<bool>(), any::<u64>())
            .prop_map(|(what, who, whose, flag, seq)| Step::Say { what, who, whose, flag, seq }),
        2 => (prop::collection::vec((0_usize..5, 0_usize..5, any::<bool>()), 0..6), any::<bool>())
            .prop_map(|(who, resumed)| Step::Welcome { who, resumed }),
        1 => Just(Step::Disconnect),
        1 => (0_u64..40).prop_map(Step::Wait),
    ]
}

/// Builds a state from the events and checks that they are consistent.
#[derive(Default)]
struct EventReader {
    present: BTreeSet<PeerId>,
    away: BTreeSet<PeerId>,
    tampering: usize,
}

impl EventReader {
    fn read(&mut self, event: &RoomEvent) {
        match event {
            RoomEvent::Joined { members, .. } => {
                let ids: BTreeSet<_> = members.iter().map(|m| m.id).collect();
                assert_eq!(ids.len(), members.len(), "never two members of one id");
                assert!(
                    self.present.is_subset(&ids),
                    "nobody vanishes without a word"
                );
                self.away = members
                    .iter()
                    .filter(|m| m.presence != Presence::Online)
                    .map(|m| m.id)
                    .collect();
                self.present = ids;
            }
            RoomEvent::PeerJoined(member) => assert!(self.present.insert(member.id)),
            RoomEvent::PresenceChanged {
                peer,
                presence: Presence::Away,
            } => {
                assert!(self.present.contains(peer) && self.away.insert(*peer))
            }
            RoomEvent::PresenceChanged {
                peer,
                presence: Presence::Online,
            } => assert!(self.away.remove(peer)),
            RoomEvent::PeerLeft { peer, .. } => {
                assert!(self.present.remove(peer));
                self.away.remove(peer);
            }
            RoomEvent::PresenceChanged {
                peer,
                presence: Presence::Lost,
            } => {
                assert!(self.present.contains(peer));
                self.away.insert(*peer);
            }
            RoomEvent::PeerEntered { peer, .. } => assert!(self.present.contains(peer)),
            RoomEvent::Signal { from, signal } => {
                assert!(self.present.contains(from));
                assert_eq!(
                    signal["from"],
                    json!(from.to_string()),
                    "nobody speaks for another"
                );
            }
            RoomEvent::Tampering => self.tampering += 1,
            RoomEvent::IceServers(_) => {}
            RoomEvent::Reconnecting
            | RoomEvent::ServerEnded
            | RoomEvent::Unreachable
            | RoomEvent::Failed(_) => {
                unreachable!()
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_sequence_of_messages_keeps_the_events_consistent(steps in prop::collection::vec(any_step(), 1..80)) {
        let mut local = LocalPeer::new();
        let mut others: Vec<_> = (2..7).map(RemotePeer::new).collect();
        for other in &mut others {
            other.receive_hello_of(&local);
        }
        let mut reader = EventReader::default();
        for step in steps {
            let events = match step {
                Step::Welcome { who, resumed } => {
                    let peers = who.into_iter().map(|(who, whose, away)| PeerInfo {
                        peer: others[who].id(), hello: others[whose].hello("x"), entered: away, away,
                    }).collect();
                    local.receive(welcome(peers, resumed))
                }
                Step::Disconnect => { local.membership.handle_disconnect(); Vec::new() }
                Step::Wait(seconds) => local.after(Duration::from_secs(seconds)),
                Step::Say { what, who, whose, flag, seq } => {
                    let peer = others[who].id();
                    let hello = others[whose].hello("y");
                    let message = match what {
                        0 => ServerMessage::PeerJoined { peer, hello, entered: flag },
                        1 => ServerMessage::PeerEntered { peer, hello },
                        2 => ServerMessage::PeerAway { peer },
                        3 => ServerMessage::PeerBack { peer },
                        4 => ServerMessage::PeerLeft { peer, reason: LeftReason::Gone },
                        _ => {
                            let says = json!({ "from": others[whose].id().to_string() });
                            let envelope = others[whose].signal(&local, says);
                            ServerMessage::Signal { from: peer, seq, envelope }
                        }
                    };
                    local.receive(message)
                }
            };
            for event in &events {
                reader.read(event);
            }
            let listed: BTreeSet<_> = local.membership.members().map(|m| m.id).collect();
            prop_assert_eq!(&listed, &reader.present);
            let away: BTreeSet<_> = local.membership.members().filter(|m| m.presence != Presence::Online).map(|m| m.id).collect();
            prop_assert_eq!(&away, &reader.away);
        }
        prop_assert!(reader.tampering <= 1);
    }

    #[test]
    fn random_envelopes_never_open(texts in prop::collection::vec("[A-Za-z0-9_-]{0,200}", 1..20)) {
        let mei = RemotePeer::new(2);
        let mut local = LocalPeer::joined(vec![mei.info("Mei")]);
        for text in texts {
            let events = local.receive(signal(&mei, 1, Sealed(text)));
            let only_tampering = events.iter().all(|e| *e == RoomEvent::Tampering);
            prop_assert!(only_tampering);
        }
        prop_assert_eq!(local.names(), ["Mei"]);
    }
}

/// A member that puts malformed signals into valid envelopes harms nobody else.
#[test]
fn malformed_signals_of_a_member_are_dropped() {
    let mei = RemotePeer::new(2);
    let mut local = LocalPeer::joined(vec![mei.info("Mei")]);
    let keys = RoomKeys::new(&secret());
    let mut seal = PairCipher::new(
        &keys,
        &mei.session,
        &SessionKey::from_bytes(&[1; 64]).public(),
    )
    .unwrap();
    for plain in [
        &b""[..],
        b"1234567",
        b"\0\0\0\0\0\0\0\x01",
        b"\0\0\0\0\0\0\0\x02{",
        b"\0\0\0\0\0\0\0\0{}",
    ] {
        assert!(
            local
                .receive(signal(&mei, 1, seal.seal(plain).unwrap()))
                .is_empty()
        );
    }
    let deep = [b"\0\0\0\0\0\0\0\x03".to_vec(), vec![b'['; 30_000]].concat();
    assert!(
        local
            .receive(signal(&mei, 1, seal.seal(&deep).unwrap()))
            .is_empty()
    );
    let hello = keys
        .seal_hello(&mei.session, &Hello::new("\u{202e}Mei"))
        .unwrap();
    local.receive(ServerMessage::PeerEntered {
        peer: mei.id(),
        hello,
    });
    assert_eq!(local.names(), ["Mei"]);
}
