//! Links that are clicked somewhere on the computer.

use parlour::view::{NoticeCode, Surface};

use crate::harness::app::{Person, PlatformCall, link, named};

#[tokio::test]
async fn a_link_at_the_start_waits_for_the_window() {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    let mut start = named("Tom");
    start.link = Some(link(&invite));
    let mut tom = Person::launch(start, None);
    let before = tom.until("the first view", |_| true).await;
    assert!(before.room.is_none());
    let view = tom.controller.attach(Surface::Window, true).await.unwrap();
    assert!(view.pending.is_some() && view.room.is_none());
    tom.agree().await;
    assert_eq!(tom.until_online().await.invite, invite);
}

#[tokio::test]
async fn two_quick_clicks_make_one_lobby() {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    let mut tom = Person::with_window("Tom").await;
    tom.controller.handle_deep_link(link(&invite));
    tom.controller.handle_deep_link(link(&invite));
    tom.agree().await;
    let first = tom.until_online().await.me;
    let seen = mei
        .until_room("Tom is at the door", |room| !room.peers.is_empty())
        .await;
    assert_eq!((seen.peers.len(), &seen.peers[0].id), (1, &first));
    assert!(tom.view().pending.is_none());
    let focused = tom
        .calls()
        .iter()
        .filter(|call| **call == PlatformCall::FocusWindow)
        .count();
    assert!(focused >= 2, "each click brings the window to the front");
}

#[tokio::test]
async fn another_rooms_link_waits_for_an_answer() {
    let (mut mei, mut anna) = (
        Person::with_window("Mei").await,
        Person::with_window("Anna").await,
    );
    let (first, second) = (
        mei.start_room().await.invite,
        anna.start_room().await.invite,
    );
    let mut tom = Person::with_window("Tom").await;
    tom.join(&first).await;
    tom.controller.handle_deep_link(link(&second));
    tom.controller.handle_deep_link(link(&second));
    let pending = tom.until_pending().await;
    assert!(pending.leaves, "{pending:?}");
    assert_eq!(tom.room().invite, first);

    tom.decline().await;
    assert!(tom.view().pending.is_none(), "two clicks ask once");
    assert_eq!(tom.room().invite, first);

    tom.controller.handle_deep_link(link(&second));
    tom.agree().await;
    assert!(tom.view().pending.is_none(), "one yes is enough");
    assert_eq!(tom.room().invite, second);
    mei.until_room("Tom has left", |room| room.peers.is_empty())
        .await;
    anna.until_room("Tom has come", |room| room.peers.len() == 1)
        .await;
}

#[tokio::test]
async fn the_link_of_the_current_room_shows_its_call() {
    let mut mei = Person::with_window("Mei").await;
    let invite = mei.start_room().await.invite;
    let mut tom = Person::with_browser("Tom").await;
    tom.join(&invite).await;
    let me = tom.call_page_attaches(1).await.room.unwrap().me;
    tom.controller.handle_deep_link(link(&invite));
    tom.until_called(&PlatformCall::FocusCallPage).await;
    assert!(tom.view().pending.is_none());
    assert_eq!(tom.room().me, me);
}

#[tokio::test]
async fn a_bad_link_is_reported_and_changes_nothing() {
    let mut mei = Person::with_window("Mei").await;
    mei.controller
        .handle_deep_link(link("parlour://join/192.0.2.1/AAAA"));
    mei.controller.handle_deep_link(link("parlour://nonsense"));
    let view = mei.until("told", |view| !view.notices.is_empty()).await;
    assert_eq!(view.notices[0].code, NoticeCode::LinkDamaged);
    mei.controller.leave().await.unwrap();
    assert_eq!(mei.view().notices.len(), 1, "once is enough");
    assert!(mei.view().room.is_none());
}

#[tokio::test]
async fn the_word_about_a_bad_link_goes_when_a_room_opens() {
    let mut mei = Person::with_window("Mei").await;
    mei.controller.handle_deep_link(link("parlour://nonsense"));
    mei.until("told", |view| !view.notices.is_empty()).await;
    mei.start_room().await;
    assert!(mei.view().notices.is_empty());
}
