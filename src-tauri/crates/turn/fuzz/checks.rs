//! Properties that hold for any bytes. The fuzz target and the test that replays its corpus share them.

#![allow(dead_code, clippy::expect_used, clippy::unwrap_used, unreachable_pub)]

use parlour_turn::server::Limits;

use super::peer;

/// Packets of two clients with allocations and of a stranger: a byte for the sender, two for the length, and the packet.
/// Packets go to one of the three alone, and the state does not grow.
pub fn turn(mut data: &[u8]) {
    let mut world = peer::World::new(Limits::default());
    let clients = [
        peer::udp("25.1.1.1:1"),
        peer::tcp("25.1.1.2:1"),
        peer::udp("25.1.1.3:1"),
    ];
    let (mei, mei_at) = world.allocate(clients[0]);
    let (tom, tom_at) = world.allocate(clients[1]);
    world.ask(clients[0], &mei.bind(0x4000, tom_at));
    world.ask(clients[1], &tom.permit(mei_at));
    while let Some((head, rest)) = data.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([head[1], head[2]])).min(rest.len());
        let (packet, rest) = rest.split_at(length);
        data = rest;
        let from = clients[usize::from(head[0]) % clients.len()];
        if let Some(packet) = world.handle(from, packet) {
            assert!(clients.contains(&packet.to));
            assert!(!packet.to.is_stream || packet.bytes.len() % 4 == 0);
        }
        assert!(world.relay.allocations() <= 2);
    }
}
