//! Where requests are posted. Each has an answer, but for those that a person does not wait for.

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::error::{AppError, ErrorCode};
use crate::links::deep_link::DeepLink;
use crate::storage::settings::Settings;
use crate::view::{
    AppView, CallCommand, CallState, InviteTemplates, Notification, OpenedSignal, SealedSignal,
    Surface, TrayLabels,
};

pub(super) type Answer = oneshot::Sender<Result<(), AppError>>;

/// What may be asked of the controller.
pub(super) enum Request {
    Attach {
        surface: Surface,
        webrtc: bool,
        answer: oneshot::Sender<AppView>,
    },
    StartRoom(Answer),
    RejoinRoom(Answer),
    ForgetLastRoom(Answer),
    JoinRoom {
        link: String,
        answer: Answer,
    },
    Enter {
        name: String,
        answer: Answer,
    },
    Leave(Answer),
    SendSignal {
        to: String,
        signal: Value,
        number: Option<u64>,
        answer: Answer,
    },
    SealSignal {
        to: String,
        signal: Value,
        number: Option<u64>,
        answer: oneshot::Sender<Result<SealedSignal, AppError>>,
    },
    OpenSignal {
        from: String,
        envelope: String,
        answer: oneshot::Sender<Result<OpenedSignal, AppError>>,
    },
    SaveSettings {
        settings: Box<Settings>,
        answer: Answer,
    },
    ShowCall(Answer),
    CopyInvite {
        templates: InviteTemplates,
        answer: Answer,
    },
    AnswerPendingJoin {
        accept: bool,
        answer: Answer,
    },
    DismissNotice {
        id: u32,
        answer: Answer,
    },
    ReportNetworkChange(Answer),
    SetCallState {
        state: CallState,
        answer: Answer,
    },
    SetTrayLabels {
        labels: Box<TrayLabels>,
        answer: Answer,
    },
    ShowNotification {
        notification: Notification,
        answer: Answer,
    },
    RunCallCommand {
        command: CallCommand,
        answer: Answer,
    },
    HandleDeepLink(DeepLink),
    ShowWindow,
    Desktop(DesktopRequest),
}

/// What a person does outside all windows: in the tray, on a notification, or with a global shortcut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesktopRequest {
    /// To the call.
    CallCommand(CallCommand),
    /// Brings the call to the front, or else the window.
    Show,
    /// Out of the room.
    Leave,
    /// A global shortcut could not be had.
    ShortcutTaken(bool),
}

/// A handle to the controller.
#[derive(Clone, Debug)]
pub struct ControllerHandle {
    requests: mpsc::Sender<Request>,
    quit: CancellationToken,
}

impl ControllerHandle {
    pub(super) fn new(requests: mpsc::Sender<Request>, quit: CancellationToken) -> Self {
        Self { requests, quit }
    }

    /// A page is there and listens to the events. Answers the view as it is.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when the app is quitting, as with every request.
    pub async fn attach(&self, surface: Surface, webrtc: bool) -> Result<AppView, AppError> {
        self.ask(|answer| Request::Attach {
            surface,
            webrtc,
            answer,
        })
        .await
    }

    /// Opens a room of one's own.
    ///
    /// # Errors
    /// `already_in_room`, `browser_missing`, `host_failed`.
    pub async fn start_room(&self) -> Result<(), AppError> {
        self.ask(Request::StartRoom).await?
    }

    /// Joins the room of an invite, which may stand within other text. If it leads to a server not used before, the
    /// person is asked first: the view's `pending`.
    ///
    /// # Errors
    /// The `invite_…` codes, `already_in_room`, `browser_missing`. What fails later is shown as the room's phase.
    pub async fn join_room(&self, link: String) -> Result<(), AppError> {
        self.ask(|answer| Request::JoinRoom { link, answer })
            .await?
    }

    /// Back to the room that was not left, as one was in it.
    ///
    /// # Errors
    /// `not_in_room` when there is none, and as [`ControllerHandle::start_room`].
    pub async fn rejoin_room(&self) -> Result<(), AppError> {
        self.ask(Request::RejoinRoom).await?
    }

    /// Forgets that room.
    ///
    /// # Errors
    /// None of its own.
    pub async fn forget_last_room(&self) -> Result<(), AppError> {
        self.ask(Request::ForgetLastRoom).await?
    }

    /// From the lobby into the room, under this name; kept until the room is reached.
    ///
    /// # Errors
    /// `not_in_room`.
    pub async fn enter(&self, name: String) -> Result<(), AppError> {
        self.ask(|answer| Request::Enter { name, answer }).await?
    }

    /// Out of the room, if there is one.
    ///
    /// # Errors
    /// None of its own.
    pub async fn leave(&self) -> Result<(), AppError> {
        self.ask(Request::Leave).await?
    }

