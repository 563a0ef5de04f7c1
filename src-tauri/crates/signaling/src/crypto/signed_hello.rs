//! A hello that its peer has signed for one session and one day, where no server challenges the peer.
//!
//! Whoever introduces a peer to a server of the same process checks it: an old hello, which anybody who saw it can send
//! again, names another session or another day.

use super::join_proof::{sign, verify};
use super::{BadProof, RoomKeys, SessionKey};
use crate::protocol::{PeerKeys, RoomId, Sealed, Signature};

const LABEL: &[u8] = b"parlour v1 signed hello";

/// A sealed hello and the peer's signature of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHello {
    /// The peer's keys.
    pub keys: PeerKeys,
    /// The sealed hello.
    pub hello: Sealed,
    /// By the peer's Ed25519 key.
    pub signature: Signature,
}

impl SignedHello {
    /// Signs a hello of this session's peer, for the session of that number and for a day since the epoch.
    #[must_use]
    pub fn new(keys: &RoomKeys, peer: &SessionKey, hello: Sealed, session: u64, day: u32) -> Self {
        let signed = signed_bytes(keys.room_id(), &peer.public(), &hello, session, day);
        Self {
            keys: peer.public(),
            signature: sign(&peer.signing, &signed),
            hello,
        }
    }

    /// Checks that this peer has signed this hello for that room, session and day.
    ///
    /// # Errors
    /// When it has not.
    pub fn verify(&self, room: RoomId, session: u64, day: u32) -> Result<(), BadProof> {
        let signed = signed_bytes(room, &self.keys, &self.hello, session, day);
        verify(self.keys.signing(), &signed, &self.signature)
    }
}

fn signed_bytes(room: RoomId, keys: &PeerKeys, hello: &Sealed, session: u64, day: u32) -> Vec<u8> {
    let parts: [&[u8]; 6] = [
        LABEL,
        room.as_bytes(),
        keys.as_bytes(),
        &session.to_be_bytes(),
        &day.to_be_bytes(),
        hello.0.as_bytes(),
    ];
    parts.concat()
}
