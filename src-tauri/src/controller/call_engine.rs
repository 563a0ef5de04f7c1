//! Where the call runs, and whether its page is there. Pure except for the clock.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::{EngineEvent, EngineKind, select_engine};
use crate::storage::settings::EngineChoice;
use crate::view::{CallPageState, EngineView, Surface};

/// A call page that is gone for longer counts as closed. It is gone while it reloads.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) struct CallEngine {
    window_has_webrtc: Option<bool>,
    browser: Option<String>,
    kind: EngineKind,
    page_state: CallPageState,
    /// The page that is connected to the loopback server.
    page: Option<u64>,
    /// When a page that is gone counts as closed.
    reload_deadline: Option<Instant>,
}

impl Default for CallEngine {
    fn default() -> Self {
        Self {
            window_has_webrtc: None,
            browser: None,
            kind: EngineKind::Unknown,
            page_state: CallPageState::Closed,
            page: None,
            reload_deadline: None,
        }
    }
}

impl CallEngine {
    pub(super) fn kind(&self) -> EngineKind {
        self.kind
    }

    pub(super) fn choose(&mut self, choice: EngineChoice, browser: Option<String>) {
        self.kind = select_engine(choice, self.window_has_webrtc, browser.is_some());
        self.browser = browser;
    }

    pub(super) fn set_attached(&mut self, surface: Surface, webrtc: bool) {
        match surface {
            Surface::Window => self.window_has_webrtc = Some(webrtc),
            Surface::Call => self.page_state = CallPageState::Open,
        }
    }

    /// The browser starts now, or as soon as the last one has ended.
    pub(super) fn set_opening(&mut self) {
        self.page_state = CallPageState::Opening;
    }

    /// False when the browser failed and no page will come.
    pub(super) fn on_event(&mut self, event: EngineEvent) -> bool {
        match event {
            EngineEvent::Opening => self.set_opening(),
            EngineEvent::PageAttached { page } => {
                self.page = Some(page);
                self.reload_deadline = None;
            }
            EngineEvent::PageGone { page } if self.page == Some(page) => {
                self.page = None;
                self.reload_deadline = Some(Instant::now() + RELOAD_TIMEOUT);
            }
            EngineEvent::PageGone { .. } => {}
            EngineEvent::BrowserFailed(_) => {
                self.close();
                return false;
            }
        }
        true
    }

    pub(super) fn reload_deadline(&self) -> Option<Instant> {
        self.reload_deadline
    }

    /// No page is there, and none will come.
    pub(super) fn close(&mut self) {
        self.page_state = CallPageState::Closed;
        self.page = None;
        self.reload_deadline = None;
    }

    /// Whether the call runs in this page.
    pub(super) fn runs_in(&self, surface: Surface) -> bool {
        match self.kind {
            EngineKind::Window => surface == Surface::Window,
            EngineKind::Browser => surface == Surface::Call,
            EngineKind::Unknown | EngineKind::Missing => false,
        }
    }

    /// The page that runs the call, while it is there.
    pub(super) fn surface(&self) -> Option<Surface> {
        match self.kind {
            EngineKind::Window => Some(Surface::Window),
            EngineKind::Browser if self.page_state == CallPageState::Open => Some(Surface::Call),
            _ => None,
        }
    }

    pub(super) fn view(&self) -> EngineView {
        match self.kind {
            EngineKind::Unknown => EngineView::Unknown,
            EngineKind::Window => EngineView::Window,
            EngineKind::Missing => EngineView::Missing,
            EngineKind::Browser => EngineView::Browser {
                name: self.browser.clone().unwrap_or_default(),
                page: self.page_state,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::BrowserFailure;

    fn with_browser() -> CallEngine {
        let mut engine = CallEngine::default();
        engine.set_attached(Surface::Window, false);
        engine.choose(EngineChoice::Auto, Some("Chromium".into()));
        engine
    }

    #[tokio::test(start_paused = true)]
    async fn a_reload_does_not_close_the_page() {
        let mut engine = with_browser();
        assert!(engine.on_event(EngineEvent::PageAttached { page: 1 }));
        engine.set_attached(Surface::Call, true);
        assert!(engine.on_event(EngineEvent::PageGone { page: 1 }));
        assert_eq!(
            engine.reload_deadline(),
            Some(Instant::now() + RELOAD_TIMEOUT)
        );
        assert_eq!(engine.surface(), Some(Surface::Call));
        assert!(engine.on_event(EngineEvent::PageAttached { page: 2 }));
        assert_eq!(engine.reload_deadline(), None);
        // The end of an older page is reported late.
        assert!(engine.on_event(EngineEvent::PageGone { page: 1 }));
        assert_eq!(engine.reload_deadline(), None);
    }

    #[test]
    fn the_call_runs_in_one_page() {
        let mut engine = with_browser();
        assert!(engine.runs_in(Surface::Call) && !engine.runs_in(Surface::Window));
        assert_eq!(engine.surface(), None, "its page is not there yet");
        engine.set_attached(Surface::Window, true);
        engine.choose(EngineChoice::Auto, None);
        assert!(engine.runs_in(Surface::Window) && !engine.runs_in(Surface::Call));
        assert_eq!(engine.surface(), Some(Surface::Window));
    }

    #[test]
    fn a_failed_browser_has_no_page() {
        let mut engine = with_browser();
        assert!(engine.on_event(EngineEvent::Opening));
        assert!(!engine.on_event(EngineEvent::BrowserFailed(BrowserFailure::NoPage)));
        let name = "Chromium".to_owned();
        let page = CallPageState::Closed;
        assert_eq!(engine.view(), EngineView::Browser { name, page });
    }
}
