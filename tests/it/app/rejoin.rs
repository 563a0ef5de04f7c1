//! After the app is killed in a room, its next start offers to return; after a leave, the app does for some minutes.

use parlour::error::ErrorCode;
use parlour::storage::last_room::LastRoom;
use parlour::view::{LastRoomEnd, NoticeCode, Phase, RoomHost, Surface};

use crate::harness::app::{Person, named};

/// As by `kill -9`: the app cannot tell anybody.
async fn killed(mut person: Person) -> Option<LastRoom> {
    let noted = person.saved_room();
    person.task.abort();
    let ended = person.task.await;
    assert!(ended.unwrap_err().is_cancelled());
    noted
}

async fn started_again(name: &str, last_room: Option<LastRoom>) -> Person {
    let mut start = named(name);
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
async fn the_host_returns_and_the_room_is_complete_again() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    mei.controller.enter("Mei".into()).await.unwrap();
    tom.join(&invite).await;
    tom.controller.enter("Tom".into()).await.unwrap();
    mei.until_room("Tom is in", |room| {
        room.peers.first().is_some_and(|peer| peer.entered)
    })
    .await;
    let noted = killed(mei).await;
    let room = tom
        .until_room("the host is gone", |room| room.host == RoomHost::Lost)
        .await;
    assert_eq!(room.peers.len(), 1, "the call goes on");

    let mut mei = started_again("Mei", noted).await;
    assert_eq!(mei.view().last_room, Some(LastRoomEnd::CutOff));
    assert!(mei.view().room.is_none());
    mei.controller.rejoin_room().await.unwrap();
    let room = mei.until_online().await;
    assert!(room.hosting && room.phase == Phase::Entered);
    assert_eq!(room.invite, invite, "the same room, on the same port");
    assert_eq!(mei.view().last_room, None);
    mei.until_room("Tom is back", |room| room.peers.len() == 1)
        .await;
    let new = mei.room().me;
    let room = tom
        .until_room("the host is back", |room| {
            room.peers.iter().any(|peer| peer.id == new && peer.entered)
        })
        .await;
    assert_eq!(room.host, RoomHost::Person);
    assert_eq!(room.peers.len(), 1, "and nobody is missed any more");
    // A third person sees both.
    let mut eve = Person::with_window("Eve").await;
    let room = eve.join(&invite).await;
    assert_eq!(room.peers.len(), 2);
}

#[tokio::test]
async fn when_the_host_leaves_the_guest_is_told_that_the_room_is_closed() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    tom.join(&invite).await;
    mei.controller.leave().await.unwrap();
    let room = tom
        .until_room("the host has left", |room| room.host == RoomHost::Left)
        .await;
    assert!(room.peers.is_empty());
}

#[tokio::test]
async fn a_guest_returns_to_the_room() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    tom.join(&invite).await;
    let noted = killed(tom).await;
    assert!(!noted.as_ref().unwrap().entered);
    let mut tom = started_again("Tom", noted).await;
    tom.controller.rejoin_room().await.unwrap();
    let room = tom.until_online().await;
    assert!(!room.hosting && room.phase == Phase::Lobby);
    assert_eq!(room.invite, invite);
    let again = tom.controller.rejoin_room().await.unwrap_err();
    assert_eq!(again.code, ErrorCode::NotInRoom);
}

#[tokio::test]
async fn a_person_who_left_or_declined_is_not_asked() {
    let mut mei = Person::with_window("Mei").await;
    mei.start_room().await;
    assert!(mei.saved_room().is_some());
    mei.controller.leave().await.unwrap();
    assert_eq!(mei.saved_room(), None);
    assert_eq!(mei.view().last_room, None);

    mei.start_room().await;
    let noted = killed(mei).await;
    let mut mei = started_again("Mei", noted).await;
    mei.controller.forget_last_room().await.unwrap();
    assert_eq!(mei.view().last_room, None);
    assert_eq!(mei.saved_room(), None);
    let forgotten = mei.controller.rejoin_room().await.unwrap_err();
    assert_eq!(forgotten.code, ErrorCode::NotInRoom);
    mei.start_room().await;
    mei.controller.forget_last_room().await.unwrap();
    assert!(mei.saved_room().is_some(), "the room one is in stays noted");
    mei.controller.quit();
    mei.until_called(&crate::harness::app::PlatformCall::SaveLastRoom(None))
        .await;
}

#[tokio::test]
async fn a_host_who_left_by_mistake_is_one_click_away_from_the_same_room() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    mei.controller.enter("Mei".into()).await.unwrap();
    tom.join(&invite).await;
    tom.controller.enter("Tom".into()).await.unwrap();
    mei.controller.leave().await.unwrap();
    assert_eq!(mei.view().last_room, Some(LastRoomEnd::Left));
    assert_eq!(mei.saved_room(), None, "nothing of it is on disk");
    tom.until_room("the host has left", |room| room.host == RoomHost::Left)
        .await;

    mei.controller.rejoin_room().await.unwrap();
    let room = mei.until_online().await;
    assert!(room.hosting && room.phase == Phase::Entered);
    assert_eq!(room.invite, invite, "the same room, on the same port");
    assert_eq!(mei.view().last_room, None);
    tom.until_room("the host is back", |room| {
        room.host == RoomHost::Person && room.peers.len() == 1
    })
    .await;
}

#[tokio::test]
async fn a_room_that_was_left_is_forgotten_after_some_minutes() {
    let mut mei = Person::with_window("Mei").await;
    mei.start_room().await;
    mei.controller.enter("Mei".into()).await.unwrap();
    mei.controller.leave().await.unwrap();
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(10 * 60)).await;
    tokio::time::resume();
    mei.until("forgotten", |view| view.last_room.is_none())
        .await;
    let forgotten = mei.controller.rejoin_room().await.unwrap_err();
    assert_eq!(forgotten.code, ErrorCode::NotInRoom);
}

#[tokio::test]
async fn a_host_whose_port_is_taken_meanwhile_is_told_to_send_the_invite_again() {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    let noted = killed(mei).await;
    let port = noted.as_ref().and_then(|room| room.port).unwrap();
    let other = std::net::TcpListener::bind((std::net::Ipv6Addr::UNSPECIFIED, port));
    let _other = other
        .or_else(|_| std::net::TcpListener::bind((std::net::Ipv4Addr::UNSPECIFIED, port)))
        .unwrap();
    let mut mei = started_again("Mei", noted).await;
    mei.controller.rejoin_room().await.unwrap();
    let room = mei.until_online().await;
    assert_ne!(room.invite, invite);
    let moved = |notice: &parlour::view::Notice| notice.code == NoticeCode::RoomMoved;
    assert!(mei.view().notices.iter().any(moved));
    mei.controller.leave().await.unwrap();
    assert!(!mei.view().notices.iter().any(moved));
}
