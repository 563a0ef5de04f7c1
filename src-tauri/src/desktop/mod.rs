//! What the app shows and hears outside its windows: the tray, notifications, global shortcuts. Each follows what it
//! is told in a task of its own; a desktop that has no such thing costs nothing but that.

pub(crate) mod clipboard;
mod global_shortcuts;
mod notifications;
mod tray;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::global_shortcuts::{self as shortcuts, Keys};
use self::tray::TrayView;
use crate::controller::ControllerHandle;
use crate::view::{AppView, Notification, TrayLabels};

/// What is to be seen and heard outside the windows now.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    tray: watch::Sender<TrayView>,
    keys: watch::Sender<Option<Keys>>,
    /// The last one is enough: each takes the place of the one before.
    notification: watch::Sender<Option<Notification>>,
    /// Whether the app's own window is in front.
    focused: AtomicBool,
}

impl Outlook {
    pub(crate) fn view(&self, view: &AppView) {
        self.tray.send_if_modified(|tray| tray.follow(view));
        let wanted = Keys::wanted(view);
        self.keys.send_if_modified(|keys| {
            let is_new = *keys != wanted;
            *keys = wanted;
            is_new
        });
    }

    pub(crate) fn words(&self, words: TrayLabels) {
        self.tray.send_modify(|tray| tray.words = words);
    }

    pub(crate) fn notify(&self, notification: Notification) {
        if !self.focused.load(Ordering::Relaxed) {
            self.notification.send_replace(Some(notification));
        }
    }

    pub(crate) fn focused(&self, is: bool) {
        self.focused.store(is, Ordering::Relaxed);
    }
}

/// Follows the outlook until the app ends.
pub(crate) fn start<R: Runtime>(app: &AppHandle<R>) {
    let outlook = app.state::<Arc<Outlook>>();
    let desk = app.state::<ControllerHandle>().inner().clone();
    let mut tasks = JoinSet::new();
    let runtime = tauri::async_runtime::handle();
    let runtime = runtime.inner();
    tasks.spawn_on(
        tray::follow(app.clone(), desk.clone(), outlook.tray.subscribe()),
        runtime,
    );
    tasks.spawn_on(
        notifications::follow(app.clone(), desk.clone(), outlook.notification.subscribe()),
        runtime,
    );
    let keyboard = shortcuts::Desktop::new(app, &desk);
    tasks.spawn_on(
        shortcuts::follow(keyboard, desk, outlook.keys.subscribe()),
        runtime,
    );
    // They end with the app's state.
    app.manage(Mutex::new(tasks));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_at_the_window_needs_no_notification() {
        let outlook = Outlook::default();
        let shown = outlook.notification.subscribe();
        let mei = Notification {
            title: "Mei is at the door".to_owned(),
            show: "Show".to_owned(),
        };
        outlook.focused(true);
        outlook.notify(mei.clone());
        assert_eq!(*shown.borrow(), None);
        outlook.focused(false);
        outlook.notify(mei.clone());
        assert_eq!(*shown.borrow(), Some(mei));
    }
}
