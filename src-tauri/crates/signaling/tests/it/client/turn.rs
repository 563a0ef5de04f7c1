//! TURN servers, as the client reports them.

use std::time::Duration;

use parlour_signaling::client::RoomEvent;
use parlour_signaling::protocol::{IceServer, ServerMessage};
use parlour_signaling::server::{IceConfig, ServerConfig, TurnSecret};

use super::harness::{Peer, ScriptedConnection, config, endpoint, listen, welcome};
use super::recovery::serve;

fn turn() -> Vec<IceServer> {
    vec![IceServer {
        urls: vec!["turn:turn.example.org".to_owned()],
        username: Some("user".to_owned()),
        credential: Some("word".to_owned()),
    }]
}

fn fresh(event: &RoomEvent) -> Option<Vec<IceServer>> {
    match event {
        RoomEvent::IceServers(servers) => Some(servers.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn turn_servers_come_with_the_second_member_and_are_renewed_before_they_expire() {
    let secret = TurnSecret::new("north").unwrap();
    let urls = vec!["turn:turn.example.org".into()];
    let ice = IceConfig::new(Vec::new(), urls, Some(secret)).unwrap();
    let config = ServerConfig {
        ice: ice.with_lifetime(Duration::from_secs(1)),
        ..ServerConfig::default()
    };
    let (_server, at) = serve("127.0.0.1:0", config).await;
    let (mut mei, _) = Peer::joined("Mei", at).await;
    assert!(mei.events.try_recv().is_err(), "she is alone");
    let _tom = Peer::joined("Tom", at).await;
    let mut before = Vec::new();
    for _ in 0..3 {
        let servers = mei.until(fresh).await;
        assert_eq!(servers.len(), 1);
        assert_ne!(servers, before, "another credential each time");
        before = servers;
    }
}

#[tokio::test]
async fn servers_that_come_with_the_welcome_are_part_of_it() {
    let servers = ServerMessage::IceServers {
        ice_servers: turn(),
        ice_seconds: 3600,
    };
    // The client's task chooses at random what it does first. It must not matter.
    for _ in 0..16 {
        let (listener, at) = listen().await;
        let mut mei = Peer::new(config("Mei", vec![endpoint(at)]));
        let mut connection = ScriptedConnection::accept(&listener).await;
        connection.read().await.unwrap();
        // In one segment.
        connection.feed(&welcome(vec![], false)).await;
        connection.send(&servers).await;
        match mei.next().await {
            RoomEvent::Joined { ice_servers, .. } => assert_eq!(ice_servers, turn()),
            other => panic!("{other:?}"),
        }
        connection.send(&servers).await;
        assert_eq!(mei.next().await, RoomEvent::IceServers(turn()));
    }
}
