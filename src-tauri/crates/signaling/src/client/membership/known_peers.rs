//! The keys and counters of every peer whose hello has opened. They are kept for the whole session, also after the
//! peer has left: a counter that starts again would accept replays and use a nonce twice.

use std::collections::HashMap;

use serde_json::Value;
use web_time::Instant;

use crate::client::error::SignalError;
use crate::client::event::Role;
use crate::crypto::{Hello, OpenError, PairCipher, ReplayWindow, RoomKeys, SealError, SessionKey};
use crate::protocol::limits::{DIRECT_BURST, DIRECT_PER_SECOND, MAX_ENVELOPE_BYTES};
use crate::protocol::{PeerId, PeerKeys, Sealed};
use crate::token_bucket::TokenBucket;

/// Peers in one session. Each takes a few hundred bytes. Later peers are ignored.
const MAX_KNOWN_PEERS: usize = 4096;
/// Bytes of a signal's number, in front of its JSON.
const NUMBER_BYTES: usize = 8;
/// A shorter signal is not compressed.
const MIN_COMPRESSED_BYTES: usize = 512;
const COMPRESSION_LEVEL: u8 = 6;
/// Deflate with the window of 32 KiB that miniz writes.
const ZLIB: u8 = 0x78;
/// Bytes that sealing adds: counter and tag.
const SEAL_BYTES: usize = 8 + 16;

/// A signal with its number, ready to be sealed once or more often.
#[derive(Clone, PartialEq, Eq)]
pub struct PreparedSignal {
    number: u64,
    plain: Vec<u8>,
}

// A signal holds addresses and keys.
impl std::fmt::Debug for PreparedSignal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PreparedSignal({})", self.number)
    }
}

impl PreparedSignal {
    pub(crate) const fn new(number: u64, plain: Vec<u8>) -> Self {
        Self { number, plain }
    }

    /// The number by which the receiver recognises copies of the signal.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Bytes that it takes while it waits.
    pub(crate) const fn bytes(&self) -> usize {
        self.plain.len()
    }
}

/// Why a hello is refused.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum HelloError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("too many peers in one session")]
    TooMany,
}

#[derive(Debug)]
struct KnownPeer {
    keys: PeerKeys,
    cipher: PairCipher,
    role: Role,
    /// Number of the last signal prepared.
    last_number: u64,
    /// Numbers received. The sender repeats signals after a reconnect; each is taken once.
    received: ReplayWindow,
    /// Limits the envelopes that the peer delivers without the server.
    direct: Option<TokenBucket>,
}

/// A session description shrinks to a third, so that it fits into one event of a relay. A short text stays as it is.
fn compressed(json: Vec<u8>) -> Vec<u8> {
    if json.len() < MIN_COMPRESSED_BYTES {
        return json;
    }
    let zlib = miniz_oxide::deflate::compress_to_vec_zlib(&json, COMPRESSION_LEVEL);
    if zlib.len() < json.len() { zlib } else { json }
}

/// No JSON begins with the first byte of zlib's format (RFC 1950, section 2.2).
fn signal_of(bytes: &[u8]) -> Option<Value> {
    if bytes.first() == Some(&ZLIB) {
        let max = MAX_ENVELOPE_BYTES;
        let json = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(bytes, max).ok()?;
        return serde_json::from_slice(&json).ok();
    }
    serde_json::from_slice(bytes).ok()
}

#[derive(Debug, Default)]
pub(super) struct KnownPeers(HashMap<PeerId, KnownPeer>);

impl KnownPeers {
    /// Opens a hello and keeps the peer's keys. `role` counts only for a peer that is new.
    pub(super) fn verify_hello(
        &mut self,
        room: &RoomKeys,
        session: &SessionKey,
        peer: PeerId,
        hello: &Sealed,
        role: Role,
    ) -> Result<Hello, HelloError> {
        let (peer_keys, hello) = room.open_hello(peer, hello)?;
        if !self.0.contains_key(&peer) {
            if self.0.len() >= MAX_KNOWN_PEERS {
                return Err(HelloError::TooMany);
            }
            let known = KnownPeer {
                keys: peer_keys,
                cipher: PairCipher::new(room, session, &peer_keys)?,
                role,
                last_number: 0,
                received: ReplayWindow::new(),
                direct: None,
            };
            self.0.insert(peer, known);
        }
        Ok(hello)
    }

