//! A server that starts rooms only with its access token.

use std::time::{Duration, SystemTime};

use parlour_signaling::protocol::limits::PERMIT_LIFETIME;
use parlour_signaling::protocol::{Access, ClientMessage, Join, ServerErrorCode, ServerMessage};
use parlour_signaling::server::{RoomAccess, ServerConfig, ServerHandle};

use super::peer::{Peer, server};
use crate::test_messages::{join, room, unproved};

const TOKEN: &str = "north-wind-and-sun";

fn access(token: &str) -> RoomAccess {
    RoomAccess::new(&token.parse().unwrap())
}

async fn server_with(token: &str) -> ServerHandle {
    let config = ServerConfig {
        access: Some(access(token)),
        ..ServerConfig::default()
    };
    server(config).await
}

fn join_with(r: u8, n: u8, access: Access) -> ClientMessage {
    let access = Some(access);
    ClientMessage::Join(Join {
        access,
        ..unproved(r, n)
    })
}

fn token(text: &str) -> Access {
    Access::Token(text.to_owned())
}

fn permit_of(welcome: ServerMessage) -> Option<Access> {
    match welcome {
        ServerMessage::Welcome { permit, .. } => permit.map(Access::Permit),
        other => panic!("{other:?}"),
    }
}

async fn assert_refused(server: &ServerHandle, join: ClientMessage) {
    let mut peer = Peer::connect(server.local_addr()).await;
    peer.send_message(join).await;
    peer.ends_with(ServerErrorCode::AccessRequired).await;
}

#[tokio::test]
async fn a_room_starts_with_the_token_and_is_joined_with_the_link_alone() {
    let server = server_with(TOKEN).await;
    assert_refused(&server, join(1, 1)).await;
    assert_refused(&server, join_with(1, 1, token("north-wind-and-moon"))).await;
    assert_refused(&server, join_with(1, 1, Access::Permit(TOKEN.to_owned()))).await;
    let (mut ada, _) = Peer::join(server.local_addr(), join_with(1, 1, token(TOKEN))).await;
    let _bob = Peer::join(server.local_addr(), join(1, 2)).await;
    ada.until(|m| matches!(m, ServerMessage::PeerJoined { .. }))
        .await;
    // A wrong token does not shut out of a room that is there.
    let (eve, _) = Peer::join(server.local_addr(), join_with(1, 3, token("x"))).await;
    drop(eve);
    assert_refused(&server, join(2, 4)).await;
}

#[tokio::test]
async fn a_refused_join_leaves_no_room_behind() {
    let server = server_with(TOKEN).await;
    assert_refused(&server, join(1, 1)).await;
    assert_refused(&server, join(1, 2)).await;
}

#[tokio::test]
async fn any_member_opens_the_room_again_after_a_restart() {
    let server = server_with(TOKEN).await;
    let _ada = Peer::join(server.local_addr(), join_with(1, 1, token(TOKEN))).await;
    let (_bob, welcome) = Peer::join(server.local_addr(), join(1, 2)).await;
    let permit = permit_of(welcome).unwrap();
    drop(server);

    let server = server_with(TOKEN).await;
    assert_refused(&server, join(1, 2)).await;
    // It is for this room, and not for one peer.
    assert_refused(&server, join_with(2, 2, permit.clone())).await;
    let (_bob, welcome) = Peer::join(server.local_addr(), join_with(1, 5, permit.clone())).await;
    assert!(permit_of(welcome).is_some(), "refreshed at each join");
    let _mei = Peer::join(server.local_addr(), join(1, 6)).await;
    drop(server);

    let server = server_with("another-wind-and-sun").await;
    assert_refused(&server, join_with(1, 2, permit)).await;
}

#[tokio::test]
async fn a_permit_that_was_changed_or_has_expired_opens_nothing() {
    let server = server_with(TOKEN).await;
    let permit = |at: SystemTime| access(TOKEN).permit(room(1), at).unwrap();
    let (now, minute) = (SystemTime::now(), Duration::from_secs(60));
    let expired = permit(now - PERMIT_LIFETIME - minute);
    assert_refused(&server, join_with(1, 1, Access::Permit(expired.clone()))).await;
    // The later expiry with the signature of the earlier one.
    let valid = permit(now);
    let mixed = format!("{}{}", &valid[..10], &expired[10..]);
    assert_refused(&server, join_with(1, 1, Access::Permit(mixed))).await;
    let _ada = Peer::join(server.local_addr(), join_with(1, 1, Access::Permit(valid))).await;
}

#[tokio::test]
async fn a_server_for_everybody_gives_no_permits() {
    let server = server(ServerConfig::default()).await;
    let (_ada, welcome) = Peer::join(server.local_addr(), join(1, 1)).await;
    assert_eq!(permit_of(welcome), None);
}
