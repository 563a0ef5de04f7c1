//! Two members reach each other.

use std::net::SocketAddr;
use std::time::Duration;

use parlour_turn::server::{Client, Limits};

use crate::peer::{World, channel_data, code, received, send_indication, tcp, udp};

#[test]
fn two_members_reach_each_other_over_each_pair_of_transports() {
    for (one, two) in [
        (udp("25.1.1.1:1"), udp("25.1.1.2:1")),
        (tcp("25.1.1.1:1"), udp("25.1.1.2:1")),
        (tcp("25.1.1.1:1"), tcp("25.1.1.2:1")),
    ] {
        let mut world = World::new(Limits::default());
        let (mei, mei_at) = world.allocate(one);
        let (tom, tom_at) = world.allocate(two);
        assert_eq!(code(&world.ask(one, &mei.permit(tom_at))), 0);
        let hello = send_indication(tom_at, b"hello");
        assert_eq!(world.handle(one, &hello), None, "Tom has not permitted it");
        assert_eq!(code(&world.ask(two, &tom.permit(mei_at))), 0);
        let elsewhere = SocketAddr::from(([127, 0, 0, 1], tom_at.port()));
        assert_eq!(
            world.handle(one, &send_indication(elsewhere, b"hello")),
            None
        );
        let packet = world.handle(one, &hello).unwrap();
        assert_eq!(packet.to, two);
        assert_eq!(received(&packet.bytes), (Some(mei_at), b"hello".to_vec()));

        // Over channels, of which each side chooses its own number.
        assert_eq!(code(&world.ask(one, &mei.bind(0x4000, tom_at))), 0);
        assert_eq!(code(&world.ask(two, &tom.bind(0x4001, mei_at))), 0);
        let packet = world.handle(two, &channel_data(0x4001, b"hi Mei")).unwrap();
        assert_eq!(packet.to, one);
        assert_eq!(packet.bytes[..2], [0x40, 0x00]);
        assert_eq!(received(&packet.bytes), (None, b"hi Mei".to_vec()));
        if one.is_stream {
            assert_eq!(packet.bytes.len() % 4, 0, "padded");
        }
    }
}

#[test]
fn a_member_reaches_only_whom_it_has_permitted() {
    let mut world = World::new(Limits::default());
    let (one, two) = (udp("25.1.1.1:1"), udp("25.1.1.2:1"));
    let (_, mei_at) = world.allocate(one);
    let (tom, tom_at) = world.allocate(two);
    world.ask(two, &tom.permit(mei_at));
    assert_eq!(world.handle(one, &send_indication(tom_at, b"hello")), None);
}

#[test]
fn what_is_not_refreshed_ends() {
    let mut world = World::new(Limits::default());
    let (one, two) = (udp("25.1.1.1:1"), udp("25.1.1.2:1"));
    let (mei, mei_at) = world.allocate(one);
    let (tom, tom_at) = world.allocate(two);
    world.ask(one, &mei.permit(tom_at));
    world.ask(two, &tom.permit(mei_at));
    let hello = send_indication(tom_at, b"hello");
    world.pass(Duration::from_secs(299));
    assert!(world.handle(one, &hello).is_some());
    world.pass(Duration::from_secs(1));
    assert_eq!(world.handle(one, &hello), None, "the permissions end");
    world.ask(one, &mei.permit(tom_at));
    world.ask(two, &tom.permit(mei_at));
    assert_eq!(code(&world.ask(two, &tom.refresh(600))), 0);
    world.pass(Duration::from_secs(299));
    assert!(world.handle(one, &hello).is_some());
    world.pass(Duration::from_secs(1));
    assert_eq!(world.handle(one, &hello), None, "Mei's allocation ends");
    world.relay.expire(world.now);
    assert_eq!(world.relay.allocations(), 1);
    assert_eq!(code(&world.ask(two, &tom.refresh(0))), 0);
    assert_eq!(world.relay.allocations(), 0);
    assert_eq!(code(&world.ask(two, &tom.refresh(600))), 437);
}

