//! The bounds of addresses in the rooms, and the order of eviction when the server has no more.

use std::net::IpAddr;

use parlour_signaling::protocol::limits::{
    ADDRESS_PLACES, ASSURED_BYTES, CONNECTION_BYTES, JOIN_BURST, MAX_ENVELOPE_BYTES, MAX_PEERS,
    PLACE_BYTES,
};
use parlour_signaling::protocol::{LeftReason, ServerErrorCode, ServerMessage};
use parlour_signaling::server::rooms::{ConnId, RegistryConfig};
use parlour_signaling::server::{BudgetConfig, BudgetLimits, Source};

use super::harness::{Ended, TestRegistry, fatal, left, signal_refused};
use crate::test_messages::{enter, join, room, signal};

fn address(n: u8) -> Source {
    IpAddr::from([192, 0, 2, n]).into()
}

/// A registry with a few connections and places, and this many bytes for mailboxes and send queues.
fn small(kept_bytes: usize) -> RegistryConfig {
    let (connections, handshakes, places) = (64, 16, 128);
    let fixed = (connections + handshakes) * CONNECTION_BYTES + places * PLACE_BYTES;
    RegistryConfig {
        budgets: BudgetConfig {
            server: BudgetLimits {
                handshakes,
                connections,
                places,
                bytes: fixed + kept_bytes,
            },
            ..BudgetConfig::default()
        },
        ..RegistryConfig::default()
    }
}

/// The peer called `n` joins the room called `r` from an address.
fn join_from(server: &mut TestRegistry, from: Source, r: u8, n: u8) -> ConnId {
    let conn = server.connect_from(from).expect("a handshake");
    server.send(conn, join(r, n));
    conn
}

fn fill_mailbox(server: &mut TestRegistry, sender: ConnId, to: u8, bytes: usize) {
    for _ in 0..bytes.div_ceil(MAX_ENVELOPE_BYTES) {
        server.send(sender, signal(to, "x".repeat(MAX_ENVELOPE_BYTES - 128)));
    }
}

/// Two people in a room, with nothing to be confirmed.
fn call(server: &mut TestRegistry, r: u8, from: [Source; 2]) -> [ConnId; 2] {
    let conns = [1, 2].map(|n| join_from(server, from[usize::from(n) - 1], r, n));
    for (conn, n) in conns.into_iter().zip([1, 2]) {
        server.send(conn, enter(n));
        server.send(conn, signal(3 - n, "hello"));
    }
    for conn in conns {
        server.take(conn);
    }
    conns
}

#[test]
fn one_address_has_so_many_places_and_another_still_gets_one() {
    let mut server = TestRegistry::new();
    for n in 0..ADDRESS_PLACES {
        let conn = join_from(
            &mut server,
            address(1),
            2 + (n / MAX_PEERS) as u8,
            (n % MAX_PEERS) as u8,
        );
        assert_eq!(server.ended(conn), None, "{n}");
        // A place is kept without its connection.
        server.disconnect(conn);
        server.wait(std::time::Duration::from_millis(70));
    }
    let refused = join_from(&mut server, address(1), 200, 1);
    assert_eq!(server.ended(refused), fatal(ServerErrorCode::AddressLimit));
    let other = join_from(&mut server, address(2), 200, 1);
    assert_eq!(server.ended(other), None);
}

#[test]
fn strangers_leftovers_give_way_when_no_place_is_free() {
    let mut server = TestRegistry::with(small(3 << 20));
    let [mei, _] = call(&mut server, 1, [address(1), address(2)]);
    for n in 0..126_u8 {
        let conn = join_from(&mut server, address(10 + n / 8), 2 + n / 8, n % 8);
        assert_eq!(server.ended(conn), None, "{n}");
        server.disconnect(conn);
    }
    // Mei is away too, but somebody who talks with her is there.
    server.disconnect(mei);
    assert_eq!(server.registry.peers(), 128);
    let newcomer = join_from(&mut server, address(3), 200, 1);
    assert_eq!(server.ended(newcomer), None);
    assert_eq!(server.registry.peers(), 128 - 8 + 1);
    let mei = join_from(&mut server, address(1), 1, 1);
    let welcome = server.take(mei).remove(0);
    assert!(
        matches!(welcome, ServerMessage::Welcome { resumed: true, .. }),
        "{welcome:?}"
    );
}

