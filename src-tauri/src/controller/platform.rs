//! What is around the controller: the window, the call page's browser, the clipboard, the disk.

use std::future::Future;

use tokio::sync::mpsc;

use crate::engine::EngineEvent;
use crate::error::AppError;
use crate::storage::known_servers::KnownServers;
use crate::storage::last_room::LastRoom;
use crate::storage::settings::Settings;
use crate::storage::settings_file::NotSaved;
use crate::view::{
    AppView, CallCommandEvent, NetworkChange, NetworkChangeEvent, Notification, SignalEvent,
    Surface, TrayLabels,
};

/// Nothing here waits for a page or for another computer. The future of [`Platform::close_call_page`] runs beside the
/// controller.
pub trait Platform: Send + 'static {
    /// Sends the view to all pages.
    fn send_view(&self, view: &AppView);
    /// Sends a signal to the page that runs the call.
    fn send_signal(&self, engine: Surface, event: &SignalEvent);
    /// Tells the page that runs the call what the network has done.
    fn send_network_change(&self, engine: Surface, event: &NetworkChangeEvent);
    /// Watches the network until the receiver is dropped.
    fn watch_network(&mut self) -> mpsc::Receiver<NetworkChange>;
    /// Asks something of the page that runs the call.
    fn send_call_command(&self, engine: Surface, event: CallCommandEvent);
    /// The tray speaks so from now on.
    fn set_tray_labels(&self, words: TrayLabels);
    /// Shows a notification, unless the app's own window is in front.
    fn show_notification(&self, notification: Notification);
    /// Brings the app's window to the front.
    fn focus_window(&self);
    /// The name of the browser that would run calls, if there is one.
    fn browser_name(&self) -> Option<String>;
    /// Starts the browser engine, which opens the call page. What comes of it comes as its events.
    fn open_call_page(
        &mut self,
    ) -> impl Future<Output = Result<mpsc::Receiver<EngineEvent>, AppError>> + Send;
    /// Brings the call page of the running engine to the front, or back.
    fn focus_call_page(&self);
    /// Tells the call page that the call is over, and ends its browser.
    fn close_call_page(&mut self) -> impl Future<Output = ()> + Send + 'static;
    /// Writes to the clipboard.
    ///
    /// # Errors
    /// When the system has none, or it refuses.
    fn copy_to_clipboard(&self, text: &str) -> Result<(), AppError>;
    /// Keeps the settings.
    ///
    /// # Errors
    /// When the file cannot be written; the reason is in the log.
    fn save_settings(&mut self, settings: &Settings) -> Result<(), NotSaved>;
    /// Keeps the servers that were used.
    ///
    /// # Errors
    /// As with [`Platform::save_settings`].
    fn save_known_servers(&mut self, servers: &KnownServers) -> Result<(), NotSaved>;
    /// Notes the room one is in, or that one is in none. A note that cannot be written costs the way back after a
    /// crash, and nothing else.
    fn save_last_room(&mut self, room: Option<&LastRoom>);
    /// Ends the app.
    fn exit(&self);
}
