//! What the pages ask, each a request to the controller. The call page in a browser reaches the very same commands.

use serde_json::Value;
use tauri::{Runtime, State};

use crate::controller::ControllerHandle;
use crate::error::AppError;
use crate::links::external_url as outside;
use crate::storage::settings::Settings;
use crate::view::{
    AppView, CallCommand, CallState, InviteTemplates, Notification, OpenedSignal, SealedSignal,
    Surface, TrayLabels,
};

type Done = Result<(), AppError>;

macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        /// Every command's name: what a page may call.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Tauri's handler of all commands.
        pub fn handler<R: Runtime>() -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),*]
        }
    };
}

commands![
    attach,
    start_room,
    join_room,
    rejoin_room,
    forget_last_room,
    enter,
    leave,
    send_signal,
    seal_signal,
    open_signal,
    save_settings,
    show_call,
    copy_invite,
    open_external_url,
    answer_pending_join,
    dismiss_notice,
    set_call_state,
    report_network_change,
    set_tray_labels,
    show_notification,
    run_call_command,
];

#[tauri::command]
async fn attach(
    desk: State<'_, ControllerHandle>,
    surface: Surface,
    webrtc: bool,
) -> Result<AppView, AppError> {
    desk.attach(surface, webrtc).await
}

#[tauri::command]
async fn start_room(desk: State<'_, ControllerHandle>) -> Done {
    desk.start_room().await
}

#[tauri::command]
async fn join_room(desk: State<'_, ControllerHandle>, link: String) -> Done {
    desk.join_room(link).await
}

#[tauri::command]
async fn rejoin_room(desk: State<'_, ControllerHandle>) -> Done {
    desk.rejoin_room().await
}

#[tauri::command]
async fn forget_last_room(desk: State<'_, ControllerHandle>) -> Done {
    desk.forget_last_room().await
}

#[tauri::command]
async fn enter(desk: State<'_, ControllerHandle>, name: String) -> Done {
    desk.enter(name).await
}

#[tauri::command]
async fn leave(desk: State<'_, ControllerHandle>) -> Done {
    desk.leave().await
}

#[tauri::command]
async fn send_signal(
    desk: State<'_, ControllerHandle>,
    to: String,
    signal: Value,
    number: Option<u64>,
) -> Done {
    desk.send_signal(to, signal, number).await
}

#[tauri::command]
async fn seal_signal(
    desk: State<'_, ControllerHandle>,
    to: String,
    signal: Value,
    number: Option<u64>,
) -> Result<SealedSignal, AppError> {
    desk.seal_signal(to, signal, number).await
}

#[tauri::command]
async fn open_signal(
    desk: State<'_, ControllerHandle>,
    from: String,
    envelope: String,
) -> Result<OpenedSignal, AppError> {
    desk.open_signal(from, envelope).await
}

#[tauri::command]
async fn save_settings(desk: State<'_, ControllerHandle>, settings: Settings) -> Done {
    desk.save_settings(settings).await
}

#[tauri::command]
async fn show_call(desk: State<'_, ControllerHandle>) -> Done {
    desk.show_call().await
}

#[tauri::command]
async fn copy_invite(desk: State<'_, ControllerHandle>, templates: InviteTemplates) -> Done {
    desk.copy_invite(templates).await
}

/// A link that somebody has written. The state has no part in it.
#[tauri::command]
async fn open_external_url(url: String) -> Done {
    outside::open(&url)
}

#[tauri::command]
async fn answer_pending_join(desk: State<'_, ControllerHandle>, accept: bool) -> Done {
    desk.answer_pending_join(accept).await
}

#[tauri::command]
async fn dismiss_notice(desk: State<'_, ControllerHandle>, id: u32) -> Done {
    desk.dismiss_notice(id).await
}

#[tauri::command]
async fn report_network_change(desk: State<'_, ControllerHandle>) -> Done {
    desk.report_network_change().await
}

#[tauri::command]
async fn set_call_state(desk: State<'_, ControllerHandle>, state: CallState) -> Done {
    desk.set_call_state(state).await
}

#[tauri::command]
async fn set_tray_labels(desk: State<'_, ControllerHandle>, labels: TrayLabels) -> Done {
    desk.set_tray_labels(labels).await
}

#[tauri::command]
async fn show_notification(desk: State<'_, ControllerHandle>, notification: Notification) -> Done {
    desk.show_notification(notification).await
}

#[tauri::command]
async fn run_call_command(desk: State<'_, ControllerHandle>, command: CallCommand) -> Done {
    desk.run_call_command(command).await
}
