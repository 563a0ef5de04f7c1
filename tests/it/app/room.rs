//! Rooms, with real sockets and no window.

use parlour::error::ErrorCode;
use parlour::storage::settings::{Hosting, Settings};
use parlour::view::{ConnectionState, EngineView, NoticeCode, Phase, Role, Surface};
use parlour_signaling::server::{Server, ServerConfig};
use serde_json::json;

use crate::harness::app::{Person, PlatformCall, named, templates};

#[tokio::test]
async fn two_people_meet_and_their_signals_arrive() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let hosted = mei.start_room().await;
    assert!(hosted.hosting && hosted.invite.starts_with("parlour://join/"));
    let joined = tom.join(&hosted.invite).await;
    assert!(!joined.hosting);
    assert_eq!((joined.peers.len(), joined.phase), (1, Phase::Lobby));
    assert_eq!(joined.peers[0].role, Role::Offerer, "the newcomer offers");
    assert_eq!(
        (joined.peers[0].name.as_str(), joined.peers[0].entered),
        ("Mei", false)
    );

    let room = mei
        .until_room("Tom is at the door", |room| room.peers.len() == 1)
        .await;
    assert_eq!(room.peers[0].role, Role::Answerer);
    tom.send_signal_to(
        &mei,
        json!({"link": 1, "description": {"type": "offer", "sdp": "v=0"}}),
    )
    .await;
    let (surface, signal) = mei.signal().await;
    assert_eq!(surface, Surface::Window);
    assert_eq!((signal.from, signal.to), (tom.room().me, mei.room().me));
    assert_eq!(signal.signal["description"]["type"], "offer");
    mei.send_signal_to(&tom, json!({"link": 1, "candidate": null}))
        .await;
    assert_eq!(tom.signal().await.1.signal["candidate"], json!(null));

    mei.controller.enter("Mei".into()).await.unwrap();
    tom.controller.enter("  Tómas ".into()).await.unwrap();
    let room = mei
        .until_room("Tom is in", |room| room.peers[0].entered)
        .await;
    assert_eq!(
        (room.peers[0].name.as_str(), room.phase),
        ("Tómas", Phase::Entered)
    );
    assert_eq!(tom.view().settings.name, "Tómas", "the name is kept");
}

#[tokio::test]
async fn others_see_a_person_leave_and_the_server_ends_with_its_host() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    tom.join(&invite).await;
    mei.until_room("Tom is there", |room| room.peers.len() == 1)
        .await;
    tom.controller.leave().await.unwrap();
    tom.controller.leave().await.unwrap();
    assert!(tom.view().room.is_none());
    mei.until_room("Tom has left", |room| room.peers.is_empty())
        .await;

    tom.join(&invite).await;
    mei.until_room("Tom is back", |room| room.peers.len() == 1)
        .await;
    mei.controller.leave().await.unwrap();
    tom.until_room("the server is gone", |room| {
        room.connection == ConnectionState::Reconnecting
    })
    .await;
}

#[tokio::test]
async fn entering_while_connecting_takes_effect_later() {
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), ServerConfig::default())
        .await
        .unwrap();
    let address = server.local_addr();
    let mut mei = Person::launch(hosted_at(&address.to_string()), None);
    mei.controller.attach(Surface::Window, true).await.unwrap();
    mei.controller.start_room().await.unwrap();
    mei.controller.enter("Mei".into()).await.unwrap();
    assert_eq!(mei.room().phase, Phase::Entered);
    assert_eq!(
        mei.room().connection,
        ConnectionState::Connecting,
        "nobody serves yet"
    );
    let _running = server.start();
    let room = mei.until_online().await;
    assert!(!room.hosting);
    assert_eq!(room.server.unwrap(), address.to_string());

    let mut tom = Person::with_window("Tom").await;
    let joined = tom.join(&mei.room().invite).await;
    assert!(joined.peers[0].entered);
}

