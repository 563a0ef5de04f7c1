//! The messages between the bridges of a room, inside the seal of an event.
//!
//! Pure. A [`Message`] is a list of records under the number that its bridge gave it. [`parts`] turns it into as many
//! padded plain texts as it needs, [`Part::read`] and [`Message::read`] are the way back. `docs/protocol.md` describes
//! the bytes.

mod message;
mod part;
mod reader;

pub use message::{Announced, Envelope, Got, Hello, Message};
pub use part::{MAX_PARTS, PART_BYTES, Part, parts};

/// A bridge for as long as it runs: the first eight bytes of the key that signs its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Session(pub u64);

impl Session {
    /// The session of the bridge that signs with this key. Nobody else can sign as that session.
    #[must_use]
    pub const fn of(author: &[u8; 32]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *author;
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// Why bytes are no payload. They were sealed by a member, so that member's app is of another version, or lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a payload")]
pub struct BadPayload;
