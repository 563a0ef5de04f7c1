//! Windows and macOS: the tray of Tauri.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::menu::{Menu, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Runtime};
use tokio::sync::watch;

use super::icon::icons;
use super::{Entry, TrayModel};
use crate::controller::{ControllerHandle, DesktopRequest};

pub(in crate::desktop) async fn run<R: Runtime>(
    app: AppHandle<R>,
    controller: ControllerHandle,
    mut views: watch::Receiver<TrayModel>,
    is_shown: Arc<AtomicBool>,
) {
    if views.wait_for(TrayModel::has_labels).await.is_err() {
        return;
    }
    let tray = match build(&app, controller) {
        Ok(tray) => tray,
        Err(error) => return tracing::info!(%error, "there is no tray"),
    };
    is_shown.store(true, Ordering::Relaxed);
    loop {
        let view = views.borrow_and_update().clone();
        if let Err(error) = show(&app, &tray, &view) {
            tracing::debug!(%error, "the tray cannot be updated");
        }
        if views.changed().await.is_err() {
            return;
        }
    }
}

fn build<R: Runtime>(
    app: &AppHandle<R>,
    controller: ControllerHandle,
) -> tauri::Result<TrayIcon<R>> {
    let on_click = controller.clone();
    TrayIconBuilder::with_id("parlour")
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(move |_, event| {
            let entry = [Entry::Mute, Entry::Show, Entry::Leave, Entry::Quit]
                .into_iter()
                .find(|entry| entry.id() == event.id().as_ref());
            if let Some(entry) = entry {
                entry.run(&controller);
            }
        })
        .on_tray_icon_event(move |_, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
                && cfg!(windows)
            {
                on_click.desktop_request(DesktopRequest::Show);
            }
        })
        .build(app)
}

fn show<R: Runtime>(app: &AppHandle<R>, tray: &TrayIcon<R>, view: &TrayModel) -> tauri::Result<()> {
    let menu = Menu::new(app)?;
    for (entry, label) in view.entries() {
        // An ampersand would mark the letter after it as an access key.
        let label = label.replace('&', "&&");
        menu.append(&MenuItem::with_id(
            app,
            entry.id(),
            label,
            true,
            None::<&str>,
        )?)?;
    }
    let [small, large] = icons(view.badge());
    tray.set_icon(Some(if cfg!(windows) { small } else { large }))?;
    tray.set_tooltip(Some(view.title()))?;
    tray.set_menu(Some(menu))
}

impl Entry {
    fn id(self) -> &'static str {
        match self {
            Self::Mute => "mute",
            Self::Show => "show",
            Self::Leave => "leave",
            Self::Quit => "quit",
        }
    }
}
