//! Builds the app: plugins, the window, and the controller with its platform.

mod tauri_platform;
mod window;

use std::sync::Arc;

use tauri::{App, AppHandle, Builder, Context, Manager, Runtime, WindowEvent};

use self::tauri_platform::TauriPlatform;
use crate::cli::Cli;
use crate::commands;
use crate::controller::{Controller, ControllerHandle, StartOptions};
use crate::desktop::DesktopState;
use crate::desktop::clipboard::Clipboard;
use crate::links::deep_link::{self, PendingLinks};
use crate::storage::last_room::LastRoomFile;
use crate::storage::profile::Profile;
use crate::storage::settings_file::SettingsStore;

/// The configuration and the pages, which are compiled in.
#[must_use]
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Builds the app on Tauri's runtime or on that of tests.
pub fn build<R: Runtime>(
    mut builder: Builder<R>,
    context: Context<R>,
    cli: Cli,
    profile: Profile,
) -> tauri::Result<App<R>> {
    let pending = PendingLinks::default();
    if !profile.is_named() {
        // The first plugin: a second instance hands over its link and ends here.
        let pending = pending.clone();
        builder = builder.plugin(tauri_plugin_single_instance::init(move |_, args, _| {
            pending.push(Cli::link_of_second_instance(args));
        }));
    }
    #[cfg(not(target_os = "linux"))]
    {
        builder = builder.plugin(tauri_plugin_notification::init());
    }
    builder
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_store::Builder::default().build())
        .invoke_handler(commands::handler())
        .on_permission_request(|webview, kind| window::permission(&webview, kind))
        .on_window_event(|window, event| {
            match event {
                WindowEvent::CloseRequested { api, .. } => {
                    // The window is hidden at once; the controller leaves the room and ends the app.
                    api.prevent_close();
                    let _ = window.hide();
                    window.state::<ControllerHandle>().quit();
                }
                WindowEvent::Focused(is_focused) => {
                    window.state::<Arc<DesktopState>>().set_focused(*is_focused);
                }
                _ => {}
            }
        })
        .setup(move |app| {
            let controller = start_controller(app.handle(), cli, &profile)?;
            let register = cfg!(debug_assertions) && !profile.is_named();
            let second = controller.clone();
            pending.attach(move |link| match link {
                Some(link) => second.handle_deep_link(link),
                None => second.show_window(),
            });
            deep_link::listen(
                app.handle(),
                move |link| controller.handle_deep_link(link),
                register,
            );
            window::open(app.handle())?;
            Ok(())
        })
        .build(context)
}

/// Starts the controller. No page exists before.
fn start_controller<R: Runtime>(
    app: &AppHandle<R>,
    cli: Cli,
    profile: &Profile,
) -> Result<ControllerHandle, Box<dyn std::error::Error>> {
    let (store, found) = SettingsStore::open(app, profile)?;
    app.manage(Clipboard::open());
    let desktop = Arc::new(DesktopState::default());
    app.manage(Arc::clone(&desktop));
    let platform = TauriPlatform::new(app, store, profile, cli.browser_command, desktop);
    let options = StartOptions {
        settings: found.settings,
        settings_set_aside: found.broken,
        engine: cli.engine,
        link: cli.link,
        last_room: LastRoomFile::new(profile.dir()).read(),
    };
    let (controller, handle) = Controller::new(platform, options);
    app.manage(handle.clone());
    let run = tauri::async_runtime::spawn(controller.run());
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        // The controller ends the app, and only it can. If it has panicked, the app must end here.
        if run.await.is_err() {
            app.exit(1);
        }
    });
    Ok(handle)
}
