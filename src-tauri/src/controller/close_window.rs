//! The close button of the app's window. It ends the app, but no call without a question: the companion beside a call
//! looks like something that may be closed.

use super::room::JoinedRoom;
use super::{Controller, Platform};
use crate::engine::EngineKind;
use crate::error::AppError;

impl<P: Platform> Controller<P> {
    pub(super) fn close_window(&mut self) {
        let is_in_call = self.room.as_ref().is_some_and(JoinedRoom::is_open);
        if !is_in_call {
            self.platform.hide_window();
            self.quit.cancel();
        } else if self.engine.kind() == EngineKind::Browser && self.platform.has_tray() {
            self.asks_to_close = false;
            self.is_window_hidden = true;
            self.platform.hide_window();
        } else {
            self.asks_to_close = true;
            self.show_window();
        }
    }

    pub(super) async fn answer_close(&mut self, leave: bool) -> Result<(), AppError> {
        if std::mem::take(&mut self.asks_to_close) && leave {
            self.platform.hide_window();
            self.quit.cancel();
        }
        Ok(())
    }

    pub(super) fn show_window(&mut self) {
        self.is_window_hidden = false;
        self.platform.focus_window();
    }

    /// The call is over: a window that was hidden during it comes back.
    pub(super) fn on_room_ended(&mut self) {
        self.asks_to_close = false;
        if self.is_window_hidden {
            self.show_window();
        }
    }
}
