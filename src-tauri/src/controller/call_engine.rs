//! Which pages there are and which of them runs the call: pure but for the clock.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::{EngineEvent, EngineKind, choose};
use crate::storage::settings::EngineChoice;
use crate::view::{CallPageState, EngineView, Surface};

/// How long a call page may be gone, which it is while it is loaded anew, before it counts as closed.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(3);

/// The window's page and the call page.
#[derive(Debug)]
pub(super) struct Pages {
    window_has_webrtc: Option<bool>,
    browser: Option<String>,
    place: EngineKind,
    state: CallPageState,
    /// The page that holds the engine's door.
    page: Option<u64>,
    /// When a page that has gone counts as closed.
    closes: Option<Instant>,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            window_has_webrtc: None,
            browser: None,
            place: EngineKind::Unknown,
            state: CallPageState::Closed,
            page: None,
            closes: None,
        }
    }
}

impl Pages {
    pub(super) fn place(&self) -> EngineKind {
        self.place
    }

    /// Decides where calls run.
    pub(super) fn choose(&mut self, choice: EngineChoice, browser: Option<String>) {
        self.place = choose(choice, self.window_has_webrtc, browser.is_some());
        self.browser = browser;
    }

    pub(super) fn attached(&mut self, surface: Surface, webrtc: bool) {
        match surface {
            Surface::Window => self.window_has_webrtc = Some(webrtc),
            Surface::Call => self.state = CallPageState::Open,
        }
    }

    /// The browser is being started, or about to be.
    pub(super) fn opening(&mut self) {
        self.state = CallPageState::Opening;
    }

    /// False when the browser has failed, and no page is coming.
    pub(super) fn engine_event(&mut self, event: EngineEvent) -> bool {
        match event {
            EngineEvent::Opening => self.opening(),
            EngineEvent::PageAttached { page } => {
                self.page = Some(page);
                self.closes = None;
            }
            EngineEvent::PageGone { page } if self.page == Some(page) => {
                self.page = None;
                self.closes = Some(Instant::now() + RELOAD_TIMEOUT);
            }
            EngineEvent::PageGone { .. } => {}
            EngineEvent::BrowserFailed(_) => {
                self.close();
                return false;
            }
        }
        true
    }

    /// When the page counts as closed, if it is gone.
    pub(super) fn closes(&self) -> Option<Instant> {
        self.closes
    }

    /// No page is there, and none is coming.
    pub(super) fn close(&mut self) {
        self.state = CallPageState::Closed;
        self.page = None;
        self.closes = None;
    }

    /// Whether a page of this kind runs the call.
    pub(super) fn is_engine(&self, surface: Surface) -> bool {
        match self.place {
            EngineKind::Window => surface == Surface::Window,
            EngineKind::Browser => surface == Surface::Call,
            EngineKind::Unknown | EngineKind::Missing => false,
        }
    }

    /// The page that runs the call, if it is there.
    pub(super) fn engine_surface(&self) -> Option<Surface> {
        match self.place {
            EngineKind::Window => Some(Surface::Window),
            EngineKind::Browser if self.state == CallPageState::Open => Some(Surface::Call),
            _ => None,
        }
    }

    pub(super) fn view(&self) -> EngineView {
        match self.place {
            EngineKind::Unknown => EngineView::Unknown,
            EngineKind::Window => EngineView::Window,
            EngineKind::Missing => EngineView::Missing,
            EngineKind::Browser => EngineView::Browser {
                name: self.browser.clone().unwrap_or_default(),
                page: self.state,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::BrowserFailure;

    fn with_browser() -> Pages {
        let mut pages = Pages::default();
        pages.attached(Surface::Window, false);
        pages.choose(EngineChoice::Auto, Some("Chromium".into()));
        pages
    }

    #[tokio::test(start_paused = true)]
    async fn a_reload_is_no_closing() {
        let mut pages = with_browser();
        assert!(pages.engine_event(EngineEvent::PageAttached { page: 1 }));
        pages.attached(Surface::Call, true);
        assert!(pages.engine_event(EngineEvent::PageGone { page: 1 }));
        assert_eq!(pages.closes(), Some(Instant::now() + RELOAD_TIMEOUT));
        assert_eq!(pages.engine_surface(), Some(Surface::Call));
        assert!(pages.engine_event(EngineEvent::PageAttached { page: 2 }));
        assert_eq!(pages.closes(), None);
        // An older page's end, told late.
        assert!(pages.engine_event(EngineEvent::PageGone { page: 1 }));
        assert_eq!(pages.closes(), None);
    }

    #[test]
    fn the_call_runs_in_one_place() {
        let mut pages = with_browser();
        assert!(pages.is_engine(Surface::Call) && !pages.is_engine(Surface::Window));
        assert_eq!(pages.engine_surface(), None, "its page is not there yet");
        pages.attached(Surface::Window, true);
        pages.choose(EngineChoice::Auto, None);
        assert!(pages.is_engine(Surface::Window) && !pages.is_engine(Surface::Call));
        assert_eq!(pages.engine_surface(), Some(Surface::Window));
    }

    #[test]
    fn a_browser_that_failed_leaves_no_page() {
        let mut pages = with_browser();
        assert!(pages.engine_event(EngineEvent::Opening));
        assert!(!pages.engine_event(EngineEvent::BrowserFailed(BrowserFailure::NoPage)));
        let name = "Chromium".to_owned();
        let page = CallPageState::Closed;
        assert_eq!(pages.view(), EngineView::Browser { name, page });
    }
}
