//! Starting, joining and leaving rooms.

use parlour_signaling::crypto::RoomKeys;
use parlour_signaling::invite::{Endpoint, Invite, Relays};

use super::hosting::EmbeddedServer;
use super::relays::relays_of;
use super::room::JoinedRoom;
use super::{Controller, Platform, invite_text};
use crate::engine::EngineKind;
use crate::error::{AppError, ErrorCode};
use crate::storage::settings::{Hosting, Reach};
use crate::view::InviteTemplates;

impl<P: Platform> Controller<P> {
    pub(super) async fn start_room(&mut self) -> Result<(), AppError> {
        self.start_room_at(self.settings.hosting.clone()).await
    }

    pub(super) async fn host_room(&mut self) -> Result<(), AppError> {
        self.start_room_at(Hosting::ThisComputer).await
    }

    async fn start_room_at(&mut self, hosting: Hosting) -> Result<(), AppError> {
        self.prepare_join()?;
        let secret = Invite::new_secret();
        let name = self.settings.name.clone();
        let room = match &hosting {
            Hosting::ThisComputer => {
                let server = EmbeddedServer::start(RoomKeys::new(&secret).room_id(), None)
                    .await
                    .map_err(|error| {
                        tracing::warn!(%error, "this computer cannot host a room");
                        ErrorCode::HostFailed
                    })?;
                let mut room = JoinedRoom::hosted(secret, server, name);
                if self.reach() == Reach::Anywhere {
                    room.host_by_relays(relays_of(&self.settings), true);
                }
                room
            }
            Hosting::Server {
                address,
                access_token,
            } => {
                let server = Endpoint::parse(address)
                    .map_err(|_| AppError::setting("hosting.address", "not a server's address"))?;
                let token = access_token.expose().to_owned();
                let invite = Invite {
                    endpoints: vec![server.clone()],
                    relays: Relays::default(),
                    secret,
                };
                let mut room = JoinedRoom::remote(invite, name);
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

    pub(super) async fn join(&mut self, invite: Invite) -> Result<(), AppError> {
        if self.is_in_room_of(&invite) {
            return Ok(());
        }
        if invite.endpoints.is_empty() && self.reach() != Reach::Anywhere {
            return Err(ErrorCode::RelaysOff.into());
        }
        self.prepare_join()?;
        let mut room = JoinedRoom::remote(invite, self.settings.name.clone());
        if self.reach() == Reach::Anywhere {
            room.join_by_relays();
        }
        self.open_room(room).await;
        Ok(())
    }

    pub(super) fn is_in_room_of(&self, invite: &Invite) -> bool {
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
        self.pending_join = None;
        self.remove_link_notices();
        self.room_events = Some(room.connect().await);
        self.relay_status = room.relay_status();
        if self.engine.kind() == EngineKind::Window {
            // Its page is there already.
            room.set_page_attached();
        }
        let reach = self.reach();
        tracing::info!(hosting = room.is_hosting(), ?reach, "a room is open");
        self.joined_rooms.add(room.invite());
        self.room = Some(room);
        self.save_last_room();
        self.update_port_mapping();
        self.network_changes = Some(self.platform.watch_network());
        if self.engine.kind() == EngineKind::Browser {
            // A failure is a notice; *Show call* tries again.
            let _ = self.open_call_page().await;
        }
    }

    pub(super) async fn copy_invite(&mut self, templates: InviteTemplates) -> Result<(), AppError> {
        let room = self.room.as_ref().ok_or(ErrorCode::NotInRoom)?;
        let text = room.invite_text(&templates, &self.settings)?;
        self.platform.copy_to_clipboard(&text)?;
        self.copied_invite = Some((text, templates));
        Ok(())
    }

    /// One click leads back for some minutes, if the person was inside.
    pub(super) async fn leave(&mut self) -> Result<(), AppError> {
        let left = self.room.as_ref().map(JoinedRoom::to_last_room);
        self.end_room();
        if let Some(left) = left.filter(|left| left.entered) {
            self.keep_left_room(left);
        }
        Ok(())
    }

    /// Ends the room without waiting: a task sends the leave.
    pub(super) fn end_room(&mut self) {
        self.room_events = None;
        self.relay_status = None;
        self.remove_room_notices();
        if let Some(room) = self.room.take() {
            tracing::info!("the room is left");
            self.closing.spawn(room.leave());
            self.clear_last_room();
        }
        self.copied_invite = None;
        self.update_port_mapping();
        self.network_changes = None;
        self.call = None;
        self.close_call_page();
        self.choose_engine();
        self.on_room_ended();
    }
}
