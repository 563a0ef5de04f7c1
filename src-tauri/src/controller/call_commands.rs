//! The person's state in the call, and what the tray, global shortcuts and the app's window want of the call.

use super::handle::DesktopRequest;
use super::{Controller, Platform};
use crate::error::{AppError, ErrorCode};
use crate::view::{CallCommand, CallCommandEvent, CallState, NoticeCode, Notification, TrayLabels};

impl<P: Platform> Controller<P> {
    pub(super) async fn set_call_state(&mut self, state: CallState) -> Result<(), AppError> {
        if self.room.is_none() || self.engine.surface().is_none() {
            return Err(ErrorCode::NotInRoom.into());
        }
        self.call = Some(state);
        Ok(())
    }

    /// As reported, while there is a page that reports it.
    pub(super) fn call_state(&self) -> Option<CallState> {
        self.call
            .filter(|_| self.room.is_some() && self.engine.surface().is_some())
    }

    pub(super) async fn set_tray_labels(&mut self, labels: TrayLabels) -> Result<(), AppError> {
        self.platform.set_tray_labels(labels);
        Ok(())
    }

    pub(super) async fn show_notification(
        &mut self,
        notification: Notification,
    ) -> Result<(), AppError> {
        if self.room.is_none() {
            return Err(ErrorCode::NotInRoom.into());
        }
        if self.settings.notifications {
            self.platform.show_notification(notification);
        }
        Ok(())
    }

    pub(super) async fn run_call_command(&mut self, command: CallCommand) -> Result<(), AppError> {
        match (&self.room, self.engine.surface()) {
            (Some(_), Some(surface)) => {
                self.platform
                    .send_call_command(surface, CallCommandEvent { command });
                Ok(())
            }
            _ => Err(ErrorCode::NotInRoom.into()),
        }
    }

    pub(super) async fn handle_desktop_request(&mut self, request: DesktopRequest) {
        match request {
            // A call that has ended meanwhile needs no command.
            DesktopRequest::CallCommand(command) => drop(self.run_call_command(command).await),
            DesktopRequest::Leave => self.end_room(),
            DesktopRequest::Show if self.room.is_some() => {
                if self.is_window_hidden {
                    self.show_window();
                }
                drop(self.show_call().await);
            }
            DesktopRequest::Show => self.show_window(),
            DesktopRequest::ShortcutTaken(true) => self.add_notice(NoticeCode::ShortcutTaken),
            DesktopRequest::ShortcutTaken(false) => self.remove_notice(NoticeCode::ShortcutTaken),
        }
    }
}
