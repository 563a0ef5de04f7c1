//! Linux: a StatusNotifierItem on the session bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ksni::menu::StandardItem;
use ksni::{Icon, MenuItem, OfflineReason, ToolTip, Tray, TrayMethods};
use tauri::{AppHandle, Runtime};
use tokio::sync::watch;

use super::TrayModel;
use super::icon::icons;
use crate::controller::{ControllerHandle, DesktopRequest};

/// Shows the tray. Without a session bus there is no tray; without a program that shows trays it waits for one.
pub(in crate::desktop) async fn run<R: Runtime>(
    _app: AppHandle<R>,
    controller: ControllerHandle,
    mut views: watch::Receiver<TrayModel>,
    is_shown: Arc<AtomicBool>,
) {
    let Ok(first) = views
        .wait_for(TrayModel::has_labels)
        .await
        .map(|view| view.clone())
    else {
        return;
    };
    let item = Item {
        view: first,
        controller,
        is_shown: Arc::clone(&is_shown),
    };
    // ksni tells when it finds no program that shows trays, and when one comes or goes.
    is_shown.store(true, Ordering::Relaxed);
    let handle = match item.assume_sni_available(true).spawn().await {
        Ok(handle) => handle,
        Err(error) => {
            is_shown.store(false, Ordering::Relaxed);
            return tracing::info!(%error, "there is no tray");
        }
    };
    while views.changed().await.is_ok() {
        let view = views.borrow_and_update().clone();
        handle.update(|item| item.view = view).await;
    }
}

struct Item {
    view: TrayModel,
    controller: ControllerHandle,
    is_shown: Arc<AtomicBool>,
}

impl Tray for Item {
    fn id(&self) -> String {
        "parlour".to_owned()
    }

    fn title(&self) -> String {
        self.view.title().to_owned()
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        icons(self.view.badge()).iter().map(argb).collect()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: self.title(),
            ..ToolTip::default()
        }
    }

    fn watcher_online(&self) {
        self.is_shown.store(true, Ordering::Relaxed);
    }

    fn watcher_offline(&self, _: OfflineReason) -> bool {
        self.is_shown.store(false, Ordering::Relaxed);
        // The tray waits for another one.
        true
    }

    fn activate(&mut self, _: i32, _: i32) {
        self.controller.desktop_request(DesktopRequest::Show);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let entries = self.view.entries().into_iter();
        let items = entries.map(|(entry, label)| StandardItem {
            // An underscore would mark the letter after it as an access key.
            label: label.replace('_', "__"),
            activate: Box::new(move |item: &mut Self| entry.run(&item.controller)),
            ..StandardItem::default()
        });
        items.map(MenuItem::from).collect()
    }
}

fn argb(image: &tauri::image::Image<'_>) -> Icon {
    let mut data = image.rgba().to_vec();
    for pixel in data.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    let side = |pixels| i32::try_from(pixels).unwrap_or_default();
    Icon {
        width: side(image.width()),
        height: side(image.height()),
        data,
    }
}
