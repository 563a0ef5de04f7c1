//! One's own part in the call as it is told outside its page, and what is asked of it from there.

use super::handle::DesktopRequest;
use super::{Controller, Platform};
use crate::error::{AppError, ErrorCode};
use crate::view::{CallCommand, CallCommandEvent, CallState, NoticeCode, Notification};

impl<P: Platform> Controller<P> {
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
            self.platform.show_notification(notification);
        }
        Ok(())
    }

    pub(super) fn act(&self, act: CallCommand) -> Result<(), AppError> {
        match (&self.room, self.pages.engine_surface()) {
            (Some(_), Some(surface)) => {
                self.platform
                    .send_call_command(surface, CallCommandEvent { command: act });
                Ok(())
            }
            _ => Err(ErrorCode::NotInRoom.into()),
        }
    }

    pub(super) async fn outside(&mut self, what: DesktopRequest) {
        match what {
            // The call has ended meanwhile: there is nobody to tell.
            DesktopRequest::CallCommand(act) => drop(self.act(act)),
            DesktopRequest::Leave => self.end_room(),
            DesktopRequest::Show if self.room.is_some() => drop(self.show_call().await),
            DesktopRequest::Show => self.platform.focus_window(),
            DesktopRequest::ShortcutTaken(true) => self.notice(NoticeCode::ShortcutTaken),
            DesktopRequest::ShortcutTaken(false) => self
                .notices
                .retain(|notice| notice.code != NoticeCode::ShortcutTaken),
        }
    }
}
