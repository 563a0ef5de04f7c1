//! Nothing but another allocation of the server is reached through it.

use std::net::{IpAddr, SocketAddr};

use parlour_turn::server::Limits;
use turn_types::AddressFamily;
use turn_types::attribute::{RequestedAddressFamily, RequestedTransport, XorPeerAddress};
use turn_types::message::{ALLOCATE, CONNECT, CONNECTION_BIND};
use turn_types::stun::message::{MessageWrite, MessageWriteExt};

use crate::peer::{NAMES, World, channel_data, code, send_indication, udp};

/// Addresses inside a home that a stranger would like to reach.
const WITHIN: [&str; 19] = [
    "127.0.0.1:80",
    "127.1.2.3:80",
    "[::1]:80",
    "[::ffff:127.0.0.1]:80",
    "[::ffff:192.168.1.1]:80",
    "[::ffff:192.0.2.77]:49153",
    "[64:ff9b::192.168.1.1]:80",
    "0.0.0.0:80",
    "[::]:80",
    "169.254.169.254:80",
    "[fe80::1]:80",
    "192.168.1.1:80",
    "10.0.0.1:443",
    "172.16.0.1:22",
    "[fd00::1]:80",
    "224.0.0.251:5353",
    "[ff02::fb]:5353",
    "255.255.255.255:9",
    "25.9.9.9:80",
];

#[test]
fn no_address_of_a_network_is_a_peer() {
    let mut world = World::new(Limits::default());
    let client = udp("25.1.1.1:1");
    let (mei, _) = world.allocate(client);
    for (at, peer) in WITHIN.iter().enumerate() {
        let peer: SocketAddr = peer.parse().unwrap();
        assert_eq!(code(&world.ask(client, &mei.permit(peer))), 403, "{peer}");
        let channel = 0x4000 + u16::try_from(at).unwrap();
        let bound = world.ask(client, &mei.bind(channel, peer));
        assert_eq!(code(&bound), 403, "{peer}");
        assert_eq!(
            world.handle(client, &send_indication(peer, b"x")),
            None,
            "{peer}"
        );
        assert_eq!(
            world.handle(client, &channel_data(channel, b"x")),
            None,
            "{peer}"
        );
    }
}

#[test]
fn ports_without_an_allocation_lead_nowhere() {
    let mut world = World::new(Limits::default());
    let client = udp("25.1.1.1:1");
    let (mei, own) = world.allocate(client);
    for port in [
        1,
        22,
        80,
        3478,
        18_420,
        own.port(),
        own.port() + 1,
        u16::MAX,
    ] {
        let peer = SocketAddr::new(IpAddr::V4(NAMES), port);
        assert_eq!(code(&world.ask(client, &mei.permit(peer))), 0);
        assert_eq!(
            world.handle(client, &send_indication(peer, b"x")),
            None,
            "{peer}"
        );
    }
}

/// One permission that is forbidden takes the others of its request with it.
#[test]
fn a_forbidden_peer_among_others_is_refused() {
    let mut world = World::new(Limits::default());
    let client = udp("25.1.1.1:1");
    let (mei, own) = world.allocate(client);
    let request = mei.request(turn_types::message::CREATE_PERMISSION, |message| {
        for peer in [own, "127.0.0.1:80".parse().unwrap()] {
            let peer = XorPeerAddress::new(peer, message.transaction_id());
            message.push_attribute_unchecked(&peer);
        }
    });
    assert_eq!(code(&world.ask(client, &request)), 403);
}

#[test]
fn connections_and_other_families_are_refused() {
    let mut world = World::new(Limits::default());
    let (client, other) = (udp("25.1.1.1:1"), udp("25.1.1.1:2"));
    let (mei, own) = world.allocate(client);
    for method in [CONNECT, CONNECTION_BIND] {
        let request = mei.request(method, |message| {
            let peer = XorPeerAddress::new(own, message.transaction_id());
            message.add_attribute(&peer).unwrap();
        });
        assert_eq!(code(&world.ask(client, &request)), 400);
    }
    let mut tom = world.member();
    let refused = world.ask(other, &tom.allocate());
    tom.learn(&refused);
    let over_tcp = tom.request(ALLOCATE, |message| {
        let tcp = RequestedTransport::new(RequestedTransport::TCP);
        message.add_attribute(&tcp).unwrap();
    });
    assert_eq!(code(&world.ask(other, &over_tcp)), 442);
    let of_v6 = tom.request(ALLOCATE, |message| {
        let udp = RequestedTransport::new(RequestedTransport::UDP);
        message.add_attribute(&udp).unwrap();
        let v6 = RequestedAddressFamily::new(AddressFamily::IPV6);
        message.add_attribute(&v6).unwrap();
    });
    assert_eq!(code(&world.ask(other, &of_v6)), 440);
    assert_eq!(world.relay.allocations(), 1);
}
