//! A peer's key for one session. The peer id is its hash, so a server cannot put another key under a known id.

use std::fmt;

use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::protocol::PeerId;

/// The public half of a [`SessionKey`], which the hello carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerKey(pub [u8; 32]);

impl PeerKey {
    /// The id that belongs to this key: the first 16 bytes of SHA-256 of the label and the key.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        let hash = Sha256::new()
            .chain_update(b"parlour v1 peer")
            .chain_update(self.0)
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        PeerId::from_bytes(id)
    }
}

/// An X25519 key (RFC 7748) of this session, stored nowhere. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct SessionKey {
    secret: StaticSecret,
    public: PeerKey,
}

impl SessionKey {
    /// A fresh key.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bytes(random())
    }

    /// A key from its secret bytes, which are clamped when used (RFC 7748, section 5). For test vectors.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let secret = StaticSecret::from(bytes);
        let public = PeerKey(PublicKey::from(&secret).to_bytes());
        Self { secret, public }
    }

    /// The public key, with which others seal for this peer.
    #[must_use]
    pub const fn public(&self) -> PeerKey {
        self.public
    }

    /// The id of this peer.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.public.peer_id()
    }

    /// The shared secret, or nothing when everybody would know it (RFC 7748, section 6.1).
    pub(super) fn agree(&self, theirs: &PeerKey) -> Option<x25519_dalek::SharedSecret> {
        let shared = self.secret.diffie_hellman(&PublicKey::from(theirs.0));
        shared.was_contributory().then_some(shared)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

/// Bytes from the system's randomness.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing can be kept secret"
    )]
    getrandom::fill(&mut bytes).expect("the system's randomness");
    bytes
}
