//! Losing a connection and taking the same place again.

use std::time::Duration;

use parlour_signaling::protocol::ServerErrorCode::Replaced;
use parlour_signaling::protocol::limits::{AWAY_TIMEOUT, MAX_QUEUED_FRAMES, STRANGER_AWAY_TIMEOUT};
use parlour_signaling::protocol::{ClientMessage, Join, LeftReason, ServerMessage};
use parlour_signaling::server::rooms::Inbound;

use super::harness::{
    INSTANT, TestRegistry, fatal, info, joined, joined_peers, left, received, welcome,
};
use crate::test_messages::{join, join_seen, peer, sealed, signal, unproved};

#[test]
fn a_peer_that_vanishes_is_away_and_then_gone() {
    let (mut server, [ada, bob]) = joined_peers();
    server.send(ada, signal(2, "1"));
    server.disconnect(bob);
    assert_eq!(
        server.take_one(ada),
        ServerMessage::PeerAway { peer: peer(2) }
    );
    server.wait(AWAY_TIMEOUT - INSTANT);
    assert_eq!(server.take(ada), []);
    server.wait(INSTANT);
    assert_eq!(server.take_one(ada), left(2, LeftReason::Gone));
    server.disconnect(ada);
    server.wait(AWAY_TIMEOUT);
    assert_eq!((server.registry.peers(), server.registry.rooms()), (0, 0));
}

#[test]
fn the_place_of_a_stranger_is_kept_for_a_shorter_time() {
    let (mut server, [ada, bob, eve]) = joined_peers();
    server.disconnect(bob);
    server.disconnect(eve);
    server.take(ada);
    // Somebody waits for Bob from now on.
    server.send(ada, signal(2, "1"));
    server.wait(STRANGER_AWAY_TIMEOUT - INSTANT);
    assert_eq!(server.take(ada), []);
    server.wait(INSTANT);
    assert_eq!(server.take_one(ada), left(3, LeftReason::Gone));
    server.wait(AWAY_TIMEOUT - STRANGER_AWAY_TIMEOUT - INSTANT);
    assert_eq!(server.take(ada), []);
    server.wait(INSTANT);
    assert_eq!(server.take_one(ada), left(2, LeftReason::Gone));
}

#[test]
fn a_peer_that_comes_back_in_time_gets_the_kept_signals_in_order_and_once() {
    let (mut server, [ada, bob]) = joined_peers();
    server.send(ada, signal(2, "1"));
    server.send(ada, signal(2, "2"));
    // The first was read. The second was on its way when the connection was lost.
    server.disconnect(bob);
    server.send(ada, signal(2, "3"));
    server.take(ada);
    server.wait(AWAY_TIMEOUT - INSTANT);

    let bob = server.connect_with(join_seen(1, 2, 1));
    let messages = server.take(bob);
    assert_eq!(messages[1..], [received(1, 2, "2"), received(1, 3, "3")]);
    assert_eq!(
        welcome(messages[0].clone()),
        (vec![info(1, false, false)], true)
    );
    assert_eq!(
        server.take_one(ada),
        ServerMessage::PeerBack { peer: peer(2) }
    );
    server.wait(2 * AWAY_TIMEOUT);
    assert_eq!(server.take(ada), [], "the old deadline is off");

    server.disconnect(bob);
    let bob = server.connect_with(join_seen(1, 2, 3));
    assert_eq!(server.take(bob).len(), 1, "nothing a second time");
}

#[test]
fn a_pong_confirms_the_signals_before_its_ping() {
    let (mut server, [ada, bob]) = joined_peers();
    for text in ["1", "2", "3"] {
        server.send(ada, signal(2, text));
    }
    server.receive(bob, Inbound::Pong { confirms: 2 });
    let again = server.connect_with(join_seen(1, 2, 2));
    assert_eq!(server.take(again)[1..], [received(1, 3, "3")]);
}

