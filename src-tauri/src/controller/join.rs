//! Starting, joining and leaving rooms.

use parlour_signaling::crypto::{RoomKeys, RoomSecret};
use parlour_signaling::invite::{Endpoint, Invite};

use super::hosting::{self, EmbeddedServer};
use super::room::JoinedRoom;
use super::{Controller, Platform, invite_text};
use crate::engine::EngineKind;
use crate::error::{AppError, ErrorCode};
use crate::links::deep_link::DeepLink;
use crate::storage::known_servers::for_people;
use crate::storage::settings::Hosting;
use crate::view::{InviteTemplates, PendingJoin};

impl<P: Platform> Controller<P> {
    pub(super) async fn start_room(&mut self) -> Result<(), AppError> {
        self.prepare_join()?;
        let secret = RoomSecret::random();
        let name = self.settings.name.clone();
        let room = match &self.settings.hosting {
            Hosting::ThisComputer => {
                let server = EmbeddedServer::start(RoomKeys::new(&secret).room_id(), None)
                    .await
                    .map_err(|error| {
                        tracing::warn!(%error, "this computer cannot host a room");
                        ErrorCode::HostFailed
                    })?;
                JoinedRoom::hosted(secret, server, name)
            }
            Hosting::Server {
                address,
                access_token,
            } => {
                let server = Endpoint::parse(address)
                    .map_err(|_| AppError::setting("hosting.address", "not a server's address"))?;
                let token = access_token.expose().to_owned();
                let endpoints = vec![server.clone()];
                self.remember_servers(&endpoints);
                let mut room = JoinedRoom::remote(Invite { endpoints, secret }, name);
                room.start_with_token(server, token);
                room
            }
        };
        self.open_room(room).await;
        Ok(())
    }

    pub(super) async fn join_room(&mut self, link: String) -> Result<(), AppError> {
        let invite = Invite::parse(&link).map_err(|error| invite_text::error_code(&error))?;
        self.join(invite).await
    }

    /// Joins, unless a server of the invite is new here: then the person is asked first.
    async fn join(&mut self, invite: Invite) -> Result<(), AppError> {
        if self.is_in_room_of(&invite) {
            return Ok(());
        }
        self.prepare_join()?;
        if invite.endpoints.iter().any(|server| self.is_new(server)) {
            tracing::info!("the person is asked before a server is used for the first time");
            self.pending_join = Some(invite);
            return Ok(());
        }
        // A link that is followed replaces one that waits.
        self.pending_join = None;
        self.remember_servers(&invite.endpoints);
        let room = JoinedRoom::remote(invite, self.settings.name.clone());
        self.open_room(room).await;
        Ok(())
    }

    fn is_in_room_of(&self, invite: &Invite) -> bool {
        let room = self.room.as_ref();
        room.is_some_and(|room| room.is_open() && room.is_room_of(invite))
    }

    /// Refuses a second room, leaves one that has failed, and checks that a call can run.
    pub(super) fn prepare_join(&mut self) -> Result<(), AppError> {
        if self.room.as_ref().is_some_and(JoinedRoom::is_open) {
            return Err(ErrorCode::AlreadyInRoom.into());
        }
        self.end_room();
        // A browser may have been installed since the last look.
        self.choose_engine();
        match self.engine.kind() {
            EngineKind::Missing => Err(ErrorCode::BrowserMissing.into()),
            EngineKind::Unknown => Err(AppError {
                message: "no page has attached yet".to_owned(),
                ..ErrorCode::Internal.into()
            }),
            EngineKind::Window | EngineKind::Browser => Ok(()),
        }
    }

    pub(super) async fn open_room(&mut self, mut room: JoinedRoom) {
        self.room_events = Some(room.connect().await);
        if self.engine.kind() == EngineKind::Window {
            // Its page is there already.
            room.set_page_attached();
        }
        tracing::info!(hosting = room.is_hosting(), "a room is open");
        self.room = Some(room);
        self.save_last_room();
        self.network_changes = Some(self.platform.watch_network());
        if self.engine.kind() == EngineKind::Browser {
            // A failure is a notice; *Show call* tries again.
            let _ = self.open_call_page().await;
        }
    }

