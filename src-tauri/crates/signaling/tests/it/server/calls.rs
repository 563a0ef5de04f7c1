//! Peers that set up calls over real sockets.

use std::time::Duration;

use parlour_signaling::protocol::limits::MAX_PEERS;
use parlour_signaling::protocol::{ClientMessage, LeftReason, ServerErrorCode, ServerMessage};
use parlour_signaling::server::{Server, ServerConfig};
use tokio::time::timeout;

use super::peer::{FRAME_TIMEOUT, Peer, server};
use crate::test_messages::{enter, hello, join, join_seen, peer, sealed, signal};

fn received(from: u8, seq: u64, text: &str) -> ServerMessage {
    ServerMessage::Signal {
        from: peer(from),
        seq,
        envelope: sealed(text),
    }
}

fn left(n: u8, reason: LeftReason) -> ServerMessage {
    let peer = peer(n);
    ServerMessage::PeerLeft { peer, reason }
}

#[tokio::test]
async fn two_peers_join_signal_and_leave() {
    let server = server(ServerConfig::default()).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let (mut bob, welcome) = Peer::join(server.local_addr(), join(1, 2)).await;
    let ServerMessage::Welcome {
        peers,
        resumed,
        limits,
        ..
    } = welcome
    else {
        unreachable!()
    };
    assert_eq!((peers.len(), peers[0].peer, resumed), (1, peer(1), false));
    assert_eq!((limits.peers, limits.away_seconds), (MAX_PEERS, 30));
    let joined = ServerMessage::PeerJoined {
        peer: peer(2),
        hello: hello(2),
        entered: false,
    };
    assert_eq!(ada.next().await, joined);

    bob.send_message(signal(1, "offer")).await;
    assert_eq!(ada.next().await, received(2, 1, "offer"));
    ada.send_message(signal(2, "answer")).await;
    assert_eq!(bob.next().await, received(1, 1, "answer"));
    bob.send_message(enter(2)).await;
    assert_eq!(
        ada.next().await,
        ServerMessage::PeerEntered {
            peer: peer(2),
            hello: hello(2)
        }
    );

    bob.send_message(ClientMessage::Leave {}).await;
    assert_eq!(bob.next_or_end().await, None);
    assert_eq!(ada.next().await, left(2, LeftReason::Left));
}

#[tokio::test]
async fn the_ninth_peer_is_refused() {
    let server = server(ServerConfig::default()).await;
    let mut peers = Vec::new();
    for n in 1..=MAX_PEERS as u8 {
        peers.push(Peer::join(server.local_addr(), join(1, n)).await);
    }
    let mut ninth = Peer::connect(server.local_addr()).await;
    ninth.send_message(join(1, 9)).await;
    ninth.ends_with(ServerErrorCode::RoomFull).await;
    Peer::join(server.local_addr(), join(2, 9)).await;
}

#[tokio::test]
async fn nothing_is_sent_from_one_room_to_another() {
    let server = server(ServerConfig::default()).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let (mut eve, _) = Peer::join(server.local_addr(), join(2, 2)).await;
    eve.send_message(signal(1, "psst")).await;
    let about = Some("signal".to_owned());
    let refused = ServerMessage::Error {
        code: ServerErrorCode::UnknownPeer,
        fatal: false,
        about,
    };
    assert_eq!(eve.next().await, refused);
    // The next message that Ada receives is from her own room.
    let _bob = Peer::join(server.local_addr(), join(1, 3)).await;
    assert!(matches!(ada.next().await, ServerMessage::PeerJoined { peer: p, .. } if p == peer(3)));
}

