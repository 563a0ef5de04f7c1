//! What happens in a room, with the time in the test's hand.

use std::time::Duration;

use parlour_signaling::protocol::ServerErrorCode::{self, *};
use parlour_signaling::protocol::limits::{
    AWAY_TIMEOUT, FRAME_BURST, FRAMES_PER_SECOND, JOIN_TIMEOUT, MAX_ENVELOPE_BYTES,
    MAX_HELLO_BYTES, MAX_PEERS, MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, RESERVED_FRAMES,
};
use parlour_signaling::protocol::{ClientMessage, LeftReason, PeerInfo, ServerMessage};
use parlour_signaling::server::rooms::{ConnId, Inbound};

use super::harness::{Ended, Stage};
use crate::test_messages::{enter, hello, join, join_seen, peer, resume, room, sealed, signal};

const INSTANT: Duration = Duration::from_millis(1);

fn info(n: u8, entered: bool, away: bool) -> PeerInfo {
    PeerInfo {
        peer: peer(n),
        hello: hello(n),
        entered,
        away,
    }
}

fn welcome(message: ServerMessage) -> (Vec<PeerInfo>, bool) {
    match message {
        ServerMessage::Welcome { peers, resumed, .. } => (peers, resumed),
        other => panic!("{other:?} is no welcome"),
    }
}

fn left(n: u8, reason: LeftReason) -> ServerMessage {
    let peer = peer(n);
    ServerMessage::PeerLeft { peer, reason }
}

fn joined(n: u8) -> ServerMessage {
    ServerMessage::PeerJoined {
        peer: peer(n),
        hello: hello(n),
        entered: false,
    }
}

fn received(from: u8, seq: u64, text: &str) -> ServerMessage {
    ServerMessage::Signal {
        from: peer(from),
        seq,
        envelope: sealed(text),
    }
}

/// Not the end of its sender's connection: what it does for others goes on.
fn one_too_many() -> ServerMessage {
    ServerMessage::Error {
        code: TooManyMessages,
        fatal: false,
        about: Some("signal".to_owned()),
    }
}

fn fatal(code: ServerErrorCode) -> Option<Ended> {
    Some(Ended::Closed(Some(code)))
}

/// Peers 1, 2, … in room 1, with empty trays.
fn gathering<const N: usize>() -> (Stage, [ConnId; N]) {
    let mut stage = Stage::new();
    let conns = std::array::from_fn(|n| stage.connect_with(join(1, n as u8 + 1)));
    for conn in conns {
        stage.take(conn);
    }
    (stage, conns)
}

#[test]
fn a_peer_comes_to_the_lobby_enters_and_leaves() {
    let mut stage = Stage::new();
    let ada = stage.connect_with(join(1, 1));
    assert_eq!(welcome(stage.take_one(ada)), (vec![], false));
    stage.say(ada, enter(1));
    assert_eq!(stage.take(ada), []);

    let bob = stage.connect_with(join(1, 2));
    assert_eq!(
        welcome(stage.take_one(bob)),
        (vec![info(1, true, false)], false)
    );
    assert_eq!(stage.take_one(ada), joined(2));

    let renamed = sealed("Bob, as he calls himself now");
    stage.say(
        bob,
        ClientMessage::Enter {
            hello: renamed.clone(),
        },
    );
    let entered = ServerMessage::PeerEntered {
        peer: peer(2),
        hello: renamed.clone(),
    };
    assert_eq!(stage.take_one(ada), entered);
    stage.say(bob, ClientMessage::Enter { hello: renamed });
    assert_eq!(stage.take(ada), [], "that was no news");

    stage.say(bob, ClientMessage::Leave {});
    assert_eq!(stage.take_one(ada), left(2, LeftReason::Left));
    assert_eq!(stage.ended(bob), Some(Ended::Closed(None)));
    stage.say(ada, ClientMessage::Leave {});
    assert_eq!(
        (stage.registry.rooms(), stage.registry.connections()),
        (0, 0)
    );
    assert_eq!(stage.registry.next_deadline(), None);
}