#[tokio::test]
async fn an_invite_that_leads_nowhere_fails_and_leave_returns_home() {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    let code = invite.rsplit('/').next().unwrap();
    let mut tom = Person::with_window("Tom").await;
    // Nothing listens on port 1 of this computer.
    tom.controller
        .join_room(format!("parlour://join/127.0.0.1:1/{code}"))
        .await
        .unwrap();
    assert_eq!(tom.until_failed().await, ErrorCode::ServerUnreachable);
    assert_eq!(
        tom.controller.enter("Tom".into()).await.unwrap_err().code,
        ErrorCode::NotInRoom
    );
    tom.controller.leave().await.unwrap();
    assert!(tom.view().room.is_none());
    tom.join(&invite).await;
}

#[tokio::test]
async fn a_ninth_person_finds_the_room_full() {
    let mut host = Person::with_window("Host").await;
    let invite = host.start_room().await.invite;
    let mut guests = Vec::new();
    for _ in 1..parlour_signaling::protocol::limits::MAX_PEERS {
        let mut guest = Person::with_window("Guest").await;
        guest.join(&invite).await;
        guests.push(guest);
    }
    let mut ninth = Person::with_window("Ninth").await;
    ninth.controller.join_room(invite.clone()).await.unwrap();
    assert_eq!(ninth.until_failed().await, ErrorCode::RoomFull);
    guests.pop().unwrap().controller.leave().await.unwrap();
    host.until_room("a place is free", |room| room.peers.len() == guests.len())
        .await;
    // Joining again leaves a failed room.
    ninth.join(&invite).await;
}

#[tokio::test]
async fn impossible_requests_are_refused_with_a_code() {
    let mut mei = Person::with_window("Mei").await;
    let refused = |result: Result<(), parlour::error::AppError>| result.unwrap_err().code;
    assert_eq!(
        refused(mei.controller.enter("Mei".into()).await),
        ErrorCode::NotInRoom
    );
    assert_eq!(
        refused(mei.controller.copy_invite(templates()).await),
        ErrorCode::NotInRoom
    );
    assert_eq!(
        refused(mei.controller.show_call().await),
        ErrorCode::NotInRoom
    );
    assert_eq!(
        refused(mei.controller.send_signal("x".into(), json!(1), None).await),
        ErrorCode::NotInRoom
    );
    assert_eq!(
        refused(mei.controller.join_room("hello".into()).await),
        ErrorCode::InviteNotALink
    );
    let damaged = "parlour://join/192.0.2.1/AAAA".to_owned();
    assert_eq!(
        refused(mei.controller.join_room(damaged).await),
        ErrorCode::InviteDamaged
    );

    let invite = mei.start_room().await.invite;
    assert_eq!(
        refused(mei.controller.start_room().await),
        ErrorCode::AlreadyInRoom
    );
    mei.controller
        .join_room(invite)
        .await
        .expect("one is in this room already");
    assert_eq!(
        refused(mei.controller.send_signal("x".into(), json!(1), None).await),
        ErrorCode::UnknownPeer
    );
    let me = mei.room().me;
    assert_eq!(
        refused(mei.controller.send_signal(me, json!(1), None).await),
        ErrorCode::UnknownPeer
    );
    let mut tom = Person::with_window("Tom").await;
    tom.join(&mei.room().invite).await;
    let huge = json!("x".repeat(parlour_signaling::protocol::limits::MAX_FRAME_BYTES));
    assert_eq!(
        refused(tom.controller.send_signal(mei.room().me, huge, None).await),
        ErrorCode::SignalTooLarge
    );
}

#[tokio::test]
async fn the_invite_is_copied() {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    mei.controller.copy_invite(templates()).await.unwrap();
    mei.until_called(&PlatformCall::CopyToClipboard(format!("Come in: {invite}")))
        .await;
}

