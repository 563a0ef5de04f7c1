//! The parts of the app that the controller needs: the pages, the browser engine, the clipboard, the disk.

use std::future::Future;

use parlour_port_mapping::{Config, PortMapper};
use tokio::sync::mpsc;

use crate::doctor::{CheckPlan, NetworkFacts};
use crate::engine::EngineEvent;
use crate::error::AppError;
use crate::storage::last_room::LastRoom;
use crate::storage::settings::Settings;
use crate::storage::settings_file::NotSaved;
use crate::view::{
    AppView, CallCommandEvent, NetworkChange, NetworkChangeEvent, Notification, SignalEvent,
    Surface, TrayLabels,
};

/// No method waits for a page or for another computer. The future of [`Platform::close_call_page`] runs beside the
/// controller. `engine` is the page that runs the call.
pub trait Platform: Send + 'static {
    /// Sends the view to all pages.
    fn send_view(&self, view: &AppView);
    fn send_signal(&self, engine: Surface, event: &SignalEvent);
    fn send_network_change(&self, engine: Surface, event: &NetworkChangeEvent);
    fn send_call_command(&self, engine: Surface, event: CallCommandEvent);
    /// Watches the network until the receiver is dropped.
    fn watch_network(&mut self) -> mpsc::Receiver<NetworkChange>;
    /// Checks the network until everything is found out or the receiver is dropped.
    fn check_connection(&mut self, plan: CheckPlan) -> mpsc::Receiver<NetworkFacts>;
    fn set_tray_labels(&self, labels: TrayLabels);
    /// Shows a notification, unless the app's window has the focus.
    fn show_notification(&self, notification: Notification);
    /// Shows the window and brings it to the front.
    fn focus_window(&self);
    fn hide_window(&self);
    /// Whether the desktop shows the tray, from which a hidden window comes back.
    fn has_tray(&self) -> bool;
    /// The names of the browsers that could run calls, the best one first.
    fn browsers(&self) -> Vec<String>;
    /// Starts the browser engine, which opens the call page in the first of these browsers that works, and reports with
    /// events.
    fn open_call_page(
        &mut self,
        browsers: Vec<String>,
    ) -> impl Future<Output = Result<mpsc::Receiver<EngineEvent>, AppError>> + Send;
    /// Brings the call page to the front, or opens it again.
    fn focus_call_page(&self);
    /// Tells the call page that the call is over, and ends its browser.
    fn close_call_page(&mut self) -> impl Future<Output = ()> + Send + 'static;
    fn copy_to_clipboard(&self, text: &str) -> Result<(), AppError>;
    /// Puts the text in place of the old one, if that is still on the clipboard. True when it did.
    fn replace_in_clipboard(&self, old: &str, text: &str) -> bool;
    /// Begins to open ports in the router.
    fn open_ports(&mut self, config: Config) -> PortMapper;
    fn save_settings(&mut self, settings: &Settings) -> Result<(), NotSaved>;
    /// `None`: there is no room. A failure costs only the way back after a crash.
    fn save_last_room(&mut self, room: Option<&LastRoom>);
    fn exit(&self);
}
