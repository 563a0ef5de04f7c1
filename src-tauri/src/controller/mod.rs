//! The only owner of the app's state. Everything else posts requests through a [`ControllerHandle`] and receives whole
//! views.

mod call_commands;
mod call_engine;
mod call_page;
mod clicked_link;
mod close_window;
mod connection_check;
mod handle;
mod hosting;
mod ice_servers;
mod invite_text;
mod join;
mod joined_rooms;
mod namesakes;
mod platform;
mod port_mapping;
mod rejoin;
mod relays;
mod room;
mod room_place;
mod room_state;
mod signaling;
mod turn;

use std::net::IpAddr;
use std::time::Duration;

use parlour_relay::bridge::BridgeStatus;
use parlour_signaling::client::RoomEvent;
use parlour_signaling::protocol::clean_name;
use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use self::call_engine::CallEngine;
use self::clicked_link::ClickedInvite;
pub use self::handle::{ControllerHandle, DesktopRequest};
use self::handle::{Reply, Request};
use self::joined_rooms::JoinedRooms;
pub use self::platform::Platform;
use self::port_mapping::PortMapping;
use self::room::JoinedRoom;
pub(crate) use self::room_state::server_fault_code;
use crate::command_table::for_each_command;
use crate::doctor::{ConnectionCheck, NetworkFacts};
use crate::engine::EngineEvent;
use crate::error::{AppError, ErrorCode};
use crate::links::deep_link::DeepLink;
use crate::storage::last_room::LastRoom;
use crate::storage::settings::{EngineChoice, Reach, Settings, shipped_stun_servers};
use crate::storage::settings_file::NotSaved;
use crate::view::{
    AppView, CallState, InviteTemplates, LastRoomEnd, NetworkChange, Notice, NoticeCode,
    ReachStatus, RoomView, System,
};

/// Bounds the leave when the app quits.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);
/// Requests that may wait for the controller.
const MAX_REQUESTS: usize = 64;

#[derive(Debug, Default)]
pub struct StartOptions {
    pub settings: Settings,
    /// Notices with their subjects.
    pub notices: Vec<(NoticeCode, Option<String>)>,
    /// `--engine`, which overrides the settings.
    pub engine: Option<EngineChoice>,
    /// `--reach`, which overrides the settings.
    pub reach: Option<Reach>,
    /// `--forwarded-address`.
    pub forwarded_address: Option<IpAddr>,
    /// The link on the command line.
    pub link: Option<DeepLink>,
    /// The room that was not left.
    pub last_room: Option<LastRoom>,
}

pub struct Controller<P: Platform> {
    platform: P,
    requests: mpsc::Receiver<Request>,
    /// While the browser engine runs.
    engine_events: Option<mpsc::Receiver<EngineEvent>>,
    /// While there is a room.
    network_changes: Option<mpsc::Receiver<NetworkChange>>,
    /// While a check of the connection runs.
    check_facts: Option<mpsc::Receiver<NetworkFacts>>,
    /// The last check, while what it found still holds.
    check: Option<ConnectionCheck>,
    /// While the room has a client.
    room_events: Option<mpsc::Receiver<RoomEvent>>,
    /// While the room is found by relays.
    relay_status: Option<watch::Receiver<BridgeStatus>>,
    quit: CancellationToken,
    settings: Settings,
    /// `--engine`.
    engine_override: Option<EngineChoice>,
    /// `--reach`.
    reach_override: Option<Reach>,
    /// `--forwarded-address`.
    forwarded_address: Option<IpAddr>,
    engine: CallEngine,
    room: Option<JoinedRoom>,
    port_mapping: PortMapping,
    /// The text that *Copy invite* has put on the clipboard since the room was opened, and its templates.
    copied_invite: Option<(String, InviteTemplates)>,
    /// The person's own state in the call, as the call page reported it last.
    call: Option<CallState>,
    joined_rooms: JoinedRooms,
    /// As saved: the room of now, or the one that was not left.
    last_room: Option<LastRoom>,
    /// The last room was left, and is forgotten then. It is not on disk.
    left_room_until: Option<tokio::time::Instant>,
    /// Waits for the person's answer.
    pending_join: Option<ClickedInvite>,
    /// The number of the last question about a clicked link.
    last_question: u32,
    /// Waits until the engine is chosen.
    pending_link: Option<DeepLink>,
    notices: Vec<Notice>,
    last_notice: u32,
    /// The window was closed during a call, and the person is asked whether to leave.
    asks_to_close: bool,
    /// The window was closed during a call, and the tray shows it again.
    is_window_hidden: bool,
    /// The last view that was sent.
    view: AppView,
    /// Rooms that are being left and browsers that are being closed.
    closing: JoinSet<()>,
    /// The task among them that closes the browser.
    closing_browser: Option<task::Id>,
    /// Open the call page as soon as that browser is closed.
    reopen_call_page: bool,
}

