//! Windows and macOS: notifications of the system, by the Tauri plugin.

use tauri::{AppHandle, Runtime};
use tauri_plugin_notification::NotificationExt;
use tokio::sync::watch;

use crate::controller::ControllerHandle;
use crate::view::Notification;

pub(in crate::desktop) async fn run<R: Runtime>(
    app: AppHandle<R>,
    _controller: ControllerHandle,
    mut notifications: watch::Receiver<Option<Notification>>,
) {
    while notifications.changed().await.is_ok() {
        let Some(Notification { title, .. }) = notifications.borrow_and_update().clone() else {
            continue;
        };
        if let Err(error) = app.notification().builder().title(title).show() {
            tracing::debug!(%error, "a notification cannot be shown");
        }
    }
}
