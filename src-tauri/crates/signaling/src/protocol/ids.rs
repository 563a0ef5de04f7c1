//! What names rooms and peers, and what proves them: bytes of a fixed length, written as base64url without padding
//! (RFC 4648, section 5).

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::messages::PATH;

/// The text was not in its encoding, or was not as long as it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the expected length")]
pub struct BadId;

/// Characters of the text form of so many bytes.
const fn chars(bytes: usize) -> usize {
    (bytes * 8).div_ceil(6)
}

/// A public value of a fixed number of bytes, with its text form.
macro_rules! bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The value of these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Calls this with its text form, which is on the stack: each signal has two ids.
            fn with_text<T>(&self, use_text: impl FnOnce(&str) -> T) -> T {
                let mut text = [0; chars($len)];
                BASE64URL_NOPAD.encode_mut(&self.0, &mut text);
                // Base64url is ASCII.
                use_text(str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.with_text(|text| f.write_str(text))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                if text.len() != chars($len) {
                    return Err(BadId);
                }
                let mut bytes = [0; $len];
                let decoded = BASE64URL_NOPAD.decode_mut(text.as_bytes(), &mut bytes);
                decoded.map(|_| Self(bytes)).map_err(|_| BadId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.with_text(|text| serializer.serialize_str(text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("base64url")
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    };
}

bytes!(
    /// A room as the server knows it: an Ed25519 public key (RFC 8032) whose private key follows from the room secret.
    /// 43 characters.
    RoomId,
    32
);
bytes!(
    /// A peer as signaling sees it: the hash of its [`PeerKeys`]. 22 characters.
    PeerId,
    16
);
bytes!(
    /// The public keys of a peer for one session: Ed25519 (RFC 8032), then X25519 (RFC 7748). 86 characters.
    PeerKeys,
    64
);
bytes!(
    /// The random bytes that a server chooses for one connection. 43 characters.
    Nonce,
    32
);
bytes!(
    /// An Ed25519 signature (RFC 8032). 86 characters.
    Signature,
    64
);

impl RoomId {
    /// Its hash: the first two bytes of SHA-256 of the label and the room id.
    #[must_use]
    pub fn room_hash(&self) -> RoomHash {
        let hash = Sha256::new()
            .chain_update(b"parlour v1 room hash")
            .chain_update(self.0)
            .finalize();
        RoomHash(u16::from_be_bytes([hash[0], hash[1]]))
    }
}

/// The hash of a room in the URL of its WebSocket, by which a load balancer keeps the room at one server. Many rooms may
/// share one. Four hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoomHash(u16);

impl RoomHash {
    /// Path and query of the room's WebSocket.
    #[must_use]
    pub fn path(self) -> String {
        format!("{PATH}?r={self}")
    }
}

impl std::str::FromStr for RoomHash {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.len() != 4 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(BadId);
        }
        u16::from_str_radix(text, 16).map(Self).map_err(|_| BadId)
    }
}

impl fmt::Display for RoomHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

impl PeerKeys {
    /// The keys of these two.
    #[must_use]
    pub fn new(signing: [u8; 32], agreement: [u8; 32]) -> Self {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&signing);
        bytes[32..].copy_from_slice(&agreement);
        Self(bytes)
    }

    /// The Ed25519 key, with which the peer proves that it is that peer.
    #[must_use]
    pub const fn signing(&self) -> &[u8; 32] {
        self.halves().0
    }

    /// The X25519 key, with which others seal for the peer.
    #[must_use]
    pub const fn agreement(&self) -> &[u8; 32] {
        self.halves().1
    }

    const fn halves(&self) -> (&[u8; 32], &[u8; 32]) {
        let [signing, agreement] = self.0.as_chunks::<32>().0 else {
            unreachable!();
        };
        (signing, agreement)
    }

    /// The id that belongs to these keys: the first 16 bytes of SHA-256 of the label and the keys.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        let hash = Sha256::new()
            .chain_update(b"parlour v1 peer")
            .chain_update(self.0)
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        PeerId(id)
    }
}
