//! Envelopes between two peers: one key a direction, one counter a direction, each counter opens once.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;

use super::aead::{self, AeadKey};
use super::replay_window::ReplayWindow;
use super::room_keys::expand;
use super::{OpenError, PeerKey, RoomKeys, SealError, SessionKey};
use crate::protocol::{PeerId, RoomId, Sealed};

const KEY_INFO: &[u8] = b"parlour v1 pair";
const AAD: &[u8] = b"parlour v1 signal";

/// What two peers share. It lives as long as the session: losing its counters would open the door to
/// replays and, worse, to a nonce used twice.
pub struct PairCipher {
    out: Direction,
    into: Direction,
    /// The counter of the last envelope sealed.
    sent: u64,
    seen: ReplayWindow,
}

/// From one peer to another: the key, and what an envelope is bound to.
struct Direction {
    key: AeadKey,
    room: RoomId,
    from: PeerId,
    to: PeerId,
}

impl Direction {
    fn new(hkdf: &Hkdf<Sha256>, room: RoomId, from: PeerId, to: PeerId) -> Self {
        let info: [&[u8]; 4] = [KEY_INFO, room.as_bytes(), from.as_bytes(), to.as_bytes()];
        let key = AeadKey::new(expand(hkdf, &info));
        Self {
            key,
            room,
            from,
            to,
        }
    }

    fn aad(&self, counter: u64) -> Vec<u8> {
        let counter = counter.to_be_bytes();
        let parts: [&[u8]; 5] = [
            AAD,
            self.room.as_bytes(),
            self.from.as_bytes(),
            self.to.as_bytes(),
            &counter,
        ];
        parts.concat()
    }
}

fn nonce(counter: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&counter.to_be_bytes());
    nonce
}

impl PairCipher {
    /// Between this session and the peer with that key.
    ///
    /// # Errors
    /// [`SealError::LowOrder`] and [`SealError::Itself`].
    pub fn new(room: &RoomKeys, us: &SessionKey, them: &PeerKey) -> Result<Self, SealError> {
        let (our_id, their_id) = (us.peer_id(), them.peer_id());
        if our_id == their_id {
            return Err(SealError::Itself);
        }
        let shared = us.agree(them).ok_or(SealError::LowOrder)?;
        let hkdf = Hkdf::<Sha256>::new(Some(&room.pair.0), shared.as_bytes());
        Ok(Self {
            out: Direction::new(&hkdf, room.room_id(), our_id, their_id),
            into: Direction::new(&hkdf, room.room_id(), their_id, our_id),
            sent: 0,
            seen: ReplayWindow::new(),
        })
    }

    /// Seals for the other peer, under the next counter.
    ///
    /// # Errors
    /// [`SealError::TooMuch`], which nothing that fits into a frame causes.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Sealed, SealError> {
        let counter = self.sent.checked_add(1).ok_or(SealError::TooMuch)?;
        let ciphertext = self
            .out
            .key
            .seal(nonce(counter), &self.out.aad(counter), plain)?;
        self.sent = counter;
        Ok(aead::to_text(&counter.to_be_bytes(), &ciphertext))
    }

    /// Opens what the other peer has sealed for us: once, in any order.
    ///
    /// # Errors
    /// [`OpenError::Seen`] for a genuine envelope that was opened before or is older than the window;
    /// anything else was not made by that peer for us.
    pub fn open(&mut self, sealed: &Sealed) -> Result<Vec<u8>, OpenError> {
        let (counter, ciphertext) = aead::from_text::<8>(sealed)?;
        let counter = u64::from_be_bytes(counter);
        let plain = self
            .into
            .key
            .open(nonce(counter), &self.into.aad(counter), &ciphertext)?;
        if !self.seen.is_new(counter) {
            return Err(OpenError::Seen);
        }
        self.seen.mark_seen(counter);
        Ok(plain)
    }
}

impl fmt::Debug for PairCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PairCipher({} → {})", self.out.from, self.out.to)
    }
}
