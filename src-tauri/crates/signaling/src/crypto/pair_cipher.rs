//! Envelopes between two peers. Each direction has its own key and counter, and each counter opens once.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;

use super::aead::{self, AeadKey};
use super::replay_window::ReplayWindow;
use super::room_keys::expand;
use super::{OpenError, RoomKeys, SealError, SessionKey};
use crate::protocol::{PeerId, PeerKeys, RoomId, Sealed};

const KEY_INFO: &[u8] = b"parlour v1 pair";
const AAD: &[u8] = b"parlour v1 signal";

/// Seals and opens envelopes between two peers. It is kept as long as the session: without its counters replays would
/// open and, worse, a nonce would be used twice.
pub struct PairCipher {
    outgoing: Direction,
    incoming: Direction,
    /// The counter of the last envelope sealed.
    last_counter: u64,
    received: ReplayWindow,
}

/// One direction: its key, and what an envelope is bound to.
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
    /// The cipher between this session and the peer with those keys.
    ///
    /// # Errors
    /// [`SealError::LowOrder`] and [`SealError::Itself`].
    pub fn new(keys: &RoomKeys, us: &SessionKey, them: &PeerKeys) -> Result<Self, SealError> {
        let (our_id, their_id) = (us.peer_id(), them.peer_id());
        if our_id == their_id {
            return Err(SealError::Itself);
        }
        let shared = us.agree(them).ok_or(SealError::LowOrder)?;
        let hkdf = Hkdf::<Sha256>::new(Some(&keys.pair.0), shared.as_bytes());
        Ok(Self {
            outgoing: Direction::new(&hkdf, keys.room_id(), our_id, their_id),
            incoming: Direction::new(&hkdf, keys.room_id(), their_id, our_id),
            last_counter: 0,
            received: ReplayWindow::new(),
        })
    }

    /// Seals for the other peer, under the next counter.
    ///
    /// # Errors
    /// [`SealError::TooMuch`], never for anything that fits into a frame.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Sealed, SealError> {
        let counter = self.last_counter.checked_add(1).ok_or(SealError::TooMuch)?;
        let ciphertext =
            self.outgoing
                .key
                .seal(nonce(counter), &self.outgoing.aad(counter), plain)?;
        self.last_counter = counter;
        Ok(aead::to_text(&counter.to_be_bytes(), &ciphertext))
    }

    /// Opens an envelope of the other peer: once, in any order.
    ///
    /// # Errors
    /// [`OpenError::Seen`] for a genuine envelope that was opened before or is older than the window. With any other
    /// error the envelope was not sealed by that peer for us.
    pub fn open(&mut self, sealed: &Sealed) -> Result<Vec<u8>, OpenError> {
        let (counter, ciphertext) = aead::from_text::<8>(sealed)?;
        let counter = u64::from_be_bytes(counter);
        let plain =
            self.incoming
                .key
                .open(nonce(counter), &self.incoming.aad(counter), &ciphertext)?;
        if !self.received.is_new(counter) {
            return Err(OpenError::Seen);
        }
        self.received.mark_seen(counter);
        Ok(plain)
    }
}

impl fmt::Debug for PairCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PairCipher({} → {})",
            self.outgoing.from, self.outgoing.to
        )
    }
}
