//! The code: the secret of an invite, with a version and a checksum that detects typing errors.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::InviteError;
use super::unwrap::BREAK;
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

/// A new secret whose code survives typography and Markdown: without `--`, which becomes a dash, and with one `_` at
/// most, because two make the text between them italic. One of eighteen secrets is drawn again, so 127.9 of the 128 bits
/// are random. A code begins and ends with a letter in any case.
pub(super) fn random_secret() -> RoomSecret {
    loop {
        let secret = RoomSecret::random();
        let code = Zeroizing::new(encode(&secret));
        if !code.contains("--") && code.matches('_').count() <= 1 {
            return secret;
        }
    }
}

/// Reads the code at the beginning of a text, in which it may be broken, and in which typography may have made a dash of
/// two hyphens. The checksum decides. Only punctuation of the surrounding text may follow.
pub(super) fn decode(text: &str) -> Result<RoomSecret, InviteError> {
    let mut error = InviteError::Damaged;
    for hyphens in ["--", "---", "-"] {
        match decode_run(&read_run(text, hyphens)) {
            Ok(secret) => return Ok(secret),
            Err(InviteError::TooNew) => error = InviteError::TooNew,
            Err(_) => {}
        }
        if !text.chars().take(2 * CODE_CHARS).any(is_dash) {
            break;
        }
    }
    Err(error)
}

/// The characters of a code with what follows it without a break. Each dash is so many hyphens.
fn read_run(text: &str, hyphens: &str) -> Zeroizing<String> {
    let mut run = Zeroizing::new(String::with_capacity(2 * CODE_CHARS));
    for c in text.chars() {
        match c {
            // The code may go on behind a break, but words that follow a whole code do not belong to it.
            BREAK if run.len() < CODE_CHARS => {}
            c if is_dash(c) && run.len() < CODE_CHARS => run.push_str(hyphens),
            '-' | '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' if run.len() < 2 * CODE_CHARS => {
                run.push(c)
            }
            _ => break,
        }
    }
    run
}

const fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn decode_run(run: &str) -> Result<RoomSecret, InviteError> {
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
