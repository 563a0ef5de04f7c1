//! The mailbox of a room at relays, one for each day, and the seal of what is put into it.
//!
//! A relay learns a name that means nothing, and that somebody puts sealed bytes of a few sizes there. Next day's name
//! does not follow from it.

use hkdf::Hkdf;
use sha2::Sha256;

use super::aead::AeadKey;
use super::room_keys::expand;
use super::{OpenError, RoomKeys, SealError, random};

const NAME_INFO: &[u8] = b"parlour v1 relay mailbox";
const KEY_INFO: &[u8] = b"parlour v1 relay key";
const AAD: &[u8] = b"parlour v1 relay event";

/// Bytes that the seal adds: nonce and tag.
pub const RELAY_SEAL_BYTES: usize = NONCE_BYTES + super::aead::TAG_BYTES;
const NONCE_BYTES: usize = 12;

/// The room's mailbox of one day.
#[derive(Clone)]
pub struct RelayMailbox {
    name: [u8; 32],
    key: AeadKey,
}

impl RoomKeys {
    /// The mailbox of a day since 1970, in UTC.
    #[must_use]
    pub fn relay_mailbox(&self, day: u32) -> RelayMailbox {
        let hkdf = Hkdf::<Sha256>::new(None, &self.relay.0);
        let day = day.to_be_bytes();
        RelayMailbox {
            name: expand(&hkdf, &[NAME_INFO, &day]),
            key: AeadKey::new(expand(&hkdf, &[KEY_INFO, &day])),
        }
    }
}

impl RelayMailbox {
    /// The name by which relays know it.
    #[must_use]
    pub const fn name(&self) -> [u8; 32] {
        self.name
    }

    /// Seals what `author`, the key that signs the event, puts into the mailbox.
    ///
    /// # Errors
    /// [`SealError::TooMuch`], never for anything that fits into an event.
    pub fn seal(&self, author: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.seal_with(random(), author, plain)
    }

    pub(super) fn seal_with(
        &self,
        nonce: [u8; NONCE_BYTES],
        author: &[u8; 32],
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let sealed = self.key.seal(nonce, &self.aad(author), plain)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what the event of that author holds. Under another author it does not open.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] and [`OpenError::Broken`].
    pub fn open(&self, author: &[u8; 32], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (nonce, ciphertext) = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(OpenError::Malformed)?;
        self.key.open(*nonce, &self.aad(author), ciphertext)
    }

    fn aad(&self, author: &[u8; 32]) -> Vec<u8> {
        [AAD, &self.name, author].concat()
    }
}

impl std::fmt::Debug for RelayMailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RelayMailbox(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use data_encoding::HEXLOWER;

    use super::*;
    use crate::crypto::RoomSecret;

    fn mailbox(day: u32) -> RelayMailbox {
        RoomKeys::new(&RoomSecret::from_bytes([7; 16])).relay_mailbox(day)
    }

    #[test]
    fn a_mailbox_opens_what_its_author_has_sealed_for_that_day() {
        let sealed = mailbox(20_784).seal(&[1; 32], b"who").unwrap();
        assert_eq!(sealed.len(), 3 + RELAY_SEAL_BYTES);
        assert_eq!(mailbox(20_784).open(&[1; 32], &sealed).unwrap(), b"who");
        assert!(mailbox(20_784).open(&[2; 32], &sealed).is_err());
        assert!(mailbox(20_785).open(&[1; 32], &sealed).is_err());
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert!(mailbox(20_784).open(&[1; 32], &changed).is_err());
            assert!(mailbox(20_784).open(&[1; 32], &sealed[..n]).is_err());
        }
    }

    #[test]
    fn names_and_seal_are_those_of_the_vectors() {
        let mailbox = mailbox(20_784);
        let vector: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/relay_mailbox.json")).unwrap();
        assert_eq!(vector["mailbox"], HEXLOWER.encode(&mailbox.name()));
        let sealed = mailbox.seal_with([9; 12], &[1; 32], b"hello").unwrap();
        assert_eq!(vector["sealed"], HEXLOWER.encode(&sealed));
    }
}
