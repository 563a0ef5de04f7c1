//! The call as the tray, global shortcuts and the app's own window see and control it.

use parlour::controller::DesktopRequest;
use parlour::error::ErrorCode;
use parlour::storage::settings::Settings;
use parlour::view::{CallCommand, CallState, NoticeCode, Notification, Surface};

use crate::harness::app::{Person, PlatformCall};

const HEARD: CallState = CallState {
    mic: true,
    camera: false,
    mic_missing: false,
    camera_missing: true,
    screen: false,
    people: 1,
};

fn arrival() -> Notification {
    Notification {
        title: "Mei is at the door".into(),
        show: "Show".into(),
    }
}

#[tokio::test]
async fn the_companion_sees_and_controls_the_call() {
    let mut person = Person::with_browser("Ada").await;
    let refused = person.controller.set_call_state(HEARD).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotInRoom);
    person.start_room().await;
    let refused = person
        .controller
        .run_call_command(CallCommand::ToggleMicrophone)
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotInRoom, "there is no page yet");

    person.call_page_attaches(1).await;
    person.controller.set_call_state(HEARD).await.unwrap();
    assert_eq!(person.view().call, Some(HEARD));
    person
        .controller
        .run_call_command(CallCommand::ToggleMicrophone)
        .await
        .unwrap();
    person
        .until_called(&PlatformCall::SendCallCommand(
            Surface::Call,
            CallCommand::ToggleMicrophone,
        ))
        .await;
    // A new page does not have the state that the page before reported.
    person.call_page_attaches(2).await;
    assert_eq!(person.view().call, None);
    person.controller.set_call_state(HEARD).await.unwrap();
    person.controller.leave().await.unwrap();
    assert_eq!(person.view().call, None);
}

#[tokio::test]
async fn the_tray_mutes_shows_and_leaves() {
    let mut person = Person::with_window("Ada").await;
    person
        .controller
        .desktop_request(DesktopRequest::CallCommand(CallCommand::ToggleMicrophone));
    person.controller.desktop_request(DesktopRequest::Show);
    person.until_called(&PlatformCall::FocusWindow).await;
    person.start_room().await;
    person
        .controller
        .desktop_request(DesktopRequest::CallCommand(CallCommand::PushToTalkStart));
    person
        .until_called(&PlatformCall::SendCallCommand(
            Surface::Window,
            CallCommand::PushToTalkStart,
        ))
        .await;
    person.controller.desktop_request(DesktopRequest::Leave);
    person.until("home", |view| view.room.is_none()).await;
}

#[tokio::test]
async fn a_notification_is_shown_only_in_a_room_and_if_the_settings_allow_it() {
    let mut person = Person::with_window("Ada").await;
    let refused = person
        .controller
        .show_notification(arrival())
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotInRoom);
    person.start_room().await;
    person
        .controller
        .show_notification(arrival())
        .await
        .unwrap();
    person
        .until_called(&PlatformCall::ShowNotification("Mei is at the door".into()))
        .await;
    let quiet = Settings {
        notifications: false,
        ..person.view().settings
    };
    person.controller.save_settings(quiet).await.unwrap();
    person.calls();
    person
        .controller
        .show_notification(arrival())
        .await
        .unwrap();
    assert_eq!(person.calls(), []);
}

#[tokio::test]
async fn a_taken_shortcut_is_reported_until_it_is_available() {
    let mut person = Person::with_window("Ada").await;
    let told = |view: &parlour::view::AppView| {
        let mut codes = view.notices.iter().map(|notice| notice.code);
        codes.any(|code| code == NoticeCode::ShortcutTaken)
    };
    person
        .controller
        .desktop_request(DesktopRequest::ShortcutTaken(true));
    person.until("the notice", told).await;
    person
        .controller
        .desktop_request(DesktopRequest::ShortcutTaken(false));
    person.until("no notice", |view| !told(view)).await;
}
