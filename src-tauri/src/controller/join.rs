//! The ways into a room and out of it.

use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{Endpoint, Invite};

use super::hosting::{self, Hosted};
use super::room::Room;
use super::{Controller, Platform, invite_text as link};
use crate::engine::EngineKind;
use crate::error::{AppError, ErrorCode};
use crate::links::deep_link::DeepLink;
use crate::storage::known_servers::for_people;
use crate::storage::settings::Hosting;
use crate::view::PendingJoin;

impl<P: Platform> Controller<P> {
    pub(super) async fn start_room(&mut self) -> Result<(), AppError> {
        self.make_way()?;
        let secret = RoomSecret::random();
        let name = self.settings.name.clone();
        let room = match &self.settings.hosting {
            Hosting::ThisComputer => {
                let hosted = Hosted::start(None).await.map_err(|error| {
                    tracing::warn!(%error, "no room can be hosted here");
                    ErrorCode::HostFailed
                })?;
                Room::hosted(secret, hosted, name)
            }
            Hosting::Server { address } => {
                let server = Endpoint::parse(address)
                    .map_err(|_| AppError::setting("hosting.address", "not a server's address"))?;
                let endpoints = vec![server];
                self.remember(&endpoints);
                Room::elsewhere(Invite { endpoints, secret }, name)
            }
        };
        self.open_room(room).await;
        Ok(())
    }

    pub(super) async fn join_text(&mut self, text: &str) -> Result<(), AppError> {
        let invite = Invite::parse(text).map_err(|error| link::code(&error))?;
        self.join(invite).await
    }

    /// Opens the room of an invite, unless its server is new here: then the person is asked first.
    async fn join(&mut self, invite: Invite) -> Result<(), AppError> {
        if self
            .room
            .as_ref()
            .is_some_and(|room| room.is_open() && room.is_of(&invite))
        {
            return Ok(());
        }
        self.make_way()?;
        if invite.endpoints.iter().any(|server| self.is_new(server)) {
            tracing::info!("asking before a server is used for the first time");
            self.pending = Some(invite);
            return Ok(());
        }
        // A link that is followed takes the place of one that waits.
        self.pending = None;
        self.remember(&invite.endpoints);
        let room = Room::elsewhere(invite, self.settings.name.clone());
        self.open_room(room).await;
        Ok(())
    }

    /// Refuses a second room; a room that failed is left by itself.
    pub(super) fn make_way(&mut self) -> Result<(), AppError> {
        if self.room.as_ref().is_some_and(Room::is_open) {
            return Err(ErrorCode::AlreadyInRoom.into());
        }
        self.end_room();
        // Someone may have installed a browser since the last look.
        self.choose_engine();
        match self.pages.place() {
            EngineKind::Missing => Err(ErrorCode::BrowserMissing.into()),
            EngineKind::Unknown => Err(AppError {
                message: "no page has attached yet".to_owned(),
                ..ErrorCode::Internal.into()
            }),
            EngineKind::Window | EngineKind::Browser => Ok(()),
        }
    }

    pub(super) async fn open_room(&mut self, mut room: Room) {
        room.begin_session().await;
        if self.pages.place() == EngineKind::Window {
            // Its page is there and begins with the room.
            room.set_attached();
        }
        tracing::info!(hosting = room.is_hosting(), "a room is open");
        self.room = Some(room);
        self.note_room();
        self.network = Some(self.platform.watch_network());
        if self.pages.place() == EngineKind::Browser {
            // Told by a notice when it fails; *Show call* tries again.
            let _ = self.open_call().await;
        }
    }

    pub(super) async fn answer_pending_join(&mut self, accept: bool) -> Result<(), AppError> {
        match self.pending.take() {
            Some(invite) if accept => {
                self.end_room();
                // The page of the old room must see it end before it sees the new one.
                self.show();
                self.remember(&invite.endpoints);
                self.join(invite).await
            }
            _ => Ok(()),
        }
    }

    /// A link was clicked somewhere on this computer.
    pub(super) async fn open_link(&mut self, link: DeepLink) {
        self.platform.focus_window();
        if self.pages.place() == EngineKind::Unknown {
            self.link = Some(link);
            return;
        }
        let invite = match Invite::parse(link.expose()) {
            Ok(invite) => invite,
            Err(error) => {
                tracing::info!(%error, "a link has arrived that leads nowhere");
                return self.notice(link::notice(&error));
            }
        };
        tracing::info!("a link has arrived");
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

    /// What is asked about an invite that waits.
    pub(super) fn question(&self, invite: &Invite) -> PendingJoin {
        let new: Vec<_> = invite
            .endpoints
            .iter()
            .filter(|server| self.is_new(server))
            .collect();
        let new_server = !new.is_empty();
        let named = if new_server {
            new
        } else {
            invite.endpoints.iter().take(1).collect()
        };
        PendingJoin {
            leaves: self.room.as_ref().is_some_and(Room::is_open),
            new_server,
            hosts: named.into_iter().map(for_people).collect(),
        }
    }

    /// Whether the person has neither used this server, nor typed it into the settings, nor sits before it.
    fn is_new(&self, server: &Endpoint) -> bool {
        let typed = match &self.settings.hosting {
            Hosting::Server { address } => Endpoint::parse(address).ok(),
            Hosting::ThisComputer => None,
        };
        !self.known_servers.has(server)
            && typed.as_ref() != Some(server)
            && !hosting::is_own(&server.host)
    }

    /// This computer is not remembered: its address may be another's tomorrow.
    fn remember(&mut self, servers: &[Endpoint]) {
        let before = self.known_servers.clone();
        let others = servers
            .iter()
            .filter(|server| !hosting::is_own(&server.host));
        self.known_servers.remember(others);
        if self.known_servers != before {
            let kept = self.platform.save_known_servers(&self.known_servers);
            self.kept(kept);
        }
    }

    pub(super) async fn open_waiting_link(&mut self) {
        if self.pages.place() != EngineKind::Unknown
            && let Some(link) = self.link.take()
        {
            self.open_link(link).await;
        }
    }

    /// Ends the room without waiting: the farewell is said by a task of its own.
    pub(super) fn end_room(&mut self) {
        if let Some(room) = self.room.take() {
            tracing::info!("the room is left");
            self.farewells.spawn(room.leave());
            self.forget_last_room();
        }
        self.network = None;
        self.call = None;
        self.close_call();
        self.choose_engine();
    }
}
