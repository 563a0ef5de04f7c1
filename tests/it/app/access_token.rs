//! A server that starts rooms only with its access token.

use std::net::SocketAddr;

use parlour::error::ErrorCode;
use parlour::storage::last_room::LastRoom;
use parlour::storage::settings::Hosting;
use parlour::view::Surface;
use parlour_signaling::server::{RoomAccess, Server, ServerConfig, ServerHandle};

use crate::harness::app::{Person, named};

const TOKEN: &str = "north-wind-and-sun";

async fn a_server(at: &str) -> (ServerHandle, SocketAddr) {
    let config = ServerConfig {
        access: Some(RoomAccess::new(&TOKEN.parse().unwrap())),
        ..ServerConfig::default()
    };
    let server = Server::bind(at.parse().unwrap(), config).await.unwrap();
    let at = server.local_addr();
    (server.start(), at)
}

/// A person whose rooms that server hosts.
async fn person_at(at: SocketAddr, token: &str, last_room: Option<LastRoom>) -> Person {
    let mut start = named("Mei");
    start.settings.hosting = Hosting::Server {
        address: format!("ws+{at}"),
        access_token: token.to_owned().into(),
    };
    start.last_room = last_room;
    let person = Person::launch(start, None);
    person
        .controller
        .attach(Surface::Window, true)
        .await
        .unwrap();
    person
}

#[tokio::test]
async fn the_token_starts_a_room_and_a_guest_needs_the_link_alone() {
    let (_server, at) = a_server("127.0.0.1:0").await;
    let mut mei = person_at(at, TOKEN, None).await;
    let invite = mei.start_room().await.invite;
    assert!(!invite.contains(TOKEN));
    let mut tom = Person::with_window("Tom").await;
    tom.join(&invite).await;
    mei.until_room("Tom is there", |room| room.peers.len() == 1)
        .await;
}

#[tokio::test]
async fn without_the_right_token_a_person_learns_what_is_missing() {
    let (_server, at) = a_server("127.0.0.1:0").await;
    for token in ["", "south-wind-and-moon"] {
        let mut mei = person_at(at, token, None).await;
        mei.controller.start_room().await.unwrap();
        assert_eq!(mei.until_failed().await, ErrorCode::AccessRequired);
    }
}

#[tokio::test]
async fn the_token_is_for_starting_a_room_and_not_for_a_link() {
    let (_server, at) = a_server("127.0.0.1:0").await;
    let mut mei = person_at(at, TOKEN, None).await;
    let invite = mei.start_room().await.invite;
    mei.controller.leave().await.unwrap();
    let mut tom = person_at(at, TOKEN, None).await;
    // The room ends with the leave, which may still be on its way.
    loop {
        tom.controller.join_room(invite.clone()).await.unwrap();
        let room = tom
            .until_room("an answer", |room| room.server.is_some() || is_over(room))
            .await;
        if is_over(&room) {
            break;
        }
        tom.controller.leave().await.unwrap();
    }
    assert_eq!(tom.until_failed().await, ErrorCode::RoomNotOpen);
}

fn is_over(room: &parlour::view::RoomView) -> bool {
    matches!(room.phase, parlour::view::Phase::Failed { .. })
}

#[tokio::test]
async fn after_a_crash_of_the_app_and_of_the_server_a_guest_opens_the_room_again() {
    let (server, at) = a_server("127.0.0.1:0").await;
    let mut mei = person_at(at, TOKEN, None).await;
    let invite = mei.start_room().await.invite;
    let mut tom = Person::with_window("Tom").await;
    tom.join(&invite).await;
    let noted = tom.saved_room();
    assert!(noted.as_ref().is_some_and(|room| room.permits.len() == 1));
    for person in [mei, tom] {
        person.task.abort();
        assert!(person.task.await.unwrap_err().is_cancelled());
    }
    server.shutdown().await;

    let (_server, _) = a_server(&at.to_string()).await;
    let mut tom = person_at(at, "", noted).await;
    tom.controller.rejoin_room().await.unwrap();
    assert_eq!(tom.until_online().await.invite, invite);
}
