//! The controller's platform in the real app.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use parlour_port_mapping::{Config, PortMapper};
use serde::Serialize;
use tauri::{AppHandle, Emitter, EventTarget, Manager, Runtime};
use tokio::sync::mpsc;

use super::window;
use crate::controller::Platform;
use crate::desktop::DesktopState;
use crate::desktop::clipboard::Clipboard;
use crate::doctor::{CheckPlan, NetworkFacts};
use crate::engine::{
    BrowserCommand, BrowserEngine, BrowserSearch, EngineConfig, EngineEvent, Program,
    WebviewAssets, WebviewDispatch,
};
use crate::error::{AppError, ErrorCode};
use crate::events::{CALL_COMMAND, NETWORK_CHANGE, SIGNAL, VIEW};
use crate::storage::last_room::{LastRoom, LastRoomFile};
use crate::storage::profile::Profile;
use crate::storage::settings::Settings;
use crate::storage::settings_file::{NotSaved, SettingsStore};
use crate::view::{
    AppView, CallCommandEvent, NetworkChange, NetworkChangeEvent, Notification, SignalEvent,
    Surface, TrayLabels,
};
use crate::{commands, doctor, network_monitor};

pub(super) struct TauriPlatform<R: Runtime> {
    app: AppHandle<R>,
    store: SettingsStore<R>,
    profile: PathBuf,
    browser_command: Option<BrowserCommand>,
    engine: Option<BrowserEngine>,
    desktop: Arc<DesktopState>,
    last_room: LastRoomFile,
}

impl<R: Runtime> TauriPlatform<R> {
    pub(super) fn new(
        app: &AppHandle<R>,
        store: SettingsStore<R>,
        profile: &Profile,
        browser_command: Option<BrowserCommand>,
        desktop: Arc<DesktopState>,
    ) -> Self {
        Self {
            app: app.clone(),
            store,
            profile: profile.dir().to_owned(),
            browser_command,
            engine: None,
            desktop,
            last_room: LastRoomFile::new(profile.dir()),
        }
    }

    fn programs(&self) -> Vec<Program> {
        match &self.browser_command {
            Some(command) => vec![Program::Command(command.clone())],
            None => {
                let found = BrowserSearch::of_this_computer().find();
                found.into_iter().map(Program::Found).collect()
            }
        }
    }

    /// Sends an event to the page that runs the call.
    fn send_to_engine<T: Serialize + Clone>(&self, engine: Surface, event: &str, payload: &T) {
        let sent = match (engine, &self.engine) {
            (Surface::Window, _) => self
                .app
                .emit_to(EventTarget::webview_window(window::LABEL), event, payload)
                .is_ok(),
            (Surface::Call, Some(engine)) => engine.page().send(event, payload),
            (Surface::Call, None) => false,
        };
        if !sent {
            tracing::debug!(event, "an event has no page");
        }
    }

    fn engine_config(&self, browsers: &[String]) -> Result<EngineConfig, AppError> {
        let assets = WebviewAssets::new(&self.app).ok_or_else(|| AppError {
            message: "a development build has no pages for a browser".to_owned(),
            ..ErrorCode::BrowserFailed.into()
        })?;
        let mut programs = self.programs();
        programs.retain(|program| browsers.iter().any(|name| name == program.name()));
        programs.sort_by_key(|program| browsers.iter().position(|name| name == program.name()));
        if programs.is_empty() {
            return Err(ErrorCode::BrowserMissing.into());
        }
        Ok(EngineConfig {
            profile: self.profile.clone(),
            programs,
            assets: Arc::new(assets),
            dispatch: Arc::new(WebviewDispatch::new(&self.app, window::LABEL)),
            commands: commands::NAMES,
        })
    }
}

impl<R: Runtime> Platform for TauriPlatform<R> {
    fn send_view(&self, view: &AppView) {
        if let Err(error) = self.app.emit(VIEW, view) {
            tracing::warn!(%error, "the view cannot be sent to the window");
        }
        if let Some(engine) = &self.engine {
            engine.page().send(VIEW, view);
        }
        self.desktop.update(view);
    }

    fn send_signal(&self, engine: Surface, event: &SignalEvent) {
        self.send_to_engine(engine, SIGNAL, event);
    }

    fn send_network_change(&self, engine: Surface, event: &NetworkChangeEvent) {
        self.send_to_engine(engine, NETWORK_CHANGE, event);
    }

    fn watch_network(&mut self) -> mpsc::Receiver<NetworkChange> {
        network_monitor::watch()
    }

    fn check_connection(&mut self, plan: CheckPlan) -> mpsc::Receiver<NetworkFacts> {
        doctor::check(plan)
    }

    fn send_call_command(&self, engine: Surface, event: CallCommandEvent) {
        self.send_to_engine(engine, CALL_COMMAND, &event);
    }

    fn set_tray_labels(&self, labels: TrayLabels) {
        self.desktop.set_tray_labels(labels);
    }

    fn show_notification(&self, notification: Notification) {
        self.desktop.show_notification(notification);
    }

    fn focus_window(&self) {
        window::focus(&self.app);
    }

    fn hide_window(&self) {
        window::hide(&self.app);
    }

    fn has_tray(&self) -> bool {
        self.desktop.has_tray()
    }

    fn browsers(&self) -> Vec<String> {
        let programs = self.programs();
        let names = programs.iter().map(|program| program.name().to_owned());
        names.collect()
    }

    async fn open_call_page(
        &mut self,
        browsers: Vec<String>,
    ) -> Result<mpsc::Receiver<EngineEvent>, AppError> {
        let (engine, events) = BrowserEngine::open(self.engine_config(&browsers)?).await?;
        self.engine = Some(engine);
        Ok(events)
    }

    fn focus_call_page(&self) {
        if let Some(engine) = &self.engine {
            engine.show();
        }
    }

    fn close_call_page(&mut self) -> impl Future<Output = ()> + Send + 'static {
        let engine = self.engine.take();
        async move {
            if let Some(engine) = engine {
                engine.close().await;
            }
        }
    }

    fn copy_to_clipboard(&self, text: &str) -> Result<(), AppError> {
        self.app
            .state::<Clipboard>()
            .write_text(text)
            .map_err(|error| {
                tracing::warn!(%error, "the clipboard cannot be written");
                ErrorCode::ClipboardFailed.into()
            })
    }

    fn replace_in_clipboard(&self, old: &str, text: &str) -> bool {
        self.app
            .state::<Clipboard>()
            .replace_text(old, text)
            .unwrap_or_else(|error| {
                tracing::info!(%error, "the clipboard keeps the first invite");
                false
            })
    }

    fn open_ports(&mut self, config: Config) -> PortMapper {
        PortMapper::spawn(config)
    }

    fn save_settings(&mut self, settings: &Settings) -> Result<(), NotSaved> {
        self.store.save(settings)
    }

    fn save_last_room(&mut self, room: Option<&LastRoom>) {
        match room {
            Some(room) => {
                if let Err(error) = self.last_room.write(room) {
                    tracing::warn!(%error, "the last room cannot be saved");
                }
            }
            None => self.last_room.remove(),
        }
    }

    fn exit(&self) {
        self.app.exit(0);
    }
}
