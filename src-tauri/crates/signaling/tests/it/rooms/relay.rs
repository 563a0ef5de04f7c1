//! Relaying signals between the peers of a room.

use parlour_signaling::protocol::ServerErrorCode::{BadFrame, FrameTooLarge, UnknownPeer};
use parlour_signaling::protocol::limits::{MAX_ENVELOPE_BYTES, MAX_HELLO_BYTES};
use parlour_signaling::protocol::{ClientMessage, Join};

use super::harness::{fatal, joined_peers, received};
use crate::test_messages::{join, join_seen, sealed, signal, unproved};

#[test]
fn a_signal_goes_only_to_its_receiver_in_the_same_room() {
    let (mut server, [ada, bob, eve]) = joined_peers();
    let other_room = server.connect_with(join(2, 4));
    server.take(other_room);
    server.send(ada, signal(2, "a"));
    server.send(eve, signal(2, "b"));
    assert_eq!(server.take(bob), [received(1, 1, "a"), received(3, 2, "b")]);
    for nobody in [4, 7, 1] {
        server.send(ada, signal(nobody, "c"));
        assert_eq!(server.take_errors(ada), [UnknownPeer]);
    }
    assert_eq!(server.ended(ada), None);
    assert_eq!(server.take(other_room), []);
    assert_eq!(server.take(eve), []);
}

#[test]
fn sealed_text_is_bounded() {
    let (mut server, [ada, bob]) = joined_peers();
    let hello = |bytes| sealed("x".repeat(bytes));
    server.send(
        bob,
        ClientMessage::Enter {
            hello: hello(MAX_HELLO_BYTES),
        },
    );
    assert_eq!(server.take(ada).len(), 1);
    server.send(ada, signal(2, "x".repeat(MAX_ENVELOPE_BYTES)));
    assert_eq!(server.take(bob).len(), 1);
    server.send(ada, signal(2, "x".repeat(MAX_ENVELOPE_BYTES + 1)));
    assert_eq!(server.ended(ada), fatal(FrameTooLarge));
    server.send(
        bob,
        ClientMessage::Enter {
            hello: hello(MAX_HELLO_BYTES + 1),
        },
    );
    assert_eq!(server.ended(bob), fatal(BadFrame));
    let eve = server.connect_with(ClientMessage::Join(Join {
        hello: hello(MAX_HELLO_BYTES + 1),
        ..unproved(1, 3)
    }));
    assert_eq!(server.ended(eve), fatal(BadFrame));
    let endless = server.connect_with(join_seen(1, 4, u64::MAX));
    assert_eq!(server.ended(endless), fatal(BadFrame));
}