#[tokio::test]
async fn a_reloaded_window_returns_as_a_new_peer() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    tom.join(&invite).await;
    tom.controller.enter("Tom".into()).await.unwrap();
    mei.until_room("Tom is in", |room| {
        room.peers.iter().any(|peer| peer.entered)
    })
    .await;
    let old = tom.room().me;
    let view = tom.controller.attach(Surface::Window, true).await.unwrap();
    let new = view.room.unwrap().me;
    assert_ne!(new, old);
    let room = mei
        .until_room("only the new Tom is in", |room| {
            room.peers.len() == 1 && room.peers[0].id == new && room.peers[0].entered
        })
        .await;
    assert_eq!(room.peers[0].name, "Tom");
    let joined = tom.until_online().await;
    assert_eq!(
        joined.peers[0].role,
        Role::Offerer,
        "the one who comes back offers"
    );
}

#[tokio::test]
async fn quitting_leaves_the_room() {
    let (mut mei, mut tom) = (
        Person::with_window("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    tom.join(&invite).await;
    mei.until_room("Tom is there", |room| room.peers.len() == 1)
        .await;
    tom.controller.quit();
    tom.until_called(&PlatformCall::Exit).await;
    tom.task.await.unwrap();
    mei.until_room("Tom has left", |room| room.peers.is_empty())
        .await;
    assert_eq!(
        tom.controller.leave().await.unwrap_err().code,
        ErrorCode::Internal
    );
}

#[tokio::test]
async fn settings_are_validated_saved_and_shown() {
    let mut mei = Person::with_window("Mei").await;
    let wrong = Settings {
        hosting: Hosting::Server {
            address: "no address".into(),
            access_token: String::new().into(),
        },
        ..Settings::default()
    };
    let error = mei.controller.save_settings(wrong).await.unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (ErrorCode::SettingsInvalid, Some("hosting.address"))
    );
    assert_eq!(mei.view().settings.hosting, Hosting::ThisComputer);

    let stun = parlour_signaling::protocol::IceServer {
        urls: vec!["stun:stun.example.org".into()],
        username: None,
        credential: None,
    };
    let settings = Settings {
        name: " Mei\u{202e} ".into(),
        ice_servers: vec![stun.clone()],
        ..Settings::default()
    };
    mei.controller
        .save_settings(settings.clone())
        .await
        .unwrap();
    let kept = Settings {
        name: "Mei".into(),
        ..settings
    };
    mei.until_called(&PlatformCall::SaveSettings(kept.clone()))
        .await;
    assert_eq!(mei.view().settings, kept);
    assert_eq!(mei.start_room().await.ice_servers, vec![stun]);
}

#[tokio::test]
async fn a_full_disk_is_reported_and_the_settings_still_apply() {
    let mei = Person::with_window("Mei").await;
    mei.disk_is_full
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let settings = |name: &str| Settings {
        name: name.into(),
        ..Settings::default()
    };
    mei.controller
        .save_settings(settings("Anna"))
        .await
        .unwrap();
    mei.controller
        .save_settings(settings("Berta"))
        .await
        .unwrap();
    let view = mei.view();
    assert_eq!(
        (view.settings.name.as_str(), view.notices.len()),
        ("Berta", 1)
    );
    assert_eq!(view.notices[0].code, NoticeCode::SettingsNotSaved);
    mei.controller
        .dismiss_notice(view.notices[0].id)
        .await
        .unwrap();
    assert!(mei.view().notices.is_empty());
}

#[tokio::test]
async fn a_room_needs_webrtc_or_a_browser() {
    let mei = Person::launch(named("Mei"), None);
    assert_eq!(
        mei.controller
            .attach(Surface::Window, false)
            .await
            .unwrap()
            .engine,
        EngineView::Missing
    );
    assert_eq!(
        mei.controller.start_room().await.unwrap_err().code,
        ErrorCode::BrowserMissing
    );
    assert!(mei.view().room.is_none());
}

fn hosted_at(address: &str) -> parlour::controller::StartOptions {
    let mut start = named("Mei");
    start.settings.hosting = Hosting::Server {
        address: address.into(),
        access_token: String::new().into(),
    };
    start
}
