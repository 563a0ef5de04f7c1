//! The one owner of the app's state. Everyone else posts a request at the [`ControllerHandle`] and sees whole views.

mod call_commands;
mod call_engine;
mod call_page;
mod handle;
mod hosting;
mod invite_text;
mod join;
mod platform;
mod rejoin;
mod room;
mod session;

use std::time::Duration;

use parlour_signaling::client::RoomEvent;
use parlour_signaling::invite::Invite;
use parlour_signaling::protocol::clean_name;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use self::handle::Request;
pub use self::handle::{ControllerHandle, DesktopRequest};
use self::call_engine::Pages;
pub use self::platform::Platform;
use self::room::{Effect, Room};
use self::session::Session;
use crate::engine::EngineEvent;
use crate::error::{AppError, ErrorCode};
use crate::links::deep_link::DeepLink;
use crate::storage::known_servers::KnownServers;
use crate::storage::last_room::LastRoom;
use crate::storage::settings::{EngineChoice, Settings};
use crate::storage::settings_file::NotSaved;
use crate::view::{
    AppView, CallState, NetworkChange, NetworkChangeEvent, Notice, NoticeCode, System,
};

/// How long leaving may take when the app quits.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);
/// Room events that are taken at once before the view is sent.
const BATCH: usize = 64;
/// Requests that wait for the controller.
const REQUESTS: usize = 64;

/// What the controller is started with.
#[derive(Debug, Default)]
pub struct Start {
    /// The settings as kept.
    pub settings: Settings,
    /// The servers that were used before.
    pub known_servers: KnownServers,
    /// Whether the settings' file was broken and set aside.
    pub settings_set_aside: bool,
    /// `--engine`: goes before the settings.
    pub engine: Option<EngineChoice>,
    /// The link the app was started with.
    pub link: Option<DeepLink>,
    /// The room that was not left.
    pub last_room: Option<LastRoom>,
}

/// Owns the state until the app quits.
pub struct Controller<P: Platform> {
    platform: P,
    requests: mpsc::Receiver<Request>,
    /// The browser engine's, while it runs.
    call_page: Option<mpsc::Receiver<EngineEvent>>,
    /// The network's, while there is a room.
    network: Option<mpsc::Receiver<NetworkChange>>,
    quit: CancellationToken,
    settings: Settings,
    known_servers: KnownServers,
    engine: Option<EngineChoice>,
    pages: Pages,
    room: Option<Room>,
    /// One's own part in the call, as the call page has told it last.
    call: Option<CallState>,
    /// As it was noted: the room one is in, or the one that was not left.
    last_room: Option<LastRoom>,
    /// Waits for the person's answer.
    pending: Option<Invite>,
    /// A link that waits for the engine to be known.
    link: Option<DeepLink>,
    notices: Vec<Notice>,
    last_notice: u32,
    shown: AppView,
    /// Rooms and sessions being left.
    farewells: JoinSet<()>,
    /// The browser that is ending, as one of the farewells.
    closing: Option<task::Id>,
    /// The call page opens as soon as that browser has ended.
    reopen: bool,
}

impl<P: Platform> Controller<P> {
    /// A controller, and the desk where requests to it are posted.
    #[must_use]
    pub fn new(platform: P, start: Start) -> (Self, ControllerHandle) {
        let (sender, requests) = mpsc::channel(REQUESTS);
        let quit = CancellationToken::new();
        let desk = ControllerHandle::new(sender, quit.clone());
        let pages = Pages::default();
        let shown = AppView {
            revision: 0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: start.settings.clone(),
            engine: pages.view(),
            room: None,
            call: None,
            last_room: start.last_room.is_some(),
            pending: None,
            notices: Vec::new(),
            system: System::here(),
        };
        let mut controller = Self {
            platform,
            requests,
            call_page: None,
            network: None,
            quit,
            settings: start.settings,
            known_servers: start.known_servers,
            engine: start.engine,
            pages,
            room: None,
            call: None,
            last_room: start.last_room,
            pending: None,
            link: start.link,
            notices: Vec::new(),
            last_notice: 0,
            shown,
            farewells: JoinSet::new(),
            closing: None,
            reopen: false,
        };
        if start.settings_set_aside {
            controller.notice(NoticeCode::SettingsSetAside);
        }
        controller.choose_engine();
        (controller, desk)
    }

