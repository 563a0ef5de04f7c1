//! Global shortcuts: held only during a call, and only when the settings want them.

use std::sync::Arc;

use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_global_shortcut::{
    GlobalShortcut, GlobalShortcutExt, Shortcut, ShortcutEvent, ShortcutState,
};
use tokio::sync::watch;

use crate::controller::{ControllerHandle, DesktopRequest};
use crate::storage::settings::accelerator;
use crate::view::{AppView, CallCommand};

/// The keys that are to be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    mute: Shortcut,
    talk: Shortcut,
}

impl Keys {
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

    /// What a key does when it goes down or comes up.
    fn act(&self, key: &Shortcut, state: ShortcutState) -> Option<CallCommand> {
        match state {
            ShortcutState::Pressed if *key == self.mute => Some(CallCommand::ToggleMicrophone),
            ShortcutState::Pressed if *key == self.talk => Some(CallCommand::PushToTalkStart),
            ShortcutState::Released if *key == self.talk => Some(CallCommand::PushToTalkStop),
            _ => None,
        }
    }
}

/// Where keys are heard whatever program is in front.
pub(super) trait Keyboard: Send + Sync + 'static {
    /// Hears these and no others from now on. False when one of them could not be had.
    fn hold(&self, keys: Option<Keys>) -> bool;
}

/// Holds the keys as it is told.
pub(super) async fn follow(
    keyboard: impl Keyboard,
    desk: ControllerHandle,
    mut wanted: watch::Receiver<Option<Keys>>,
) {
    let keyboard = Arc::new(keyboard);
    while wanted.changed().await.is_ok() {
        let keys = *wanted.borrow_and_update();
        let keyboard = Arc::clone(&keyboard);
        // It waits for the main thread.
        let held = tokio::task::spawn_blocking(move || keyboard.hold(keys)).await;
        desk.desktop_request(DesktopRequest::ShortcutTaken(!held.unwrap_or(false)));
    }
}

/// The desktop's.
pub(super) struct Desktop<R: Runtime> {
    app: AppHandle<R>,
    desk: ControllerHandle,
}

impl<R: Runtime> Desktop<R> {
    pub(super) fn new(app: &AppHandle<R>, desk: &ControllerHandle) -> Self {
        Self {
            app: app.clone(),
            desk: desk.clone(),
        }
    }

    /// The plugin looks for keys many times a second, so it is there only once it is needed.
    fn ready(&self) -> bool {
        if self.app.try_state::<GlobalShortcut<R>>().is_some() {
            return true;
        }
        let (sender, added) = std::sync::mpsc::channel();
        let app = self.app.clone();
        let asked = self.app.run_on_main_thread(move || {
            let plugin = tauri_plugin_global_shortcut::Builder::new().build();
            // Whoever asked waits.
            drop(sender.send(app.plugin(plugin)));
        });
        match asked.map(|()| added.recv()) {
            Ok(Ok(Ok(()))) => true,
            Ok(Ok(Err(error))) | Err(error) => {
                tracing::info!(%error, "global shortcuts cannot be had");
                false
            }
            Ok(Err(_)) => false,
        }
    }

    fn hear(&self, keys: Keys, key: Shortcut) -> bool {
        let desk = self.desk.clone();
        let hear = move |_: &AppHandle<R>, key: &Shortcut, event: ShortcutEvent| {
            if let Some(act) = keys.act(key, event.state) {
                desk.desktop_request(DesktopRequest::CallCommand(act));
            }
        };
        let heard = self.app.global_shortcut().on_shortcut(key, hear);
        if let Err(error) = &heard {
            tracing::info!(%error, "a global shortcut cannot be had");
        }
        heard.is_ok()
    }
}

impl<R: Runtime> Keyboard for Desktop<R> {
    fn hold(&self, keys: Option<Keys>) -> bool {
        if let Some(shortcuts) = self.app.try_state::<GlobalShortcut<R>>()
            && let Err(error) = shortcuts.unregister_all()
        {
            tracing::debug!(%error, "global shortcuts were not given back");
        }
        match keys {
            None => true,
            // One that is taken does not cost the other.
            Some(keys) => self.ready() && self.hear(keys, keys.mute) & self.hear(keys, keys.talk),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys {
            mute: accelerator("Ctrl+Alt+M").unwrap(),
            talk: accelerator("F9").unwrap(),
        }
    }

    #[test]
    fn a_key_that_is_held_talks_until_it_comes_up() {
        let keys = keys();
        let act = |key, state| keys.act(key, state);
        let Keys { mute, talk } = &keys;
        assert_eq!(
            act(mute, ShortcutState::Pressed),
            Some(CallCommand::ToggleMicrophone)
        );
        assert_eq!(act(mute, ShortcutState::Released), None);
        assert_eq!(
            act(talk, ShortcutState::Pressed),
            Some(CallCommand::PushToTalkStart)
        );
        assert_eq!(
            act(talk, ShortcutState::Released),
            Some(CallCommand::PushToTalkStop)
        );
    }
}
