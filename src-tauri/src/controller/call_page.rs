//! Where the call runs: the pages that attach, and the browser engine.

use std::time::Duration;

use tokio::task::{Id, JoinError};

use super::room::Room;
use super::{Controller, Platform};
use crate::engine::{EngineEvent, EngineKind};
use crate::error::{AppError, ErrorCode};
use crate::view::{NoticeCode, Surface};

/// How long a new session waits for the old one's leave to be said, so that a full room has a place again.
const RENEW_TIMEOUT: Duration = Duration::from_secs(1);

impl<P: Platform> Controller<P> {
    pub(super) async fn attach(&mut self, surface: Surface, webrtc: bool) {
        tracing::info!(?surface, webrtc, "a page has attached");
        if surface == Surface::Call && self.call_page.is_none() {
            // The call was over before its page had loaded; the engine that brought it is closing.
            return;
        }
        self.pages.attached(surface, webrtc);
        if surface == Surface::Window {
            self.choose_engine();
        }
        if self.pages.is_engine(surface) {
            self.call = None;
        }
        if self.pages.is_engine(surface)
            && let Some(room) = &mut self.room
            && room.page_attached()
        {
            // The page was loaded anew and its links are gone: to the others, a new peer comes.
            if let Some(session) = room.end_session() {
                let _ = tokio::time::timeout(RENEW_TIMEOUT, session.leave()).await;
            }
            room.begin_session().await;
        }
        self.open_waiting_link().await;
    }

    /// Hands over the signals that came before the call page was there.
    pub(super) fn deliver(&mut self) {
        let surface = self.pages.engine_surface();
        if let (Some(room), Some(surface)) = (&mut self.room, surface) {
            for event in room.take_waiting() {
                self.platform.send_signal(surface, &event);
            }
        }
    }

    pub(super) fn choose_engine(&mut self) {
        // A call that runs stays where it is.
        if self.room.is_none() {
            let choice = self.engine.unwrap_or(self.settings.engine);
            self.pages.choose(choice, self.platform.browser_name());
        }
    }

    /// Opens the call page: at once, or when the browser of the room before has ended, which has the same profile.
    pub(super) async fn open_call(&mut self) -> Result<(), AppError> {
        self.pages.opening();
        if self.closing.is_some() {
            self.reopen = true;
            return Ok(());
        }
        match self.platform.open_call_page().await {
            Ok(events) => {
                self.call_page = Some(events);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "the call page cannot be opened");
                self.pages.close();
                self.notice(NoticeCode::BrowserFailed);
                Err(error)
            }
        }
    }

    /// Tells the call page that the call is over, and ends the browser beside the controller.
    pub(super) fn close_call(&mut self) {
        self.pages.close();
        self.reopen = false;
        if self.call_page.take().is_some() {
            self.closing = Some(self.farewells.spawn(self.platform.close_call_page()).id());
        }
    }

    /// A task of the farewells has ended.
    pub(super) async fn farewell_said(&mut self, said: Result<(Id, ()), JoinError>) {
        let id = said.map_or_else(|error| error.id(), |(id, ())| id);
        if self.closing == Some(id) {
            self.closing = None;
            if std::mem::take(&mut self.reopen) {
                // Told by a notice when it fails.
                let _ = self.open_call().await;
            }
        }
    }

    pub(super) async fn show_call(&mut self) -> Result<(), AppError> {
        if self.room.is_none() {
            return Err(ErrorCode::NotInRoom.into());
        }
        match self.pages.place() {
            EngineKind::Browser if self.reopen => {}
            EngineKind::Browser if self.call_page.is_none() => self.open_call().await?,
            EngineKind::Browser => self.platform.focus_call_page(),
            _ => self.platform.focus_window(),
        }
        Ok(())
    }

    pub(super) fn engine_event(&mut self, event: Option<EngineEvent>) {
        let Some(event) = event else {
            tracing::error!("the browser engine has ended without a reason");
            self.call_page = None;
            self.pages.close();
            return self.call_page_gone();
        };
        tracing::info!(?event, "the browser engine");
        if !self.pages.engine_event(event) {
            self.notice(NoticeCode::BrowserFailed);
            self.call_page_gone();
        }
    }

    /// Nobody can answer the others any longer, but the room stays: *Show call* comes back into it.
    pub(super) fn call_page_gone(&mut self) {
        if let Some(session) = self.room.as_mut().and_then(Room::page_gone) {
            self.farewells.spawn(session.leave());
        }
    }
}
