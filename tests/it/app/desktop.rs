//! The call as it is seen and asked from outside its page: by the tray, global shortcuts, and the app's own window.

use parlour::controller::DesktopRequest;
use parlour::error::ErrorCode;
use parlour::storage::settings::Settings;
use parlour::view::{CallCommand, CallState, NoticeCode, Notification, Surface};

use crate::harness::app::{Person, PlatformCall};

const HEARD: CallState = CallState {
    mic: true,
    camera: false,
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
async fn the_companion_sees_the_call_and_asks_things_of_it() {
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
    // Another page knows nothing of what the one before has told.
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
async fn a_notification_is_shown_in_a_room_and_if_it_is_wanted() {
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
async fn a_shortcut_that_is_taken_is_told_until_it_can_be_had() {
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
