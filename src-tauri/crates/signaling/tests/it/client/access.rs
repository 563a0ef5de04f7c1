//! The client at a server that starts rooms only with its access token.

use std::net::SocketAddr;

use parlour_signaling::client::{FailReason, RoomEvent, ServerAccess};
use parlour_signaling::protocol::{Access, ClientMessage, Join, ServerErrorCode};
use parlour_signaling::server::{RoomAccess, ServerConfig, ServerHandle};

use super::harness::{Peer, ScriptedConnection, config, endpoint, listen, welcome};
use super::recovery::serve;

const TOKEN: &str = "north-wind-and-sun";

async fn server_at(at: &str) -> (ServerHandle, SocketAddr) {
    let access = Some(RoomAccess::new(&TOKEN.parse().unwrap()));
    let config = ServerConfig {
        access,
        ..ServerConfig::default()
    };
    serve(at, config).await
}

fn token_for(at: SocketAddr) -> ServerAccess {
    let mut access = ServerAccess::default();
    access.set(endpoint(at), Access::Token(TOKEN.to_owned()));
    access
}

fn access_of(join: ClientMessage) -> Option<Access> {
    match join {
        ClientMessage::Join(Join { access, .. }) => access,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn members_open_the_room_again_when_the_server_has_restarted() {
    let (server, at) = server_at("127.0.0.1:0").await;
    let mut mei = with_token(at, at);
    mei.join().await;
    let (mut tom, _) = Peer::joined("Tom", at).await;
    // The holder of the token is gone for good.
    drop(mei);
    drop(server);
    tom.until(|event| (*event == RoomEvent::Reconnecting).then_some(()))
        .await;
    let (_server, _) = server_at(&at.to_string()).await;
    tom.until(|event| matches!(event, RoomEvent::Joined { .. }).then_some(()))
        .await;
    let _ada = Peer::joined("Ada", at).await;
}

#[tokio::test]
async fn a_link_alone_does_not_start_the_room_and_is_not_tried_again() {
    let (_server, at) = server_at("127.0.0.1:0").await;
    let mut tom = Peer::new(config("Tom", vec![endpoint(at)]));
    let refused = FailReason::Refused(ServerErrorCode::AccessRequired);
    assert_eq!(tom.next().await, RoomEvent::Failed(refused));
    assert_eq!(tom.events.recv().await, None);
}

fn with_token(at: SocketAddr, token_for_it: SocketAddr) -> Peer {
    let mut config = config("Mei", vec![endpoint(at)]);
    config.access = token_for(token_for_it);
    Peer::new(config)
}

#[tokio::test]
async fn a_token_goes_to_its_server_alone() {
    let ((_, at), (other, other_at)) = (listen().await, listen().await);
    let _mei = with_token(other_at, at);
    let (_connection, join) = ScriptedConnection::welcome(&other, vec![], false).await;
    assert_eq!(access_of(join), None);
}

#[tokio::test]
async fn a_permit_takes_the_place_of_the_token() {
    let (listener, at) = listen().await;
    let mut mei = with_token(at, at);
    let mut connection = ScriptedConnection::accept(&listener).await;
    let join = connection.read().await.unwrap();
    assert_eq!(access_of(join), Some(Access::Token(TOKEN.to_owned())));
    let mut with_permit = serde_json::to_value(welcome(vec![], false)).unwrap();
    with_permit["permit"] = "a permit".into();
    connection.send_text(with_permit.to_string()).await;
    mei.until(|event| match event {
        RoomEvent::Joined { permit, .. } => (permit.as_deref() == Some("a permit")).then_some(()),
        _ => None,
    })
    .await;
    drop(connection);
    let (_connection, join) = ScriptedConnection::welcome(&listener, vec![], false).await;
    assert_eq!(access_of(join), Some(Access::Permit("a permit".to_owned())));
}
