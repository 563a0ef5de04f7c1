//! A peer's keys for one session. The peer id is their hash, so a server cannot put other keys under a known id.

use std::fmt;

use ed25519_dalek::SigningKey;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::protocol::{PeerId, PeerKeys};

/// An Ed25519 key (RFC 8032) and an X25519 key (RFC 7748) of this session, stored nowhere. Never printed, wiped when
/// dropped.
#[derive(Clone)]
pub struct SessionKey {
    pub(super) signing: SigningKey,
    agreement: StaticSecret,
    public: PeerKeys,
}

impl SessionKey {
    /// Fresh keys.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bytes(&Zeroizing::new(random()))
    }

    /// Keys from their secret bytes: the seed of the Ed25519 key, then the X25519 secret, which is clamped when used
    /// (RFC 7748, section 5). For test vectors.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&bytes[..32]);
        let signing = SigningKey::from_bytes(&seed);
        seed.copy_from_slice(&bytes[32..]);
        let agreement = StaticSecret::from(*seed);
        let public = PeerKeys::new(
            signing.verifying_key().to_bytes(),
            PublicKey::from(&agreement).to_bytes(),
        );
        Self {
            signing,
            agreement,
            public,
        }
    }

    /// The public keys.
    #[must_use]
    pub const fn public(&self) -> PeerKeys {
        self.public
    }

    /// The id of this peer.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.public.peer_id()
    }

    /// The shared secret, or nothing when everybody would know it (RFC 7748, section 6.1).
    pub(super) fn agree(&self, theirs: &PeerKeys) -> Option<x25519_dalek::SharedSecret> {
        let theirs = PublicKey::from(*theirs.agreement());
        let shared = self.agreement.diffie_hellman(&theirs);
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
