//! Returning to the last room: the app was killed, the computer lost power, or the person left some minutes ago.

use std::time::Duration;

use parlour_signaling::crypto::RoomKeys;
use parlour_signaling::invite::Invite;
use tokio::time::Instant;

use super::hosting::EmbeddedServer;
use super::room::JoinedRoom;
use super::{Controller, Platform, invite_text};
use crate::error::{AppError, ErrorCode};
use crate::storage::last_room::LastRoom;
use crate::storage::settings::Reach;
use crate::view::{LastRoomEnd, NoticeCode};

/// How long a room that was left is kept, in memory alone.
const LEFT_ROOM_KEPT: Duration = Duration::from_secs(10 * 60);

impl<P: Platform> Controller<P> {
    pub(super) fn last_room_view(&self) -> Option<LastRoomEnd> {
        self.has_last_room().then_some(match self.left_room_until {
            Some(_) => LastRoomEnd::Left,
            None => LastRoomEnd::CutOff,
        })
    }

    /// Whether there is a room to return to.
    pub(super) fn has_last_room(&self) -> bool {
        self.room.is_none() && self.last_room.is_some()
    }

    pub(super) fn is_last_room(&self, invite: &Invite) -> bool {
        let last = self.last_room.as_ref().filter(|_| self.has_last_room());
        last.and_then(|last| Invite::parse(&last.invite).ok())
            .is_some_and(|last| last.secret == invite.secret)
    }

    pub(super) async fn rejoin_room(&mut self) -> Result<(), AppError> {
        self.return_to_last_room(true).await
    }

    /// Joins under the same name, enters if the person had entered and `enters`, and hosts the room where the others
    /// look for it.
    pub(super) async fn return_to_last_room(&mut self, enters: bool) -> Result<(), AppError> {
        let Some(last) = self.last_room.clone().filter(|_| self.room.is_none()) else {
            return Err(ErrorCode::NotInRoom.into());
        };
        self.prepare_join()?;
        if last.port.is_some() {
            // A room that was just left gives its port back first.
            while let Some(ended) = self.closing.join_next_with_id().await {
                self.on_closed(ended).await;
            }
        }
        let invite = Invite::parse(&last.invite).map_err(|error| {
            self.clear_last_room();
            invite_text::error_code(&error)
        })?;
        let mut room = match last.port {
            Some(port) => {
                let room = RoomKeys::new(&invite.secret).room_id();
                let server = EmbeddedServer::start(room, Some(port))
                    .await
                    .map_err(|error| {
                        tracing::warn!(%error, "the last room cannot be hosted again");
                        ErrorCode::HostFailed
                    })?;
                if server.port() != port {
                    self.add_notice(NoticeCode::RoomMoved);
                }
                let mut room = JoinedRoom::hosted(invite.secret, server, last.name.clone());
                if self.reach() == Reach::Anywhere && !invite.relays.is_empty() {
                    room.host_by_relays(invite.relays, false);
                }
                room
            }
            None => {
                let mut room = JoinedRoom::remote(invite, last.name.clone());
                if self.reach() == Reach::Anywhere {
                    room.join_by_relays();
                }
                room
            }
        };
        tracing::info!(hosting = room.is_hosting(), "the last room is joined again");
        room.replace_peer(&last.me);
        room.use_permits(&last.permits);
        if enters && last.entered {
            room.enter(last.name).await;
        }
        self.open_room(room).await;
        Ok(())
    }

    pub(super) async fn forget_last_room(&mut self) -> Result<(), AppError> {
        if self.room.is_none() {
            self.clear_last_room();
        }
        Ok(())
    }

    /// The person has left it.
    pub(super) fn keep_left_room(&mut self, room: LastRoom) {
        self.last_room = Some(room);
        self.left_room_until = Some(Instant::now() + LEFT_ROOM_KEPT);
    }

    pub(super) fn clear_last_room(&mut self) {
        self.left_room_until = None;
        if self.last_room.take().is_some() {
            self.platform.save_last_room(None);
        }
    }

    /// Saves the room as it is, so that the person can return to it. A room that has failed is not worth it.
    pub(super) fn save_last_room(&mut self) {
        let Some(room) = &self.room else { return };
        self.left_room_until = None;
        let last_room = room.is_open().then(|| room.to_last_room());
        if last_room != self.last_room {
            self.platform.save_last_room(last_room.as_ref());
            self.last_room = last_room;
        }
    }
}
