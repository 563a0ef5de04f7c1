//! Windows and macOS: Tauri's own tray.

use tauri::menu::{Menu, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Runtime};
use tokio::sync::watch;

use super::icon::icons;
use super::{Entry, TrayView};
use crate::controller::{ControllerHandle, DesktopRequest};

/// Shows the tray as it is told.
pub(in crate::desktop) async fn follow<R: Runtime>(
    app: AppHandle<R>,
    desk: ControllerHandle,
    mut views: watch::Receiver<TrayView>,
) {
    if views.wait_for(TrayView::is_known).await.is_err() {
        return;
    }
    let tray = match build(&app, desk) {
        Ok(tray) => tray,
        Err(error) => return tracing::info!(%error, "there is no tray"),
    };
    loop {
        let view = views.borrow_and_update().clone();
        if let Err(error) = show(&app, &tray, &view) {
            tracing::debug!(%error, "the tray stays as it is");
        }
        if views.changed().await.is_err() {
            return;
        }
    }
}

fn build<R: Runtime>(app: &AppHandle<R>, desk: ControllerHandle) -> tauri::Result<TrayIcon<R>> {
    let clicked = desk.clone();
    TrayIconBuilder::with_id("parlour")
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(move |_, event| {
            let chosen = [Entry::Mute, Entry::Show, Entry::Leave, Entry::Quit]
                .into_iter()
                .find(|entry| entry.id() == event.id().as_ref());
            if let Some(entry) = chosen {
                entry.choose(&desk);
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
                clicked.desktop_request(DesktopRequest::Show);
            }
        })
        .build(app)
}

fn show<R: Runtime>(app: &AppHandle<R>, tray: &TrayIcon<R>, view: &TrayView) -> tauri::Result<()> {
    let menu = Menu::new(app)?;
    for (entry, word) in view.entries() {
        // An ampersand would mark the letter after it.
        let word = word.replace('&', "&&");
        menu.append(&MenuItem::with_id(
            app,
            entry.id(),
            word,
            true,
            None::<&str>,
        )?)?;
    }
    let [small, large] = icons(view.mark());
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
