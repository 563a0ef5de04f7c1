//! Back into the room that one did not leave: the app was killed, or the computer lost its power.

use parlour_signaling::invite::Invite;

use super::hosting::Hosted;
use super::room::Room;
use super::{Controller, Platform, invite_text as link};
use crate::error::{AppError, ErrorCode};
use crate::storage::last_room::LastRoom;

impl<P: Platform> Controller<P> {
    /// Whether there is a room to go back to.
    pub(super) fn has_last_room(&self) -> bool {
        self.room.is_none() && self.last_room.is_some()
    }

    /// Comes to the room as one left it: under the same name, in it if one had entered, and hosting it again where
    /// the others look for it.
    pub(super) async fn rejoin_room(&mut self) -> Result<(), AppError> {
        let Some(last) = self.last_room.clone().filter(|_| self.room.is_none()) else {
            return Err(ErrorCode::NotInRoom.into());
        };
        self.make_way()?;
        let invite = Invite::parse(&last.invite).map_err(|error| {
            self.forget_last_room();
            link::code(&error)
        })?;
        let mut room = match last.port {
            Some(port) => {
                let hosted = Hosted::start(Some(port)).await.map_err(|error| {
                    tracing::warn!(%error, "the room cannot be hosted again");
                    ErrorCode::HostFailed
                })?;
                Room::hosted(invite.secret, hosted, last.name.clone())
            }
            None => Room::elsewhere(invite, last.name.clone()),
        };
        tracing::info!(hosting = room.is_hosting(), "back to the last room");
        room.in_place_of(&last.me);
        if last.entered {
            room.enter(last.name).await;
        }
        self.open_room(room).await;
        Ok(())
    }

    /// The person does not want to go back.
    pub(super) fn forget_last_room(&mut self) {
        if self.last_room.take().is_some() {
            self.platform.save_last_room(None);
        }
    }

    /// Notes the room as it is, so that one can come back to it; one that has failed is not worth it.
    pub(super) fn note_room(&mut self) {
        let Some(room) = &self.room else { return };
        let noted = room.is_open().then(|| LastRoom {
            invite: room.link(),
            port: room.port(),
            name: room.name().to_owned(),
            entered: room.has_entered(),
            me: room.me().to_owned(),
        });
        if noted != self.last_room {
            self.platform.save_last_room(noted.as_ref());
            self.last_room = noted;
        }
    }
}
