//! Builds the app: plugins, the window, and the controller with its platform.

mod tauri_platform;
mod window;

use std::sync::Arc;

use tauri::{App, AppHandle, Builder, Context, Manager, Runtime, WindowEvent};

use self::tauri_platform::TauriPlatform;
use crate::cli::Cli;
use crate::controller::{Controller, ControllerHandle, StartOptions};
use crate::desktop::DesktopState;
use crate::desktop::clipboard::Clipboard;
use crate::links::deep_link;
use crate::storage::last_room::LastRoomFile;
use crate::storage::profile::{Profile, ProfileTrouble};
use crate::storage::settings_file::{SettingsFault, SettingsStore};
use crate::view::NoticeCode;
use crate::{commands, instance};

/// The configuration and the pages, which are compiled in.
#[must_use]
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Builds the app on Tauri's runtime or on that of tests. The caller keeps the profile, and with it the lock, until the
/// app has ended.
pub fn build<R: Runtime>(
    builder: Builder<R>,
    context: Context<R>,
    cli: Cli,
    profile: Arc<Profile>,
) -> tauri::Result<App<R>> {
    #[cfg(not(target_os = "linux"))]
    let builder = builder.plugin(tauri_plugin_notification::init());
    builder
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_store::Builder::default().build())
        .invoke_handler(commands::handler())
        .on_permission_request(|webview, kind| window::permission(&webview, kind))
        .on_window_event(|window, event| {
            match event {
                WindowEvent::CloseRequested { api, .. } => {
                    // The controller knows whether there is a call.
                    api.prevent_close();
                    window.state::<ControllerHandle>().close_window();
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
            let later = controller.clone();
            let listening = instance::listen(profile.dir(), move |link| match link {
                Some(link) => later.handle_deep_link(link),
                None => later.show_window(),
            });
            if let Err(error) = listening {
                tracing::warn!(%error, "later starts cannot be heard");
            }
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

/// Notices that the person sees from the start.
fn start_notices(
    profile: &Profile,
    fault: Option<SettingsFault>,
) -> Vec<(NoticeCode, Option<String>)> {
    let home = || Some(profile.home().display().to_string());
    // A folder that cannot be used is the reason for everything else.
    match (profile.trouble(), fault) {
        (Some(_), _) if !profile.has_folder() => vec![(NoticeCode::NoFolder, home())],
        (Some(ProfileTrouble::NotWritable), _) => vec![(NoticeCode::ProfileNotWritable, home())],
        (Some(ProfileTrouble::InUse), _) => vec![(NoticeCode::ProfileInUse, home())],
        (None, Some(SettingsFault::SetAside)) => vec![(NoticeCode::SettingsSetAside, None)],
        (None, Some(SettingsFault::Unreadable)) => vec![(NoticeCode::SettingsUnreadable, home())],
        (None, None) => Vec::new(),
    }
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
        notices: start_notices(profile, found.fault),
        engine: cli.engine,
        reach: cli.reach,
        forwarded_address: cli.forwarded_address,
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_any_folder_is_not_told_that_they_can_call() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        std::fs::write(&file, "no folder").unwrap();
        let notices = |temp: &std::path::Path| {
            let profile = Profile::of(file.join("profile"), true, temp.to_owned());
            let notices = start_notices(&profile, None);
            notices
                .into_iter()
                .map(|(code, _)| code)
                .collect::<Vec<_>>()
        };
        assert_eq!(notices(temp.path()), [NoticeCode::ProfileNotWritable]);
        assert_eq!(notices(&file), [NoticeCode::NoFolder]);
    }
}