#[test]
fn nothing_is_carried_to_or_from_an_allocation_whose_time_is_over() {
    let (one, two) = (udp("25.1.1.1:1"), udp("25.1.1.2:1"));
    for ended in [one, two] {
        let mut world = World::new(Limits::default());
        let (mei, mei_at) = world.allocate(one);
        let (tom, tom_at) = world.allocate(two);
        world.pass(Duration::from_secs(400));
        // The permissions last longer than the allocation that ends.
        world.ask(one, &mei.permit(tom_at));
        world.ask(two, &tom.permit(mei_at));
        let (other, as_other) = if ended == one { (two, tom) } else { (one, mei) };
        assert_eq!(code(&world.ask(other, &as_other.refresh(600))), 0);
        let carried = |world: &mut World| {
            let to_two = world.handle(one, &send_indication(tom_at, b"hello"));
            let to_one = world.handle(two, &send_indication(mei_at, b"hello"));
            (to_two.is_some(), to_one.is_some())
        };
        world.pass(Duration::from_secs(199));
        assert_eq!(carried(&mut world), (true, true));
        // Nobody has swept it yet.
        world.pass(Duration::from_secs(1));
        assert_eq!(world.relay.allocations(), 2);
        assert_eq!(carried(&mut world), (false, false));
    }
}

#[test]
fn an_allocation_outlives_the_credential_that_made_it() {
    let mut world = World::new(Limits::default());
    let client = udp("25.1.1.1:1");
    let (mut mei, _) = world.allocate(client);
    for _ in 0..20 {
        world.pass(Duration::from_secs(300));
        let mut answer = world.ask(client, &mei.refresh(600));
        if code(&answer) == 438 {
            mei.learn(&answer);
            answer = world.ask(client, &mei.refresh(600));
        }
        assert_eq!(code(&answer), 0);
    }
    // A new one needs a new credential.
    let other = udp("25.1.1.1:2");
    let refused = world.ask(other, &mei.allocate());
    mei.learn(&refused);
    assert_eq!(code(&world.ask(other, &mei.allocate())), 401);
}

#[test]
fn a_request_that_comes_twice_has_one_allocation() {
    let mut world = World::new(Limits::default());
    let client = udp("25.1.1.1:1");
    let mut mei = world.member();
    let refused = world.ask(client, &mei.allocate());
    mei.learn(&refused);
    let request = mei.allocate();
    let answer = world.ask(client, &request);
    assert_eq!(world.ask(client, &request), answer);
    assert_eq!(
        code(&world.ask(client, &mei.allocate())),
        437,
        "another request"
    );
    assert_eq!(world.relay.allocations(), 1);
}

#[test]
fn a_channel_has_one_peer_and_a_peer_one_channel() {
    let mut world = World::new(Limits {
        channels: 2,
        ..Limits::default()
    });
    let clients: Vec<Client> = (1..5).map(|n| udp(&format!("25.1.1.{n}:1"))).collect();
    let (mei, _) = world.allocate(clients[0]);
    let others: Vec<_> = clients[1..]
        .iter()
        .map(|client| world.allocate(*client).1)
        .collect();
    let mut bind =
        |channel, at: usize| code(&world.ask(clients[0], &mei.bind(channel, others[at])));
    assert_eq!(bind(0x4000, 0), 0);
    assert_eq!(bind(0x4000, 0), 0, "refreshed");
    assert_eq!(bind(0x4000, 1), 400);
    assert_eq!(bind(0x4001, 0), 400);
    assert_eq!(bind(0x3FFF, 1), 400);
    assert_eq!(bind(0x8000, 1), 400);
    assert_eq!(bind(0x7FFF, 1), 0);
    assert_eq!(bind(0x4002, 2), 508, "no more channels");
}

#[test]
fn more_is_relayed_only_a_second_later() {
    let mut world = World::new(Limits {
        bytes_per_second: 10,
        ..Limits::default()
    });
    let (one, two) = (udp("25.1.1.1:1"), udp("25.1.1.2:1"));
    let (mei, mei_at) = world.allocate(one);
    let (tom, tom_at) = world.allocate(two);
    world.ask(one, &mei.permit(tom_at));
    world.ask(two, &tom.permit(mei_at));
    let data = send_indication(tom_at, b"12345678");
    assert!(world.handle(one, &data).is_some());
    assert_eq!(world.handle(one, &data), None);
    world.pass(Duration::from_secs(1));
    assert!(world.handle(one, &data).is_some());
}