    /// Seals a signal and sends it to a peer by way of the server. With the number of one that was sealed before, it
    /// is that one once more: the peer takes it once.
    ///
    /// # Errors
    /// `not_in_room`, `unknown_peer`, `signal_too_large`.
    pub async fn send_signal(
        &self,
        to: String,
        signal: Value,
        number: Option<u64>,
    ) -> Result<(), AppError> {
        self.ask(|answer| Request::SendSignal {
            to,
            signal,
            number,
            answer,
        })
        .await?
    }

    /// Numbers and seals a signal that the page itself takes to a peer; with a number, one that was sealed before.
    ///
    /// # Errors
    /// As [`ControllerHandle::send_signal`].
    pub async fn seal_signal(
        &self,
        to: String,
        signal: Value,
        number: Option<u64>,
    ) -> Result<SealedSignal, AppError> {
        self.ask(|answer| Request::SealSignal {
            to,
            signal,
            number,
            answer,
        })
        .await?
    }

    /// Opens an envelope that a peer has brought to the page itself.
    ///
    /// # Errors
    /// `not_in_room`, `unknown_peer`, `signal_not_opened`.
    pub async fn open_signal(
        &self,
        from: String,
        envelope: String,
    ) -> Result<OpenedSignal, AppError> {
        self.ask(|answer| Request::OpenSignal {
            from,
            envelope,
            answer,
        })
        .await?
    }

    /// Checks the settings, takes and keeps them.
    ///
    /// # Errors
    /// `settings_invalid` with the field's name.
    pub async fn save_settings(&self, settings: Settings) -> Result<(), AppError> {
        self.ask(|answer| Request::SaveSettings {
            settings: Box::new(settings),
            answer,
        })
        .await?
    }

    /// Brings the call page to the front, or back.
    ///
    /// # Errors
    /// `not_in_room`.
    pub async fn show_call(&self) -> Result<(), AppError> {
        self.ask(Request::ShowCall).await?
    }

    /// Puts the invite on the clipboard, as one text with these words.
    ///
    /// # Errors
    /// `not_in_room`, `clipboard_failed`.
    pub async fn copy_invite(&self, templates: InviteTemplates) -> Result<(), AppError> {
        self.ask(|answer| Request::CopyInvite { templates, answer })
            .await?
    }

    /// Goes to the room of the link that waits, or forgets the link.
    ///
    /// # Errors
    /// As [`ControllerHandle::join_room`].
    pub async fn answer_pending_join(&self, accept: bool) -> Result<(), AppError> {
        self.ask(|answer| Request::AnswerPendingJoin { accept, answer })
            .await?
    }

    /// Takes a notice away.
    ///
    /// # Errors
    /// None of its own.
    pub async fn dismiss_notice(&self, id: u32) -> Result<(), AppError> {
        self.ask(|answer| Request::DismissNotice { id, answer })
            .await?
    }

    /// The page has noticed that there is a network again: some ways in which one comes back show only there.
    ///
    /// # Errors
    /// `not_in_room`.
    pub async fn report_network_change(&self) -> Result<(), AppError> {
        self.ask(Request::ReportNetworkChange).await?
    }

    /// The call page tells of one's own part in the call.
    ///
    /// # Errors
    /// `not_in_room`.
    pub async fn set_call_state(&self, state: CallState) -> Result<(), AppError> {
        self.ask(|answer| Request::SetCallState { state, answer })
            .await?
    }

    /// The words of the tray.
    ///
    /// # Errors
    /// None of its own.
    pub async fn set_tray_labels(&self, labels: TrayLabels) -> Result<(), AppError> {
        self.ask(|answer| Request::SetTrayLabels {
            labels: Box::new(labels),
            answer,
        })
        .await?
    }

    /// Shows a notification of the system, if the settings want it and no window of the app is in front.
    ///
    /// # Errors
    /// `not_in_room`.
    pub async fn show_notification(&self, notification: Notification) -> Result<(), AppError> {
        self.ask(|answer| Request::ShowNotification {
            notification,
            answer,
        })
        .await?
    }

    /// Asks something of the call.
    ///
    /// # Errors
    /// `not_in_room`, also when no page runs the call.
    pub async fn run_call_command(&self, command: CallCommand) -> Result<(), AppError> {
        self.ask(|answer| Request::RunCallCommand { command, answer })
            .await?
    }

    /// Something was done outside all windows.
    pub fn desktop_request(&self, request: DesktopRequest) {
        self.tell(Request::Desktop(request));
    }

    /// A link was clicked.
    pub fn handle_deep_link(&self, link: DeepLink) {
        self.tell(Request::HandleDeepLink(link));
    }

    /// The app was started once more.
    pub fn show_window(&self) {
        self.tell(Request::ShowWindow);
    }

    /// Ends the room and the app.
    pub fn quit(&self) {
        self.quit.cancel();
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, AppError> {
        let (answer, answered) = oneshot::channel();
        let quitting = || AppError::from(ErrorCode::Internal);
        self.requests
            .send(request(answer))
            .await
            .map_err(|_| quitting())?;
        answered.await.map_err(|_| quitting())
    }

    fn tell(&self, request: Request) {
        if self.requests.try_send(request).is_err() {
            tracing::warn!("too much is asked at once");
        }
    }
}