#[tokio::test]
async fn a_peer_that_reconnects_gets_the_signals_sent_meanwhile() {
    let server = server(ServerConfig::default()).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let (mut bob, _) = Peer::join(server.local_addr(), join(1, 2)).await;
    ada.send_message(signal(2, "1")).await;
    assert_eq!(bob.next().await, received(1, 1, "1"));
    drop(bob);
    ada.until(|m| *m == ServerMessage::PeerAway { peer: peer(2) })
        .await;
    ada.send_message(signal(2, "2")).await;
    ada.send_message(signal(2, "3")).await;
    // The answer to this frame shows that the two before were handled.
    ada.send_message(signal(9, "")).await;
    ada.until(|m| matches!(m, ServerMessage::Error { .. }))
        .await;

    let (mut bob, welcome) = Peer::join(server.local_addr(), join_seen(1, 2, 1)).await;
    assert!(matches!(
        welcome,
        ServerMessage::Welcome { resumed: true, .. }
    ));
    assert_eq!(bob.next().await, received(1, 2, "2"));
    assert_eq!(bob.next().await, received(1, 3, "3"));
    assert_eq!(ada.next().await, ServerMessage::PeerBack { peer: peer(2) });
    ada.send_message(signal(2, "4")).await;
    assert_eq!(bob.next().await, received(1, 4, "4"));
}

#[tokio::test]
async fn a_newer_connection_replaces_the_old_one() {
    let server = server(ServerConfig::default()).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let (mut old, _) = Peer::join(server.local_addr(), join(1, 2)).await;
    let (mut new, _) = Peer::join(server.local_addr(), join(1, 2)).await;
    old.ends_with(ServerErrorCode::Replaced).await;
    ada.until(|m| matches!(m, ServerMessage::PeerJoined { .. }))
        .await;
    ada.send_message(signal(2, "to the newer one")).await;
    assert_eq!(new.next().await, received(1, 1, "to the newer one"));
}

#[tokio::test]
async fn a_peer_that_stays_away_is_gone() {
    let config = ServerConfig {
        away_timeout: Duration::from_millis(20),
        ..ServerConfig::default()
    };
    let server = server(config).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join(1, 1)).await;
    let (bob, _) = Peer::join(server.local_addr(), join(1, 2)).await;
    drop(bob);
    ada.until(|m| *m == ServerMessage::PeerAway { peer: peer(2) })
        .await;
    assert_eq!(ada.next().await, left(2, LeftReason::Gone));
}

#[tokio::test]
async fn all_addresses_lead_to_the_same_rooms() {
    let any = "127.0.0.1:0".parse().unwrap();
    let mut server = Server::bind(any, ServerConfig::default()).await.unwrap();
    server.also_bind(any).await.unwrap();
    let [one, other] = *server.local_addrs() else {
        panic!("not two addresses");
    };
    let _server = server.start();
    let _ada = Peer::join(one, join(1, 1)).await;
    let (_, welcome) = Peer::join(other, join(1, 2)).await;
    assert!(matches!(welcome, ServerMessage::Welcome { peers, .. } if peers.len() == 1));
}

#[tokio::test]
async fn one_listener_takes_both_families_of_addresses() {
    let both = "[::]:0".parse().unwrap();
    // Not every machine has IPv6.
    let Ok(server) = Server::bind(both, ServerConfig::default()).await else {
        return;
    };
    let server = server.start();
    let port = server.local_addr().port();
    for (n, ip) in [(1, "127.0.0.1"), (2, "::1")] {
        Peer::join(
            (ip.parse::<std::net::IpAddr>().unwrap(), port).into(),
            join(1, n),
        )
        .await;
    }
}

#[tokio::test]
async fn a_shutdown_tells_the_clients_and_waits() {
    let server = server(ServerConfig::default()).await;
    let addr = server.local_addr();
    let (mut ada, _) = Peer::join(addr, join(1, 1)).await;
    let mut guest = Peer::connect(addr).await;
    let listens = tokio::spawn(async move {
        ada.ends_with(ServerErrorCode::ShuttingDown).await;
        guest.ends_with(ServerErrorCode::ShuttingDown).await;
    });
    timeout(FRAME_TIMEOUT, server.shutdown()).await.unwrap();
    listens.await.unwrap();
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_dropped_server_ends_its_connections() {
    let server = server(ServerConfig::default()).await;
    let addr = server.local_addr();
    let (mut ada, _) = Peer::join(addr, join(1, 1)).await;
    drop(server);
    assert_eq!(ada.next_or_end().await, None);
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}
