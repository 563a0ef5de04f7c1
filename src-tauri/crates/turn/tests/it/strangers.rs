//! Clients without a credential, and whatever else arrives.

use std::time::Duration;

use parlour_turn::server::{Client, Limits};
use proptest::prelude::*;
use turn_types::stun::attribute::XorMappedAddress;
use turn_types::stun::message::{BINDING, Message, MessageWrite, MessageWriteVec};

use crate::held_bytes::held_bytes;
use crate::peer::{Peer, World, code, udp};

fn binding() -> Vec<u8> {
    Message::builder_request(BINDING, MessageWriteVec::new()).finish()
}

#[test]
fn everybody_may_ask_where_a_packet_came_from() {
    let mut world = World::new(Limits::default());
    for address in ["25.1.1.1:7", "[2001:db8::7]:9"] {
        let client = udp(address);
        let answer = world.ask(client, &binding());
        let answer = Message::from_bytes(&answer).unwrap();
        let mapped = answer.attribute::<XorMappedAddress>().unwrap();
        assert_eq!(mapped.addr(answer.transaction_id()), client.address);
    }
}

#[test]
fn strangers_leave_nothing_in_memory_and_get_few_answers() {
    let limits = Limits {
        stranger_answers_per_second: 100,
        ..Limits::default()
    };
    let mut world = World::new(limits);
    let stranger = Peer::new(world.secret.credential(world.clock));
    let mut answers = 0;
    let before = held_bytes();
    for port in 1..=50_000_u16 {
        let client = udp(&format!("25.1.1.1:{port}"));
        answers += usize::from(world.handle(client, &stranger.allocate()).is_some());
    }
    assert_eq!(answers, 100);
    // The generator of random numbers may have come; an entry for each answer would be larger.
    assert!(held_bytes() - before < 2_000);
    world.pass(Duration::from_secs(1));
    // A member still gets in, a second later.
    world.allocate(udp("25.1.1.2:1"));
}

#[test]
fn a_wrong_credential_gets_nothing() {
    let mut world = World::new(Limits::default());
    let client = udp("25.1.1.1:1");
    let mut wrong = world.member();
    wrong.credential.password.push('x');
    let mut ended = Peer::new(world.secret.credential(world.clock));
    for stranger in [&mut wrong, &mut ended] {
        let refused = world.ask(client, &stranger.allocate());
        assert_eq!(code(&refused), 401);
        stranger.learn(&refused);
        assert_eq!(code(&world.ask(client, &stranger.allocate())), 401);
    }
    // A nonce that one client was given is of no use at another address.
    let mut mei = world.member();
    let refused = world.ask(client, &mei.allocate());
    mei.learn(&refused);
    assert_eq!(code(&world.ask(udp("25.1.1.1:2"), &mei.allocate())), 438);
    assert_eq!(world.relay.allocations(), 0);
}

#[test]
fn another_credential_cannot_take_an_allocation_over() {
    let mut world = World::new(Limits::default());
    let client = udp("25.1.1.1:1");
    world.allocate(client);
    let later = world.clock + Duration::from_secs(60);
    let mut other = Peer::new(world.secret.credential(later));
    let refused = world.ask(client, &other.refresh(0));
    other.learn(&refused);
    assert_eq!(code(&world.ask(client, &other.refresh(0))), 441);
    assert_eq!(world.relay.allocations(), 1);
}

#[test]
fn allocations_have_limits() {
    let limits = Limits {
        allocations: 3,
        allocations_per_address: 2,
        ..Limits::default()
    };
    let mut world = World::new(limits);
    let mut ask = |address: &str| {
        let client = udp(address);
        let mut peer = world.member();
        let refused = world.ask(client, &peer.allocate());
        peer.learn(&refused);
        code(&world.ask(client, &peer.allocate()))
    };
    assert_eq!(ask("25.1.1.1:1"), 0);
    assert_eq!(ask("25.1.1.1:2"), 0);
    assert_eq!(ask("25.1.1.1:3"), 486);
    assert_eq!(ask("25.1.1.2:1"), 0);
    assert_eq!(ask("25.1.1.3:1"), 508);
}

/// A packet of a member, with a part of it changed.
fn changed_packets() -> impl Strategy<Value = (u8, Vec<(usize, u8)>, Vec<u8>)> {
    (
        0..6_u8,
        prop::collection::vec((any::<usize>(), any::<u8>()), 0..4),
        prop::collection::vec(any::<u8>(), 0..64),
    )
}

proptest! {
    /// A packet goes to the one that asked or to a client with an allocation, and the state stays within
    /// its limits.
    #[test]
    fn malformed_packets_change_nothing(packets in prop::collection::vec(changed_packets(), 1..40)) {
        let limits = Limits { allocations: 4, channels: 2, ..Limits::default() };
        let mut world = World::new(limits);
        let clients: [Client; 2] = [udp("25.1.1.1:1"), udp("25.1.1.2:1")];
        let (mei, _) = world.allocate(clients[0]);
        let (_, tom_at) = world.allocate(clients[1]);
        for (kind, changes, noise) in packets {
            let mut bytes = match kind {
                0 => mei.permit(tom_at),
                1 => mei.bind(0x4000, tom_at),
                2 => crate::peer::send_indication(tom_at, &noise),
                3 => crate::peer::channel_data(0x4000, &noise),
                4 => mei.refresh(600),
                _ => noise,
            };
            for (at, value) in changes {
                if let Some(count) = bytes.len().checked_sub(1) {
                    bytes[at % (count + 1)] = value;
                }
            }
            if let Some(packet) = world.handle(clients[0], &bytes) {
                prop_assert!(clients.contains(&packet.to));
            }
            prop_assert!(world.relay.allocations() <= 2);
        }
    }
}
