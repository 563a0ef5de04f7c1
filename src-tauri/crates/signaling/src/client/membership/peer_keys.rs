//! What is kept of every peer whose hello has opened, for the whole session, also after it has left:
//! a counter that began anew would open the door to replays and use a nonce twice.

use std::collections::HashMap;
use std::time::Instant;

use serde_json::Value;

use crate::crypto::{Hello, OpenError, PairSeal, ReplayWindow, RoomKeys, SealError, SessionKey};
use crate::protocol::limits::{DIRECT_BURST, DIRECT_PER_SECOND, MAX_ENVELOPE_BYTES};
use crate::protocol::{PeerId, Sealed};
use crate::token_bucket::TokenBucket;

/// Peers in one session. Each costs a few hundred bytes; who comes later is not seen.
const MAX_KNOWN: usize = 4096;
/// A signal's number, in front of its JSON.
const NUMBER_BYTES: usize = 8;
/// Counter and tag of an envelope.
const SEAL_BYTES: usize = 8 + 16;

/// Why a signal is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// Nobody of that id is in the room.
    #[error("no such peer in the room")]
    UnknownPeer,
    /// It does not fit into a frame.
    #[error("the signal is too large")]
    TooLarge,
    /// It is said to be one that was sent before, and was not.
    #[error("no signal has that number")]
    UnknownNumber,
}

/// Why an envelope that came from a peer itself is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectError {
    /// Nobody of that id is in the room.
    #[error("no such peer in the room")]
    UnknownPeer,
    /// It was not sealed by that peer for us, is too large, or came before.
    #[error("the envelope does not open")]
    NotOpened,
    /// The peer sends more than it may.
    #[error("too many envelopes of one peer")]
    TooMany,
}

/// A signal with its number, ready to be sealed: now or later, once or again.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    number: u64,
    plain: Vec<u8>,
}

// A signal holds addresses and keys.
impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prepared({})", self.number)
    }
}

impl Prepared {
    pub(crate) const fn new(number: u64, plain: Vec<u8>) -> Self {
        Self { number, plain }
    }

    /// What the receiver knows the signal by, whichever way and however often it comes.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// How much it takes while it waits.
    pub(crate) const fn bytes(&self) -> usize {
        self.plain.len()
    }
}

/// Why a hello is not taken.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum MeetError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("too many peers in one session")]
    TooMany,
}

#[derive(Debug)]
struct Known {
    seal: PairSeal,
    found: bool,
    /// Number of the last signal prepared.
    sent: u64,
    /// Numbers received: a signal that the sender sent again after a reconnect is taken once.
    seen: ReplayWindow,
    /// What it may send us past the server.
    direct: Option<TokenBucket>,
}

#[derive(Debug, Default)]
pub(super) struct KnownPeers(HashMap<PeerId, Known>);

impl KnownPeers {
    /// Opens a hello and keeps the peer.
    pub(super) fn meet(
        &mut self,
        keys: &RoomKeys,
        session: &SessionKey,
        peer: PeerId,
        hello: &Sealed,
        found: bool,
    ) -> Result<Hello, MeetError> {
        let (key, hello) = keys.open_hello(peer, hello)?;
        if !self.0.contains_key(&peer) {
            if self.0.len() >= MAX_KNOWN {
                return Err(MeetError::TooMany);
            }
            let known = Known {
                seal: PairSeal::new(keys, session, &key)?,
                found,
                sent: 0,
                seen: ReplayWindow::new(),
                direct: None,
            };
            self.0.insert(peer, known);
        }
        Ok(hello)
    }

    /// Whether the peer was there before us, when it was first met.
    pub(super) fn found(&self, peer: PeerId) -> Option<bool> {
        self.0.get(&peer).map(|known| known.found)
    }

    /// With a `number`, it is one that was prepared before.
    pub(super) fn prepare(
        &mut self,
        to: PeerId,
        signal: &Value,
        number: Option<u64>,
    ) -> Result<Prepared, SignalError> {
        let known = self.0.get_mut(&to).ok_or(SignalError::UnknownPeer)?;
        let number = match number {
            Some(number) if (1..=known.sent).contains(&number) => number,
            Some(_) => return Err(SignalError::UnknownNumber),
            None => known.sent.checked_add(1).ok_or(SignalError::TooLarge)?,
        };
        let mut plain = number.to_be_bytes().to_vec();
        serde_json::to_writer(&mut plain, signal).map_err(|_| SignalError::TooLarge)?;
        let bytes = plain.len() + SEAL_BYTES;
        if bytes.div_ceil(3) * 4 > MAX_ENVELOPE_BYTES {
            return Err(SignalError::TooLarge);
        }
        known.sent = known.sent.max(number);
        Ok(Prepared::new(number, plain))
    }

    pub(super) fn seal(&mut self, to: PeerId, prepared: &Prepared) -> Result<Sealed, SignalError> {
        let known = self.0.get_mut(&to).ok_or(SignalError::UnknownPeer)?;
        let sealed = known.seal.seal(&prepared.plain);
        sealed.map_err(|_| SignalError::TooLarge)
    }

    /// As [`KnownPeers::open`], of what the peer itself has brought.
    pub(super) fn open_direct(
        &mut self,
        from: PeerId,
        envelope: &Sealed,
        now: Instant,
    ) -> Result<Option<Value>, DirectError> {
        let known = self.0.get_mut(&from).ok_or(DirectError::UnknownPeer)?;
        let bucket = known
            .direct
            .get_or_insert_with(|| TokenBucket::new(now, DIRECT_BURST, DIRECT_PER_SECOND));
        if !bucket.take(now) {
            return Err(DirectError::TooMany);
        }
        if envelope.0.len() > MAX_ENVELOPE_BYTES {
            return Err(DirectError::NotOpened);
        }
        let opened = self.open(from, envelope);
        opened.map_err(|_| DirectError::NotOpened)
    }

    /// The signal, or nothing when it came before or its sender has made no signal of it.
    pub(super) fn open(
        &mut self,
        from: PeerId,
        envelope: &Sealed,
    ) -> Result<Option<Value>, OpenError> {
        let known = self.0.get_mut(&from).ok_or(OpenError::Broken)?;
        let plain = known.seal.open(envelope)?;
        let Some((number, json)) = plain.split_first_chunk::<NUMBER_BYTES>() else {
            return Ok(None);
        };
        let number = u64::from_be_bytes(*number);
        if !known.seen.is_new(number) {
            return Ok(None);
        }
        let Ok(signal) = serde_json::from_slice(json) else {
            return Ok(None);
        };
        known.seen.see(number);
        Ok(Some(signal))
    }
}
