//! Nostr events (NIP-01): the format, signatures (BIP 340), and the frames between a client and a relay.
//!
//! Parlour publishes one kind of event: ephemeral, addressed by a `p` tag to a mailbox, with sealed bytes in base64.
//! Everything that is read here comes from strangers: what is malformed is an error, and nothing panics.

mod frames;
mod hex;

use std::fmt;

use data_encoding::BASE64;
use k256::schnorr::{Signature, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::frames::{ClientFrame, Filter, Prefix, RelayFrame};

/// The kind of Parlour's events: ephemeral, which relays pass on and do not keep. Other programs signal calls with it.
pub const KIND: u16 = 21059;

/// Bytes of the longest frame with an event of Parlour, to a relay or from it. Some relays take no more than 4 KiB.
pub const MAX_EVENT_FRAME_BYTES: usize = 4095;

/// Characters of the longest content. The rest of a frame takes at most 442 bytes.
pub const MAX_CONTENT_CHARS: usize = MAX_CONTENT_BYTES / 3 * 4;

/// Bytes of the longest content before base64.
pub const MAX_CONTENT_BYTES: usize = 2688;

/// Tags of an event that is read, and values of a tag.
const MAX_TAGS: usize = 16;

/// A key of 32 bytes: an author or a mailbox (BIP 340, x-only).
pub type Key = [u8; 32];

/// An event as it is on the wire. Its signature may be wrong: see [`Event::verify`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The hash of the other fields.
    #[serde(with = "hex")]
    pub id: [u8; 32],
    /// The key that has signed.
    #[serde(with = "hex")]
    pub pubkey: Key,
    /// Seconds since 1970, by the clock of the author.
    pub created_at: u64,
    /// Ephemeral from 20000 to 29999.
    pub kind: u16,
    /// Names and values.
    pub tags: Vec<Vec<String>>,
    /// Any text.
    pub content: String,
    /// Over the id.
    #[serde(with = "hex")]
    pub sig: [u8; 64],
}

impl Event {
    /// An event for a mailbox.
    #[must_use]
    pub fn sign(key: &AuthorKey, created_at: u64, mailbox: &Key, content: &[u8]) -> Option<Self> {
        let mut event = Self {
            id: [0; 32],
            pubkey: key.public(),
            created_at,
            kind: KIND,
            tags: vec![vec!["p".to_owned(), hex::encode(mailbox)]],
            content: BASE64.encode(content),
            sig: [0; 64],
        };
        event.id = event.hash()?;
        event.sig = key.sign(&event.id)?;
        Some(event)
    }

    /// Whether the id is the hash of the other fields and the author has signed it.
    #[must_use]
    pub fn verify(&self) -> bool {
        self.hash() == Some(self.id) && verify(&self.pubkey, &self.id, &self.sig)
    }

    /// The mailboxes that it is for.
    pub fn mailboxes(&self) -> impl Iterator<Item = Key> {
        let is_mailbox = |tag: &&Vec<String>| tag.first().is_some_and(|name| name == "p");
        let value = |tag: &Vec<String>| hex::decode(tag.get(1)?);
        self.tags.iter().filter(is_mailbox).filter_map(value)
    }

    /// The bytes of the content, if it is base64 and not too long.
    #[must_use]
    pub fn content_bytes(&self) -> Option<Vec<u8>> {
        if self.content.len() > MAX_CONTENT_CHARS {
            return None;
        }
        BASE64.decode(self.content.as_bytes()).ok()
    }

    /// Whether relays pass it on without keeping it (NIP-01, "Kinds").
    #[must_use]
    pub const fn is_ephemeral(&self) -> bool {
        matches!(self.kind, 20_000..30_000)
    }

    /// Whether it has no more tags than are read here.
    fn is_bounded(&self) -> bool {
        self.tags.len() <= MAX_TAGS && self.tags.iter().all(|tag| tag.len() <= MAX_TAGS)
    }