macro_rules! define_dispatch {
    (
        controller { $(
            $(#[doc = $doc:literal])*
            $name:ident / $variant:ident($($arg:ident: $ty:ident $(<$of:ident>)?),*) -> $reply:ty;
        )* }
        direct { $($direct:tt)* }
    ) => {
        impl<P: Platform> Controller<P> {
            async fn handle_request(&mut self, request: Request) {
                match request {
                    $( Request::$variant { $($arg,)* reply } => {
                        let result = self.$name($($arg),*).await;
                        self.reply(reply, result);
                    } )*
                    Request::Desktop(request) => self.handle_desktop_request(request).await,
                    Request::DeepLink(link) => self.handle_deep_link(link).await,
                    Request::ShowWindow => self.show_window(),
                    Request::CloseWindow => self.close_window(),
                }
            }
        }
    };
}

for_each_command!(define_dispatch);

impl<P: Platform> Controller<P> {
    #[must_use]
    pub fn new(platform: P, options: StartOptions) -> (Self, ControllerHandle) {
        let (sender, requests) = mpsc::channel(MAX_REQUESTS);
        let quit = CancellationToken::new();
        let handle = ControllerHandle::new(sender, quit.clone());
        let engine = CallEngine::default();
        let view = AppView {
            revision: 0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: options.settings.clone(),
            engine: engine.view(),
            room: None,
            reach: ReachStatus::default(),
            call: None,
            browsers: Vec::new(),
            last_room: options.last_room.as_ref().map(|_| LastRoomEnd::CutOff),
            pending: None,
            asks_to_close: false,
            check: None,
            notices: Vec::new(),
            system: System::current(),
            public_stun_servers: shipped_stun_servers(),
        };
        let mut controller = Self {
            platform,
            requests,
            engine_events: None,
            network_changes: None,
            check_facts: None,
            check: None,
            room_events: None,
            relay_status: None,
            quit,
            settings: options.settings,
            engine_override: options.engine,
            // A build for development or tests stays on its networks, unless it is told otherwise.
            reach_override: options
                .reach
                .or(cfg!(debug_assertions).then_some(Reach::Lan)),
            forwarded_address: options.forwarded_address,
            engine,
            room: None,
            port_mapping: PortMapping::default(),
            copied_invite: None,
            call: None,
            joined_rooms: JoinedRooms::default(),
            last_room: options.last_room,
            left_room_until: None,
            pending_join: None,
            last_question: 0,
            pending_link: options.link,
            notices: Vec::new(),
            last_notice: 0,
            asks_to_close: false,
            is_window_hidden: false,
            view,
            closing: JoinSet::new(),
            closing_browser: None,
            reopen_call_page: false,
        };
        for (code, subject) in options.notices {
            controller.add_notice_about(code, subject);
        }
        controller.choose_engine();
        (controller, handle)
    }

    /// Runs until [`ControllerHandle::quit`], then leaves the room and ends the app.
    pub async fn run(mut self) {
        let quit = self.quit.clone();
        self.send_view();
        loop {
            let turn_deadline = self.room.as_ref().and_then(JoinedRoom::turn_deadline);
            tokio::select! {
                biased;
                () = quit.cancelled() => break,
                // Before the requests: the engine reports a page before the page makes its first request.
                event = next_of(&mut self.engine_events) => self.on_engine_event(event),
                () = until(self.engine.reload_deadline()) => {
                    self.engine.close();
                    self.on_call_page_closed();
                }
                () = until(self.left_room_until) => self.clear_last_room(),
                // The members are told below.
                () = until(turn_deadline) => {}
                request = self.requests.recv() => match request {
                    Some(request) => self.handle_request(request).await,
                    None => break,
                },
                () = self.port_mapping.changed() => self.name_external_addresses(),
                change = next_of(&mut self.network_changes) => self.on_network_change(change),
                event = next_of(&mut self.room_events) => self.on_room_events(event),
                facts = next_of(&mut self.check_facts) => self.on_check_facts(facts),
                is_there = changed(&mut self.relay_status) => if !is_there {
                    self.relay_status = None;
                },
                Some(ended) = self.closing.join_next_with_id() => self.on_closed(ended).await,
            }
            self.update_ice_servers().await;
            self.send_view();
        }
        self.is_window_hidden = false;
        let ended = tokio::time::timeout(QUIT_TIMEOUT, async {
            self.end_room();
            while self.closing.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::info!("the app quits before the server has confirmed the leave");
            self.closing.shutdown().await;
        }
        self.platform.exit();
    }

    /// Sends the view if it differs from the last one.
    fn send_view(&mut self) {
        if let Some(room) = &mut self.room {
            room.state.number_namesakes();
        }
        let view = AppView {
            revision: self.view.revision,
            version: self.view.version.clone(),
            settings: self.settings.clone(),
            engine: self.engine.view(),
            room: self.room_view(),
            reach: self.reach_status(),
            call: self.call_state(),
            browsers: self.engine.found().to_vec(),
            last_room: self.last_room_view(),
            pending: self.pending_join_view(),
            asks_to_close: self.asks_to_close && self.room.is_some(),
            check: self.check.clone(),
            notices: self.notices.clone(),
            system: self.view.system,
            public_stun_servers: self.view.public_stun_servers.clone(),
        };
        if view != self.view || view.revision == 0 {
            self.view = AppView {
                revision: view.revision + 1,
                ..view
            };
            self.platform.send_view(&self.view);
        }
    }

    fn room_view(&self) -> Option<RoomView> {
        let room = self.room.as_ref()?;
        Some(room.view(&self.settings, self.reach()))
    }

    /// The room's STUN and TURN servers follow the settings and the members.
    async fn update_ice_servers(&mut self) {
        // With a hidden address nobody is told where it is.
        let may_serve = self.reach() != Reach::Lan && !self.settings.relay_only;
        let Some(room) = self.room.as_mut().filter(|room| room.is_open()) else {
            self.set_turn_port(None);
            return;
        };
        room.serve_turn(may_serve, self.forwarded_address);
        let port = room.turn_port();
        self.set_turn_port(port);
        let udp = self.port_mapping.turn_addresses();
        let tcp = self.port_mapping.host_addresses();
        if let Some(room) = &mut self.room {
            room.set_public_addresses(udp, tcp);
            room.share_ice_servers(&self.settings).await;
        }
    }

    /// Every reply follows the view that shows what was done.
    fn reply<T>(&mut self, reply: Reply<T>, result: Result<T, AppError>) {
        self.send_view();
        if let Err(error) = &result {
            tracing::info!(code = ?error.code, field = ?error.field, "a request failed");
        }
        // The page that asked may be gone.
        let _ = reply.send(result);
        // A page that attached has its first view now.
        self.deliver_signals();
    }

    /// How far the app may go to let people find each other.
    fn reach(&self) -> Reach {
        self.reach_override.unwrap_or(self.settings.reach)
    }

    async fn enter(&mut self, name: String) -> Result<(), AppError> {
        let name = clean_name(&name);
        let Some(room) = self.room.as_mut().filter(|room| room.is_open()) else {
            return Err(ErrorCode::NotInRoom.into());
        };
        room.enter(name.clone()).await;
        self.save_last_room();
        self.set_name(name);
        Ok(())
    }

    fn set_name(&mut self, name: String) {
        if self.settings.name != name {
            self.settings.name = name;
            self.write_settings();
        }
    }

    async fn save_settings(&mut self, mut settings: Settings) -> Result<(), AppError> {
        settings.validate()?;
        settings.name = clean_name(&settings.name);
        if settings.browser != self.settings.browser {
            // The person may have mended it.
            self.engine.forget_broken();
        }
        self.settings = settings;
        self.write_settings();
        self.choose_engine();
        self.update_port_mapping();
        Ok(())
    }

    fn write_settings(&mut self) {
        let saved = self.platform.save_settings(&self.settings);
        self.report_save(saved);
    }

    /// A file that cannot be written is a notice: its content applies all the same until the app quits.
    fn report_save(&mut self, saved: Result<(), NotSaved>) {
        match saved {
            Ok(()) => self.remove_notice(NoticeCode::SettingsNotSaved),
            Err(NotSaved) => self.add_notice(NoticeCode::SettingsNotSaved),
        }
    }

    async fn dismiss_notice(&mut self, id: u32) -> Result<(), AppError> {
        self.notices.retain(|notice| notice.id != id);
        Ok(())
    }

    fn add_notice(&mut self, code: NoticeCode) {
        self.add_notice_about(code, None);
    }

    /// Adds a notice, unless there is one with this code about the same subject.
    fn add_notice_about(&mut self, code: NoticeCode, subject: Option<String>) {
        let is_new = |notice: &Notice| notice.code != code || notice.subject != subject;
        if self.notices.iter().all(is_new) {
            self.last_notice += 1;
            self.notices.push(Notice {
                id: self.last_notice,
                code,
                subject,
            });
        }
    }

    /// Notices about a link have done their work once a room opens.
    fn remove_link_notices(&mut self) {
        self.remove_notice(NoticeCode::LinkDamaged);
        self.remove_notice(NoticeCode::LinkTooNew);
    }

    /// Notices about a room end with it.
    fn remove_room_notices(&mut self) {
        self.remove_notice(NoticeCode::Tampering);
        self.remove_notice(NoticeCode::BrowserFailed);
        self.remove_notice(NoticeCode::RoomMoved);
    }

    fn remove_notice(&mut self, code: NoticeCode) {
        self.notices.retain(|notice| notice.code != code);
    }
}

async fn next_of<T>(events: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

/// False when the sender is gone.
async fn changed(status: &mut Option<watch::Receiver<BridgeStatus>>) -> bool {
    match status {
        Some(status) => status.changed().await.is_ok(),
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
