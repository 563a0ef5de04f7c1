//! The proofs of a join hold for what they sign and for nothing else.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use parlour_signaling::crypto::{BadProof, JoinProof, RoomKeys, RoomSecret, SessionKey};
use parlour_signaling::protocol::{Nonce, PeerId, PeerKeys, RoomId, Signature};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn flipped<const N: usize>(bytes: &[u8; N], bit: usize) -> [u8; N] {
    let mut bytes = *bytes;
    bytes[bit / 8 % N] ^= 1 << (bit % 8);
    bytes
}

/// A printed value is read as the same, and a text that is read is printed as it was.
fn is_canonical<T: FromStr + Display + PartialEq + Debug>(value: T, any: &str) {
    assert_eq!(value.to_string().parse().ok(), Some(value));
    if let Ok(read) = any.parse::<T>() {
        assert_eq!(read.to_string(), any);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_proof_holds_for_exactly_what_it_signs(
        secret in any::<[u8; 16]>(),
        seed in any::<[u8; 32]>(),
        nonce in any::<[u8; 32]>(),
        bit in any::<usize>(),
        changed in 0..5,
    ) {
        let room_keys = RoomKeys::new(&RoomSecret::from_bytes(secret));
        let mut secrets = [0; 64];
        secrets[..32].copy_from_slice(&seed);
        secrets[32..].copy_from_slice(&nonce);
        let session = SessionKey::from_bytes(&secrets);
        let (mut nonce, mut room) = (Nonce::from_bytes(nonce), room_keys.room_id());
        let mut keys = session.public();
        let mut proof = JoinProof::new(&room_keys, &session, &nonce);
        prop_assert_eq!(proof.verify(&nonce, &room, &keys), Ok(()));
        match changed {
            0 => nonce = Nonce::from_bytes(flipped(nonce.as_bytes(), bit)),
            1 => room = RoomId::from_bytes(flipped(room.as_bytes(), bit)),
            2 => keys = PeerKeys::from_bytes(flipped(keys.as_bytes(), bit)),
            3 => proof.room = Signature::from_bytes(flipped(proof.room.as_bytes(), bit)),
            _ => proof.peer = Signature::from_bytes(flipped(proof.peer.as_bytes(), bit)),
        }
        prop_assert_eq!(proof.verify(&nonce, &room, &keys), Err(BadProof));
    }

    #[test]
    fn ids_keys_nonces_and_signatures_have_one_text(
        bytes in any::<[u8; 64]>(),
        text in "[A-Za-z0-9_=-]{0,90}|[A-Za-z0-9_-]{22}|[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{86}",
    ) {
        let (half, quarter) = (*bytes.first_chunk().unwrap(), *bytes.first_chunk().unwrap());
        is_canonical(PeerId::from_bytes(quarter), &text);
        is_canonical(RoomId::from_bytes(half), &text);
        is_canonical(Nonce::from_bytes(half), &text);
        is_canonical(PeerKeys::from_bytes(bytes), &text);
        is_canonical(Signature::from_bytes(bytes), &text);
    }
}

/// A signature that holds for every message, by a key that is a point of small order.
#[test]
fn keys_of_small_order_prove_nothing() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let for_everything = Signature::from_bytes(signature);
    let proof = JoinProof {
        room: for_everything,
        peer: for_everything,
    };
    let (nonce, room) = (Nonce::from_bytes([1; 32]), RoomId::from_bytes(identity));
    let keys = PeerKeys::new(identity, [2; 32]);
    assert_eq!(proof.verify(&nonce, &room, &keys), Err(BadProof));
}
