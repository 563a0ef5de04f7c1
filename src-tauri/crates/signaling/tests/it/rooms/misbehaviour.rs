//! Clients that break the rules.

use std::time::Duration;

use parlour_signaling::protocol::ServerErrorCode::{BadFrame, TooManyMessages, UnknownType};
use parlour_signaling::protocol::limits::{AWAY_TIMEOUT, FRAME_BURST, FRAMES_PER_SECOND};
use parlour_signaling::protocol::{LeftReason, ServerMessage};
use parlour_signaling::server::rooms::Inbound;

use super::harness::{Ended, fatal, joined_peers, left};
use crate::test_messages::{peer, signal};

#[test]
fn a_connection_that_does_not_read_is_dropped() {
    let (mut server, [ada, bob]) = joined_peers();
    server.overflow(bob);
    assert_eq!(server.ended(bob), Some(Ended::Dropped));
    assert_eq!(server.take_one(ada), left(2, LeftReason::TooSlow));
    server.disconnect(bob);
    server.wait(AWAY_TIMEOUT);
    assert_eq!(server.take(ada), []);
    let guest = server.connect();
    server.overflow(guest);
    assert_eq!(server.registry.connections(), 1);
}

#[test]
fn frames_are_rate_limited() {
    let (mut server, [ada, bob]) = joined_peers();
    // The join was the first frame.
    for _ in 1..FRAME_BURST {
        server.receive(bob, Inbound::Ping);
    }
    server.wait(Duration::from_secs(1));
    for _ in 0..FRAMES_PER_SECOND {
        server.send(bob, signal(1, "x"));
    }
    assert_eq!(server.ended(bob), None);
    server.send(bob, signal(1, "x"));
    assert_eq!(server.take_errors(bob), [TooManyMessages]);
    assert_eq!(server.ended(bob), fatal(TooManyMessages));
    let messages = server.take(ada);
    assert_eq!(messages.len(), FRAMES_PER_SECOND as usize + 1);
    assert_eq!(
        messages.last(),
        Some(&ServerMessage::PeerAway { peer: peer(2) })
    );
}

#[test]
fn a_bad_frame_ends_its_connection_and_an_unknown_type_does_not() {
    let (mut server, [ada, bob]) = joined_peers();
    server.receive(bob, Inbound::from_text(r#"{"type":"dance"}"#));
    let about = Some("dance".to_owned());
    let refused = ServerMessage::Error {
        code: UnknownType,
        fatal: false,
        about,
    };
    assert_eq!(server.take_one(bob), refused);
    server.receive(bob, Inbound::from_text("\0"));
    assert_eq!(server.ended(bob), fatal(BadFrame));
    assert_eq!(
        server.take_one(ada),
        ServerMessage::PeerAway { peer: peer(2) }
    );
    server.send(bob, signal(1, "after the end"));
    assert_eq!(server.take(ada), []);
}
