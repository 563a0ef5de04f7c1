//! Linux: notifications over the session bus. A click shows the call.

use std::collections::HashMap;

use futures_util::StreamExt;
use tauri::{AppHandle, Runtime};
use tokio::sync::watch;
use zbus::zvariant::Value;

use crate::controller::{ControllerHandle, DesktopRequest};
use crate::view::Notification;

/// The name of the action that a click on the notification itself runs.
const DEFAULT_ACTION: &str = "default";

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    #[allow(clippy::too_many_arguments)]
    fn notify(
        &self,
        app_name: &str,
        replaces: u32,
        icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        timeout: i32,
    ) -> zbus::Result<u32>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action: String) -> zbus::Result<()>;
}

/// Shows notifications, each in the place of the one before.
pub(in crate::desktop) async fn run<R: Runtime>(
    _app: AppHandle<R>,
    controller: ControllerHandle,
    mut notifications: watch::Receiver<Option<Notification>>,
) {
    // The bus is not used before there is something to show.
    if notifications.wait_for(Option::is_some).await.is_err() {
        return;
    }
    notifications.mark_changed();
    if let Err(error) = serve(controller, notifications).await {
        tracing::info!(%error, "notifications cannot be shown");
    }
}

async fn serve(
    controller: ControllerHandle,
    mut notifications: watch::Receiver<Option<Notification>>,
) -> zbus::Result<()> {
    let bus = zbus::Connection::session().await?;
    let proxy = NotificationsProxy::new(&bus).await?;
    let mut clicks = proxy.receive_action_invoked().await?;
    let mut shown = 0;
    loop {
        tokio::select! {
            changed = notifications.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let next = notifications.borrow_and_update().clone();
                if let Some(next) = next {
                    match show(&proxy, shown, &next).await {
                        Ok(id) => shown = id,
                        Err(error) => tracing::debug!(%error, "a notification cannot be shown"),
                    }
                }
            }
            Some(click) = clicks.next() => {
                if click.args().is_ok_and(|args| args.id == shown && args.action == DEFAULT_ACTION) {
                    controller.desktop_request(DesktopRequest::Show);
                }
            }
        }
    }
}

async fn show(
    proxy: &NotificationsProxy<'_>,
    replaces: u32,
    Notification { title, show }: &Notification,
) -> zbus::Result<u32> {
    let hints = HashMap::from([
        ("desktop-entry", Value::from("Parlour")),
        ("category", Value::from("presence")),
        // The page plays its own sound.
        ("suppress-sound", Value::from(true)),
    ]);
    // The summary, unlike the body, is plain text: markup in a name has no effect.
    let actions = [DEFAULT_ACTION, show.as_str()];
    proxy
        .notify(
            "Parlour", replaces, "parlour", title, "", &actions, hints, -1,
        )
        .await
}
