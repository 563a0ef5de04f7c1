//! A call page in a browser opens, closes and reloads, and the room stays.

use parlour::engine::{BrowserFailure, EngineEvent};
use parlour::view::{AppView, CallPageState, EngineView, NoticeCode, Phase, Role, Surface};
use serde_json::json;

use crate::harness::app::{Person, PlatformCall};

fn page_is(state: CallPageState) -> impl Fn(&AppView) -> bool {
    move |view| matches!(&view.engine, EngineView::Browser { page, .. } if *page == state)
}

#[tokio::test]
async fn the_call_page_opens_with_the_room_and_gets_earlier_signals() {
    let (mut mei, mut tom) = (
        Person::with_browser("Mei").await,
        Person::with_window("Tom").await,
    );
    assert!(page_is(CallPageState::Closed)(&mei.view()));
    let invite = mei.start_room().await.invite;
    mei.until_called(&PlatformCall::OpenCallPage).await;
    mei.browser_opens().await;
    mei.until("opening", page_is(CallPageState::Opening)).await;

    tom.join(&invite).await;
    for link in 1..=3 {
        tom.send_signal_to(&mei, json!({"link": link})).await;
    }
    mei.until_room("Tom is there", |room| room.peers.len() == 1)
        .await;
    let view = mei.call_page_attaches(1).await;
    assert!(page_is(CallPageState::Open)(&view));
    for link in 1..=3 {
        let (surface, event) = mei.signal().await;
        assert_eq!(
            (surface, &event.signal["link"]),
            (Surface::Call, &json!(link))
        );
    }
    assert_eq!(
        tom.room().peers[0].id,
        view.room.unwrap().me,
        "it is still the first session"
    );
}

#[tokio::test]
async fn leaving_ends_the_browser() {
    let mut mei = Person::with_browser("Mei").await;
    mei.start_room().await;
    mei.call_page_attaches(1).await;
    mei.controller.leave().await.unwrap();
    mei.until_called(&PlatformCall::CloseCallPage).await;
    assert!(page_is(CallPageState::Closed)(&mei.view()));
    mei.start_room().await;
    mei.until_called(&PlatformCall::OpenCallPage).await;
}

#[tokio::test]
async fn the_next_call_page_waits_for_the_previous_browser_to_end() {
    let mut mei = Person::with_browser("Mei").await;
    mei.start_room().await;
    mei.call_page_attaches(1).await;
    mei.until_called(&PlatformCall::OpenCallPage).await;
    mei.browser_ends.send_replace(false);
    mei.controller.leave().await.unwrap();
    mei.start_room().await;
    assert!(page_is(CallPageState::Opening)(&mei.view()));
    mei.controller.show_call().await.unwrap();
    // Two browsers cannot use one profile at the same time.
    assert!(!mei.calls().contains(&PlatformCall::OpenCallPage));
    mei.browser_ends.send_replace(true);
    mei.until_called(&PlatformCall::OpenCallPage).await;
}

#[tokio::test]
async fn a_room_that_is_left_early_opens_no_call_page() {
    let mut mei = Person::with_browser("Mei").await;
    mei.start_room().await;
    mei.browser_ends.send_replace(false);
    mei.controller.leave().await.unwrap();
    mei.start_room().await;
    mei.controller.leave().await.unwrap();
    mei.calls();
    mei.browser_ends.send_replace(true);
    // The page of the first room attaches late.
    let view = mei.controller.attach(Surface::Call, true).await.unwrap();
    assert!(page_is(CallPageState::Closed)(&view));
    mei.controller.quit();
    mei.until_called(&PlatformCall::Exit).await;
    assert!(!mei.calls().contains(&PlatformCall::OpenCallPage));
}