#[test]
fn a_welcome_lists_everybody_in_the_order_of_their_coming() {
    let (mut stage, [_, two, three]) = gathering();
    stage.disconnect(two);
    stage.say(three, enter(3));
    let four = stage.connect_with(join(1, 4));
    let expected = vec![
        info(1, false, false),
        info(2, false, true),
        info(3, true, false),
    ];
    assert_eq!(welcome(stage.take_one(four)), (expected, false));
}

#[test]
fn a_room_takes_eight_and_the_away_count() {
    let (mut stage, conns) = gathering::<MAX_PEERS>();
    stage.disconnect(conns[3]);
    let ninth = stage.connect_with(join(1, 9));
    assert_eq!(stage.take_errors(ninth), [RoomFull]);
    assert_eq!(stage.ended(ninth), fatal(RoomFull));
    let elsewhere = stage.connect_with(join(2, 9));
    assert!(welcome(stage.take_one(elsewhere)).0.is_empty());

    let back = stage.connect_with(join(1, 4));
    assert!(welcome(stage.take_one(back)).1);
    stage.say(back, ClientMessage::Leave {});
    let ninth = stage.connect_with(join(1, 10));
    assert_eq!(welcome(stage.take_one(ninth)).0.len(), MAX_PEERS - 1);
}

#[test]
fn a_signal_goes_to_one_peer_of_the_room_and_nowhere_else() {
    let (mut stage, [ada, bob, eve]) = gathering();
    let other_room = stage.connect_with(join(2, 4));
    stage.take(other_room);
    stage.say(ada, signal(2, "a"));
    stage.say(eve, signal(2, "b"));
    assert_eq!(stage.take(bob), [received(1, 1, "a"), received(3, 2, "b")]);
    for nobody in [4, 7, 1] {
        stage.say(ada, signal(nobody, "c"));
        assert_eq!(stage.take_errors(ada), [UnknownPeer]);
    }
    assert_eq!(stage.ended(ada), None);
    assert_eq!(stage.take(other_room), []);
    assert_eq!(stage.take(eve), []);
}

