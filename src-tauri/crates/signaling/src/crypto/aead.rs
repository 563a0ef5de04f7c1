//! AES-256-GCM with associated data (NIST SP 800-38D), and the text form of sealed bytes.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::BASE64URL_NOPAD;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{OpenError, SealError};
use crate::protocol::Sealed;
use crate::protocol::limits::MAX_FRAME_BYTES;

/// Bytes of the authentication tag at the end of every ciphertext.
pub(super) const TAG_BYTES: usize = 16;

/// A key that is wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct AeadKey([u8; 32]);

impl AeadKey {
    pub(super) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn seal(
        &self,
        nonce: [u8; 12],
        aad: &[u8],
        msg: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        Aes256Gcm::new((&self.0).into())
            .encrypt(&Nonce::from(nonce), Payload { msg, aad })
            .map_err(|_| SealError::TooMuch)
    }

    pub(super) fn open(
        &self,
        nonce: [u8; 12],
        aad: &[u8],
        msg: &[u8],
    ) -> Result<Vec<u8>, OpenError> {
        Aes256Gcm::new((&self.0).into())
            .decrypt(&Nonce::from(nonce), Payload { msg, aad })
            .map_err(|_| OpenError::Broken)
    }

    #[cfg(test)]
    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

pub(super) fn to_text(head: &[u8], ciphertext: &[u8]) -> Sealed {
    Sealed(BASE64URL_NOPAD.encode(&[head, ciphertext].concat()))
}

/// Splits a sealed text into its first `N` bytes and the ciphertext.
pub(super) fn from_text<const N: usize>(sealed: &Sealed) -> Result<([u8; N], Vec<u8>), OpenError> {
    if sealed.0.len() > MAX_FRAME_BYTES {
        return Err(OpenError::Malformed);
    }
    let bytes = BASE64URL_NOPAD
        .decode(sealed.0.as_bytes())
        .map_err(|_| OpenError::Malformed)?;
    let (head, ciphertext) = bytes.split_first_chunk::<N>().ok_or(OpenError::Malformed)?;
    if ciphertext.len() < TAG_BYTES {
        return Err(OpenError::Malformed);
    }
    Ok((*head, ciphertext.to_vec()))
}
