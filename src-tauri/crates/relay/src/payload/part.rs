//! The plain text of one event: a part of a message, padded.

use parlour_signaling::crypto::RELAY_SEAL_BYTES;

use super::reader::Reader;
use super::{BadPayload, Message};
use crate::event::MAX_CONTENT_BYTES;

const VERSION: u8 = 1;
/// Version, number of the message, part, parts, and the length of the rest.
const HEAD_BYTES: usize = 1 + 4 + 1 + 1 + 2;
/// A sealed content has a multiple of this length, so that a relay cannot tell a candidate from an offer by it.
const STEP_BYTES: usize = MAX_CONTENT_BYTES / 3;

/// Bytes of a message in one event.
pub const PART_BYTES: usize = MAX_CONTENT_BYTES - RELAY_SEAL_BYTES - HEAD_BYTES;
/// Parts of one message: the largest envelope needs 18.
pub const MAX_PARTS: usize = 24;

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The number of its message, which grows with each message of a bridge.
    pub number: u32,
    /// Which part it is, from 0.
    pub part: u8,
    /// How many there are.
    pub parts: u8,
    /// Its bytes of the message.
    pub bytes: Vec<u8>,
}

/// The padded plain texts of a message, in order. Nothing when the message is too long.
#[must_use]
pub fn parts(number: u32, message: &Message) -> Option<Vec<Vec<u8>>> {
    let body = message.to_bytes();
    let chunks: Vec<&[u8]> = if body.is_empty() {
        vec![&[]]
    } else {
        body.chunks(PART_BYTES).collect()
    };
    let count = u8::try_from(chunks.len()).ok()?;
    if chunks.len() > MAX_PARTS {
        return None;
    }
    let plain = |(part, bytes): (u8, &[u8])| padded(number, part, count, bytes);
    Some((0_u8..).zip(chunks).map(plain).collect())
}

fn padded(number: u32, part: u8, parts: u8, bytes: &[u8]) -> Vec<u8> {
    let mut plain = vec![VERSION];
    plain.extend(number.to_be_bytes());
    plain.extend([part, parts]);
    // A chunk is shorter than 64 KiB.
    plain.extend((bytes.len() as u16).to_be_bytes());
    plain.extend(bytes);
    let sealed = (plain.len() + RELAY_SEAL_BYTES).next_multiple_of(STEP_BYTES);
    plain.resize(sealed - RELAY_SEAL_BYTES, 0);
    plain
}

impl Part {
    /// Reads an opened content.
    ///
    /// # Errors
    /// When it is not exactly what [`parts`] writes.
    pub fn read(plain: &[u8]) -> Result<Self, BadPayload> {
        let mut reader = Reader(plain);
        if reader.u8()? != VERSION {
            return Err(BadPayload);
        }
        let (number, part, parts) = (reader.u32()?, reader.u8()?, reader.u8()?);
        let length = usize::from(reader.u16()?);
        let bytes = reader.bytes(length)?.to_vec();
        let is_padding = reader.0.iter().all(|byte| *byte == 0);
        if part >= parts || usize::from(parts) > MAX_PARTS || !is_padding {
            return Err(BadPayload);
        }
        Ok(Self {
            number,
            part,
            parts,
            bytes,
        })
    }
}