    /// The keys of that peer.
    pub(super) fn keys(&self, peer: PeerId) -> Option<&PeerKeys> {
        self.0.get(&peer).map(|known| &known.keys)
    }

    /// Our role on the link with that peer, fixed when its first hello opened.
    pub(super) fn role(&self, peer: PeerId) -> Option<Role> {
        self.0.get(&peer).map(|known| known.role)
    }

    pub(super) fn prepare(
        &mut self,
        to: PeerId,
        signal: &Value,
        number: Option<u64>,
    ) -> Result<PreparedSignal, SignalError> {
        let known = self.0.get_mut(&to).ok_or(SignalError::UnknownPeer)?;
        let number = match number {
            Some(number) if (1..=known.last_number).contains(&number) => number,
            Some(_) => return Err(SignalError::UnknownNumber),
            None => known
                .last_number
                .checked_add(1)
                .ok_or(SignalError::TooLarge)?,
        };
        let mut plain = number.to_be_bytes().to_vec();
        let json = serde_json::to_vec(signal).map_err(|_| SignalError::TooLarge)?;
        let bytes = NUMBER_BYTES + json.len() + SEAL_BYTES;
        if bytes.div_ceil(3) * 4 > MAX_ENVELOPE_BYTES {
            return Err(SignalError::TooLarge);
        }
        plain.extend(compressed(json));
        known.last_number = known.last_number.max(number);
        Ok(PreparedSignal::new(number, plain))
    }

    pub(super) fn seal(
        &mut self,
        to: PeerId,
        prepared: &PreparedSignal,
    ) -> Result<Sealed, SignalError> {
        let known = self.0.get_mut(&to).ok_or(SignalError::UnknownPeer)?;
        let sealed = known.cipher.seal(&prepared.plain);
        sealed.map_err(|_| SignalError::TooLarge)
    }

    /// As [`KnownPeers::open`], for an envelope that came without the server.
    pub(super) fn open_direct(
        &mut self,
        from: PeerId,
        envelope: &Sealed,
        now: Instant,
    ) -> Result<Option<Value>, SignalError> {
        let known = self.0.get_mut(&from).ok_or(SignalError::UnknownPeer)?;
        let bucket = known
            .direct
            .get_or_insert_with(|| TokenBucket::new(now, DIRECT_BURST, DIRECT_PER_SECOND));
        if !bucket.take(now) {
            return Err(SignalError::RateLimited);
        }
        if envelope.0.len() > MAX_ENVELOPE_BYTES {
            return Err(SignalError::NotOpened);
        }
        let opened = self.open(from, envelope);
        opened.map_err(|_| SignalError::NotOpened)
    }

    /// Returns the signal, or nothing when it came before or is malformed.
    pub(super) fn open(
        &mut self,
        from: PeerId,
        envelope: &Sealed,
    ) -> Result<Option<Value>, OpenError> {
        let known = self.0.get_mut(&from).ok_or(OpenError::Broken)?;
        let plain = known.cipher.open(envelope)?;
        let Some((number, json)) = plain.split_first_chunk::<NUMBER_BYTES>() else {
            return Ok(None);
        };
        let number = u64::from_be_bytes(*number);
        if !known.received.is_new(number) {
            return Ok(None);
        }
        let Some(signal) = signal_of(json) else {
            return Ok(None);
        };
        known.received.mark_seen(number);
        Ok(Some(signal))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_signal_is_compressed_and_reads_as_before() {
        let short = json!({"candidate": "x".repeat(100)});
        let long = json!({"codecs": vec![json!({"payload": 96, "name": "VP8"}); 100]});
        for (signal, is_shorter) in [(short, false), (long, true)] {
            let json = serde_json::to_vec(&signal).unwrap();
            let bytes = compressed(json.clone());
            assert_eq!(bytes.len() < json.len() / 2, is_shorter);
            assert_eq!(bytes.first() == Some(&ZLIB), is_shorter);
            assert_eq!(signal_of(&bytes), Some(signal));
        }
    }

    #[test]
    fn a_signal_that_would_fill_the_memory_is_refused() {
        let zeros = vec![b' '; 100 * MAX_ENVELOPE_BYTES];
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&zeros, 9);
        assert!(bomb.len() < MAX_ENVELOPE_BYTES);
        assert_eq!(signal_of(&bomb), None);
        assert_eq!(signal_of(&[ZLIB]), None);
        assert_eq!(signal_of(&[]), None);
    }
}
