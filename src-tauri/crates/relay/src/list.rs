//! The list of relays that is part of the program, and the order in which a room uses a list.

use std::cmp::Reverse;

use parlour_signaling::invite::Endpoint;
use parlour_signaling::protocol::RoomId;
use sha2::{Digest, Sha256};

/// One relay a line, `#` begins a comment.
const SHIPPED: &str = include_str!("../relays.txt");

/// The relays that are part of the program, in the order of the file. A line that cannot be read is left out; a test
/// checks that there is none.
#[must_use]
pub fn shipped() -> Vec<Endpoint> {
    lines(SHIPPED)
        .filter_map(|line| Endpoint::parse(line).ok())
        .collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
}

/// The relays in the order in which this room uses them (rendezvous hashing): everybody who has the same list chooses
/// the same ones, each relay serves its share of the rooms, and a list that changes a little changes few choices.
#[must_use]
pub fn for_room(relays: &[Endpoint], room: RoomId) -> Vec<Endpoint> {
    let mut relays = relays.to_vec();
    relays.sort_by_cached_key(|relay| Reverse(weight(relay, room)));
    relays.dedup();
    relays
}

fn weight(relay: &Endpoint, room: RoomId) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"parlour v1 relay choice");
    hash.update(room.as_bytes());
    hash.update(relay.to_string());
    hash.finalize().into()
}