#[test]
fn a_server_full_of_people_refuses_newcomers_and_lets_people_come_back() {
    let mut server = TestRegistry::with(small(3 << 20));
    let [mei, _] = call(&mut server, 1, [address(1), address(2)]);
    for n in 0..54_u8 {
        let conn = join_from(&mut server, address(10 + n / 8), 2 + n / 8, n % 8);
        assert_eq!(server.ended(conn), None, "{n}");
    }
    let refused = join_from(&mut server, address(3), 200, 1);
    assert_eq!(server.ended(refused), fatal(ServerErrorCode::ServerFull));
    // The old connection is dead, but nobody knows yet.
    let back = join_from(&mut server, address(1), 1, 1);
    assert_eq!(server.ended(back), None);
    assert_eq!(server.ended(mei), fatal(ServerErrorCode::Replaced));
}

#[test]
fn strangers_who_come_back_to_places_of_their_own_keep_no_member_out() {
    let mut server = TestRegistry::with(small(3 << 20));
    let [mei, tom] = call(&mut server, 1, [address(1), address(2)]);
    server.disconnect(mei);
    // Two addresses leave places behind, fill what newcomers may use, and come back to use the rest.
    let strangers = |n: u8| (address(10 + n % 2), 2 + n / 8, n % 8);
    for n in 0..9 {
        let (from, r, p) = strangers(n);
        let conn = join_from(&mut server, from, r, p);
        server.disconnect(conn);
    }
    let conns: Vec<_> = (9..64)
        .chain(0..8)
        .map(|n| {
            let (from, r, p) = strangers(n);
            join_from(&mut server, from, r, p)
        })
        .collect();
    assert_eq!(server.registry.usage().connections, 64);

    let mei = join_from(&mut server, address(1), 1, 1);
    let welcome = server.take(mei).remove(0);
    assert!(
        matches!(welcome, ServerMessage::Welcome { resumed: true, .. }),
        "{welcome:?}"
    );
    let dropped = |conn: &&ConnId| server.ended(**conn) == Some(Ended::Dropped);
    assert_eq!(conns.iter().filter(dropped).count(), 1);
    assert_eq!((server.ended(mei), server.ended(tom)), (None, None));
    assert_eq!(server.registry.usage().connections, 64);
}

#[test]
fn joins_of_one_address_are_limited_before_their_proofs_are_checked() {
    let mut server = TestRegistry::new();
    let conn = server.connect_from(address(1)).unwrap();
    let other = server.connect_from(address(2)).unwrap();
    let now = server.now;
    let mut begin = |conn| {
        let peer = crate::test_messages::peer(1);
        server.registry.begin_join(now, conn, room(1), peer)
    };
    for _ in 0..JOIN_BURST {
        assert_eq!(begin(conn), Ok(()));
    }
    assert_eq!(begin(conn), Err(ServerErrorCode::AddressLimit));
    assert_eq!(begin(other), Ok(()));
}

#[test]
fn an_embedded_server_serves_its_own_rooms_only() {
    let mut server = TestRegistry::with(RegistryConfig {
        served_rooms: Some(vec![room(1)]),
        ..RegistryConfig::default()
    });
    let conn = server.connect();
    let peer = crate::test_messages::peer(1);
    let mut begin = |r| server.registry.begin_join(server.now, conn, room(r), peer);
    assert_eq!(begin(1), Ok(()));
    assert_eq!(begin(2), Err(ServerErrorCode::WrongRoom));
}

