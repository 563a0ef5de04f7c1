//! One's own part in the call as it is told outside its page, and what is asked of it from there.

use super::handle::Outside;
use super::{Controller, Shell};
use crate::error::{AppError, ErrorCode};
use crate::view::{CallCommand, CallCommandEvent, CallState, NoticeCode, Notification};

impl<S: Shell> Controller<S> {
    pub(super) fn set_call_state(&mut self, state: CallState) -> Result<(), AppError> {
        if self.room.is_none() || self.pages.engine_surface().is_none() {
            return Err(ErrorCode::NotInRoom.into());
        }
        self.call = Some(state);
        Ok(())
    }

    /// What was told, as long as there is a page that tells it.
    pub(super) fn call_state(&self) -> Option<CallState> {
        self.call
            .filter(|_| self.room.is_some() && self.pages.engine_surface().is_some())
    }

    pub(super) fn notify(&self, notification: Notification) -> Result<(), AppError> {
        if self.room.is_none() {
            return Err(ErrorCode::NotInRoom.into());
        }
        if self.settings.notifications {
            self.shell.notify(notification);
        }
        Ok(())
    }

    pub(super) fn act(&self, act: CallCommand) -> Result<(), AppError> {
        match (&self.room, self.pages.engine_surface()) {
            (Some(_), Some(surface)) => {
                self.shell.act(surface, CallCommandEvent { command: act });
                Ok(())
            }
            _ => Err(ErrorCode::NotInRoom.into()),
        }
    }

    pub(super) async fn outside(&mut self, what: Outside) {
        match what {
            // The call has ended meanwhile: there is nobody to tell.
            Outside::CallCommand(act) => drop(self.act(act)),
            Outside::Leave => self.end_room(),
            Outside::Show if self.room.is_some() => drop(self.show_call().await),
            Outside::Show => self.shell.focus(),
            Outside::ShortcutTaken(true) => self.notice(NoticeCode::ShortcutTaken),
            Outside::ShortcutTaken(false) => self
                .notices
                .retain(|notice| notice.code != NoticeCode::ShortcutTaken),
        }
    }
}
