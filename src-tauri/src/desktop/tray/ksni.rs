//! Linux: over the session bus, as a StatusNotifierItem.

use ksni::menu::StandardItem;
use ksni::{Icon, MenuItem, ToolTip, Tray, TrayMethods};
use tauri::{AppHandle, Runtime};
use tokio::sync::watch;

use super::TrayView;
use super::icon::icons;
use crate::controller::{ControllerHandle, DesktopRequest};

/// Shows the tray as it is told. Without a session bus there is none; without anything that shows trays it waits for
/// something that does.
pub(in crate::desktop) async fn follow<R: Runtime>(
    _app: AppHandle<R>,
    desk: ControllerHandle,
    mut views: watch::Receiver<TrayView>,
) {
    let Ok(first) = views
        .wait_for(TrayView::is_known)
        .await
        .map(|view| view.clone())
    else {
        return;
    };
    let item = Item { view: first, desk };
    let handle = match item.assume_sni_available(true).spawn().await {
        Ok(handle) => handle,
        Err(error) => return tracing::info!(%error, "there is no tray"),
    };
    while views.changed().await.is_ok() {
        let view = views.borrow_and_update().clone();
        handle.update(|item| item.view = view).await;
    }
}

struct Item {
    view: TrayView,
    desk: ControllerHandle,
}

impl Tray for Item {
    fn id(&self) -> String {
        "parlour".to_owned()
    }

    fn title(&self) -> String {
        self.view.title().to_owned()
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        icons(self.view.mark()).iter().map(argb).collect()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: self.title(),
            ..ToolTip::default()
        }
    }

    fn activate(&mut self, _: i32, _: i32) {
        self.desk.desktop_request(DesktopRequest::Show);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let entries = self.view.entries().into_iter();
        let items = entries.map(|(entry, word)| StandardItem {
            // An underscore would mark the letter after it.
            label: word.replace('_', "__"),
            activate: Box::new(move |item: &mut Self| entry.choose(&item.desk)),
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