#[test]
fn a_resumed_connection_replaces_an_old_one_that_seems_open() {
    let (mut server, [ada, old]) = joined_peers();
    let new = server.connect_with(join(1, 2));
    assert!(welcome(server.take_one(new)).1);
    assert_eq!(server.take_errors(old), [Replaced]);
    assert_eq!(server.ended(old), fatal(Replaced));
    server.disconnect(old);
    server.send(ada, signal(2, "still there"));
    assert_eq!(server.take(ada), [], "the others notice nothing");
    assert_eq!(server.take_one(new), received(1, 1, "still there"));
}

#[test]
fn a_peer_that_entered_while_away_has_entered() {
    let (mut server, [ada, bob]) = joined_peers();
    server.disconnect(bob);
    server.take(ada);
    let renamed = sealed("Robert");
    server.connect_with(ClientMessage::Join(Join {
        hello: renamed.clone(),
        entered: true,
        ..unproved(1, 2)
    }));
    let (peer, hello) = (peer(2), renamed);
    assert_eq!(
        server.take(ada),
        [
            ServerMessage::PeerBack { peer },
            ServerMessage::PeerEntered { peer, hello }
        ]
    );
}

#[test]
fn after_a_restart_peers_join_as_before_and_numbers_go_on() {
    let mut server = TestRegistry::new();
    let ada = server.connect_with(join_seen(1, 1, 40));
    let bob = server.connect_with(ClientMessage::Join(Join {
        entered: true,
        ..unproved(1, 2)
    }));
    assert!(!welcome(server.take(bob).remove(0)).1);
    assert!(matches!(
        server.take(ada)[1],
        ServerMessage::PeerJoined { entered: true, .. }
    ));
    server.send(bob, signal(1, "new"));
    // Ada lost this connection before she read its welcome, so she still sends the 40 of the earlier server.
    server.disconnect(ada);
    let ada = server.connect_with(join_seen(1, 1, 40));
    assert_eq!(server.take(ada)[1..], [received(2, 41, "new")]);
}

#[test]
fn a_resumed_welcome_lists_the_peers_that_have_left_meanwhile() {
    let (mut server, [ada, bob, eve, mia]) = joined_peers();
    let departed = |message: ServerMessage| match message {
        ServerMessage::Welcome { left, .. } => left.iter().map(|l| l.reason).collect::<Vec<_>>(),
        other => panic!("{other:?} is no welcome"),
    };
    // Sent to a connection that is dead without anybody knowing.
    server.send(eve, ClientMessage::Leave {});
    server.disconnect(mia);
    server.wait(AWAY_TIMEOUT - Duration::from_secs(1));
    server.disconnect(bob);
    server.wait(Duration::from_secs(2));
    let back = server.connect_with(join(1, 2));
    let told = departed(server.take_one(back));
    assert_eq!(told, [LeftReason::Left, LeftReason::Gone]);
    server.send(ada, ClientMessage::Leave {});
    let newcomer = server.connect_with(join(1, 9));
    assert_eq!(departed(server.take_one(newcomer)), [], "before its time");
}

#[test]
fn a_place_with_lost_signals_is_not_resumed() {
    let (mut server, [ada, bob, eve, mia]) = joined_peers();
    let mut sent = 0;
    while sent < MAX_QUEUED_FRAMES + 10 {
        for conn in [ada, eve, mia] {
            server.send(conn, signal(2, sent.to_string()));
            sent += 1;
        }
    }
    assert_eq!(server.ended(bob), None, "it may have read them all");
    let new = server.connect_with(join_seen(1, 2, 9));
    let (peers, resumed) = welcome(server.take_one(new));
    assert_eq!((peers.len(), resumed), (3, false));
    assert_eq!(server.take(ada), [left(2, LeftReason::TooSlow), joined(2)]);
    assert_eq!(server.ended(bob), fatal(Replaced));
    server.send(ada, signal(2, "again"));
    assert_eq!(server.take_one(new), received(1, 10, "again"));
}
