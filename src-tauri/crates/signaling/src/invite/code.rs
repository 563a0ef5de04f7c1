//! The code: the secret of an invite, with a version and a checksum that detects typing errors.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::InviteError;
use crate::crypto::RoomSecret;

const VERSION: u8 = 1;
/// Characters of a code of [`VERSION`].
const CODE_CHARS: usize = 26;

pub(super) fn encode(secret: &RoomSecret) -> String {
    let mut bytes = Zeroizing::new([0; 19]);
    bytes[0] = VERSION;
    bytes[1..17].copy_from_slice(secret.expose());
    let sum = checksum(&bytes[..17]);
    bytes[17..].copy_from_slice(&sum);
    BASE64URL_NOPAD.encode(&*bytes)
}

/// Reads a run of base64url characters. Only punctuation of the surrounding text may follow the code.
pub(super) fn decode(run: &str) -> Result<RoomSecret, InviteError> {
    let head = run.get(..4).ok_or(InviteError::Damaged)?;
    let head = BASE64URL_NOPAD
        .decode(head.as_bytes())
        .map_err(|_| InviteError::Damaged)?;
    match head.first() {
        Some(&VERSION) => {}
        Some(&newer) if newer > VERSION => return Err(InviteError::TooNew),
        _ => return Err(InviteError::Damaged),
    }
    let (code, rest) = run
        .split_at_checked(CODE_CHARS)
        .ok_or(InviteError::Damaged)?;
    if !rest.bytes().all(|b| matches!(b, b'_' | b'-')) {
        return Err(InviteError::Damaged);
    }
    let bytes = BASE64URL_NOPAD
        .decode(code.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| InviteError::Damaged)?;
    let (body, sum) = bytes.split_last_chunk::<2>().ok_or(InviteError::Damaged)?;
    if checksum(body) != *sum {
        return Err(InviteError::Damaged);
    }
    let secret = body
        .split_first()
        .and_then(|(_, secret)| secret.try_into().ok())
        .ok_or(InviteError::Damaged)?;
    Ok(RoomSecret::from_bytes(secret))
}

/// The first two bytes of SHA-256 of a label, the version and the secret.
fn checksum(body: &[u8]) -> [u8; 2] {
    let hash = Sha256::new()
        .chain_update(b"parlour v1 invite")
        .chain_update(body)
        .finalize();
    [hash[0], hash[1]]
}
