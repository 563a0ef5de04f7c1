//! The proofs of a `join`: two signatures of the server's nonce, one by the room and one by the peer.
//!
//! Both sign the same bytes, so neither can be used for another connection, room or peer. A server, and anybody who
//! listens, gets nothing from them that is good for another connection.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use super::{RoomKeys, SessionKey};
use crate::protocol::{Nonce, PeerKeys, RoomId, Signature};

const LABEL: &[u8] = b"parlour v1 join";

/// A signature is not of the key that it has to be of, or signs something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct BadProof;

/// The two signatures with which a peer answers a server's challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinProof {
    /// By the room's key, which only holders of the room secret have.
    pub room: Signature,
    /// By the peer's own key.
    pub peer: Signature,
}

impl JoinProof {
    /// Answers the challenge for this room and peer.
    #[must_use]
    pub fn new(keys: &RoomKeys, session: &SessionKey, nonce: &Nonce) -> Self {
        let signed = signed_bytes(nonce, &keys.room_id(), &session.public());
        Self {
            room: sign(&keys.signing, &signed),
            peer: sign(&session.signing, &signed),
        }
    }

    /// Checks both signatures.
    ///
    /// # Errors
    /// When either does not hold.
    pub fn verify(&self, nonce: &Nonce, room: &RoomId, keys: &PeerKeys) -> Result<(), BadProof> {
        let signed = signed_bytes(nonce, room, keys);
        verify(room.as_bytes(), &signed, &self.room)?;
        verify(keys.signing(), &signed, &self.peer)
    }
}

fn signed_bytes(nonce: &Nonce, room: &RoomId, keys: &PeerKeys) -> Vec<u8> {
    [
        LABEL,
        nonce.as_bytes(),
        room.as_bytes(),
        keys.as_bytes().as_slice(),
    ]
    .concat()
}

pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Signature {
    Signature::from_bytes(key.sign(message).to_bytes())
}

/// Strict: a key of small order, which signs for everybody, is refused.
pub(super) fn verify(
    key: &[u8; 32],
    message: &[u8],
    signature: &Signature,
) -> Result<(), BadProof> {
    let key = VerifyingKey::from_bytes(key).map_err(|_| BadProof)?;
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    key.verify_strict(message, &signature).map_err(|_| BadProof)
}