#[tokio::test]
async fn a_reload_starts_a_new_session_that_enters_by_itself() {
    let (mut mei, mut tom) = (
        Person::with_browser("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = tom.start_room().await.invite;
    mei.join(&invite).await;
    let old = mei.call_page_attaches(1).await.room.unwrap().me;
    mei.controller.enter("Mei".into()).await.unwrap();
    tom.until_room("Mei is in", |room| {
        room.peers.iter().any(|peer| peer.entered)
    })
    .await;

    mei.engine_sends(EngineEvent::PageGone { page: 1 }).await;
    let room = mei.call_page_attaches(2).await.room.unwrap();
    assert_ne!(room.me, old);
    assert_eq!(room.phase, Phase::Entered);
    let back = tom
        .until_room("the new Mei is in, the old one gone", |seen| {
            seen.peers.len() == 1 && seen.peers[0].id == room.me && seen.peers[0].entered
        })
        .await;
    assert_eq!(back.peers[0].name, "Mei");
}

#[tokio::test]
async fn a_closed_page_keeps_the_room_and_show_call_returns_to_it() {
    let (mut mei, mut tom) = (
        Person::with_browser("Mei").await,
        Person::with_window("Tom").await,
    );
    let invite = mei.start_room().await.invite;
    let old = mei.call_page_attaches(1).await.room.unwrap().me;
    mei.controller.enter("Mei".into()).await.unwrap();
    tom.join(&invite).await;

    mei.engine_sends(EngineEvent::PageGone { page: 1 }).await;
    mei.until("closed", page_is(CallPageState::Closed)).await;
    let room = mei.room();
    assert_eq!(
        (room.invite.as_str(), room.phase),
        (invite.as_str(), Phase::Entered)
    );
    tom.until_room("nobody is there, but the server is", |room| {
        room.peers.is_empty()
    })
    .await;

    mei.controller.show_call().await.unwrap();
    mei.until_called(&PlatformCall::FocusCallPage).await;
    mei.browser_opens().await;
    let new = mei.call_page_attaches(2).await.room.unwrap().me;
    assert_ne!(new, old);
    let seen = tom
        .until_room("Mei is back", |room| {
            room.peers.iter().any(|peer| peer.entered)
        })
        .await;
    assert_eq!(seen.peers[0].id, new);
    assert_eq!(seen.peers[0].role, Role::Answerer);
    assert_eq!(mei.until_online().await.peers[0].role, Role::Offerer);
}

#[tokio::test]
async fn a_browser_that_does_not_start_is_reported() {
    let mut mei = Person::with_browser("Mei").await;
    mei.start_room().await;
    mei.browser_opens().await;
    mei.engine_sends(EngineEvent::BrowserFailed {
        browser: "Test browser".to_owned(),
        failure: BrowserFailure::Exited,
    })
    .await;
    let view = mei.until("told", |view| !view.notices.is_empty()).await;
    assert_eq!(view.notices[0].code, NoticeCode::BrowserFailed);
    assert_eq!(view.notices[0].subject.as_deref(), Some("Test browser"));
    assert!(page_is(CallPageState::Closed)(&view) && view.room.is_some());
}

#[tokio::test]
async fn the_person_is_told_which_browser_did_not_start_and_which_one_runs_the_call() {
    let mut mei = Person::with_browser("Mei").await;
    mei.start_room().await;
    mei.browser_opens().await;
    let passed_over = EngineEvent::BrowserPassedOver {
        browser: "Test browser".to_owned(),
        failure: BrowserFailure::Exited,
    };
    mei.engine_sends(passed_over).await;
    let browser = "Another one".to_owned();
    mei.engine_sends(EngineEvent::Opening { browser }).await;
    let view = mei.call_page_attaches(1).await;
    let notice = (view.notices[0].code, view.notices[0].subject.as_deref());
    assert_eq!(
        notice,
        (NoticeCode::BrowserPassedOver, Some("Test browser"))
    );
    let EngineView::Browser { name, .. } = view.engine else {
        panic!("{:?}", view.engine);
    };
    assert_eq!(name, "Another one");
}

#[tokio::test]
async fn a_killed_call_window_is_reported_at_once() {
    let mut mei = Person::with_browser("Mei").await;
    mei.start_room().await;
    mei.call_page_attaches(1).await;
    let killed = std::time::Instant::now();
    mei.engine_sends(EngineEvent::PageGone { page: 1 }).await;
    mei.engine_sends(EngineEvent::BrowserEnded).await;
    let view = mei.until("closed", page_is(CallPageState::Closed)).await;
    // A page that is gone without this may be reloading, and is waited for.
    assert!(killed.elapsed() < std::time::Duration::from_secs(3));
    assert!(view.notices.is_empty() && view.room.is_some());
}

#[tokio::test]
async fn the_engine_does_not_change_during_a_call() {
    let mut mei = Person::with_browser("Mei").await;
    mei.start_room().await;
    let mut settings = mei.view().settings;
    settings.engine = parlour::storage::settings::EngineChoice::Window;
    mei.controller.attach(Surface::Window, true).await.unwrap();
    mei.controller.save_settings(settings).await.unwrap();
    assert!(matches!(mei.view().engine, EngineView::Browser { .. }));
    mei.controller.leave().await.unwrap();
    assert_eq!(mei.view().engine, EngineView::Window);
}
