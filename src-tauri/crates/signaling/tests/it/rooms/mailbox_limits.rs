//! How many signals are kept for a peer, and of whom.

use parlour_signaling::protocol::ClientMessage;
use parlour_signaling::protocol::limits::{
    MAX_ENVELOPE_BYTES, MAX_PEERS, MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, RESERVED_FRAMES,
};
use parlour_signaling::server::rooms::Inbound;

use super::harness::{joined_peers, received, signal_refused, welcome};
use crate::test_messages::{join, signal};

#[test]
fn signals_for_an_away_peer_are_bounded() {
    let (mut server, [ada, bob, eve]) = joined_peers();
    server.disconnect(bob);
    for n in 0..MAX_QUEUED_FRAMES / 2 {
        server.send(ada, signal(2, n.to_string()));
        server.send(eve, signal(2, n.to_string()));
    }
    let mia = server.connect_with(join(1, 4));
    server.take(mia);
    server.send(mia, signal(2, "one too many"));
    assert_eq!(server.take(mia), [], "whoever comes later is heard");
    for conn in [ada, eve] {
        server.send(conn, signal(2, "more"));
        assert_eq!(server.take(conn).last(), Some(&signal_refused()));
    }
    for n in 1..=RESERVED_FRAMES {
        assert_eq!(server.take(mia), []);
        server.send(mia, signal(2, n.to_string()));
    }
    assert_eq!(server.take_one(mia), signal_refused());
    // A sender cannot drive out an away peer, even under many ids.
    for id in 5..100 {
        let late = server.connect_with(join(1, id));
        server.take(late);
        for n in 0..=RESERVED_FRAMES {
            server.send(late, signal(2, n.to_string()));
        }
        server.send(late, ClientMessage::Leave {});
    }
    let bob = server.connect_with(join(1, 2));
    let back = server.take(bob);
    assert!(welcome(back[0].clone()).1, "all is there");
    let most = MAX_QUEUED_FRAMES + MAX_PEERS * RESERVED_FRAMES;
    assert_eq!(back.len() - 1, most);
}

#[test]
fn bytes_for_an_away_peer_are_bounded_too() {
    let (mut server, [ada, bob, eve, mia]) = joined_peers();
    server.disconnect(bob);
    server.take(ada);
    let large = "x".repeat(MAX_ENVELOPE_BYTES);
    for _ in 0..7 {
        for conn in [ada, eve, mia] {
            server.send(conn, signal(2, large.clone()));
        }
    }
    assert_eq!(server.take(ada).last(), Some(&signal_refused()));
    let bob = server.connect_with(join(1, 2));
    let back = server.take(bob);
    assert!(welcome(back[0].clone()).1);
    assert!((back.len() - 1) * large.len() < 2 * MAX_QUEUED_BYTES);
}

#[test]
fn one_sender_fills_at_most_half_of_a_mailbox() {
    let (mut server, [ada, bob, eve]) = joined_peers();
    let half = MAX_QUEUED_FRAMES / 2;
    // Bob may be slow at first, and then away. Eve cannot see the difference.
    for n in 0..half {
        server.send(eve, signal(2, n.to_string()));
    }
    assert_eq!(server.take(eve), []);
    server.send(eve, signal(2, "one too many"));
    assert_eq!(server.take_one(eve), signal_refused());
    server.disconnect(bob);
    server.take(ada);
    server.take(eve);
    for _ in 0..half {
        server.send(eve, signal(2, "more"));
        assert_eq!(server.take_one(eve), signal_refused());
    }
    assert_eq!(server.ended(eve), None);
    server.send(eve, signal(1, "others"));
    server.send(ada, signal(2, "offer"));
    assert_eq!(
        server.take(ada),
        [received(3, 1, "others")],
        "Bob has his place"
    );

    let bob = server.connect_with(join(1, 2));
    let messages = server.take(bob);
    assert!(welcome(messages[0].clone()).1);
    assert_eq!(messages.len(), 1 + half + 1);
    assert_eq!(
        messages.last(),
        Some(&received(1, half as u64 + 1, "offer"))
    );
    // Confirmed signals no longer count.
    let confirms = half as u64 + 1;
    server.receive(bob, Inbound::Pong { confirms });
    server.take(eve);
    server.send(eve, signal(2, "again"));
    assert_eq!(server.take(eve), []);
    assert_eq!(server.take_one(bob), received(3, confirms + 1, "again"));
}

#[test]
fn one_sender_fills_at_most_half_of_the_bytes_of_a_mailbox() {
    let (mut server, [ada, bob, eve]) = joined_peers();
    server.disconnect(bob);
    server.take(ada);
    server.take(eve);
    let large = "x".repeat(MAX_ENVELOPE_BYTES);
    let fit = MAX_QUEUED_BYTES / 2 / (MAX_ENVELOPE_BYTES + 128);
    for _ in 0..fit {
        server.send(eve, signal(2, large.clone()));
    }
    assert_eq!(server.take(eve), []);
    server.send(eve, signal(2, large.clone()));
    assert_eq!(server.take_one(eve), signal_refused());
    for _ in 0..fit {
        server.send(ada, signal(2, large.clone()));
    }
    assert_eq!(server.take(ada), []);
}