    pub(super) async fn answer_pending_join(&mut self, accept: bool) -> Result<(), AppError> {
        match self.pending_join.take() {
            Some(invite) if accept => {
                self.end_room();
                // The page must see the end of the old room before it sees the new one.
                self.send_view();
                self.remember_servers(&invite.endpoints);
                self.join(invite).await
            }
            _ => Ok(()),
        }
    }

    /// A link was clicked somewhere on this computer.
    pub(super) async fn handle_deep_link(&mut self, link: DeepLink) {
        self.platform.focus_window();
        if self.engine.kind() == EngineKind::Unknown {
            self.pending_link = Some(link);
            return;
        }
        let invite = match Invite::parse(link.expose()) {
            Ok(invite) => invite,
            Err(error) => {
                tracing::info!(%error, "a clicked link is no invite");
                return self.add_notice(invite_text::notice_code(&error));
            }
        };
        tracing::info!("a link was clicked");
        match &self.room {
            Some(_) if self.is_in_room_of(&invite) => {
                if let Err(error) = self.show_call().await {
                    tracing::debug!(%error, "the call cannot be shown");
                }
            }
            Some(room) if room.is_open() => self.pending_join = Some(invite),
            _ => {
                if let Err(error) = self.join(invite).await {
                    tracing::info!(code = ?error.code, "the clicked link's room cannot be joined");
                }
            }
        }
    }

    /// Follows the link that waited until the engine was chosen.
    pub(super) async fn handle_pending_link(&mut self) {
        if self.engine.kind() != EngineKind::Unknown
            && let Some(link) = self.pending_link.take()
        {
            self.handle_deep_link(link).await;
        }
    }

    pub(super) fn pending_join_view(&self, invite: &Invite) -> PendingJoin {
        let new: Vec<_> = invite
            .endpoints
            .iter()
            .filter(|server| self.is_new(server))
            .collect();
        let new_server = !new.is_empty();
        let servers = if new_server {
            new
        } else {
            invite.endpoints.iter().take(1).collect()
        };
        PendingJoin {
            leaves: self.room.as_ref().is_some_and(JoinedRoom::is_open),
            new_server,
            hosts: servers.into_iter().map(for_people).collect(),
        }
    }

    /// Whether the person has neither used this server nor typed it into the settings, and it is no address of this
    /// computer.
    fn is_new(&self, server: &Endpoint) -> bool {
        let typed = match &self.settings.hosting {
            Hosting::Server { address, .. } => Endpoint::parse(address).ok(),
            Hosting::ThisComputer => None,
        };
        !self.known_servers.contains(server)
            && typed.as_ref() != Some(server)
            && !hosting::is_this_computer(&server.host)
    }

    /// An address of this computer is not remembered: it may be another computer's tomorrow.
    fn remember_servers(&mut self, servers: &[Endpoint]) {
        let before = self.known_servers.clone();
        let others = servers
            .iter()
            .filter(|server| !hosting::is_this_computer(&server.host));
        self.known_servers.add(others);
        if self.known_servers != before {
            let saved = self.platform.save_known_servers(&self.known_servers);
            self.report_save(saved);
        }
    }

    pub(super) async fn copy_invite(&mut self, templates: InviteTemplates) -> Result<(), AppError> {
        let room = self.room.as_ref().ok_or(ErrorCode::NotInRoom)?;
        let text = room.invite_text(&templates)?;
        self.platform.copy_to_clipboard(&text)
    }

    pub(super) async fn leave(&mut self) -> Result<(), AppError> {
        self.end_room();
        Ok(())
    }

    /// Ends the room without waiting: a task sends the leave.
    pub(super) fn end_room(&mut self) {
        self.room_events = None;
        if let Some(room) = self.room.take() {
            tracing::info!("the room is left");
            self.closing.spawn(room.leave());
            self.clear_last_room();
        }
        self.network_changes = None;
        self.call = None;
        self.close_call_page();
        self.choose_engine();
    }
}
