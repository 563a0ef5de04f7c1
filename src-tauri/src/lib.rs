//! Parlour, the desktop app: a controller that owns the state, and thin layers of Tauri around it.

pub mod app;
pub mod bindings;
pub mod cli;
mod command_table;
pub mod commands;
pub mod controller;
mod desktop;
pub mod doctor;
pub mod engine;
pub mod error;
pub mod events;
pub mod instance;
pub mod links;
mod logging;
mod network_monitor;
pub mod storage;
pub mod view;

use std::process::ExitCode;
use std::sync::Arc;

use tauri::{Manager, RunEvent};

use crate::cli::Cli;
use crate::controller::ControllerHandle;
use crate::desktop::clipboard::Clipboard;
use crate::storage::profile::{Profile, ProfileTrouble};

pub fn run() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let context = app::context();
    let mut profile = match Profile::open(cli.profile.as_deref(), &context.config().identifier) {
        Ok(profile) => profile,
        Err(error) => {
            eprintln!("parlour: the profile folder cannot be used: {error}");
            return ExitCode::FAILURE;
        }
    };
    let locked = profile.lock();
    if profile.trouble() == Some(ProfileTrouble::InUse)
        && instance::hand_over(profile.home(), cli.link.as_ref()).is_ok()
    {
        return ExitCode::SUCCESS;
    }
    logging::start(&profile);
    if let Err(error) = locked {
        tracing::warn!(%error, "the profile cannot be locked; it must not be used twice");
    }
    if let Some(trouble) = profile.trouble() {
        tracing::warn!(?trouble, "the profile is not used; this run keeps nothing");
    }
    let profile = Arc::new(profile);
    let app = match app::build(
        tauri::Builder::default(),
        context,
        cli,
        Arc::clone(&profile),
    ) {
        Ok(app) => app,
        Err(error) => {
            tracing::error!(%error, "the app cannot start");
            return ExitCode::FAILURE;
        }
    };
    let code = app.run_return(|app, event| match event {
        RunEvent::Ready => {
            tauri::async_runtime::spawn(quit_on_signals(
                app.state::<ControllerHandle>().inner().clone(),
            ));
            desktop::start(app);
        }
        // The controller leaves the room first, then exits with a code.
        RunEvent::ExitRequested {
            code: None, api, ..
        } => {
            api.prevent_exit();
            app.state::<ControllerHandle>().quit();
        }
        RunEvent::Exit => app.state::<Clipboard>().close(),
        _ => {}
    });
    // Gives the lock back, and removes a temporary folder.
    drop(profile);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Ctrl+C and the end of the desktop session leave the room too.
async fn quit_on_signals(controller: ControllerHandle) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) else {
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    controller.quit();
}
