//! What a server claims, and what a client makes of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use parlour_signaling::client::membership::Membership;
use parlour_signaling::client::{Member, Presence, Role, RoomEvent, SignalError};
use parlour_signaling::crypto::{Hello, PairCipher, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::limits::{AWAY_TIMEOUT, MAX_PEERS};
use parlour_signaling::protocol::{
    IceServer, LeftReason, Limits, PeerId, PeerInfo, Sealed, ServerMessage,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const SERVER: &str = "10.0.0.1:9000";

fn secret() -> RoomSecret {
    RoomSecret::from_bytes([7; 16])
}

/// Somebody else in the room, as their own client.
struct Other {
    session: SessionKey,
    membership: Membership,
}

impl Other {
    fn new(byte: u8) -> Self {
        let session = SessionKey::from_bytes([byte; 32]);
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

    /// Learns of us, so that it can seal for us.
    fn meet(&mut self, us: &Us) {
        let hello = us.membership.hello("Us").unwrap();
        let info = PeerInfo {
            peer: us.membership.peer_id(),
            hello,
            entered: true,
            away: false,
        };
        self.membership
            .handle_message(welcome(vec![info], false), &server(), us.now);
    }

    fn signal(&mut self, us: &Us, signal: Value) -> Sealed {
        let to = us.membership.peer_id();
        let prepared = self.membership.prepare(to, &signal, None).unwrap();
        self.membership.seal(to, &prepared).unwrap()
    }
}

struct Us {
    membership: Membership,
    now: Instant,
}

impl Us {
    fn new() -> Self {
        let session = SessionKey::from_bytes([1; 32]);
        Self {
            membership: Membership::new(&secret(), session),
            now: Instant::now(),
        }
    }

    fn joined(peers: Vec<PeerInfo>) -> Self {
        let mut us = Self::new();
        us.receive(welcome(peers, false));
        us
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
    }]
}

fn member(other: &Other, name: &str) -> Member {
    Member {
        id: other.id(),
        name: name.into(),
        entered: true,
        presence: Presence::Online,
        role: Role::Offerer,
    }
}

fn signal(from: &Other, seq: u64, envelope: Sealed) -> ServerMessage {
    ServerMessage::Signal {
        from: from.id(),
        seq,
        envelope,
    }
}

#[test]
fn membership_is_who_proves_to_be_there() {
    let (mei, tom) = (Other::new(2), Other::new(3));
    let mut us = Us::new();
    // Before a welcome nothing counts.
    assert!(us.receive(mei.joined("Mei")).is_empty());
    let swapped = PeerInfo {
        hello: mei.hello("Mei"),
        ..tom.info("Tom")
    };
    let garbage = PeerInfo {
        hello: Sealed("AAAA".into()),
        ..tom.info("Tom")
    };
    let own = PeerInfo {
        peer: us.membership.peer_id(),
        hello: us.membership.hello("Us").unwrap(),
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
        us.receive(welcome(peers, false)),
        joined(vec![member(&mei, "Mei")], false)
    );
    // A second welcome on one connection is nonsense.
    assert!(us.receive(welcome(vec![tom.info("Tom")], false)).is_empty());
    // One of another room does not exist.
    let stranger = Membership::new(&RoomSecret::from_bytes([8; 16]), tom.session.clone());
    let hello = stranger.hello("Tom").unwrap();
    assert!(
        us.receive(ServerMessage::PeerJoined {
            peer: tom.id(),
            hello,
            entered: false
        })
        .is_empty()
    );
    assert_eq!(us.names(), ["Mei"]);
    let tom_joined = Member {
        entered: false,
        role: Role::Answerer,
        ..member(&tom, "Tom")
    };
    assert_eq!(
        us.receive(tom.joined("Tom")),
        [RoomEvent::PeerJoined(tom_joined)]
    );
}

#[test]
fn membership_says_nothing_twice() {
    let mei = Other::new(2);
    let id = mei.id();
    let mut us = Us::joined(Vec::new());
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
        assert_eq!(us.receive(message.clone()).len(), events, "{message:?}");
        assert_eq!(us.receive(message.clone()).len(), 0, "{message:?} again");
    }
    for message in [
        ServerMessage::PeerBack { peer: id },
        ServerMessage::PeerAway { peer: id },
        ServerMessage::PeerEntered {
            peer: id,
            hello: mei.hello("Mei"),
        },
    ] {
        assert!(us.receive(message).is_empty(), "nobody of that id is here");
    }
}

#[test]
fn membership_signals_open_once_and_only_for_us() {
    let (mut mei, mut tom) = (Other::new(2), Other::new(3));
    let mut us = Us::joined(vec![mei.info("Mei"), tom.info("Tom")]);
    mei.meet(&us);
    tom.meet(&us);
    let one = mei.signal(&us, json!({"n": 1}));
    let event = RoomEvent::Signal {
        from: mei.id(),
        signal: json!({"n": 1}),
    };
    assert_eq!(us.receive(signal(&mei, 1, one.clone())), [event]);
    assert_eq!(us.membership.seen(), 1);
    assert!(
        us.receive(signal(&mei, 2, one.clone())).is_empty(),
        "replayed"
    );
    assert!(
        us.receive(signal(&tom, 3, one)).is_empty(),
        "under another's name"
    );
    assert_eq!(us.membership.seen(), 3);
    assert!(
        us.receive(signal(&tom, u64::MAX, Sealed(String::new())))
            .is_empty()
    );
    assert_eq!(us.membership.seen(), 3, "a leap is a lie");
    assert_eq!(
        us.membership.prepare(Other::new(4).id(), &json!(1), None),
        Err(SignalError::UnknownPeer)
    );
}

#[test]
fn membership_takes_a_signal_that_was_sent_again_once() {
    let mut mei = Other::new(2);
    let mut us = Us::joined(vec![mei.info("Mei")]);
    mei.meet(&us);
    let to = us.membership.peer_id();
    let prepared = mei.membership.prepare(to, &json!("hi"), None).unwrap();
    let twice = [0; 2].map(|_| mei.membership.seal(to, &prepared).unwrap());
    assert_ne!(twice[0], twice[1], "never one nonce twice");
    let events: Vec<_> = twice
        .into_iter()
        .flat_map(|e| us.receive(signal(&mei, 0, e)))
        .collect();
    assert_eq!(events.len(), 1);
}

#[test]
fn membership_tells_of_tampering_once() {
    let mut mei = Other::new(2);
    let mut us = Us::joined(vec![mei.info("Mei")]);
    mei.meet(&us);
    let mut told = Vec::new();
    for seq in 1..=20 {
        told.extend(us.receive(signal(&mei, seq, Sealed("x".repeat(40)))));
        if seq < 5 {
            assert!(told.is_empty());
        }
    }
    assert_eq!(told, [RoomEvent::Tampering]);
    let honest = mei.signal(&us, json!(1));
    assert_eq!(us.receive(signal(&mei, 21, honest)).len(), 1);
}

#[test]
fn membership_after_a_restart_waits_for_those_who_are_slower() {
    let (mei, tom) = (Other::new(2), Other::new(3));
    let mut us = Us::joined(vec![mei.info("Mei"), tom.info("Tom")]);
    us.membership.handle_disconnect();
    assert_eq!(us.membership.next_deadline(), None);
    let away = Member {
        presence: Presence::Away,
        ..member(&mei, "Mei")
    };
    let here = member(&tom, "Tom");
    let events = us.receive(welcome(vec![tom.info("Tom")], false));
    assert_eq!(events, joined(vec![away.clone(), here.clone()], false));
    assert!(!us.membership.can_relay_to(mei.id()));
    assert_eq!(us.membership.next_deadline(), Some(us.now + AWAY_TIMEOUT));
    // It is lost again: the clock stops until there is a server to ask.
    us.membership.handle_disconnect();
    assert!(us.after(AWAY_TIMEOUT * 2).is_empty());
    assert_eq!(
        us.receive(welcome(vec![tom.info("Tom")], true)),
        joined(vec![away, here], true)
    );
    assert!(us.after(AWAY_TIMEOUT - Duration::from_millis(1)).is_empty());
    let lost = [RoomEvent::PresenceChanged {
        peer: mei.id(),
        presence: Presence::Lost,
    }];
    assert_eq!(us.after(Duration::from_millis(1)), lost);
    assert_eq!(us.membership.next_deadline(), None);
    assert!(us.after(AWAY_TIMEOUT).is_empty());
    // It comes back all the same, and our role is still the offerer.
    let back = [RoomEvent::PresenceChanged {
        peer: mei.id(),
        presence: Presence::Online,
    }];
    assert_eq!(us.receive(mei.joined("Mei")), back);
    let members: Vec<_> = us.membership.members().cloned().collect();
    assert_eq!(members, [member(&mei, "Mei"), member(&tom, "Tom")]);
}

#[test]
fn membership_passes_on_only_ice_servers_that_a_browser_takes() {
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
        match Us::new().receive(welcome).pop() {
            Some(RoomEvent::Joined { ice_servers, .. }) => ice_servers,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(welcomed(named), good);
    assert!(welcomed(vec![good[0].clone(); 500]).len() <= 8);
}

#[test]
fn membership_of_the_missing_goes_on_when_they_come() {
    let mei = Other::new(2);
    let mut us = Us::joined(vec![mei.info("Mei")]);
    us.membership.handle_disconnect();
    us.receive(welcome(Vec::new(), false));
    assert_eq!(
        us.receive(mei.joined("Mei")),
        [RoomEvent::PresenceChanged {
            peer: mei.id(),
            presence: Presence::Online
        }]
    );
    assert!(us.membership.can_relay_to(mei.id()));
    assert!(us.after(AWAY_TIMEOUT * 2).is_empty());
}

#[test]
fn membership_after_a_resume_knows_who_left_and_who_found_us() {
    let (mei, tom) = (Other::new(2), Other::new(3));
    let mut us = Us::joined(vec![mei.info("Mei")]);
    us.membership.handle_disconnect();
    let events = us.receive(welcome(vec![tom.info("Tom")], true));
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
    let late = Other::new(4);
    us.membership.handle_disconnect();
    us.receive(welcome(vec![tom.info("Tom"), late.info("Late")], false));
    let roles: Vec<_> = us.membership.members().map(|m| m.role).collect();
    assert_eq!(roles, [Role::Answerer, Role::Offerer]);
}

#[test]
fn membership_does_not_take_the_place_for_the_old_one_after_a_welcome_that_never_came() {
    let mei = Other::new(2);
    let mut us = Us::joined(vec![mei.info("Mei")]);
    us.membership.handle_disconnect();
    // The server has begun anew, and its welcome (`resumed: false`) is lost with the connection.
    us.membership.handle_disconnect();
    // So the place that is resumed is one that Mei has not come to yet.
    let away = Member {
        presence: Presence::Away,
        ..member(&mei, "Mei")
    };
    assert_eq!(
        us.receive(welcome(Vec::new(), true)),
        joined(vec![away], true)
    );
    assert_eq!(
        us.receive(mei.joined("Mei")),
        [RoomEvent::PresenceChanged {
            peer: mei.id(),
            presence: Presence::Online
        }]
    );
    // From here on the server's word counts again.
    us.membership.handle_disconnect();
    let events = us.receive(welcome(Vec::new(), true));
    assert!(matches!(events[0], RoomEvent::PeerLeft { .. }));
}

#[test]
fn membership_misses_nobody_who_is_back_under_another_id() {
    let (mei, tom, new) = (Other::new(2), Other::new(3), Other::new(4));
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
    let mut us = Us::joined(vec![mei.info("Mei"), tom.info("Tom")]);
    us.receive(ServerMessage::PeerAway { peer: mei.id() });
    let events = us.receive(greeting(mei.id()));
    assert_eq!(events[1..], [left]);
    assert_eq!(us.names(), ["Tom", "Mei"]);
    // Nobody is driven out who is there.
    us.receive(greeting(tom.id()));
    assert_eq!(us.names(), ["Tom", "Mei"]);
}

#[test]
fn membership_does_not_meet_who_we_were_before_a_crash() {
    let (mei, old) = (Other::new(2), Other::new(3));
    let mut us = Us::new();
    us.membership = us.membership.with_previous_peer_id(Some(old.id()));
    let kept = PeerInfo {
        away: true,
        ..old.info("Us")
    };
    us.receive(welcome(vec![mei.info("Mei"), kept], false));
    us.receive(old.joined("Us"));
    assert_eq!(us.names(), ["Mei"]);
}

#[test]
fn membership_keeps_counters_of_those_who_left() {
    let mut mei = Other::new(2);
    let mut us = Us::joined(vec![mei.info("Mei")]);
    mei.meet(&us);
    let old = mei.signal(&us, json!(1));
    assert_eq!(us.receive(signal(&mei, 1, old.clone())).len(), 1);
    us.receive(ServerMessage::PeerLeft {
        peer: mei.id(),
        reason: LeftReason::Left,
    });
    us.receive(mei.joined("Mei"));
    assert!(
        us.receive(signal(&mei, 2, old)).is_empty(),
        "a replay over a rejoin"
    );
    // Ours do not start anew either: the second envelope opens for who has seen the first.
    let keys = RoomKeys::new(&secret());
    let our_key = SessionKey::from_bytes([1; 32]).public();
    let mut theirs = PairCipher::new(&keys, &mei.session, &our_key).unwrap();
    for n in 0..2 {
        let prepared = us.membership.prepare(mei.id(), &json!(n), None).unwrap();
        let envelope = us.membership.seal(mei.id(), &prepared).unwrap();
        assert!(theirs.open(&envelope).is_ok());
        us.receive(ServerMessage::PeerLeft {
            peer: mei.id(),
            reason: LeftReason::Left,
        });
        us.receive(mei.joined("Mei"));
    }
}

#[test]
fn membership_is_bounded_whatever_the_server_lists() {
    let peers = (2..100).map(|byte| Other::new(byte).info("Mei")).collect();
    let us = Us::joined(peers);
    assert_eq!(us.membership.members().count(), 2 * MAX_PEERS);
}

/// A step of a server that has lost its mind: any peer, any message, honest and forged hellos and envelopes.
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

/// A reader of the events, who believes every one of them.
#[derive(Default)]
struct Reader {
    present: BTreeSet<PeerId>,
    away: BTreeSet<PeerId>,
    tampering: usize,
}

impl Reader {
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
            RoomEvent::Reconnecting | RoomEvent::Unreachable | RoomEvent::Failed(_) => {
                unreachable!()
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn membership_is_never_confused(steps in prop::collection::vec(any_step(), 1..80)) {
        let mut us = Us::new();
        let mut others: Vec<_> = (2..7).map(Other::new).collect();
        for other in &mut others {
            other.meet(&us);
        }
        let mut reader = Reader::default();
        for step in steps {
            let events = match step {
                Step::Welcome { who, resumed } => {
                    let peers = who.into_iter().map(|(who, whose, away)| PeerInfo {
                        peer: others[who].id(), hello: others[whose].hello("x"), entered: away, away,
                    }).collect();
                    us.receive(welcome(peers, resumed))
                }
                Step::Disconnect => { us.membership.handle_disconnect(); Vec::new() }
                Step::Wait(seconds) => us.after(Duration::from_secs(seconds)),
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
                            let envelope = others[whose].signal(&us, says);
                            ServerMessage::Signal { from: peer, seq, envelope }
                        }
                    };
                    us.receive(message)
                }
            };
            for event in &events {
                reader.read(event);
            }
            let listed: BTreeSet<_> = us.membership.members().map(|m| m.id).collect();
            prop_assert_eq!(&listed, &reader.present);
            let away: BTreeSet<_> = us.membership.members().filter(|m| m.presence != Presence::Online).map(|m| m.id).collect();
            prop_assert_eq!(&away, &reader.away);
        }
        prop_assert!(reader.tampering <= 1);
    }

    #[test]
    fn membership_opens_nothing_that_is_random(texts in prop::collection::vec("[A-Za-z0-9_-]{0,200}", 1..20)) {
        let mei = Other::new(2);
        let mut us = Us::joined(vec![mei.info("Mei")]);
        for text in texts {
            let events = us.receive(signal(&mei, 1, Sealed(text)));
            let only_tampering = events.iter().all(|e| *e == RoomEvent::Tampering);
            prop_assert!(only_tampering);
        }
        prop_assert_eq!(us.names(), ["Mei"]);
    }
}

/// A member that knows the secret but makes rubbish inside its own envelopes harms nobody else.
#[test]
fn membership_takes_no_rubbish_from_a_member() {
    let mei = Other::new(2);
    let mut us = Us::joined(vec![mei.info("Mei")]);
    let keys = RoomKeys::new(&secret());
    let mut seal = PairCipher::new(
        &keys,
        &mei.session,
        &SessionKey::from_bytes([1; 32]).public(),
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
            us.receive(signal(&mei, 1, seal.seal(plain).unwrap()))
                .is_empty()
        );
    }
    let deep = [b"\0\0\0\0\0\0\0\x03".to_vec(), vec![b'['; 30_000]].concat();
    assert!(
        us.receive(signal(&mei, 1, seal.seal(&deep).unwrap()))
            .is_empty()
    );
    let hello = keys
        .seal_hello(&mei.session, &Hello::new("\u{202e}Mei"))
        .unwrap();
    us.receive(ServerMessage::PeerEntered {
        peer: mei.id(),
        hello,
    });
    assert_eq!(us.names(), ["Mei"]);
}
