//! Messages that the scenarios share.

use std::sync::OnceLock;

use parlour_signaling::crypto::{JoinProof, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::protocol::{ClientMessage, Join, Nonce, PeerId, RoomId, Sealed, Signature};

const MANY: usize = 256;

/// The keys of the room called `n`.
pub(crate) fn room_keys(n: u8) -> &'static RoomKeys {
    static ROOMS: [OnceLock<RoomKeys>; MANY] = [const { OnceLock::new() }; MANY];
    ROOMS[usize::from(n)].get_or_init(|| RoomKeys::new(&RoomSecret::from_bytes([n; 16])))
}

/// The keys of the peer called `n`.
pub(crate) fn session(n: u8) -> &'static SessionKey {
    static SESSIONS: [OnceLock<SessionKey>; MANY] = [const { OnceLock::new() }; MANY];
    SESSIONS[usize::from(n)].get_or_init(|| SessionKey::from_bytes(&[n; 64]))
}

/// The room called `n`.
pub(crate) fn room(n: u8) -> RoomId {
    room_keys(n).room_id()
}

/// The peer called `n`.
pub(crate) fn peer(n: u8) -> PeerId {
    static PEERS: [OnceLock<PeerId>; MANY] = [const { OnceLock::new() }; MANY];
    *PEERS[usize::from(n)].get_or_init(|| session(n).peer_id())
}

/// Any text: it is opaque to a server.
pub(crate) fn sealed(text: impl Into<String>) -> Sealed {
    Sealed(text.into())
}

/// The hello of the peer called `n`.
pub(crate) fn hello(n: u8) -> Sealed {
    sealed(format!("hello-{n}"))
}

/// The join of the peer called `n` to the room called `r`, without its proofs.
pub(crate) fn unproved(r: u8, n: u8) -> Join {
    Join {
        room: room(r),
        keys: session(n).public(),
        room_proof: Signature::from_bytes([0; 64]),
        peer_proof: Signature::from_bytes([0; 64]),
        hello: hello(n),
        entered: false,
        seen: 0,
        access: None,
    }
}

/// The join with the proofs that answer a challenge.
pub(crate) fn proved(mut join: Join, nonce: &Nonce) -> Join {
    let by_room = (0..=u8::MAX).find(|n| room(*n) == join.room);
    let by_peer = (0..=u8::MAX).find(|n| session(*n).public() == join.keys);
    let (by_room, by_peer) = (by_room.expect("a room"), by_peer.expect("a peer"));
    let proof = JoinProof::new(room_keys(by_room), session(by_peer), nonce);
    join.room_proof = proof.room;
    join.peer_proof = proof.peer;
    join
}

/// The peer called `n` joins the room called `r`, having seen `seen` signals. Whoever sends it adds the proofs.
pub(crate) fn join_seen(r: u8, n: u8, seen: u64) -> ClientMessage {
    let join = unproved(r, n);
    ClientMessage::Join(Join { seen, ..join })
}

/// The peer called `n` joins the room called `r` for the first time.
pub(crate) fn join(r: u8, n: u8) -> ClientMessage {
    join_seen(r, n, 0)
}

/// The peer called `n` enters.
pub(crate) fn enter(n: u8) -> ClientMessage {
    ClientMessage::Enter { hello: hello(n) }
}

/// A signal to the peer called `n`.
pub(crate) fn signal(n: u8, text: impl Into<String>) -> ClientMessage {
    ClientMessage::Signal {
        to: peer(n),
        envelope: sealed(text),
    }
}