    /// Serves until [`ControllerHandle::quit`], leaves the room, and ends the app.
    pub async fn run(mut self) {
        let quit = self.quit.clone();
        self.show();
        loop {
            tokio::select! {
                biased;
                () = quit.cancelled() => break,
                // Before the requests: a page's coming is told before the page asks for anything.
                event = next_of(&mut self.call_page) => self.engine_event(event),
                () = until(self.pages.closes()) => {
                    self.pages.close();
                    self.call_page_gone();
                }
                request = self.requests.recv() => match request {
                    Some(request) => self.request(request).await,
                    None => break,
                },
                kind = next_of(&mut self.network) => self.network_event(kind),
                event = next_event(&mut self.room) => self.room_events(event),
                Some(said) = self.farewells.join_next_with_id() => self.farewell_said(said).await,
            }
            self.show();
        }
        let ended = tokio::time::timeout(QUIT_TIMEOUT, async {
            self.end_room();
            while self.farewells.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::info!("quitting without waiting for the server any longer");
            self.farewells.shutdown().await;
        }
        self.platform.exit();
    }

    /// Sends the view if it is another than the last one.
    fn show(&mut self) {
        let view = AppView {
            revision: self.shown.revision,
            version: self.shown.version.clone(),
            settings: self.settings.clone(),
            engine: self.pages.view(),
            room: self.room.as_ref().map(|room| room.view(&self.settings)),
            call: self.call_state(),
            last_room: self.has_last_room(),
            pending: self.pending.as_ref().map(|invite| self.question(invite)),
            notices: self.notices.clone(),
            system: self.shown.system,
        };
        if view != self.shown || view.revision == 0 {
            self.shown = AppView {
                revision: view.revision + 1,
                ..view
            };
            self.platform.send_view(&self.shown);
        }
    }

    /// Every answer follows the view that shows what was done.
    async fn request(&mut self, request: Request) {
        match request {
            Request::Attach {
                surface,
                webrtc,
                answer,
            } => {
                self.attach(surface, webrtc).await;
                self.show();
                let _ = answer.send(self.shown.clone());
                self.deliver();
            }
            Request::StartRoom(answer) => {
                let done = self.start_room().await;
                self.reply(answer, done);
            }
            Request::JoinRoom { link, answer } => {
                let done = self.join_text(&link).await;
                self.reply(answer, done);
            }
            Request::RejoinRoom(answer) => {
                let done = self.rejoin_room().await;
                self.reply(answer, done);
            }
            Request::ForgetLastRoom(answer) => {
                if self.room.is_none() {
                    self.forget_last_room();
                }
                self.reply(answer, Ok(()));
            }
            Request::Enter { name, answer } => {
                let done = self.enter(&name).await;
                self.reply(answer, done);
            }
            Request::Leave(answer) => {
                self.end_room();
                self.reply(answer, Ok(()));
            }
            Request::SendSignal {
                to,
                signal,
                number,
                answer,
            } => {
                let done = match self.session() {
                    Ok(session) => session.signal(&to, signal, number).await,
                    Err(error) => Err(error),
                };
                self.reply(answer, done);
            }
            Request::SealSignal {
                to,
                signal,
                number,
                answer,
            } => {
                let done = match self.session() {
                    Ok(session) => session.seal(&to, signal, number).await,
                    Err(error) => Err(error),
                };
                self.reply(answer, done);
            }
            Request::OpenSignal {
                from,
                envelope,
                answer,
            } => {
                let done = match self.session() {
                    Ok(session) => session.open(&from, envelope).await,
                    Err(error) => Err(error),
                };
                self.reply(answer, done);
            }
            Request::SaveSettings { settings, answer } => {
                let done = self.save_settings(*settings);
                self.reply(answer, done);
            }
            Request::ShowCall(answer) => {
                let done = self.show_call().await;
                self.reply(answer, done);
            }
            Request::CopyInvite { templates, answer } => {
                let done = match &self.room {
                    Some(room) => room
                        .invite_text(&templates)
                        .and_then(|text| self.platform.copy_to_clipboard(&text)),
                    None => Err(ErrorCode::NotInRoom.into()),
                };
                self.reply(answer, done);
            }
            Request::AnswerPendingJoin { accept, answer } => {
                let done = self.answer_pending_join(accept).await;
                self.reply(answer, done);
            }
            Request::DismissNotice { id, answer } => {
                self.notices.retain(|notice| notice.id != id);
                self.reply(answer, Ok(()));
            }
            Request::ReportNetworkChange(answer) => {
                let done = self.look_around();
                self.reply(answer, done);
            }
            Request::SetCallState { state, answer } => {
                let done = self.set_call_state(state);
                self.reply(answer, done);
            }
            Request::SetTrayLabels { labels, answer } => {
                self.platform.set_tray_labels(*labels);
                self.reply(answer, Ok(()));
            }
            Request::ShowNotification {
                notification,
                answer,
            } => {
                let done = self.notify(notification);
                self.reply(answer, done);
            }
            Request::RunCallCommand { command, answer } => {
                let done = self.act(command);
                self.reply(answer, done);
            }
            Request::Desktop(what) => self.outside(what).await,
            Request::HandleDeepLink(link) => self.open_link(link).await,
            Request::ShowWindow => self.platform.focus_window(),
        }
    }

    /// The signaling of the room one is in.
    fn session(&self) -> Result<&Session, AppError> {
        let session = self.room.as_ref().and_then(Room::session);
        session.ok_or_else(|| ErrorCode::NotInRoom.into())
    }

    fn reply<T>(
        &mut self,
        answer: oneshot::Sender<Result<T, AppError>>,
        done: Result<T, AppError>,
    ) {
        self.show();
        if let Err(error) = &done {
            tracing::info!(code = ?error.code, field = ?error.field, "a request was refused");
        }
        // Whoever asked may be gone by now.
        let _ = answer.send(done);
    }

    async fn enter(&mut self, name: &str) -> Result<(), AppError> {
        let name = clean_name(name);
        let Some(room) = self.room.as_mut().filter(|room| room.is_open()) else {
            return Err(ErrorCode::NotInRoom.into());
        };
        room.enter(name.clone()).await;
        self.note_room();
        if self.settings.name != name {
            self.settings.name = name;
            self.keep_settings();
        }
        Ok(())
    }

    fn save_settings(&mut self, mut settings: Settings) -> Result<(), AppError> {
        settings.validate()?;
        settings.name = clean_name(&settings.name);
        self.settings = settings;
        self.keep_settings();
        self.choose_engine();
        Ok(())
    }

    fn keep_settings(&mut self) {
        let kept = self.platform.save_settings(&self.settings);
        self.kept(kept);
    }

    /// A file that cannot be written is told; what it should have holds all the same, until the app quits.
    fn kept(&mut self, kept: Result<(), NotSaved>) {
        match kept {
            Ok(()) => self
                .notices
                .retain(|notice| notice.code != NoticeCode::SettingsNotSaved),
            Err(NotSaved) => self.notice(NoticeCode::SettingsNotSaved),
        }
    }

    /// The signaling and the links are looked after at once: neither would notice by itself for seconds.
    fn network_event(&mut self, kind: Option<NetworkChange>) {
        let Some(kind) = kind else {
            self.network = None;
            return;
        };
        // Outside of a session there is nothing to bring back.
        let _ = self.look_around();
        if let Some(surface) = self.pages.engine_surface() {
            self.platform
                .send_network_change(surface, &NetworkChangeEvent { kind });
        }
    }

    fn look_around(&mut self) -> Result<(), AppError> {
        let session = self.session().map(|session| session.reconnect_now());
        if let Some(room) = &mut self.room {
            room.look_around();
        }
        self.note_room();
        session
    }

    fn room_events(&mut self, first: Option<RoomEvent>) {
        if first.is_none()
            && let Some(room) = &mut self.room
        {
            room.session_ended();
        }
        let mut next = first;
        for _ in 0..BATCH {
            let Some(event) = next else { break };
            self.room_event(event);
            next = self.room.as_mut().and_then(Room::try_next_event);
        }
        self.note_room();
    }

    fn room_event(&mut self, event: RoomEvent) {
        let Some(room) = &mut self.room else { return };
        match room.apply(event) {
            Effect::None => {}
            Effect::Tampering => self.notice(NoticeCode::Tampering),
            Effect::Signal(event) => {
                // The page knows its sender from the view.
                self.show();
                if let Some(surface) = self.pages.engine_surface() {
                    self.platform.send_signal(surface, &event);
                }
            }
        }
    }

    /// One notice of a kind is enough.
    fn notice(&mut self, code: NoticeCode) {
        if self.notices.iter().all(|notice| notice.code != code) {
            self.last_notice += 1;
            self.notices.push(Notice {
                id: self.last_notice,
                code,
            });
        }
    }
}

async fn next_of<T>(events: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn next_event(room: &mut Option<Room>) -> Option<RoomEvent> {
    match room {
        Some(room) => room.next_event().await,
        None => std::future::pending().await,
    }
}
