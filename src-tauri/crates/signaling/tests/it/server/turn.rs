//! TURN credentials: for members only, for an hour at most.

use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};

use parlour_signaling::protocol::limits::CREDENTIAL_RETRY;
use parlour_signaling::protocol::{ClientMessage, IceServer, ServerErrorCode, ServerMessage};
use parlour_signaling::server::{IceConfig, RatePerMinute, ServerConfig, TurnSecret};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::peer::{Peer, server};
use crate::test_messages::{join, unproved};

const HOUR: u64 = 3600;

fn with_turn() -> ServerConfig {
    let secret = TurnSecret::new("north").unwrap();
    let (stun, turn) = ("stun:stun.example", "turn:turn.example");
    let ice = IceConfig::new(vec![stun.into()], vec![turn.into()], Some(secret));
    ServerConfig {
        ice: ice.unwrap(),
        ..ServerConfig::default()
    }
}

fn stun() -> Vec<IceServer> {
    let urls = vec!["stun:stun.example".to_owned()];
    vec![IceServer {
        urls,
        username: None,
        credential: None,
    }]
}

fn welcome_servers(welcome: ServerMessage) -> (Vec<IceServer>, u64) {
    match welcome {
        ServerMessage::Welcome {
            ice_servers,
            ice_seconds,
            ..
        } => (ice_servers, ice_seconds),
        other => panic!("{other:?}"),
    }
}

async fn next_servers(peer: &mut Peer) -> (Vec<IceServer>, u64) {
    match peer.next().await {
        ServerMessage::IceServers {
            ice_servers,
            ice_seconds,
        } => (ice_servers, ice_seconds),
        other => panic!("{other:?}"),
    }
}

/// The room's name in the credential of the next frame, which has to be of TURN servers.
async fn turn_name(peer: &mut Peer) -> String {
    let (servers, seconds) = next_servers(peer).await;
    let (before, [turn]) = servers.split_at(1) else {
        panic!("{servers:?}")
    };
    assert_eq!(before, stun());
    assert_eq!(turn.urls, ["turn:turn.example"]);
    assert!(turn.credential.is_some());
    let username = turn.username.as_ref().unwrap();
    let (expiry, name) = username.split_once(':').unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let expiry: u64 = expiry.parse().unwrap();
    assert!(expiry > now.as_secs() && expiry <= now.as_secs() + HOUR);
    assert!(seconds <= HOUR);
    name.to_owned()
}

#[tokio::test]
async fn a_stranger_in_a_room_of_its_own_gets_stun_alone() {
    let server = server(with_turn()).await;
    let (mut eve, welcome) = Peer::join(server.local_addr(), join(1, 1)).await;
    assert_eq!(welcome_servers(welcome), (stun(), 0));
    eve.send_message(ClientMessage::IceServers {}).await;
    assert_eq!(next_servers(&mut eve).await, (stun(), 0));
}

#[tokio::test]
async fn a_second_peer_without_proof_brings_nobody_turn() {
    let server = server(with_turn()).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let mut eve = Peer::connect(server.local_addr()).await;
    eve.send_as_it_is(ClientMessage::Join(unproved(1, 2))).await;
    eve.ends_with(ServerErrorCode::BadProof).await;
    ada.send_message(ClientMessage::IceServers {}).await;
    assert_eq!(next_servers(&mut ada).await, (stun(), 0));
}

#[tokio::test]
async fn two_members_get_turn_unasked_under_the_name_of_their_room() {
    let server = server(with_turn()).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let (mut bob, welcome) = Peer::join(server.local_addr(), join(1, 2)).await;
    assert_eq!(welcome_servers(welcome), (stun(), 0));
    let name = turn_name(&mut bob).await;
    assert_eq!(turn_name(&mut ada).await, name);
    ada.send_message(ClientMessage::IceServers {}).await;
    ada.until(|m| matches!(m, ServerMessage::PeerJoined { .. }))
        .await;
    assert_eq!(turn_name(&mut ada).await, name);

    let (_eve, _) = Peer::join(server.local_addr(), join(2, 3)).await;
    let (mut mei, _) = Peer::join(server.local_addr(), join(2, 4)).await;
    assert_ne!(turn_name(&mut mei).await, name);
}

#[tokio::test]
async fn one_address_gets_so_many_credentials_and_then_waits() {
    let mut config = with_turn();
    config.budgets.credential_rate = RatePerMinute {
        burst: 3,
        per_minute: 1,
    };
    let server = server(config).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let (mut bob, _) = Peer::join(server.local_addr(), join(1, 2)).await;
    turn_name(&mut ada).await;
    turn_name(&mut bob).await;
    bob.send_message(ClientMessage::IceServers {}).await;
    turn_name(&mut bob).await;
    bob.send_message(ClientMessage::IceServers {}).await;
    // The client asks again after three quarters of the time.
    let retry = CREDENTIAL_RETRY.as_secs();
    assert_eq!(next_servers(&mut bob).await, (stun(), retry));
    // Another room of this address waits too.
    let _eve = Peer::join(server.local_addr(), join(2, 3)).await;
    let (mut mei, _) = Peer::join(server.local_addr(), join(2, 4)).await;
    assert_eq!(next_servers(&mut mei).await, (stun(), retry));

    // Members at another address do not.
    let elsewhere = Ipv4Addr::new(127, 0, 0, 2);
    let tom = Peer::join_from(server.local_addr(), elsewhere, join(2, 5));
    let (mut tom, welcome) = tom.await.unwrap();
    assert!(matches!(welcome, ServerMessage::Welcome { .. }));
    turn_name(&mut tom).await;
}

/// A binding request of STUN, without attributes.
const STUN: &[u8] = b"\0\x01\0\0\x21\x12\xA4\x42abcdefghijkl";

#[tokio::test]
async fn a_stream_of_stun_is_passed_on() {
    let server = server(ServerConfig::default()).await;
    let (sender, mut streams) = mpsc::channel(1);
    server.pass_stun_to(move |stream| sender.try_send(stream).unwrap());
    let mut client = TcpStream::connect(server.local_addr()).await.unwrap();
    client.write_all(STUN).await.unwrap();
    let mut passed = streams.recv().await.unwrap();
    assert_eq!(passed.head, STUN);
    assert_eq!(passed.from, Some(Ipv4Addr::LOCALHOST.into()));
    passed.stream.write_all(b"answer").await.unwrap();
    drop(passed);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "answer");
    // Others are served as before.
    Peer::connect(server.local_addr()).await;
}
