//! The decision where calls run: pure.

use crate::storage::settings::EngineChoice;

/// Where calls run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// Not known before the window has said whether it has WebRTC.
    Unknown,
    /// In the app's own window.
    Window,
    /// In a browser's window.
    Browser,
    /// Nowhere: the webview has no WebRTC and there is no browser.
    Missing,
}

/// Decides from the person's choice, from what the window said (`None`: nothing yet) and from whether there is
/// a browser. A choice that this computer cannot fulfil gives way to what works.
#[must_use]
pub fn choose(choice: EngineChoice, window_has_webrtc: Option<bool>, browser: bool) -> EngineKind {
    match (choice, window_has_webrtc, browser) {
        (EngineChoice::Browser, _, true) => EngineKind::Browser,
        (_, None, _) => EngineKind::Unknown,
        (_, Some(true), _) => EngineKind::Window,
        (_, Some(false), true) => EngineKind::Browser,
        (_, Some(false), false) => EngineKind::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EngineChoice::{Auto, Browser, Window};

    #[test]
    fn the_window_is_taken_where_it_can() {
        for browser in [false, true] {
            assert_eq!(choose(Auto, Some(true), browser), EngineKind::Window);
            assert_eq!(choose(Window, Some(true), browser), EngineKind::Window);
        }
    }

    #[test]
    fn without_webrtc_a_browser_runs_the_call() {
        for choice in [Auto, Window, Browser] {
            assert_eq!(choose(choice, Some(false), true), EngineKind::Browser);
            assert_eq!(choose(choice, Some(false), false), EngineKind::Missing);
        }
    }

    #[test]
    fn a_chosen_browser_does_not_wait_for_the_window() {
        assert_eq!(choose(Browser, None, true), EngineKind::Browser);
        assert_eq!(choose(Browser, Some(true), true), EngineKind::Browser);
        assert_eq!(choose(Browser, Some(true), false), EngineKind::Window);
    }

    #[test]
    fn nothing_is_decided_before_the_window_has_spoken() {
        for choice in [Auto, Window] {
            assert_eq!(choose(choice, None, true), EngineKind::Unknown);
            assert_eq!(choose(choice, None, false), EngineKind::Unknown);
        }
        assert_eq!(choose(Browser, None, false), EngineKind::Unknown);
    }
}
