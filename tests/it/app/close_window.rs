//! The close button of the app's window.

use std::sync::atomic::Ordering;

use parlour::controller::DesktopRequest;
use parlour::view::Surface;

use crate::harness::app::{Person, PlatformCall};

#[tokio::test]
async fn closing_the_window_at_home_ends_the_app() {
    let mut mei = Person::with_browser("Mei").await;
    mei.controller.close_window();
    mei.until_called(&PlatformCall::HideWindow).await;
    mei.until_called(&PlatformCall::Exit).await;
}

#[tokio::test]
async fn closing_the_window_beside_a_call_asks_before_it_ends_the_call() {
    let mut mei = Person::with_browser("Mei").await;
    mei.start_room().await;
    mei.call_page_attaches(1).await;
    mei.controller.close_window();
    mei.until("asked", |view| view.asks_to_close).await;
    assert!(mei.view().room.is_some());

    mei.controller.answer_close(false).await.unwrap();
    assert!(!mei.view().asks_to_close && mei.view().room.is_some());
    // An answer to no question does nothing.
    mei.controller.answer_close(true).await.unwrap();
    assert!(mei.view().room.is_some());

    mei.controller.close_window();
    mei.until("asked", |view| view.asks_to_close).await;
    mei.controller.answer_close(true).await.unwrap();
    mei.until_called(&PlatformCall::Exit).await;
}

#[tokio::test]
async fn with_a_tray_the_window_is_hidden_and_comes_back() {
    let mut mei = Person::with_browser("Mei").await;
    mei.has_tray.store(true, Ordering::Relaxed);
    mei.start_room().await;
    mei.call_page_attaches(1).await;
    mei.calls();
    mei.controller.close_window();
    mei.until_called(&PlatformCall::HideWindow).await;
    assert!(!mei.view().asks_to_close && mei.view().room.is_some());
    mei.controller.desktop_request(DesktopRequest::Show);
    mei.until_called(&PlatformCall::FocusWindow).await;

    mei.controller.close_window();
    mei.until_called(&PlatformCall::HideWindow).await;
    mei.controller.desktop_request(DesktopRequest::Leave);
    mei.until_called(&PlatformCall::FocusWindow).await;
    assert!(!mei.calls().contains(&PlatformCall::Exit));
}

#[tokio::test]
async fn a_window_that_runs_the_call_is_not_hidden() {
    let mut mei = Person::with_window("Mei").await;
    mei.has_tray.store(true, Ordering::Relaxed);
    mei.start_room().await;
    mei.controller.attach(Surface::Window, true).await.unwrap();
    mei.controller.close_window();
    mei.until("asked", |view| view.asks_to_close).await;
    mei.controller.leave().await.unwrap();
    assert!(
        !mei.view().asks_to_close,
        "there is nothing to ask any more"
    );
}
