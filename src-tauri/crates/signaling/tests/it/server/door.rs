//! A place in a room is proved: the room id, a recorded join or another's hello leads nowhere.

use std::net::SocketAddr;

use ed25519_dalek::{Signer, SigningKey};
use parlour_signaling::crypto::Hello;
use parlour_signaling::protocol::limits::MAX_PEERS;
use parlour_signaling::protocol::{
    ClientMessage, Join, Nonce, PROTOCOL_VERSION, PeerKeys, RoomId, Sealed, ServerErrorCode,
    ServerMessage, Signature,
};
use parlour_signaling::server::ServerConfig;

use super::peer::{Peer, server};
use crate::test_messages::{join, peer, proved, room, room_keys, session, signal, unproved};

/// The bytes that a proof signs, as docs/protocol.md has them.
fn signed_bytes(nonce: &Nonce, room: RoomId, keys: &PeerKeys) -> Vec<u8> {
    let mut bytes = b"parlour v1 join".to_vec();
    bytes.extend(nonce.as_bytes());
    bytes.extend(room.as_bytes());
    bytes.extend(keys.as_bytes());
    bytes
}

/// A signature by the Ed25519 key of the peer called `n`.
fn signed_by(n: u8, bytes: &[u8]) -> Signature {
    Signature::from_bytes(SigningKey::from_bytes(&[n; 32]).sign(bytes).to_bytes())
}

/// A sealed hello, as the members of room 1 know it from its peer.
fn real_hello(n: u8) -> Sealed {
    let hello = room_keys(1).seal_hello(session(n), &Hello::new("Mei"));
    hello.unwrap()
}

/// Connects, sends the join that `attack` makes for the challenge, and expects to be refused.
async fn refused(addr: SocketAddr, attack: impl Fn(&Nonce) -> Join) {
    let mut attacker = Peer::connect(addr).await;
    let join = attack(&attacker.nonce);
    attacker.send_as_it_is(ClientMessage::Join(join)).await;
    attacker.ends_with(ServerErrorCode::BadProof).await;
}

/// A stranger that knows only the id of room 1, and signs with keys of its own.
fn stranger(n: u8) -> impl Fn(&Nonce) -> Join {
    move |nonce| {
        let join = unproved(1, n);
        let signature = signed_by(n, &signed_bytes(nonce, join.room, &join.keys));
        Join {
            room_proof: signature,
            peer_proof: signature,
            ..join
        }
    }
}

/// A member of room 1 with the keys and the hello of another.
fn impostor(n: u8, victim: u8) -> impl Fn(&Nonce) -> Join {
    move |nonce| {
        let join = proved(unproved(1, n), nonce);
        let keys = session(victim).public();
        let signed = signed_bytes(nonce, join.room, &keys);
        Join {
            keys,
            // The room's key is the member's too, so this proof is good.
            room_proof: proved(unproved(1, victim), nonce).room_proof,
            peer_proof: signed_by(n, &signed),
            hello: real_hello(victim),
            ..join
        }
    }
}

#[tokio::test]
async fn every_connection_gets_a_challenge_of_its_own() {
    let server = server(ServerConfig::default()).await;
    let one = Peer::connect(server.local_addr()).await;
    let other = Peer::connect(server.local_addr()).await;
    assert_ne!(one.nonce, other.nonce);
    assert_eq!(PROTOCOL_VERSION, 1);
}

#[tokio::test]
async fn a_stranger_who_knows_the_room_id_is_refused() {
    let server = server(ServerConfig::default()).await;
    let addr = server.local_addr();
    let (mut ada, _) = Peer::join(addr, join(1, 1)).await;
    refused(addr, |_| unproved(1, 9)).await;
    refused(addr, stranger(9)).await;
    // The next message that Ada gets is of a member.
    let _bob = Peer::join(addr, join(1, 2)).await;
    assert!(matches!(ada.next().await, ServerMessage::PeerJoined { peer: p, .. } if p == peer(2)));
}

#[tokio::test]
async fn strangers_with_the_room_id_alone_do_not_fill_a_room() {
    let server = server(ServerConfig::default()).await;
    let addr = server.local_addr();
    for n in 0..MAX_PEERS as u8 {
        refused(addr, stranger(10 + n)).await;
    }
    let (_mei, welcome) = Peer::join(addr, join(1, 1)).await;
    assert!(matches!(welcome, ServerMessage::Welcome { peers, .. } if peers.is_empty()));
}