    /// Over the JSON of NIP-01. serde_json escapes as NIP-01 says, except control characters that need not be escaped
    /// there: an event with such ones does not verify.
    fn hash(&self) -> Option<[u8; 32]> {
        let author = hex::encode(&self.pubkey);
        let fields = (
            0,
            author,
            self.created_at,
            self.kind,
            &self.tags,
            &self.content,
        );
        let text = serde_json::to_vec(&fields).ok()?;
        Some(Sha256::digest(text).into())
    }
}

/// The key that signs what a pool publishes. Never printed.
pub struct AuthorKey(SigningKey);

impl AuthorKey {
    /// A new key.
    #[must_use]
    pub fn generate() -> Self {
        loop {
            let mut bytes = [0; 32];
            #[expect(clippy::expect_used, reason = "no key can be made without randomness")]
            getrandom::fill(&mut bytes).expect("the system's random bytes");
            // Fails for one of 2^127.
            if let Some(key) = Self::from_bytes(&bytes) {
                return key;
            }
        }
    }

    /// The key with these bytes, if there is one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(bytes).ok().map(Self)
    }

    /// The x-only public key.
    #[must_use]
    pub fn public(&self) -> Key {
        self.0.verifying_key().to_bytes().into()
    }

    fn sign(&self, message: &[u8; 32]) -> Option<[u8; 64]> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).ok()?;
        self.sign_with(message, &random)
    }

    fn sign_with(&self, message: &[u8; 32], random: &[u8; 32]) -> Option<[u8; 64]> {
        let signature = self.0.sign_raw(message, random).ok()?;
        Some(signature.to_bytes())
    }
}

impl fmt::Debug for AuthorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorKey(…)")
    }
}

