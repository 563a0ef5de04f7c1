//! The seal: it keeps the server, and everybody on the way, from reading or changing the signaling.
//!
//! Pure: bytes go in, bytes come out. `docs/protocol.md` describes it exactly enough for a second implementation, and
//! `tests/vectors/seal.json` holds what such an implementation must produce.
//!
//! - [`RoomSecret`]: the 128 bits that an invite carries.
//! - [`RoomKeys`]: derived from it once: the room id and the keys for hellos and pairs.
//! - [`SessionKey`]: this peer's Ed25519 and X25519 keys. The hash of their public halves is the peer id.
//! - [`JoinProof`]: proves room and peer to a server, for one connection.
//! - [`Hello`]: a name and the peer's public keys, sealed for the room.
//! - [`SignedHello`]: proves a hello where no server challenges its peer.
//! - [`RelayMailbox`]: where members of a room leave each other sealed bytes at relays, for one day.
//! - [`PairCipher`]: seals envelopes between two peers, which no third member can open or make.

mod aead;
mod join_proof;
mod pair_cipher;
mod relay_mailbox;
mod replay_window;
mod room_keys;
mod safety_binding;
mod sealed_hello;
mod session_key;
mod signed_hello;
#[cfg(test)]
mod vectors;

pub use join_proof::{BadProof, JoinProof};
pub use pair_cipher::PairCipher;
pub use relay_mailbox::{RELAY_SEAL_BYTES, RelayMailbox};
pub(crate) use replay_window::ReplayWindow;
pub use room_keys::{RoomKeys, RoomSecret};
pub use safety_binding::safety_binding;
pub use sealed_hello::Hello;
pub use session_key::SessionKey;
pub(crate) use session_key::random;
pub use signed_hello::SignedHello;

/// Why something sealed does not open. Honest servers and members only cause [`OpenError::Seen`], when a frame is sent
/// again after a reconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not base64url, too short, or too long.
    #[error("not a sealed text")]
    Malformed,
    /// Sealed with another key, for another room, peer or counter, or changed on its way.
    #[error("the seal is broken")]
    Broken,
    /// Genuine, but opened before, or older than the replay window.
    #[error("seen before")]
    Seen,
    /// The hello opens, but its keys do not hash to the peer id.
    #[error("the keys are not the peer's")]
    WrongKeys,
}

/// Why nothing can be sealed for a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The peer's key makes a shared secret that everybody knows (RFC 7748, section 6.1).
    #[error("the peer's key is of low order")]
    LowOrder,
    /// The peer is this peer. Both directions would use one key.
    #[error("a peer cannot seal to itself")]
    Itself,
    /// More than AES-GCM or the counter allows.
    #[error("too much to seal")]
    TooMuch,
}
