//! The room's secret, and the keys that every member derives from it.

use std::fmt;

use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::aead::AeadKey;
use crate::protocol::RoomId;

/// The salt of the first HKDF extraction: protocol and version.
const SALT: &[u8] = b"parlour v1";

/// The 128 random bits that an invite carries. They make a person a member. Never printed, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RoomSecret([u8; 16]);

impl RoomSecret {
    /// The secret of a new room, from the system's randomness.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn random() -> Self {
        Self(super::random())
    }

    /// The secret that an invite carries.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The secret itself, for an invite only.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl PartialEq for RoomSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for RoomSecret {}

impl fmt::Debug for RoomSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomSecret(…)")
    }
}

/// The keys that are derived from a [`RoomSecret`], once for a session.
#[derive(Clone)]
pub struct RoomKeys {
    room: RoomId,
    /// Wiped when dropped.
    pub(super) signing: SigningKey,
    pub(super) hello: AeadKey,
    pub(super) pair: PairSalt,
    pub(super) relay: RelaySeed,
}

/// Binds the keys of a pair to the room's secret as well as to the two peers' keys.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct PairSalt(pub(super) [u8; 32]);

/// The keys of all days' mailboxes follow from it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct RelaySeed(pub(super) [u8; 32]);

impl RoomKeys {
    /// Derives the keys with HKDF-SHA-256 (RFC 5869).
    #[must_use]
    pub fn new(secret: &RoomSecret) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), secret.expose());
        let seed = Zeroizing::new(expand(&hkdf, &[b"parlour v1 room signing key"]));
        let signing = SigningKey::from_bytes(&seed);
        Self {
            room: RoomId::from_bytes(signing.verifying_key().to_bytes()),
            signing,
            hello: AeadKey::new(expand(&hkdf, &[b"parlour v1 hello key"])),
            pair: PairSalt(expand(&hkdf, &[b"parlour v1 pair salt"])),
            relay: RelaySeed(expand(&hkdf, &[b"parlour v1 relay seed"])),
        }
    }

    /// The room id: the public key of the room's signing key. A server learns nothing else of the secret.
    #[must_use]
    pub const fn room_id(&self) -> RoomId {
        self.room
    }
}

impl fmt::Debug for RoomKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomKeys(…)")
    }
}

/// HKDF-Expand (RFC 5869, section 2.3) to a length that is checked at compile time.
pub(super) fn expand<const N: usize>(hkdf: &Hkdf<Sha256>, info: &[&[u8]]) -> [u8; N] {
    const { assert!(N <= 255 * 32, "RFC 5869 allows 255 blocks of SHA-256") }
    let mut okm = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "the only error is a length above the one asserted"
    )]
    hkdf.expand_multi_info(info, &mut okm)
        .expect("a length that HKDF allows");
    okm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_printed() {
        let secret = RoomSecret::from_bytes([0xab; 16]);
        let keys = RoomKeys::new(&secret);
        assert_eq!(format!("{secret:?}"), "RoomSecret(…)");
        assert_eq!(format!("{keys:?}"), "RoomKeys(…)");
    }

    #[test]
    fn the_room_id_depends_on_every_bit_of_the_secret() {
        let plain = RoomKeys::new(&RoomSecret::from_bytes([0; 16])).room_id();
        for bit in 0..128 {
            let mut bytes = [0; 16];
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(
                RoomKeys::new(&RoomSecret::from_bytes(bytes)).room_id(),
                plain
            );
        }
    }
}