#[test]
fn an_address_that_has_used_its_bytes_gets_no_more_signals_beyond_a_small_share() {
    let mut config = small(64 << 20);
    config.budgets.address.bytes = 1 << 20;
    let mut server = TestRegistry::with(config);
    let sender = join_from(&mut server, address(1), 1, 1);
    for n in 2..=4 {
        let ghost = join_from(&mut server, address(2), 1, n);
        server.disconnect(ghost);
    }
    server.take(sender);
    for n in 2..=3 {
        fill_mailbox(&mut server, sender, n, 500 * 1024);
    }
    assert_eq!(server.take(sender), []);
    fill_mailbox(&mut server, sender, 4, 500 * 1024);
    let kept = server.registry.kept_bytes();
    assert!(
        kept <= (1 << 20) + MAX_ENVELOPE_BYTES + ASSURED_BYTES,
        "{kept}"
    );
    assert_eq!(server.take(sender).pop(), Some(signal_refused()));
    // The sender's own address has used nothing, and others reach it.
    let other = join_from(&mut server, address(3), 1, 5);
    server.take(sender);
    server.send(other, signal(1, "x".repeat(MAX_ENVELOPE_BYTES - 128)));
    assert_eq!(server.take(sender).len(), 1);
}

/// Of three rooms whose members keep much, the one that everybody has left goes first, then the one without a call.
#[test]
fn a_full_memory_takes_leftovers_first_and_calls_last() {
    let mut server = TestRegistry::with(small(3 << 20));
    let [_, tom] = call(&mut server, 1, [address(1), address(2)]);
    // Tom is slow, and keeps 400 KiB in the mailbox of a call.
    let mei = join_from(&mut server, address(1), 1, 1);
    server.take(mei);
    fill_mailbox(&mut server, mei, 2, 400 * 1024);
    // Room 2: two strangers who only wait.
    let waiting = join_from(&mut server, address(3), 2, 1);
    let sender = join_from(&mut server, address(4), 2, 2);
    fill_mailbox(&mut server, sender, 1, 450 * 1024);
    // Room 3: ghosts of an empty room.
    let ghosts = [1, 2].map(|n| join_from(&mut server, address(5), 3, n));
    for (sender, to) in [(0, 2), (1, 1)] {
        fill_mailbox(&mut server, ghosts[sender], to, 450 * 1024);
    }
    for ghost in ghosts {
        server.disconnect(ghost);
    }
    assert_eq!(server.registry.rooms(), 3);
    assert!(!server.registry.is_memory_full());

    // More of those who wait, from addresses that are cheaper.
    let mut more = (100..).step_by(2);
    let mut fill = |server: &mut TestRegistry| {
        let n = more.next().unwrap();
        let before = server.registry.kept_bytes();
        join_from(server, address(n), n, 1);
        let sender = join_from(server, address(n + 1), n, 2);
        fill_mailbox(server, sender, 1, 130 * 1024);
        server.free_memory();
        server.registry.kept_bytes() > before
    };
    while fill(&mut server) {}
    assert!(!server.registry.is_memory_full());
    assert_eq!((server.ended(waiting), server.ended(tom)), (None, None));
    while server.ended(waiting).is_none() {
        fill(&mut server);
        assert_eq!(server.ended(tom), None, "calls go last");
    }
    assert_eq!(server.ended(waiting), Some(Ended::Dropped));
    assert!(server.take(sender).contains(&left(1, LeftReason::TooSlow)));
    assert!(!server.registry.is_memory_full());
}

#[test]
fn what_is_counted_is_given_back() {
    let mut server = TestRegistry::with(small(3 << 20));
    let [mei, tom] = call(&mut server, 1, [address(1), address(2)]);
    fill_mailbox(&mut server, mei, 2, 300 * 1024);
    assert!(server.registry.kept_bytes() > 300 * 1024);
    server.shut_down();
    assert_eq!(
        (server.ended(mei), server.ended(tom)),
        (
            fatal(ServerErrorCode::ShuttingDown),
            fatal(ServerErrorCode::ShuttingDown)
        )
    );
    assert_eq!(server.registry.usage(), Default::default());
    assert_eq!(server.registry.kept_bytes(), 0);
}
