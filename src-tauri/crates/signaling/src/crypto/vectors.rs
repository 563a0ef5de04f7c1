//! Checks test vectors that a second implementation made (`tests/vectors/seal.mjs`).

#![allow(clippy::unwrap_used)]

use data_encoding::HEXLOWER;
use serde::Deserialize;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::invite::{Endpoint, Invite, Relays};
use crate::protocol::{Nonce, Sealed, Signature};

#[derive(Deserialize)]
struct Vector {
    secret: String,
    code: String,
    room_id: String,
    room_hash: String,
    hello_key: String,
    pair_salt: String,
    a: Peer,
    b: Peer,
    join: Proof,
    safety_binding: String,
    hello: SealedHello,
    a_to_b: Vec<Envelope>,
}

#[derive(Deserialize)]
struct Peer {
    secret: String,
    public: String,
    peer_id: String,
}

#[derive(Deserialize)]
struct Proof {
    nonce: String,
    room: String,
    peer: String,
}

#[derive(Deserialize)]
struct SealedHello {
    name: String,
    nonce: String,
    sealed: Sealed,
}

#[derive(Deserialize)]
struct Envelope {
    counter: String,
    number: String,
    signal: String,
    sealed: Sealed,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../tests/vectors/seal.json")).unwrap()
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
}

fn session(peer: &Peer) -> SessionKey {
    let session = SessionKey::from_bytes(&bytes(&peer.secret));
    assert_eq!(session.public().as_bytes(), &bytes(&peer.public));
    assert_eq!(session.peer_id().as_bytes(), &bytes(&peer.peer_id));
    session
}

#[test]
fn room_keys_and_peer_ids_match_the_vectors() {
    for v in vectors() {
        let secret = RoomSecret::from_bytes(bytes(&v.secret));
        let keys = RoomKeys::new(&secret);
        assert_eq!(keys.room_id().as_bytes(), &bytes(&v.room_id));
        assert_eq!(keys.room_id().room_hash().to_string(), v.room_hash);
        assert_eq!(keys.hello.bytes(), &bytes(&v.hello_key));
        assert_eq!(keys.pair.0, bytes(&v.pair_salt));
        session(&v.a);
        session(&v.b);
        let endpoints = vec!["parlour.example".parse::<Endpoint>().unwrap()];
        let link = Invite {
            endpoints,
            relays: Relays::default(),
            secret,
        }
        .to_link();
        assert_eq!(link, format!("parlour://join/parlour.example/{}", v.code));
    }
}

#[test]
fn join_proofs_match_the_vectors() {
    for v in vectors() {
        let keys = RoomKeys::new(&RoomSecret::from_bytes(bytes(&v.secret)));
        let a = session(&v.a);
        let nonce = Nonce::from_bytes(bytes(&v.join.nonce));
        let proof = JoinProof::new(&keys, &a, &nonce);
        assert_eq!(proof.room, Signature::from_bytes(bytes(&v.join.room)));
        assert_eq!(proof.peer, Signature::from_bytes(bytes(&v.join.peer)));
        let verified = proof.verify(&nonce, &keys.room_id(), &a.public());
        assert_eq!(verified, Ok(()));
    }
}

#[test]
fn safety_bindings_match_the_vectors_at_both_peers() {
    for v in vectors() {
        let room = RoomKeys::new(&RoomSecret::from_bytes(bytes(&v.secret))).room_id();
        let (a, b) = (session(&v.a).public(), session(&v.b).public());
        assert_eq!(safety_binding(room, &a, &b), v.safety_binding);
        assert_eq!(safety_binding(room, &b, &a), v.safety_binding);
    }
}

#[test]
fn hellos_match_the_vectors() {
    for v in vectors() {
        let keys = RoomKeys::new(&RoomSecret::from_bytes(bytes(&v.secret)));
        let a = session(&v.a);
        let hello = Hello::new(v.hello.name);
        let sealed = keys.seal_hello_with(bytes(&v.hello.nonce), a.public(), &hello);
        assert_eq!(sealed.unwrap(), v.hello.sealed);
        let opened = keys.open_hello(a.peer_id(), &v.hello.sealed).unwrap();
        assert_eq!(opened, (a.public(), hello));
    }
}

#[test]
fn envelopes_match_the_vectors() {
    for v in vectors() {
        let keys = RoomKeys::new(&RoomSecret::from_bytes(bytes(&v.secret)));
        let (a, b) = (session(&v.a), session(&v.b));
        let mut at_a = PairCipher::new(&keys, &a, &b.public()).unwrap();
        let mut at_b = PairCipher::new(&keys, &b, &a.public()).unwrap();
        for envelope in v.a_to_b {
            let number: u64 = envelope.number.parse().unwrap();
            let plain = [&number.to_be_bytes(), envelope.signal.as_bytes()].concat();
            if envelope.counter.len() == 1 {
                assert_eq!(at_a.seal(&plain).unwrap(), envelope.sealed);
            }
            assert_eq!(at_b.open(&envelope.sealed).unwrap(), plain);
            assert_eq!(at_b.open(&envelope.sealed), Err(OpenError::Seen));
        }
    }
}