fn verify(author: &Key, message: &[u8; 32], signature: &[u8; 64]) -> bool {
    let Ok(key) = VerifyingKey::from_slice(author) else {
        return false;
    };
    Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_raw(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const MAILBOX: Key = [7; 32];

    fn key() -> AuthorKey {
        AuthorKey::from_bytes(&[1; 32]).unwrap()
    }

    fn signed(content: &[u8]) -> Event {
        Event::sign(&key(), 1_700_000_000, &MAILBOX, content).unwrap()
    }

    /// The test vectors of BIP 340 whose messages have 32 bytes.
    #[test]
    fn signatures_are_those_of_bip_340() {
        let vectors = include_str!("../../tests/vectors/bip340.csv");
        for line in vectors.lines().skip(1) {
            let fields: Vec<_> = line.split(',').map(str::to_ascii_lowercase).collect();
            let author: Key = hex::decode(&fields[2]).unwrap();
            let message: [u8; 32] = hex::decode(&fields[4]).unwrap();
            let signature: [u8; 64] = hex::decode(&fields[5]).unwrap();
            let is_valid = fields[6] == "true";
            assert_eq!(verify(&author, &message, &signature), is_valid, "{line}");
            if let Some(secret) = hex::decode::<32>(&fields[1]) {
                let key = AuthorKey::from_bytes(&secret).unwrap();
                let random = hex::decode(&fields[3]).unwrap();
                assert_eq!(key.public(), author, "{line}");
                assert_eq!(key.sign_with(&message, &random), Some(signature), "{line}");
            }
        }
        assert_eq!(vectors.lines().count(), 16);
    }

    /// An event that was published in 2021, with the id and the signature that its author has computed.
    #[test]
    fn an_event_of_another_program_verifies() {
        let text = r#"{"id":"2be17aa3031bdcb006f0fce80c146dea9c1c0268b0af2398bb673365c6444d45","pubkey":"f86c44a2de95d9149b51c6a29afeabba264c18e2fa7c49de93424a0c56947785","created_at":1640839235,"kind":4,"tags":[["p","13adc511de7e1cfcf1c6b7f6365fb5a03442d7bcacf565ea57fa7770912c023d"]],"content":"uRuvYr585B80L6rSJiHocw==?iv=oh6LVqdsYYol3JfFnXTbPA==","sig":"a5d9290ef9659083c490b303eb7ee41356d8778ff19f2f91776c8dc4443388a64ffcf336e61af4c25c05ac3ae952d1ced889ed655b67790891222aaa15b99fdd"}"#;
        let event: Event = serde_json::from_str(text).unwrap();
        assert!(event.verify());
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
        assert_eq!(event.content_bytes(), None);
        assert!(!event.is_ephemeral());
    }

    /// NIP-01 names the characters that are escaped for the hash.
    #[test]
    fn the_hash_escapes_as_nip_01_says() {
        let mut event = signed(b"");
        event.content = "\n\"\\\r\t\u{8}\u{c}/ü\u{7f}会".to_owned();
        let fields = format!(
            r#"[0,"{}",1700000000,21059,[["p","{}"]],"\n\"\\\r\t\b\f/ü{}会"]"#,
            hex::encode(&event.pubkey),
            hex::encode(&MAILBOX),
            '\u{7f}'
        );
        let hash: [u8; 32] = Sha256::digest(fields).into();
        assert_eq!(event.hash(), Some(hash));
    }

    #[test]
    fn an_event_says_for_which_mailbox_it_is_and_carries_bytes() {
        let event = signed(b"sealed");
        assert!(event.verify() && event.is_ephemeral());
        assert_eq!(event.mailboxes().collect::<Vec<_>>(), [MAILBOX]);
        assert_eq!(event.content_bytes().unwrap(), b"sealed");
        assert_eq!(event.pubkey, key().public());
    }

    /// Whatever the clock says: the relays' own clocks can move it.
    #[test]
    fn an_event_of_the_longest_content_is_shorter_than_4_kib_on_the_wire() {
        for created_at in [0, 1_700_000_000, u64::MAX] {
            let content = [255; MAX_CONTENT_BYTES];
            let event = Event::sign(&key(), created_at, &MAILBOX, &content).unwrap();
            assert_eq!(event.content.len(), MAX_CONTENT_CHARS);
            let to_relay = ClientFrame::Event(event.clone()).to_text().unwrap();
            let subscription = "p".to_owned();
            let from_relay = RelayFrame::Event {
                subscription,
                event,
            };
            for frame in [to_relay, from_relay.to_text().unwrap()] {
                assert!(frame.len() <= MAX_EVENT_FRAME_BYTES, "{}", frame.len());
            }
        }
    }

    #[test]
    fn the_key_is_not_printed() {
        assert_eq!(format!("{:?}", key()), "AuthorKey(…)");
    }

    #[test]
    fn an_event_of_which_anything_was_changed_does_not_verify() {
        let honest = signed(b"sealed");
        let change = |change: fn(&mut Event)| {
            let mut event = honest.clone();
            change(&mut event);
            event
        };
        for changed in [
            change(|e| e.id[31] ^= 1),
            change(|e| e.pubkey = AuthorKey::from_bytes(&[2; 32]).unwrap().public()),
            change(|e| e.created_at += 1),
            change(|e| e.kind += 1),
            change(|e| e.tags.clear()),
            change(|e| e.content.push('=')),
            change(|e| e.sig[0] ^= 1),
            // Signed anew, for another id.
            change(|e| {
                e.content.clear();
                e.id = e.hash().unwrap();
            }),
        ] {
            assert!(!changed.verify(), "{changed:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_comes_out_of_the_frame(content in prop::collection::vec(any::<u8>(), 0..600)) {
            let event = signed(&content);
            let text = serde_json::to_string(&("EVENT", "s", &event)).unwrap();
            let Some(RelayFrame::Event { event: read, .. }) = RelayFrame::parse(&text) else {
                panic!("{text}");
            };
            prop_assert!(read.verify());
            prop_assert_eq!(read.content_bytes().unwrap(), content);
        }
    }
}