#[test]
fn a_connection_has_to_join_first_in_time_and_once() {
    let mut stage = Stage::new();
    let hasty = stage.connect_with(enter(1));
    assert_eq!(stage.take_errors(hasty), [NotJoined]);
    assert_eq!(stage.ended(hasty), fatal(NotJoined));

    let slow = stage.connect();
    stage.receive(slow, Inbound::from_text(r#"{"type":"from_the_future"}"#));
    assert_eq!(stage.take_errors(slow), [UnknownType]);
    stage.wait(JOIN_TIMEOUT - INSTANT);
    assert_eq!(stage.ended(slow), None);
    stage.wait(INSTANT);
    assert_eq!(stage.ended(slow), fatal(NotJoined));
    stage.say(slow, join(1, 1));
    assert_eq!(stage.registry.peers(), 0, "too late");

    let twice = stage.connect_with(join(1, 1));
    stage.say(twice, join(2, 1));
    assert_eq!(stage.take_errors(twice), [AlreadyJoined]);
    assert_eq!((stage.ended(twice), stage.registry.rooms()), (None, 1));
    stage.wait(2 * JOIN_TIMEOUT);
    assert_eq!(stage.ended(twice), None);
}

#[test]
fn who_vanishes_is_away_and_then_gone() {
    let (mut stage, [ada, bob]) = gathering();
    stage.disconnect(bob);
    assert_eq!(
        stage.take_one(ada),
        ServerMessage::PeerAway { peer: peer(2) }
    );
    stage.wait(AWAY_TIMEOUT - INSTANT);
    assert_eq!(stage.take(ada), []);
    stage.wait(INSTANT);
    assert_eq!(stage.take_one(ada), left(2, LeftReason::Gone));
    stage.disconnect(ada);
    stage.wait(AWAY_TIMEOUT);
    assert_eq!((stage.registry.peers(), stage.registry.rooms()), (0, 0));
}

#[test]
fn who_comes_back_in_time_gets_what_was_kept_in_order_and_once() {
    let (mut stage, [ada, bob]) = gathering();
    stage.say(ada, signal(2, "1"));
    stage.say(ada, signal(2, "2"));
    // The first was read; the second was on its way when the connection was lost.
    stage.disconnect(bob);
    stage.say(ada, signal(2, "3"));
    stage.take(ada);
    stage.wait(AWAY_TIMEOUT - INSTANT);

    let bob = stage.connect_with(join_seen(1, 2, 1));
    let messages = stage.take(bob);
    assert_eq!(messages[1..], [received(1, 2, "2"), received(1, 3, "3")]);
    assert_eq!(
        welcome(messages[0].clone()),
        (vec![info(1, false, false)], true)
    );
    assert_eq!(
        stage.take_one(ada),
        ServerMessage::PeerBack { peer: peer(2) }
    );
    stage.wait(2 * AWAY_TIMEOUT);
    assert_eq!(stage.take(ada), [], "the old deadline is off");

    stage.disconnect(bob);
    let bob = stage.connect_with(join_seen(1, 2, 3));
    assert_eq!(stage.take(bob).len(), 1, "nothing a second time");
}

#[test]
fn a_pong_lets_the_signals_before_it_be_forgotten() {
    let (mut stage, [ada, bob]) = gathering();
    for text in ["1", "2", "3"] {
        stage.say(ada, signal(2, text));
    }
    stage.receive(bob, Inbound::Pong { confirms: 2 });
    let again = stage.connect_with(join_seen(1, 2, 2));
    assert_eq!(stage.take(again)[1..], [received(1, 3, "3")]);
}

#[test]
fn who_comes_back_while_the_old_connection_seems_open_replaces_it() {
    let (mut stage, [ada, old]) = gathering();
    let new = stage.connect_with(join(1, 2));
    assert!(welcome(stage.take_one(new)).1);
    assert_eq!(stage.take_errors(old), [Replaced]);
    assert_eq!(stage.ended(old), fatal(Replaced));
    stage.disconnect(old);
    stage.say(ada, signal(2, "still there"));
    assert_eq!(stage.take(ada), [], "the others notice nothing");
    assert_eq!(stage.take_one(new), received(1, 1, "still there"));
}

#[test]
fn nobody_else_gets_the_place() {
    let (mut stage, [ada, bob]) = gathering();
    let thief = |stage: &mut Stage| {
        let thief = stage.connect_with(ClientMessage::Join {
            room: room(1),
            peer: peer(2),
            resume: resume(9),
            hello: hello(2),
            entered: true,
            seen: 0,
        });
        assert_eq!(stage.take_errors(thief), [PeerTaken]);
        assert_eq!(stage.ended(thief), fatal(PeerTaken));
    };
    thief(&mut stage);
    assert_eq!(
        (stage.ended(bob), stage.take(bob), stage.take(ada)),
        (None, vec![], vec![])
    );
    stage.disconnect(bob);
    thief(&mut stage);
    let back = stage.connect_with(join(1, 2));
    assert!(welcome(stage.take_one(back)).1);
}

#[test]
fn who_entered_while_away_has_entered() {
    let (mut stage, [ada, bob]) = gathering();
    stage.disconnect(bob);
    stage.take(ada);
    let renamed = sealed("Robert");
    stage.connect_with(ClientMessage::Join {
        room: room(1),
        peer: peer(2),
        resume: resume(2),
        hello: renamed.clone(),
        entered: true,
        seen: 0,
    });
    let (peer, hello) = (peer(2), renamed);
    assert_eq!(
        stage.take(ada),
        [
            ServerMessage::PeerBack { peer },
            ServerMessage::PeerEntered { peer, hello }
        ]
    );
}

#[test]
fn after_a_restart_everybody_is_as_before_and_numbers_go_on() {
    let mut stage = Stage::new();
    let ada = stage.connect_with(join_seen(1, 1, 40));
    let bob = stage.connect_with(ClientMessage::Join {
        room: room(1),
        peer: peer(2),
        resume: resume(2),
        hello: hello(2),
        entered: true,
        seen: 0,
    });
    assert!(!welcome(stage.take(bob).remove(0)).1);
    assert!(matches!(
        stage.take(ada)[1],
        ServerMessage::PeerJoined { entered: true, .. }
    ));
    stage.say(bob, signal(1, "new"));
    // Ada lost this connection before she read its welcome: she still says 40, of the server before.
    stage.disconnect(ada);
    let ada = stage.connect_with(join_seen(1, 1, 40));
    assert_eq!(stage.take(ada)[1..], [received(2, 41, "new")]);
}

#[test]
fn signals_for_one_that_is_away_are_bounded() {
    let (mut stage, [ada, bob, eve]) = gathering();
    stage.disconnect(bob);
    for n in 0..MAX_QUEUED_FRAMES / 2 {
        stage.say(ada, signal(2, n.to_string()));
        stage.say(eve, signal(2, n.to_string()));
    }
    let mia = stage.connect_with(join(1, 4));
    stage.take(mia);
    stage.say(mia, signal(2, "one too many"));
    assert_eq!(stage.take(mia), [], "whoever comes later is heard");
    for conn in [ada, eve] {
        stage.say(conn, signal(2, "more"));
        assert_eq!(stage.take(conn).last(), Some(&one_too_many()));
    }
    for n in 1..=RESERVED_FRAMES {
        assert_eq!(stage.take(mia), []);
        stage.say(mia, signal(2, n.to_string()));
    }
    assert_eq!(stage.take_one(mia), one_too_many());
    // Nobody drives out one that is away, under however many ids.
    for id in 5..100 {
        let late = stage.connect_with(join(1, id));
        stage.take(late);
        for n in 0..=RESERVED_FRAMES {
            stage.say(late, signal(2, n.to_string()));
        }
        stage.say(late, ClientMessage::Leave {});
    }
    let bob = stage.connect_with(join(1, 2));
    let back = stage.take(bob);
    assert!(welcome(back[0].clone()).1, "all is there");
    let most = MAX_QUEUED_FRAMES + MAX_PEERS * RESERVED_FRAMES;
    assert_eq!(back.len() - 1, most);
}

#[test]
fn who_comes_back_hears_who_has_left_meanwhile() {
    let (mut stage, [ada, bob, eve, mia]) = gathering();
    let departed = |message: ServerMessage| match message {
        ServerMessage::Welcome { left, .. } => left.iter().map(|l| l.reason).collect::<Vec<_>>(),
        other => panic!("{other:?} is no welcome"),
    };
    // Said to a connection that is dead, though nobody knows.
    stage.say(eve, ClientMessage::Leave {});
    stage.disconnect(mia);
    stage.wait(AWAY_TIMEOUT - Duration::from_secs(1));
    stage.disconnect(bob);
    stage.wait(Duration::from_secs(2));
    let back = stage.connect_with(join(1, 2));
    let told = departed(stage.take_one(back));
    assert_eq!(told, [LeftReason::Left, LeftReason::Gone]);
    stage.say(ada, ClientMessage::Leave {});
    let newcomer = stage.connect_with(join(1, 9));
    assert_eq!(departed(stage.take_one(newcomer)), [], "before its time");
}

#[test]
fn bytes_for_one_that_is_away_are_bounded_too() {
    let (mut stage, [ada, bob, eve, mia]) = gathering();
    stage.disconnect(bob);
    stage.take(ada);
    let large = "x".repeat(MAX_ENVELOPE_BYTES);
    for _ in 0..7 {
        for conn in [ada, eve, mia] {
            stage.say(conn, signal(2, large.clone()));
        }
    }
    assert_eq!(stage.take(ada).last(), Some(&one_too_many()));
    let bob = stage.connect_with(join(1, 2));
    let back = stage.take(bob);
    assert!(welcome(back[0].clone()).1);
    assert!((back.len() - 1) * large.len() < 2 * MAX_QUEUED_BYTES);
}

#[test]
fn one_sender_fills_no_more_than_half_of_what_is_kept_for_another() {
    let (mut stage, [ada, bob, eve]) = gathering();
    let half = MAX_QUEUED_FRAMES / 2;
    // Bob may be slow at first, and is away then: both are the same to her.
    for n in 0..half {
        stage.say(eve, signal(2, n.to_string()));
    }
    assert_eq!(stage.take(eve), []);
    stage.say(eve, signal(2, "one too many"));
    assert_eq!(stage.take_one(eve), one_too_many());
    stage.disconnect(bob);
    stage.take(ada);
    stage.take(eve);
    for _ in 0..half {
        stage.say(eve, signal(2, "more"));
        assert_eq!(stage.take_one(eve), one_too_many());
    }
    assert_eq!(stage.ended(eve), None);
    stage.say(eve, signal(1, "others"));
    stage.say(ada, signal(2, "offer"));
    assert_eq!(
        stage.take(ada),
        [received(3, 1, "others")],
        "Bob has his place"
    );

    let bob = stage.connect_with(join(1, 2));
    let messages = stage.take(bob);
    assert!(welcome(messages[0].clone()).1);
    assert_eq!(messages.len(), 1 + half + 1);
    assert_eq!(
        messages.last(),
        Some(&received(1, half as u64 + 1, "offer"))
    );
    // What has arrived counts no more.
    let confirms = half as u64 + 1;
    stage.receive(bob, Inbound::Pong { confirms });
    stage.take(eve);
    stage.say(eve, signal(2, "again"));
    assert_eq!(stage.take(eve), []);
    assert_eq!(stage.take_one(bob), received(3, confirms + 1, "again"));
}

#[test]
fn nor_of_its_bytes() {
    let (mut stage, [ada, bob, eve]) = gathering();
    stage.disconnect(bob);
    stage.take(ada);
    stage.take(eve);
    let large = "x".repeat(MAX_ENVELOPE_BYTES);
    let fit = MAX_QUEUED_BYTES / 2 / (MAX_ENVELOPE_BYTES + 128);
    for _ in 0..fit {
        stage.say(eve, signal(2, large.clone()));
    }
    assert_eq!(stage.take(eve), []);
    stage.say(eve, signal(2, large.clone()));
    assert_eq!(stage.take_one(eve), one_too_many());
    for _ in 0..fit {
        stage.say(ada, signal(2, large.clone()));
    }
    assert_eq!(stage.take(ada), []);
}

#[test]
fn a_place_with_lost_signals_is_a_new_one() {
    let (mut stage, [ada, bob, eve, mia]) = gathering();
    let mut sent = 0;
    while sent < MAX_QUEUED_FRAMES + 10 {
        for conn in [ada, eve, mia] {
            stage.say(conn, signal(2, sent.to_string()));
            sent += 1;
        }
    }
    assert_eq!(stage.ended(bob), None, "it may have read them all");
    let new = stage.connect_with(join_seen(1, 2, 9));
    let (peers, resumed) = welcome(stage.take_one(new));
    assert_eq!((peers.len(), resumed), (3, false));
    assert_eq!(stage.take(ada), [left(2, LeftReason::TooSlow), joined(2)]);
    assert_eq!(stage.ended(bob), fatal(Replaced));
    stage.say(ada, signal(2, "again"));
    assert_eq!(stage.take_one(new), received(1, 10, "again"));
}

#[test]
fn who_does_not_read_is_dropped() {
    let (mut stage, [ada, bob]) = gathering();
    stage.overflow(bob);
    assert_eq!(stage.ended(bob), Some(Ended::Dropped));
    assert_eq!(stage.take_one(ada), left(2, LeftReason::TooSlow));
    stage.disconnect(bob);
    stage.wait(AWAY_TIMEOUT);
    assert_eq!(stage.take(ada), []);
    let guest = stage.connect();
    stage.overflow(guest);
    assert_eq!(stage.registry.connections(), 1);
}

#[test]
fn frames_are_rationed() {
    let (mut stage, [ada, bob]) = gathering();
    // The join was the first frame.
    for _ in 1..FRAME_BURST {
        stage.receive(bob, Inbound::Ping);
    }
    stage.wait(Duration::from_secs(1));
    for _ in 0..FRAMES_PER_SECOND {
        stage.say(bob, signal(1, "x"));
    }
    assert_eq!(stage.ended(bob), None);
    stage.say(bob, signal(1, "x"));
    assert_eq!(stage.take_errors(bob), [TooManyMessages]);
    assert_eq!(stage.ended(bob), fatal(TooManyMessages));
    let messages = stage.take(ada);
    assert_eq!(messages.len(), FRAMES_PER_SECOND as usize + 1);
    assert_eq!(
        messages.last(),
        Some(&ServerMessage::PeerAway { peer: peer(2) })
    );
}

#[test]
fn sealed_text_is_bounded() {
    let (mut stage, [ada, bob]) = gathering();
    let hello = |bytes| sealed("x".repeat(bytes));
    stage.say(
        bob,
        ClientMessage::Enter {
            hello: hello(MAX_HELLO_BYTES),
        },
    );
    assert_eq!(stage.take(ada).len(), 1);
    stage.say(ada, signal(2, "x".repeat(MAX_ENVELOPE_BYTES)));
    assert_eq!(stage.take(bob).len(), 1);
    stage.say(ada, signal(2, "x".repeat(MAX_ENVELOPE_BYTES + 1)));
    assert_eq!(stage.ended(ada), fatal(FrameTooLarge));
    stage.say(
        bob,
        ClientMessage::Enter {
            hello: hello(MAX_HELLO_BYTES + 1),
        },
    );
    assert_eq!(stage.ended(bob), fatal(BadFrame));
    let eve = stage.connect_with(ClientMessage::Join {
        room: room(1),
        peer: peer(3),
        resume: resume(3),
        hello: hello(MAX_HELLO_BYTES + 1),
        entered: false,
        seen: 0,
    });
    assert_eq!(stage.ended(eve), fatal(BadFrame));
    let endless = stage.connect_with(join_seen(1, 4, u64::MAX));
    assert_eq!(stage.ended(endless), fatal(BadFrame));
}

#[test]
fn a_bad_frame_ends_its_connection_and_an_unknown_one_does_not() {
    let (mut stage, [ada, bob]) = gathering();
    stage.receive(bob, Inbound::from_text(r#"{"type":"dance"}"#));
    let about = Some("dance".to_owned());
    let refused = ServerMessage::Error {
        code: UnknownType,
        fatal: false,
        about,
    };
    assert_eq!(stage.take_one(bob), refused);
    stage.receive(bob, Inbound::from_text("\0"));
    assert_eq!(stage.ended(bob), fatal(BadFrame));
    assert_eq!(
        stage.take_one(ada),
        ServerMessage::PeerAway { peer: peer(2) }
    );
    stage.say(bob, signal(1, "after the end"));
    assert_eq!(stage.take(ada), []);
}

#[test]
fn everybody_hears_of_the_shutdown() {
    let (mut stage, [ada, bob]) = gathering();
    let guest = stage.connect();
    stage.shut_down();
    for conn in [ada, bob, guest] {
        assert_eq!(stage.take_errors(conn), [ShuttingDown]);
        assert_eq!(stage.ended(conn), fatal(ShuttingDown));
    }
    assert_eq!(
        (stage.registry.peers(), stage.registry.connections()),
        (0, 0)
    );
    assert_eq!(stage.registry.next_deadline(), None);
}
