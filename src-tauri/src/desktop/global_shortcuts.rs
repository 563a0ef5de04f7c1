//! Global shortcuts: registered only during a call, and only when the settings enable them.

use std::sync::Arc;

use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_global_shortcut::{
    GlobalShortcut, GlobalShortcutExt, Shortcut, ShortcutEvent, ShortcutState,
};
use tokio::sync::watch;

use crate::controller::{ControllerHandle, DesktopRequest};
use crate::storage::settings::accelerator;
use crate::view::{AppView, CallCommand};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallShortcuts {
    mute: Shortcut,
    talk: Shortcut,
}

impl CallShortcuts {
    pub(super) fn wanted(view: &AppView) -> Option<Self> {
        let wanted = &view.settings.global_shortcuts;
        if !wanted.on || view.call.is_none() {
            return None;
        }
        Some(Self {
            mute: accelerator(&wanted.mute).ok()?,
            talk: accelerator(&wanted.talk).ok()?,
        })
    }

    /// The command for a key that is pressed or released.
    fn command(&self, key: &Shortcut, state: ShortcutState) -> Option<CallCommand> {
        match state {
            ShortcutState::Pressed if *key == self.mute => Some(CallCommand::ToggleMicrophone),
            ShortcutState::Pressed if *key == self.talk => Some(CallCommand::PushToTalkStart),
            ShortcutState::Released if *key == self.talk => Some(CallCommand::PushToTalkStop),
            _ => None,
        }
    }
}

/// Registers the shortcuts that are wanted.
pub(super) async fn run<R: Runtime>(
    registrar: PluginShortcuts<R>,
    controller: ControllerHandle,
    mut wanted: watch::Receiver<Option<CallShortcuts>>,
) {
    let registrar = Arc::new(registrar);
    while wanted.changed().await.is_ok() {
        let keys = *wanted.borrow_and_update();
        let registrar = Arc::clone(&registrar);
        // Registration blocks until the main thread has done it.
        let registered = tokio::task::spawn_blocking(move || registrar.register(keys)).await;
        controller.desktop_request(DesktopRequest::ShortcutTaken(!registered.unwrap_or(false)));
    }
}

/// Registers shortcuts with the Tauri plugin.
pub(super) struct PluginShortcuts<R: Runtime> {
    app: AppHandle<R>,
    controller: ControllerHandle,
}

impl<R: Runtime> PluginShortcuts<R> {
    pub(super) fn new(app: &AppHandle<R>, controller: &ControllerHandle) -> Self {
        Self {
            app: app.clone(),
            controller: controller.clone(),
        }
    }

    /// Adds the plugin when a shortcut is first needed: it polls for keys many times a second.
    fn add_plugin(&self) -> bool {
        if self.app.try_state::<GlobalShortcut<R>>().is_some() {
            return true;
        }
        let (sender, added) = std::sync::mpsc::channel();
        let app = self.app.clone();
        let scheduled = self.app.run_on_main_thread(move || {
            let plugin = tauri_plugin_global_shortcut::Builder::new().build();
            // The receiver waits below.
            drop(sender.send(app.plugin(plugin)));
        });
        match scheduled.map(|()| added.recv()) {
            Ok(Ok(Ok(()))) => true,
            Ok(Ok(Err(error))) | Err(error) => {
                tracing::info!(%error, "global shortcuts are not available");
                false
            }
            Ok(Err(_)) => false,
        }
    }

    fn register_one(&self, keys: CallShortcuts, key: Shortcut) -> bool {
        let controller = self.controller.clone();
        let run = move |_: &AppHandle<R>, key: &Shortcut, event: ShortcutEvent| {
            if let Some(command) = keys.command(key, event.state) {
                controller.desktop_request(DesktopRequest::CallCommand(command));
            }
        };
        let registered = self.app.global_shortcut().on_shortcut(key, run);
        if let Err(error) = &registered {
            tracing::info!(%error, "a global shortcut is not available");
        }
        registered.is_ok()
    }

    /// Registers these in place of the ones before. Returns `false` when one of them is not available.
    fn register(&self, keys: Option<CallShortcuts>) -> bool {
        if let Some(shortcuts) = self.app.try_state::<GlobalShortcut<R>>()
            && let Err(error) = shortcuts.unregister_all()
        {
            tracing::debug!(%error, "global shortcuts cannot be unregistered");
        }
        match keys {
            None => true,
            // One that is taken does not prevent the other.
            Some(keys) => {
                self.add_plugin()
                    && self.register_one(keys, keys.mute) & self.register_one(keys, keys.talk)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn keys() -> CallShortcuts {
        CallShortcuts {
            mute: accelerator("Ctrl+Alt+M").unwrap(),
            talk: accelerator("F9").unwrap(),
        }
    }

    #[test]
    fn push_to_talk_lasts_until_the_key_is_released() {
        let keys = keys();
        let command = |key, state| keys.command(key, state);
        let CallShortcuts { mute, talk } = &keys;
        assert_eq!(
            command(mute, ShortcutState::Pressed),
            Some(CallCommand::ToggleMicrophone)
        );
        assert_eq!(command(mute, ShortcutState::Released), None);
        assert_eq!(
            command(talk, ShortcutState::Pressed),
            Some(CallCommand::PushToTalkStart)
        );
        assert_eq!(
            command(talk, ShortcutState::Released),
            Some(CallCommand::PushToTalkStop)
        );
    }
}
