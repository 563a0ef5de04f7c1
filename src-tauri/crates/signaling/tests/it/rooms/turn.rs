//! The members that get TURN servers.

use parlour_signaling::protocol::ClientMessage;
use parlour_signaling::server::rooms::{
    Admission, Inbound, Introduction, RegistryConfig, RoomRegistry,
};

use super::harness::{TestRegistry, ice_servers, joined, welcome};
use crate::test_messages::{hello, join, peer, room, session};

fn server_with_turn() -> TestRegistry {
    let mut server = TestRegistry::new();
    server.registry = RoomRegistry::new(RegistryConfig {
        has_turn: true,
        ..RegistryConfig::default()
    });
    server
}

fn introduced(n: u8) -> Inbound {
    Inbound::Join(Admission::introduce(Introduction {
        room: room(1),
        keys: session(n).public(),
        hello: hello(n),
        entered: false,
    }))
}

#[test]
fn the_second_proved_peer_brings_turn_to_all_before_they_make_a_link() {
    let mut server = server_with_turn();
    let ada = server.connect_with(join(1, 1));
    assert_eq!(server.take(ada).len(), 1, "a welcome alone");
    let bob = server.connect_with(join(1, 2));
    assert_eq!(server.take(ada), [ice_servers(true), joined(2)]);
    let [first, second] = server.take(bob).try_into().unwrap();
    assert_eq!(welcome(first).0.len(), 1);
    assert_eq!(second, ice_servers(true));

    let eve = server.connect_with(join(1, 3));
    assert_eq!(server.take(eve)[1], ice_servers(true));
    assert_eq!(server.take(ada), [joined(3)], "she has servers already");
}

#[test]
fn a_peer_that_comes_back_gets_turn_anew() {
    let mut server = server_with_turn();
    let ada = server.connect_with(join(1, 1));
    let bob = server.connect_with(join(1, 2));
    server.disconnect(bob);
    server.take(ada);
    let bob = server.connect_with(join(1, 2));
    assert_eq!(server.take(bob)[1], ice_servers(true));
    assert_eq!(server.take(ada).len(), 1, "{:?} is back", peer(2));
}

#[test]
fn a_peer_that_is_alone_is_refused_turn_also_when_it_asks() {
    let mut server = server_with_turn();
    let ada = server.connect_with(join(1, 1));
    // Others in rooms of their own do not count.
    let _eve = server.connect_with(join(2, 2));
    server.take(ada);
    server.send(ada, ClientMessage::IceServers {});
    assert_eq!(server.take_one(ada), ice_servers(false));

    let bob = server.connect_with(join(1, 3));
    server.take(ada);
    server.send(ada, ClientMessage::IceServers {});
    assert_eq!(server.take_one(ada), ice_servers(true));
    server.send(bob, ClientMessage::Leave {});
    server.take(ada);
    server.send(ada, ClientMessage::IceServers {});
    assert_eq!(server.take_one(ada), ice_servers(false));
}

#[test]
fn an_introduced_peer_counts_only_when_it_has_proved_itself() {
    let mut server = server_with_turn();
    let ada = server.connect_with(join(1, 1));
    let bob = server.connect();
    server.receive(bob, introduced(2));
    assert_eq!(server.take(bob).len(), 1, "a welcome alone");
    assert_eq!(server.take(ada)[1..], [joined(2)]);
    server.disconnect(bob);
    server.take(ada);
    let bob = server.connect_with(join(1, 2));
    assert_eq!(server.take(bob)[1], ice_servers(true));
    assert_eq!(server.take(ada)[0], ice_servers(true));
}
