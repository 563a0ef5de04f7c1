//! The client recovers when its connection fails or the network changes.

use std::net::SocketAddr;
use std::time::Duration;

use parlour_signaling::client::{Presence, Role, RoomEvent, SignalError};
use parlour_signaling::protocol::{ClientMessage, ServerMessage};
use parlour_signaling::server::{Server, ServerConfig, ServerHandle};
use serde_json::json;

use super::faulty_link::FaultyLink;
use super::harness::{Peer, ScriptedConnection, listen};

pub(super) async fn serve(at: &str, config: ServerConfig) -> (ServerHandle, SocketAddr) {
    let server = Server::bind(at.parse().unwrap(), config).await.unwrap();
    let at = server.local_addr();
    (server.start(), at)
}

const ANY: &str = "127.0.0.1:0";

#[tokio::test]
async fn ice_servers_are_renewed_when_the_network_has_changed() {
    let (_server, at) = serve(ANY, ServerConfig::default()).await;
    let mut mei = Peer::joined("Mei", at).await.0;
    assert!(mei.events.try_recv().is_err(), "nothing of it gets old");
    mei.client.reconnect_now();
    // Over the existing connection, or with the welcome of a new one.
    mei.until(|event| {
        let is_fresh = matches!(event, RoomEvent::IceServers(_) | RoomEvent::Joined { .. });
        is_fresh.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_without_ice_server_requests_is_supported() {
    let (listener, _) = listen().await;
    let at = listener.local_addr().unwrap();
    let mut mei = Peer::new(super::harness::config(
        "Mei",
        vec![super::harness::endpoint(at)],
    ));
    let mut connection = ScriptedConnection::accept(&listener).await;
    assert!(matches!(
        connection.read().await,
        Some(ClientMessage::Join(_))
    ));
    let old = r#"{"type":"welcome","peers":[],"ice_servers":[],"limits":{"frame_bytes":1,"peers":8,"away_seconds":30},"resumed":false}"#;
    connection.send_text(old.into()).await;
    mei.join().await;
    mei.client.reconnect_now();
    assert_eq!(connection.read().await, Some(ClientMessage::IceServers {}));
    let refusal = r#"{"type":"error","code":"unknown_type","fatal":false,"about":"ice_servers"}"#;
    connection.send_text(refusal.into()).await;
    let left = r#"{"type":"peer_left","peer":"AAAAAAAAAAAAAAAAAAAAAA","reason":"abducted"}"#;
    assert!(serde_json::from_str::<ServerMessage>(left).is_ok());
    connection.send_text(left.into()).await;
    mei.client.enter("Mei".into()).await.unwrap();
    assert!(matches!(
        connection.read().await,
        Some(ClientMessage::Enter { .. })
    ));
    assert!(mei.events.try_recv().is_err());
}

#[tokio::test]
async fn a_peer_that_the_server_has_given_up_is_kept() {
    let config = ServerConfig {
        away_timeout: Duration::from_millis(100),
        ..ServerConfig::default()
    };
    let (_server, at) = serve(ANY, config).await;
    let link = FaultyLink::to(at).await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    let (mut tom, _) = Peer::joined("Tom", link.address).await;
    tom.client.enter("Tom".into()).await.unwrap();
    tom.send(mei.me(), 0).await;
    assert_eq!(mei.next_signal().await, (tom.me(), 0));
    link.close();
    let lost = RoomEvent::PresenceChanged {
        peer: tom.me(),
        presence: Presence::Lost,
    };
    mei.until(|event| (*event == lost).then_some(())).await;
    // Kept until the peer is back. Past the server signals go on meanwhile.
    mei.send(tom.me(), 1).await;
    let sealed = tom
        .client
        .seal_signal(mei.me(), json!({ "n": 2 }), None)
        .await;
    let (_, envelope) = sealed.unwrap();
    let opened = mei.client.open_signal(tom.me(), envelope).await;
    assert_eq!(opened, Ok(Some(json!({ "n": 2 }))));

    let (members, resumed) = loop {
        match tom.next().await {
            RoomEvent::Joined {
                members, resumed, ..
            } => break (members, resumed),
            other => assert!(
                matches!(other, RoomEvent::Reconnecting | RoomEvent::Unreachable),
                "{other:?}"
            ),
        }
    };
    assert!(!resumed && members[0].id == mei.me() && members[0].role == Role::Offerer);
    let back = RoomEvent::PresenceChanged {
        peer: tom.me(),
        presence: Presence::Online,
    };
    mei.until(|event| (*event == back).then_some(())).await;
    assert_eq!(tom.next_signal().await, (mei.me(), 1));
    tom.send(mei.me(), 3).await;
    assert_eq!(mei.next_signal().await, (tom.me(), 3), "none is doubled");
}

#[tokio::test]
async fn unreachable_is_reported_once_and_the_server_is_found_again() {
    let embedded = ServerConfig {
        embedded: true,
        ..ServerConfig::default()
    };
    let (server, at) = serve(ANY, embedded.clone()).await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    drop(server);
    assert_eq!(mei.next().await, RoomEvent::Reconnecting);
    assert_eq!(mei.next().await, RoomEvent::Unreachable);
    let (_server, _) = serve(&at.to_string(), embedded).await;
    match mei.next().await {
        RoomEvent::Joined { embedded, .. } => assert!(embedded),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_client_never_sends_more_than_the_server_takes() {
    let (_server, at) = serve(ANY, ServerConfig::default()).await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    let (tom, _) = Peer::joined("Tom", at).await;
    let to = mei.me();
    let talk = tokio::spawn(async move {
        for n in 0..600 {
            while let Err(full) = tom.client.send_signal(to, json!({ "n": n }), None).await {
                assert_eq!(full, SignalError::QueueFull);
                tokio::task::yield_now().await;
            }
        }
        tom
    });
    mei.until(|event| matches!(event, RoomEvent::PeerJoined(_)).then_some(()))
        .await;
    for n in 0..600 {
        match mei.next().await {
            RoomEvent::Signal { signal, .. } => assert_eq!(signal["n"], n),
            other => panic!("{other:?}"),
        }
    }
    assert!(talk.await.unwrap().events.try_recv().is_err());
}
