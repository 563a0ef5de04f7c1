//! The one owner of the app's state. Everyone else posts a request at the [`Desk`] and sees whole views.

mod desk;
mod hosting;
mod link;
mod pages;
mod room;
mod session;
mod shell;

use std::time::Duration;

use parlour_signaling::client::RoomEvent;
use parlour_signaling::invite::{Endpoint, Invite};
use parlour_signaling::name::clean_name;
use parlour_signaling::seal::RoomSecret;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::desk::Desk;
use self::desk::Request;
use self::hosting::Hosted;
use self::pages::Pages;
use self::room::{Effect, Room};
pub use self::shell::Shell;
use crate::deep_link::Link;
use crate::engine::{EngineEvent, Place};
use crate::error::{AppError, ErrorCode};
use crate::settings::{EngineChoice, Hosting, Settings};
use crate::store::NotSaved;
use crate::view::{AppView, Notice, NoticeCode, PendingJoin, Surface};

/// How long leaving may take when the app quits.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a new session waits for the old one's leave to be said, so that a full room has a place again.
const RENEW_TIMEOUT: Duration = Duration::from_secs(1);
/// Room events that are taken at once before the view is sent.
const BATCH: usize = 64;
/// Requests that wait for the controller.
const REQUESTS: usize = 64;

/// What the controller is started with.
#[derive(Debug, Default)]
pub struct Start {
    /// The settings as kept.
    pub settings: Settings,
    /// Whether the settings' file was broken and set aside.
    pub settings_set_aside: bool,
    /// `--engine`: goes before the settings.
    pub engine: Option<EngineChoice>,
    /// The link the app was started with.
    pub link: Option<Link>,
}

/// Owns the state until the app quits.
pub struct Controller<S: Shell> {
    shell: S,
    requests: mpsc::Receiver<Request>,
    /// The browser engine's, while it runs.
    call_page: Option<mpsc::Receiver<EngineEvent>>,
    quit: CancellationToken,
    settings: Settings,
    engine: Option<EngineChoice>,
    pages: Pages,
    room: Option<Room>,
    pending: Option<Invite>,
    /// A link that waits for the engine to be known.
    link: Option<Link>,
    notices: Vec<Notice>,
    last_notice: u32,
    shown: AppView,
    /// Rooms and sessions being left.
    farewells: JoinSet<()>,
}

impl<S: Shell> Controller<S> {
    /// A controller, and the desk where requests to it are posted.
    #[must_use]
    pub fn new(shell: S, start: Start) -> (Self, Desk) {
        let (sender, requests) = mpsc::channel(REQUESTS);
        let quit = CancellationToken::new();
        let desk = Desk::new(sender, quit.clone());
        let pages = Pages::default();
        let shown = AppView {
            revision: 0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: start.settings.clone(),
            engine: pages.view(),
            room: None,
            pending: None,
            notices: Vec::new(),
        };
        let mut controller = Self {
            shell,
            requests,
            call_page: None,
            quit,
            settings: start.settings,
            engine: start.engine,
            pages,
            room: None,
            pending: None,
            link: start.link,
            notices: Vec::new(),
            last_notice: 0,
            shown,
            farewells: JoinSet::new(),
        };
        if start.settings_set_aside {
            controller.notice(NoticeCode::SettingsSetAside);
        }
        controller.choose_engine();
        (controller, desk)
    }

