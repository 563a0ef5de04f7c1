//! The value that the safety check of two peers is bound to: the protocol's version, the room, and both peers with
//! their keys.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::protocol::{PROTOCOL_VERSION, PeerKeys, RoomId};

const LABEL: &[u8] = b"parlour v1 safety binding";

/// A hash that is the same at both peers, in 64 lower-case hex digits. The peer whose id is smaller comes first, by the
/// bytes of the ids' text.
#[must_use]
pub fn safety_binding(room: RoomId, one: &PeerKeys, other: &PeerKeys) -> String {
    let mut peers = [one, other].map(|keys| (keys.peer_id(), keys));
    peers.sort_by_cached_key(|(id, _)| id.to_string());
    let mut hash = Sha256::new()
        .chain_update(LABEL)
        .chain_update(PROTOCOL_VERSION.to_be_bytes())
        .chain_update(room.as_bytes());
    for (id, keys) in peers {
        hash.update(id.as_bytes());
        hash.update(keys.as_bytes());
    }
    HEXLOWER.encode(&hash.finalize())
}
