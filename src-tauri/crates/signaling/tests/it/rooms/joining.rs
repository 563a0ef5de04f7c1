//! Joining a room, entering it and leaving it.

use parlour_signaling::protocol::ServerErrorCode::{
    AlreadyJoined, BadProof, NotJoined, RoomFull, UnknownType,
};
use parlour_signaling::protocol::limits::{JOIN_TIMEOUT, MAX_PEERS};
use parlour_signaling::protocol::{ClientMessage, LeftReason, ServerMessage};
use parlour_signaling::server::rooms::Inbound;

use super::harness::{
    Ended, INSTANT, TestRegistry, fatal, info, joined, joined_peers, left, welcome,
};
use crate::test_messages::{enter, join, peer, sealed};

#[test]
fn a_peer_joins_the_lobby_enters_and_leaves() {
    let mut server = TestRegistry::new();
    let ada = server.connect_with(join(1, 1));
    assert_eq!(welcome(server.take_one(ada)), (vec![], false));
    server.send(ada, enter(1));
    assert_eq!(server.take(ada), []);

    let bob = server.connect_with(join(1, 2));
    assert_eq!(
        welcome(server.take_one(bob)),
        (vec![info(1, true, false)], false)
    );
    assert_eq!(server.take_one(ada), joined(2));

    let renamed = sealed("Bob, as he calls himself now");
    server.send(
        bob,
        ClientMessage::Enter {
            hello: renamed.clone(),
        },
    );
    let entered = ServerMessage::PeerEntered {
        peer: peer(2),
        hello: renamed.clone(),
    };
    assert_eq!(server.take_one(ada), entered);
    server.send(bob, ClientMessage::Enter { hello: renamed });
    assert_eq!(server.take(ada), [], "that was no news");

    server.send(bob, ClientMessage::Leave {});
    assert_eq!(server.take_one(ada), left(2, LeftReason::Left));
    assert_eq!(server.ended(bob), Some(Ended::Closed(None)));
    server.send(ada, ClientMessage::Leave {});
    assert_eq!(
        (server.registry.rooms(), server.registry.connections()),
        (0, 0)
    );
    assert_eq!(server.registry.next_deadline(), None);
}

#[test]
fn a_welcome_lists_the_peers_in_the_order_of_their_joining() {
    let (mut server, [_, two, three]) = joined_peers();
    server.disconnect(two);
    server.send(three, enter(3));
    let four = server.connect_with(join(1, 4));
    let expected = vec![
        info(1, false, false),
        info(2, false, true),
        info(3, true, false),
    ];
    assert_eq!(welcome(server.take_one(four)), (expected, false));
}

#[test]
fn a_room_takes_eight_peers_including_those_that_are_away() {
    let (mut server, conns) = joined_peers::<MAX_PEERS>();
    server.disconnect(conns[3]);
    let ninth = server.connect_with(join(1, 9));
    assert_eq!(server.take_errors(ninth), [RoomFull]);
    assert_eq!(server.ended(ninth), fatal(RoomFull));
    let elsewhere = server.connect_with(join(2, 9));
    assert!(welcome(server.take_one(elsewhere)).0.is_empty());

    let back = server.connect_with(join(1, 4));
    assert!(welcome(server.take_one(back)).1);
    server.send(back, ClientMessage::Leave {});
    let ninth = server.connect_with(join(1, 10));
    assert_eq!(welcome(server.take_one(ninth)).0.len(), MAX_PEERS - 1);
}

#[test]
fn a_connection_has_to_join_first_in_time_and_only_once() {
    let mut server = TestRegistry::new();
    let hasty = server.connect_with(enter(1));
    assert_eq!(server.take_errors(hasty), [NotJoined]);
    assert_eq!(server.ended(hasty), fatal(NotJoined));

    let slow = server.connect();
    server.receive(slow, Inbound::from_text(r#"{"type":"from_the_future"}"#));
    assert_eq!(server.take_errors(slow), [UnknownType]);
    server.wait(JOIN_TIMEOUT - INSTANT);
    assert_eq!(server.ended(slow), None);
    server.wait(INSTANT);
    assert_eq!(server.ended(slow), fatal(NotJoined));
    server.send(slow, join(1, 1));
    assert_eq!(server.registry.peers(), 0, "too late");

    let twice = server.connect_with(join(1, 1));
    server.send(twice, join(2, 1));
    assert_eq!(server.take_errors(twice), [AlreadyJoined]);
    assert_eq!((server.ended(twice), server.registry.rooms()), (None, 1));
    server.wait(2 * JOIN_TIMEOUT);
    assert_eq!(server.ended(twice), None);
}

#[test]
fn a_join_that_nothing_has_checked_gets_no_place() {
    let (mut server, [ada, bob]) = joined_peers();
    let unchecked = |server: &mut TestRegistry| {
        let stranger = server.connect();
        server.receive(stranger, Inbound::Message(join(1, 2)));
        assert_eq!(server.take_errors(stranger), [BadProof]);
        assert_eq!(server.ended(stranger), fatal(BadProof));
    };
    unchecked(&mut server);
    assert_eq!(
        (server.ended(bob), server.take(bob), server.take(ada)),
        (None, vec![], vec![])
    );
    server.disconnect(bob);
    unchecked(&mut server);
    let back = server.connect_with(join(1, 2));
    assert!(welcome(server.take_one(back)).1);
}