    /// Serves until [`Desk::quit`], leaves the room, and ends the app.
    pub async fn run(mut self) {
        let quit = self.quit.clone();
        self.show();
        loop {
            tokio::select! {
                biased;
                () = quit.cancelled() => break,
                // Before the requests: a page's coming is told before the page asks for anything.
                event = next_engine_event(&mut self.call_page) => self.engine_event(event),
                () = until(self.pages.closes()) => {
                    self.pages.close();
                    self.call_page_gone();
                }
                request = self.requests.recv() => match request {
                    Some(request) => self.request(request).await,
                    None => break,
                },
                event = next_event(&mut self.room) => self.room_events(event),
                Some(_) = self.farewells.join_next() => {}
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
        self.shell.exit();
    }

    /// Sends the view if it is another than the last one.
    fn show(&mut self) {
        let view = AppView {
            revision: self.shown.revision,
            version: self.shown.version.clone(),
            settings: self.settings.clone(),
            engine: self.pages.view(),
            room: self.room.as_ref().map(|room| room.view(&self.settings)),
            pending: self.pending.as_ref().map(|invite| PendingJoin {
                host: link::host(invite),
            }),
            notices: self.notices.clone(),
        };
        if view != self.shown || view.revision == 0 {
            self.shown = AppView {
                revision: view.revision + 1,
                ..view
            };
            self.shell.view(&self.shown);
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
            Request::Enter { name, answer } => {
                let done = self.enter(&name).await;
                self.reply(answer, done);
            }
            Request::Leave(answer) => {
                self.end_room();
                self.reply(answer, Ok(()));
            }
            Request::SendSignal { to, signal, answer } => {
                let done = match &self.room {
                    Some(room) => room.send(&to, signal).await,
                    None => Err(ErrorCode::NotInRoom.into()),
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
            Request::CopyInvite(answer) => {
                let done = match &self.room {
                    Some(room) => self.shell.copy(&room.link()),
                    None => Err(ErrorCode::NotInRoom.into()),
                };
                self.reply(answer, done);
            }
            Request::AnswerPending { accept, answer } => {
                let done = self.answer_pending(accept).await;
                self.reply(answer, done);
            }
            Request::DismissNotice { id, answer } => {
                self.notices.retain(|notice| notice.id != id);
                self.reply(answer, Ok(()));
            }
            Request::OpenLink(link) => self.open_link(link).await,
            Request::ShowWindow => self.shell.focus(),
        }
    }

    fn reply(&mut self, answer: desk::Answer, done: Result<(), AppError>) {
        self.show();
        if let Err(error) = &done {
            tracing::info!(code = ?error.code, field = ?error.field, "a request was refused");
        }
        // Whoever asked may be gone by now.
        let _ = answer.send(done);
    }

    async fn attach(&mut self, surface: Surface, webrtc: bool) {
        tracing::info!(?surface, webrtc, "a page has attached");
        self.pages.attached(surface, webrtc);
        if surface == Surface::Window {
            self.choose_engine();
        }
        if self.pages.is_engine(surface)
            && let Some(room) = &mut self.room
            && room.page_attached()
        {
            // The page was loaded anew and its links are gone: to the others, a new peer comes.
            if let Some(session) = room.end_session() {
                let leaving = self.farewells.spawn(session.leave());
                let _ = tokio::time::timeout(
                    RENEW_TIMEOUT,
                    finished(&mut self.farewells, leaving.id()),
                )
                .await;
            }
            if let Some(room) = &mut self.room {
                room.begin_session().await;
            }
        }
        self.open_waiting_link().await;
    }

    /// Hands over the signals that came before the call page was there.
    fn deliver(&mut self) {
        let surface = self.pages.engine_surface();
        if let (Some(room), Some(surface)) = (&mut self.room, surface) {
            for event in room.take_waiting() {
                self.shell.signal(surface, &event);
            }
        }
    }

    fn choose_engine(&mut self) {
        // A call that runs stays where it is.
        if self.room.is_none() {
            let choice = self.engine.unwrap_or(self.settings.engine);
            self.pages.choose(choice, self.shell.browser());
        }
    }

    async fn start_room(&mut self) -> Result<(), AppError> {
        self.make_way()?;
        let secret = RoomSecret::random();
        let (invite, ours, hosted) = match &self.settings.hosting {
            Hosting::ThisComputer => {
                let hosted = Hosted::start().await.map_err(|error| {
                    tracing::warn!(%error, "no room can be hosted here");
                    ErrorCode::HostFailed
                })?;
                let invite = Invite {
                    endpoints: hosted.endpoints().to_vec(),
                    secret,
                };
                (invite, vec![hosted.own_endpoint()], Some(hosted))
            }
            Hosting::Server { address } => {
                let server = Endpoint::parse(address)
                    .map_err(|_| AppError::setting("hosting.address", "not a server's address"))?;
                (
                    Invite {
                        endpoints: vec![server.clone()],
                        secret,
                    },
                    vec![server],
                    None,
                )
            }
        };
        self.open_room(Room::new(invite, ours, hosted, self.settings.name.clone()))
            .await;
        Ok(())
    }

    async fn join_text(&mut self, text: &str) -> Result<(), AppError> {
        let invite = Invite::parse(text).map_err(|error| link::code(&error))?;
        self.join(invite).await
    }

    async fn join(&mut self, invite: Invite) -> Result<(), AppError> {
        if self
            .room
            .as_ref()
            .is_some_and(|room| room.is_open() && room.is_of(&invite))
        {
            return Ok(());
        }
        self.make_way()?;
        let endpoints = invite.endpoints.clone();
        self.open_room(Room::new(
            invite,
            endpoints,
            None,
            self.settings.name.clone(),
        ))
        .await;
        Ok(())
    }

    /// Refuses a second room; a room that failed is left by itself.
    fn make_way(&mut self) -> Result<(), AppError> {
        if self.room.as_ref().is_some_and(Room::is_open) {
            return Err(ErrorCode::AlreadyInRoom.into());
        }
        self.end_room();
        // Someone may have installed a browser since the last look.
        self.choose_engine();
        match self.pages.place() {
            Place::Missing => Err(ErrorCode::BrowserMissing.into()),
            _ => Ok(()),
        }
    }

    async fn open_room(&mut self, mut room: Room) {
        room.spawn_session();
        if self.pages.place() == Place::Window {
            // Its page is there and begins with the room.
            room.set_attached();
        }
        tracing::info!(hosting = room.is_hosting(), "a room is open");
        self.room = Some(room);
        if self.pages.place() == Place::Browser && self.open_call().await.is_err() {
            self.notice(NoticeCode::BrowserFailed);
        }
    }

    async fn open_call(&mut self) -> Result<(), AppError> {
        match self.shell.open_call().await {
            Ok(events) => {
                self.call_page = Some(events);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "the call page cannot be opened");
                Err(error)
            }
        }
    }

    async fn enter(&mut self, name: &str) -> Result<(), AppError> {
        let name = clean_name(name);
        let Some(room) = self.room.as_mut().filter(|room| room.is_open()) else {
            return Err(ErrorCode::NotInRoom.into());
        };
        room.enter(name.clone()).await;
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

    /// A file that cannot be written is told; the settings hold all the same, until the app quits.
    fn keep_settings(&mut self) {
        match self.shell.save(&self.settings) {
            Ok(()) => self
                .notices
                .retain(|notice| notice.code != NoticeCode::SettingsNotSaved),
            Err(NotSaved) => self.notice(NoticeCode::SettingsNotSaved),
        }
    }

    async fn show_call(&mut self) -> Result<(), AppError> {
        if self.room.is_none() {
            return Err(ErrorCode::NotInRoom.into());
        }
        match self.pages.place() {
            Place::Browser if self.call_page.is_none() => self.open_call().await?,
            Place::Browser => self.shell.show_call(),
            _ => self.shell.focus(),
        }
        Ok(())
    }

    async fn answer_pending(&mut self, accept: bool) -> Result<(), AppError> {
        match self.pending.take() {
            Some(invite) if accept => {
                self.end_room();
                // The page of the old room must see it end before it sees the new one.
                self.show();
                self.join(invite).await
            }
            _ => Ok(()),
        }
    }

    /// A link was clicked somewhere on this computer.
    async fn open_link(&mut self, link: Link) {
        self.shell.focus();
        if self.pages.place() == Place::Unknown {
            self.link = Some(link);
            return;
        }
        let invite = match Invite::parse(link.expose()) {
            Ok(invite) => invite,
            Err(error) => return self.notice(link::notice(&error)),
        };
        match &self.room {
            Some(room) if room.is_open() && room.is_of(&invite) => {
                if let Err(error) = self.show_call().await {
                    tracing::debug!(%error, "the call cannot be shown");
                }
            }
            Some(room) if room.is_open() => self.pending = Some(invite),
            _ => {
                if let Err(error) = self.join(invite).await {
                    tracing::info!(code = ?error.code, "the link's room cannot be joined");
                }
            }
        }
    }

    async fn open_waiting_link(&mut self) {
        if self.pages.place() != Place::Unknown
            && let Some(link) = self.link.take()
        {
            self.open_link(link).await;
        }
    }

    /// Ends the room without waiting: the farewell is said by a task of its own.
    fn end_room(&mut self) {
        if let Some(room) = self.room.take() {
            tracing::info!("the room is left");
            self.farewells.spawn(room.leave());
        }
        self.pages.close();
        if self.call_page.take().is_some() {
            self.farewells.spawn(self.shell.close_call());
        }
        self.choose_engine();
    }

    fn engine_event(&mut self, event: Option<EngineEvent>) {
        let Some(event) = event else {
            tracing::error!("the browser engine has ended without a reason");
            self.call_page = None;
            self.pages.close();
            return self.call_page_gone();
        };
        tracing::info!(?event, "the browser engine");
        if !self.pages.engine_event(event) {
            self.notice(NoticeCode::BrowserFailed);
            self.call_page_gone();
        }
    }

    /// Nobody can answer the others any longer, but the room stays: *Show call* comes back into it.
    fn call_page_gone(&mut self) {
        if let Some(session) = self.room.as_mut().and_then(Room::page_gone) {
            self.farewells.spawn(session.leave());
        }
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
                    self.shell.signal(surface, &event);
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

async fn next_engine_event(
    events: &mut Option<mpsc::Receiver<EngineEvent>>,
) -> Option<EngineEvent> {
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

/// Waits for one task of the set.
async fn finished(tasks: &mut JoinSet<()>, id: tokio::task::Id) {
    while let Some(done) = tasks.join_next_with_id().await {
        if done.map_or_else(|error| error.id(), |(done, ())| done) == id {
            break;
        }
    }
}
