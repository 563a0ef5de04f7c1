//! The app outside its windows: the tray, notifications, global shortcuts. Each runs in its own task and follows
//! a part of [`DesktopState`]; a desktop that lacks one of them loses only that one.

pub(crate) mod clipboard;
mod global_shortcuts;
mod notifications;
mod tray;
mod wake_lock;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::global_shortcuts::{CallShortcuts, PluginShortcuts};
use self::tray::TrayModel;
use crate::controller::ControllerHandle;
use crate::view::{AppView, Notification, TrayLabels};

/// The state that the tasks show and register.
#[derive(Debug, Default)]
pub(crate) struct DesktopState {
    tray: watch::Sender<TrayModel>,
    shortcuts: watch::Sender<Option<CallShortcuts>>,
    /// Why the screen stays on, in the language of the UI.
    wake_lock: watch::Sender<Option<String>>,
    /// Only the newest one is shown: each replaces the one before.
    notification: watch::Sender<Option<Notification>>,
    /// Whether the app's own window is in front.
    focused: AtomicBool,
    /// Whether the desktop shows the tray.
    has_tray: Arc<AtomicBool>,
}

impl DesktopState {
    pub(crate) fn update(&self, view: &AppView) {
        self.tray.send_if_modified(|tray| tray.update(view));
        let reason = wake_lock::is_wanted(view).then(|| self.tray.borrow().labels.in_call.clone());
        self.wake_lock.send_if_modified(|wanted| {
            let is_new = wanted.is_some() != reason.is_some();
            if is_new {
                *wanted = reason;
            }
            is_new
        });
        let wanted = CallShortcuts::wanted(view);
        self.shortcuts.send_if_modified(|shortcuts| {
            let is_new = *shortcuts != wanted;
            *shortcuts = wanted;
            is_new
        });
    }

    pub(crate) fn set_tray_labels(&self, labels: TrayLabels) {
        self.tray.send_modify(|tray| tray.labels = labels);
    }

    pub(crate) fn show_notification(&self, notification: Notification) {
        if !self.focused.load(Ordering::Relaxed) {
            self.notification.send_replace(Some(notification));
        }
    }

    pub(crate) fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::Relaxed)
    }

    pub(crate) fn set_focused(&self, is_focused: bool) {
        self.focused.store(is_focused, Ordering::Relaxed);
    }
}

/// Starts the tasks. They run until the app ends.
pub(crate) fn start<R: Runtime>(app: &AppHandle<R>) {
    let state = app.state::<Arc<DesktopState>>();
    let controller = app.state::<ControllerHandle>().inner().clone();
    let mut tasks = JoinSet::new();
    let runtime = tauri::async_runtime::handle();
    let runtime = runtime.inner();
    tasks.spawn_on(
        tray::run(
            app.clone(),
            controller.clone(),
            state.tray.subscribe(),
            Arc::clone(&state.has_tray),
        ),
        runtime,
    );
    tasks.spawn_on(
        notifications::run(
            app.clone(),
            controller.clone(),
            state.notification.subscribe(),
        ),
        runtime,
    );
    tasks.spawn_on(wake_lock::run(state.wake_lock.subscribe()), runtime);
    let registrar = PluginShortcuts::new(app, &controller);
    tasks.spawn_on(
        global_shortcuts::run(registrar, controller, state.shortcuts.subscribe()),
        runtime,
    );
    // Dropped with the state of the app, which ends the tasks.
    app.manage(Mutex::new(tasks));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_notification_is_shown_while_the_window_is_in_front() {
        let state = DesktopState::default();
        let shown = state.notification.subscribe();
        let mei = Notification {
            title: "Mei is at the door".to_owned(),
            show: "Show".to_owned(),
        };
        state.set_focused(true);
        state.show_notification(mei.clone());
        assert_eq!(*shown.borrow(), None);
        state.set_focused(false);
        state.show_notification(mei.clone());
        assert_eq!(*shown.borrow(), Some(mei));
    }
}
