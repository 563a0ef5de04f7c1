//! A hello: the name and keys of a peer, sealed for the members of the room.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{OpenError, RoomKeys, SealError, SessionKey, aead, random};
use crate::protocol::limits::MAX_HELLO_BYTES;
use crate::protocol::{PeerId, PeerKeys, Sealed, clean_name};

const AAD: &[u8] = b"parlour v1 hello";

/// The text is padded with spaces to this length, so that a hello does not show the length of the name.
const PADDED_BYTES: usize = 256;
/// Bytes of the keys in front of it.
const KEYS_BYTES: usize = 64;

/// A peer's own data for the room. A reader ignores fields that it does not know.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The participant's name; see [`clean_name`].
    pub name: String,
    /// The peer id that the same person had in the room before the app crashed.
    #[serde(rename = "was", default, skip_serializing_if = "Option::is_none")]
    pub previous_peer_id: Option<PeerId>,
    /// Whether the peer is a guest: a web page and not the app.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

impl Hello {
    /// The hello of an app's peer that had no other id before.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            previous_peer_id: None,
            guest: false,
        }
    }
}

// A name is only for the members of the room, so it is not printed.
impl std::fmt::Debug for Hello {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hello(…)")
    }
}

impl RoomKeys {
    /// Seals a hello of this session's peer.
    ///
    /// # Errors
    /// [`SealError::TooMuch`], never for a cleaned name.
    pub fn seal_hello(&self, session: &SessionKey, hello: &Hello) -> Result<Sealed, SealError> {
        self.seal_hello_with(random(), session.public(), hello)
    }

    pub(super) fn seal_hello_with(
        &self,
        nonce: [u8; 12],
        keys: PeerKeys,
        hello: &Hello,
    ) -> Result<Sealed, SealError> {
        let hello = Hello {
            name: clean_name(&hello.name),
            ..hello.clone()
        };
        let mut plain = Zeroizing::new(keys.as_bytes().to_vec());
        serde_json::to_writer(&mut *plain, &hello).map_err(|_| SealError::TooMuch)?;
        if plain.len() < KEYS_BYTES + PADDED_BYTES {
            plain.resize(KEYS_BYTES + PADDED_BYTES, b' ');
        }
        let sealed = self
            .hello
            .seal(nonce, &self.hello_aad(keys.peer_id()), &plain)?;
        Ok(aead::to_text(&nonce, &sealed))
    }

    /// Opens the hello that a server shows for `peer`. The returned name is cleaned.
    ///
    /// # Errors
    /// When it is not a hello, not of this room or peer, or its keys do not hash to that peer's id.
    pub fn open_hello(
        &self,
        peer: PeerId,
        sealed: &Sealed,
    ) -> Result<(PeerKeys, Hello), OpenError> {
        if sealed.0.len() > MAX_HELLO_BYTES {
            return Err(OpenError::Malformed);
        }
        let (nonce, ciphertext) = aead::from_text::<12>(sealed)?;
        let plain = Zeroizing::new(self.hello.open(nonce, &self.hello_aad(peer), &ciphertext)?);
        let (keys, json) = plain
            .split_first_chunk::<KEYS_BYTES>()
            .ok_or(OpenError::Malformed)?;
        let keys = PeerKeys::from_bytes(*keys);
        if keys.peer_id() != peer {
            return Err(OpenError::WrongKeys);
        }
        let hello: Hello = serde_json::from_slice(json).map_err(|_| OpenError::Malformed)?;
        let name = clean_name(&hello.name);
        Ok((keys, Hello { name, ..hello }))
    }

    fn hello_aad(&self, peer: PeerId) -> Vec<u8> {
        [AAD, self.room_id().as_bytes(), peer.as_bytes()].concat()
    }
}