#[tokio::test]
async fn a_recorded_join_is_worth_nothing_on_another_connection() {
    let server = server(ServerConfig::default()).await;
    let addr = server.local_addr();
    let (mut ada, _) = Peer::join(addr, join(1, 1)).await;
    let mut mei = Peer::connect(addr).await;
    let recorded = proved(unproved(1, 2), &mei.nonce);
    mei.send_as_it_is(ClientMessage::Join(recorded.clone()))
        .await;
    mei.next().await;
    ada.next().await;
    refused(addr, |_| recorded.clone()).await;
    // Mei still has her place, and her signals.
    ada.send_message(signal(2, "for Mei")).await;
    assert!(matches!(mei.next().await, ServerMessage::Signal { .. }));
    drop(mei);
    ada.until(|m| *m == ServerMessage::PeerAway { peer: peer(2) })
        .await;
    refused(addr, |_| recorded.clone()).await;
    let (_mei, welcome) = Peer::join(addr, join(1, 2)).await;
    assert!(matches!(
        welcome,
        ServerMessage::Welcome { resumed: true, .. }
    ));
    assert_eq!(ada.next().await, ServerMessage::PeerBack { peer: peer(2) });
}

#[tokio::test]
async fn a_member_who_replays_anothers_hello_makes_no_ghost() {
    let before = server(ServerConfig::default()).await;
    let (mut ada, _) = Peer::join(before.local_addr(), join(1, 1)).await;
    let (mei, _) = Peer::join(before.local_addr(), join(1, 2)).await;
    ada.next().await;
    // While Mei is there, while she is away, and when she has come back.
    refused(before.local_addr(), impostor(3, 2)).await;
    drop(mei);
    let away = ServerMessage::PeerAway { peer: peer(2) };
    assert_eq!(ada.next().await, away);
    refused(before.local_addr(), impostor(3, 2)).await;
    let (mut mei, welcome) = Peer::join(before.local_addr(), join(1, 2)).await;
    assert!(matches!(
        welcome,
        ServerMessage::Welcome { resumed: true, .. }
    ));
    assert_eq!(ada.next().await, ServerMessage::PeerBack { peer: peer(2) });
    mei.send_message(ClientMessage::Leave {}).await;
    assert!(matches!(ada.next().await, ServerMessage::PeerLeft { .. }));
    refused(before.local_addr(), impostor(3, 2)).await;
    drop(before);

    // After a restart the impostor is there first.
    let after = server(ServerConfig::default()).await;
    let (mut ada, _) = Peer::join(after.local_addr(), join(1, 1)).await;
    refused(after.local_addr(), impostor(3, 2)).await;
    let (_mei, welcome) = Peer::join(after.local_addr(), join(1, 2)).await;
    assert!(matches!(welcome, ServerMessage::Welcome { peers, .. } if peers.len() == 1));
    assert!(matches!(ada.next().await, ServerMessage::PeerJoined { peer: p, .. } if p == peer(2)));
}

#[tokio::test]
async fn a_proof_for_another_nonce_room_or_peer_is_refused() {
    let server = server(ServerConfig::default()).await;
    let addr = server.local_addr();
    let other_nonce = Nonce::from_bytes([0; 32]);
    refused(addr, |_| proved(unproved(1, 1), &other_nonce)).await;
    refused(addr, |nonce| Join {
        room: room(2),
        ..proved(unproved(1, 1), nonce)
    })
    .await;
    // Each half of the keys is signed by both.
    let (one, two) = (session(1).public(), session(2).public());
    for keys in [
        PeerKeys::new(*one.signing(), *two.agreement()),
        PeerKeys::new(*two.signing(), *one.agreement()),
    ] {
        refused(addr, move |nonce| Join {
            keys,
            ..proved(unproved(1, 1), nonce)
        })
        .await;
    }
    refused(addr, |nonce| {
        let join = proved(unproved(1, 1), nonce);
        Join {
            room_proof: join.peer_proof,
            peer_proof: join.room_proof,
            ..join
        }
    })
    .await;
}

#[tokio::test]
async fn one_challenge_is_good_for_one_join() {
    let server = server(ServerConfig::default()).await;
    let (mut mei, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    for again in [join(1, 1), join(2, 2)] {
        mei.send_message(again).await;
        let refused = ServerMessage::Error {
            code: ServerErrorCode::AlreadyJoined,
            fatal: false,
            about: Some("join".to_owned()),
        };
        assert_eq!(mei.next().await, refused);
    }
}
