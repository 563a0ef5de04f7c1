//! The room's secret, and the keys that every member derives from it.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::aead::AeadKey;
use crate::protocol::RoomId;

/// The salt of the first extraction: names the protocol and its version.
const SALT: &[u8] = b"parlour v1";

/// The 128 random bits that an invite carries: who has them is a member. Never printed, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RoomSecret([u8; 16]);

impl RoomSecret {
    /// A new room's secret, from the system's randomness.
    ///
    /// # Panics
    /// When the system has no randomness: nothing could be kept secret then.
    #[must_use]
    pub fn random() -> Self {
        Self(super::random())
    }

    /// As an invite carries it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The secret itself, for an invite and nothing else.
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

/// What is derived from a [`RoomSecret`], once for a session.
#[derive(Clone)]
pub struct RoomKeys {
    room: RoomId,
    pub(super) hello: AeadKey,
    pub(super) pair: PairSalt,
}

/// Makes the keys of a pair depend on the room's secret as well as on the two peers' keys.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct PairSalt(pub(super) [u8; 32]);

impl RoomKeys {
    /// HKDF-SHA-256 of the secret.
    #[must_use]
    pub fn new(secret: &RoomSecret) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), secret.expose());
        Self {
            room: RoomId::from_bytes(expand(&hkdf, &[b"parlour v1 room id"])),
            hello: AeadKey::new(expand(&hkdf, &[b"parlour v1 hello key"])),
            pair: PairSalt(expand(&hkdf, &[b"parlour v1 pair salt"])),
        }
    }

    /// All that a server ever learns of the room.
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

/// HKDF-Expand to a length that is known to be allowed.
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
    fn seal_secrets_never_print() {
        let secret = RoomSecret::from_bytes([0xab; 16]);
        let keys = RoomKeys::new(&secret);
        assert_eq!(format!("{secret:?}"), "RoomSecret(…)");
        assert_eq!(format!("{keys:?}"), "RoomKeys(…)");
    }

    #[test]
    fn seal_room_id_depends_on_every_bit_of_the_secret() {
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
