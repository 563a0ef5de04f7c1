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
    /// The browsers of this computer, the best one first.
    found: Vec<String>,
    /// The same in the order in which they are tried.
    browsers: Vec<String>,
    /// Those that opened no page in this run of the app.
    broken: Vec<String>,
    /// The browser that runs calls, or that would.
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
            found: Vec::new(),
            browsers: Vec::new(),
            broken: Vec::new(),
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

    /// `browsers` are those of this computer, the best one first, and `preferred` is one of them or empty.
    pub(super) fn choose(
        &mut self,
        choice: EngineChoice,
        mut browsers: Vec<String>,
        preferred: &str,
    ) {
        self.kind = select_engine(choice, self.window_has_webrtc, !browsers.is_empty());
        self.found.clone_from(&browsers);
        // The sort is stable.
        browsers.sort_by_key(|name| (self.broken.contains(name), name != preferred));
        self.browser = browsers.first().cloned();
        self.browsers = browsers;
    }

    /// The best one first.
    pub(super) fn found(&self) -> &[String] {
        &self.found
    }

    /// In the order in which they are tried.
    pub(super) fn browsers(&self) -> &[String] {
        &self.browsers
    }

    /// None of the browsers opened a page. They may all be mended by now: the next try begins with the first.
    pub(super) fn forget_broken(&mut self) {
        self.broken.clear();
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

    /// False when no page is there and none will come.
    pub(super) fn on_event(&mut self, event: EngineEvent) -> bool {
        match event {
            EngineEvent::Opening { browser } => {
                self.browser = Some(browser);
                self.set_opening();
            }
            EngineEvent::PageAttached { page } => {
                self.page = Some(page);
                self.reload_deadline = None;
            }
            EngineEvent::PageGone { page } if self.page == Some(page) => {
                self.page = None;
                self.reload_deadline = Some(Instant::now() + RELOAD_TIMEOUT);
            }
            EngineEvent::PageGone { .. } => {}
            EngineEvent::BrowserPassedOver { browser, .. } => {
                if !self.broken.contains(&browser) {
                    self.broken.push(browser);
                }
            }
            EngineEvent::BrowserFailed { .. } => {
                self.forget_broken();
                self.close();
                return false;
            }
            EngineEvent::BrowserEnded => {
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
        engine.choose(EngineChoice::Auto, browsers(), "");
        engine
    }

    fn browsers() -> Vec<String> {
        ["Chromium", "Brave", "Firefox"].map(str::to_owned).into()
    }

    fn passed_over(browser: &str) -> EngineEvent {
        EngineEvent::BrowserPassedOver {
            browser: browser.to_owned(),
            failure: BrowserFailure::Exited,
        }
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
        engine.choose(EngineChoice::Auto, Vec::new(), "");
        assert!(engine.runs_in(Surface::Window) && !engine.runs_in(Surface::Call));
        assert_eq!(engine.surface(), Some(Surface::Window));
    }

    #[test]
    fn a_failed_browser_has_no_page() {
        let mut engine = with_browser();
        let browser = "Brave".to_owned();
        assert!(engine.on_event(EngineEvent::Opening { browser }));
        assert!(!engine.on_event(EngineEvent::BrowserFailed {
            browser: "Brave".to_owned(),
            failure: BrowserFailure::NoPage,
        }));
        let name = "Brave".to_owned();
        let page = CallPageState::Closed;
        assert_eq!(engine.view(), EngineView::Browser { name, page });
    }

    #[test]
    fn the_browser_that_the_person_chose_is_tried_first() {
        let mut engine = with_browser();
        assert_eq!(engine.browsers(), browsers());
        engine.choose(EngineChoice::Auto, browsers(), "Firefox");
        assert_eq!(engine.browsers(), ["Firefox", "Chromium", "Brave"]);
        engine.choose(EngineChoice::Auto, browsers(), "Removed meanwhile");
        assert_eq!(engine.browsers(), browsers());
    }

    #[test]
    fn a_browser_that_did_not_start_is_tried_last_until_all_have_failed() {
        let mut engine = with_browser();
        assert!(engine.on_event(passed_over("Chromium")));
        assert!(engine.on_event(passed_over("Brave")));
        engine.choose(EngineChoice::Auto, browsers(), "Brave");
        assert_eq!(engine.browsers(), ["Firefox", "Brave", "Chromium"]);
        engine.on_event(EngineEvent::BrowserFailed {
            browser: "Firefox".to_owned(),
            failure: BrowserFailure::Exited,
        });
        engine.choose(EngineChoice::Auto, browsers(), "Brave");
        assert_eq!(engine.browsers(), ["Brave", "Chromium", "Firefox"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_killed_browser_takes_its_page_along_at_once() {
        let mut engine = with_browser();
        engine.on_event(EngineEvent::PageAttached { page: 1 });
        engine.set_attached(Surface::Call, true);
        engine.on_event(EngineEvent::PageGone { page: 1 });
        assert!(!engine.on_event(EngineEvent::BrowserEnded));
        assert_eq!((engine.reload_deadline(), engine.surface()), (None, None));
    }
}
