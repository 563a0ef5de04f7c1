//! The handle that posts requests to the controller.

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::command_table::for_each_command;
use crate::error::{AppError, ErrorCode};
use crate::links::deep_link::DeepLink;
use crate::storage::settings::Settings;
use crate::view::{
    AppView, CallCommand, CallState, InviteTemplates, Notification, OpenedSignal, SealedSignal,
    Surface, TrayLabels,
};

pub(super) type Reply<T> = oneshot::Sender<Result<T, AppError>>;

/// A request from outside of all pages: the tray, a notification or a global shortcut. Nobody waits for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesktopRequest {
    CallCommand(CallCommand),
    /// Show the call, or else the window.
    Show,
    Leave,
    /// Whether a global shortcut could not be registered.
    ShortcutTaken(bool),
}

#[derive(Clone, Debug)]
pub struct ControllerHandle {
    requests: mpsc::Sender<Request>,
    quit: CancellationToken,
}

macro_rules! define_requests {
    (
        controller { $(
            $(#[doc = $doc:literal])*
            $name:ident / $variant:ident($($arg:ident: $ty:ident $(<$of:ident>)?),*) -> $reply:ty;
        )* }
        direct { $($direct:tt)* }
    ) => {
        // Requests are rare and short-lived.
        #[allow(clippy::large_enum_variant)]
        pub(super) enum Request {
            $( $variant { $($arg: $ty $(<$of>)?,)* reply: Reply<$reply> }, )*
            Desktop(DesktopRequest),
            DeepLink(DeepLink),
            ShowWindow,
            CloseWindow,
        }

        /// Every request fails with [`ErrorCode::Internal`] once the app quits.
        impl ControllerHandle {
            $(
                $(#[doc = $doc])*
                pub async fn $name(&self, $($arg: $ty $(<$of>)?),*) -> Result<$reply, AppError> {
                    self.ask(|reply| Request::$variant { $($arg,)* reply }).await
                }
            )*
        }
    };
}

for_each_command!(define_requests);

impl ControllerHandle {
    pub(super) fn new(requests: mpsc::Sender<Request>, quit: CancellationToken) -> Self {
        Self { requests, quit }
    }

    pub fn desktop_request(&self, request: DesktopRequest) {
        self.post(Request::Desktop(request));
    }

    /// A link was clicked somewhere on this computer.
    pub fn handle_deep_link(&self, link: DeepLink) {
        self.post(Request::DeepLink(link));
    }

    /// The app was started a second time.
    pub fn show_window(&self) {
        self.post(Request::ShowWindow);
    }

    /// The person closed the app's window.
    pub fn close_window(&self) {
        self.post(Request::CloseWindow);
    }

    /// Leaves the room and ends the app.
    pub fn quit(&self) {
        self.quit.cancel();
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, AppError> {
        let (reply, replied) = oneshot::channel();
        let quitting = || AppError::from(ErrorCode::Internal);
        self.requests
            .send(request(reply))
            .await
            .map_err(|_| quitting())?;
        replied.await.map_err(|_| quitting())?
    }

    fn post(&self, request: Request) {
        if self.requests.try_send(request).is_err() {
            tracing::warn!("a request was dropped: too many wait");
        }
    }
}
