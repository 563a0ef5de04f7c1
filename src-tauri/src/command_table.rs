//! The table of all commands of the pages.
//!
//! From a row come the controller's `Request` with the method of `ControllerHandle` that posts it, the Tauri command,
//! and the method of the page's `Backend` in `ui/src/backend/generated.ts`. Two methods are written by hand: the
//! controller's, and the one of the UI's fake backend.

/// Passes the table to the macro of this name. A row is `command / Variant(arguments) -> reply`; a command can also fail,
/// with an `AppError`. The commands under `direct` are plain functions of `commands`, without the controller.
macro_rules! for_each_command {
    ($with:ident) => {
        $with! {
            controller {
                /// The page listens to events from now on. Resolves with the whole state.
                attach / Attach(surface: Surface, webrtc: bool) -> AppView;
                /// Starts a room: hosted by this computer or on the server of the settings. Codes: `already_in_room`,
                /// `browser_missing`, `host_failed`.
                start_room / StartRoom() -> ();
                /// Starts a room hosted by this computer, whatever the settings say. Codes: those of `start_room`.
                host_room / HostRoom() -> ();
                /// Joins the room of the invite that stands in the text. Codes: `invite_…`, `already_in_room`,
                /// `browser_missing`. A later failure is the room's phase.
                join_room / JoinRoom(link: String) -> ();
                /// Returns to the room that was not left, under the same name and entered as before. Codes:
                /// `not_in_room` when there is none, and those of `start_room`.
                rejoin_room / RejoinRoom() -> ();
                /// Forgets the room that was not left.
                forget_last_room / ForgetLastRoom() -> ();
                /// Goes from the lobby into the room under this name, as soon as the server is reached. Code:
                /// `not_in_room`.
                enter / Enter(name: String) -> ();
                /// Leaves the room, if there is one.
                leave / Leave() -> ();
                /// Seals a signal and sends it to a peer through the server. A number of `seal_signal` marks it as that
                /// signal once more: a peer takes each number once. Codes: `not_in_room`, `unknown_peer`,
                /// `signal_too_large`.
                send_signal / SendSignal(to: String, signal: Value, number: Option<u64>) -> ();
                /// Numbers and seals a signal that the page sends over a data channel. With a number, seals that
                /// signal once more. Codes: those of `send_signal`.
                seal_signal / SealSignal(to: String, signal: Value, number: Option<u64>) -> SealedSignal;
                /// Opens a sealed signal that came over a data channel. Codes: `not_in_room`, `unknown_peer`,
                /// `signal_not_opened`.
                open_signal / OpenSignal(from: String, envelope: String) -> OpenedSignal;
                /// Checks, applies and saves the settings. Code: `settings_invalid` with the field's name.
                save_settings / SaveSettings(settings: Settings) -> ();
                /// Brings the call page to the front, or opens it again. Code: `not_in_room`.
                show_call / ShowCall() -> ();
                /// Copies the invite to the clipboard, inside of the text of a template. Codes: `not_in_room`,
                /// `clipboard_failed`.
                copy_invite / CopyInvite(templates: InviteTemplates) -> ();
                /// Answers the question with this number about a clicked link, the view's `pending`: joins its room
                /// under a name, or drops the link. Codes: those of `join_room`.
                answer_pending_join / AnswerPendingJoin(number: u32, name: Option<String>) -> ();
                /// Answers the view's `asks_to_close`: leaves the call and ends the app, or goes on.
                answer_close / AnswerClose(leave: bool) -> ();
                /// Removes a notice.
                dismiss_notice / DismissNotice(id: u32) -> ();
                /// The page noticed that the network is back: some networks return without a sign that the app sees.
                /// Code: `not_in_room`.
                report_network_change / ReportNetworkChange() -> ();
                /// The link with a peer is up, or has been down for a while. A peer that came by relays is then asked for
                /// a sign of life. Codes: `not_in_room`, `unknown_peer`.
                report_link / ReportLink(peer: String, up: bool) -> ();
                /// The person's own state in the call, for the tray and the app's window. Code: `not_in_room`.
                set_call_state / SetCallState(state: CallState) -> ();
                /// The tray's texts, in the language of the UI.
                set_tray_labels / SetTrayLabels(labels: TrayLabels) -> ();
                /// Shows a notification of the system, unless the settings want none or a window of the app has the
                /// focus. Code: `not_in_room`.
                show_notification / ShowNotification(notification: Notification) -> ();
                /// Looks for what stands in the way of calls, as far as the settings allow. Takes 6 seconds at most. The
                /// view's `check` says what was found.
                check_connection / CheckConnection() -> ();
                /// Ends the check, if one runs.
                stop_connection_check / StopConnectionCheck() -> ();
                /// Passes a command to the page that runs the call. Code: `not_in_room`, also when no page runs it.
                run_call_command / RunCallCommand(command: CallCommand) -> ();
            }
            direct {
                /// Opens a web page or a mail address that a peer wrote in the system's own program. Code:
                /// `link_not_opened`.
                open_external_url(url: String) -> ();
                /// Whether a Parlour server answers at this address of the settings. Takes 8 seconds at most. Codes:
                /// `settings_invalid`, and those with which a room fails that its server cannot be used.
                test_server(address: String) -> ();
            }
        }
    };
}

pub(crate) use for_each_command;
