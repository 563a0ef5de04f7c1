//! Opens, shows and closes the call page, and attaches the pages.

use std::time::Duration;

use tokio::task::{Id, JoinError};

use super::{Controller, Platform};
use crate::engine::{EngineEvent, EngineKind};
use crate::error::{AppError, ErrorCode};
use crate::view::{AppView, NoticeCode, Surface};

/// How long a new client waits for the leave of the one before, so that a full room has a place again.
const REPLACE_TIMEOUT: Duration = Duration::from_secs(1);

impl<P: Platform> Controller<P> {
    pub(super) async fn attach(
        &mut self,
        surface: Surface,
        webrtc: bool,
    ) -> Result<AppView, AppError> {
        tracing::info!(?surface, webrtc, "a page attached");
        // Without the browser engine, the call ended before its page had loaded, and its browser is closing.
        if surface == Surface::Window || self.engine_events.is_some() {
            self.set_attached(surface, webrtc).await;
        }
        self.send_view();
        Ok(self.view.clone())
    }

    async fn set_attached(&mut self, surface: Surface, webrtc: bool) {
        self.engine.set_attached(surface, webrtc);
        if surface == Surface::Window {
            self.choose_engine();
        }
        if self.engine.runs_in(surface) {
            self.call = None;
            if let Some(room) = &mut self.room
                && room.page_attached()
            {
                // The page was reloaded and its links are gone: to the others, a new peer comes.
                self.room_events = None;
                if let Some(client) = room.take_client() {
                    let _ = tokio::time::timeout(REPLACE_TIMEOUT, client.leave()).await;
                }
                self.room_events = Some(room.connect().await);
            }
        }
        self.handle_pending_link().await;
    }

    pub(super) fn choose_engine(&mut self) {
        // A running call stays where it is.
        if self.room.is_none() {
            let choice = self.engine_override.unwrap_or(self.settings.engine);
            let preferred = &self.settings.browser;
            self.engine
                .choose(choice, self.platform.browsers(), preferred);
        }
    }

    /// Opens the call page: at once, or when the last room's browser has ended, which uses the same profile.
    pub(super) async fn open_call_page(&mut self) -> Result<(), AppError> {
        self.engine.set_opening();
        if self.closing_browser.is_some() {
            self.reopen_call_page = true;
            return Ok(());
        }
        let browsers = self.engine.browsers().to_vec();
        match self.platform.open_call_page(browsers.clone()).await {
            Ok(events) => {
                self.engine_events = Some(events);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "the call page cannot be opened");
                self.engine.forget_broken();
                self.engine.close();
                if error.code == ErrorCode::BrowserFailed {
                    self.add_notice_about(NoticeCode::BrowserFailed, browsers.into_iter().last());
                }
                Err(error)
            }
        }
    }

    /// Tells the call page that the call is over. A task ends the browser.
    pub(super) fn close_call_page(&mut self) {
        self.engine.close();
        self.reopen_call_page = false;
        if self.engine_events.take().is_some() {
            let close = self.platform.close_call_page();
            self.closing_browser = Some(self.closing.spawn(close).id());
        }
    }

    /// A task that left a room or closed the browser has ended.
    pub(super) async fn on_closed(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        if self.closing_browser == Some(id) {
            self.closing_browser = None;
            if std::mem::take(&mut self.reopen_call_page) {
                // A failure is a notice.
                let _ = self.open_call_page().await;
            }
        }
    }

    pub(super) async fn show_call(&mut self) -> Result<(), AppError> {
        if self.room.is_none() {
            return Err(ErrorCode::NotInRoom.into());
        }
        match self.engine.kind() {
            EngineKind::Browser if self.reopen_call_page => {}
            EngineKind::Browser if self.engine_events.is_none() => self.open_call_page().await?,
            EngineKind::Browser => self.platform.focus_call_page(),
            _ => self.show_window(),
        }
        Ok(())
    }

    pub(super) fn on_engine_event(&mut self, event: Option<EngineEvent>) {
        let Some(event) = event else {
            tracing::error!("the browser engine ended without a reason");
            self.engine_events = None;
            self.engine.close();
            return self.on_call_page_closed();
        };
        tracing::info!(?event, "the browser engine reports");
        match &event {
            EngineEvent::BrowserPassedOver { browser, .. } => {
                self.add_notice_about(NoticeCode::BrowserPassedOver, Some(browser.clone()));
            }
            EngineEvent::BrowserFailed { browser, .. } => {
                self.add_notice_about(NoticeCode::BrowserFailed, Some(browser.clone()));
            }
            EngineEvent::PageAttached { .. } => self.remove_notice(NoticeCode::BrowserFailed),
            _ => {}
        }
        if !self.engine.on_event(event) {
            self.on_call_page_closed();
        }
    }

    /// No page can answer the others any longer. The room stays: *Show call* opens the page again.
    pub(super) fn on_call_page_closed(&mut self) {
        if let Some(room) = &mut self.room {
            self.room_events = None;
            if let Some(client) = room.page_closed() {
                self.closing.spawn(async move { client.leave().await });
            }
        }
    }
}
