//! Decides where calls run. Pure.

use crate::storage::settings::EngineChoice;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// Not known before the window reports whether it has WebRTC.
    Unknown,
    Window,
    Browser,
    /// The webview has no WebRTC and there is no browser.
    Missing,
}

/// `window_has_webrtc` is `None` until the window reports it. A choice that this computer cannot fulfil is replaced by
/// what works.
#[must_use]
pub fn select_engine(
    choice: EngineChoice,
    window_has_webrtc: Option<bool>,
    browser: bool,
) -> EngineKind {
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
    fn a_window_with_webrtc_runs_the_call() {
        for browser in [false, true] {
            assert_eq!(select_engine(Auto, Some(true), browser), EngineKind::Window);
            assert_eq!(
                select_engine(Window, Some(true), browser),
                EngineKind::Window
            );
        }
    }

    #[test]
    fn without_webrtc_a_browser_runs_the_call() {
        for choice in [Auto, Window, Browser] {
            assert_eq!(
                select_engine(choice, Some(false), true),
                EngineKind::Browser
            );
            assert_eq!(
                select_engine(choice, Some(false), false),
                EngineKind::Missing
            );
        }
    }

    #[test]
    fn a_chosen_browser_does_not_wait_for_the_window() {
        assert_eq!(select_engine(Browser, None, true), EngineKind::Browser);
        assert_eq!(
            select_engine(Browser, Some(true), true),
            EngineKind::Browser
        );
        assert_eq!(
            select_engine(Browser, Some(true), false),
            EngineKind::Window
        );
    }

    #[test]
    fn nothing_is_decided_before_the_window_reports() {
        for choice in [Auto, Window] {
            assert_eq!(select_engine(choice, None, true), EngineKind::Unknown);
            assert_eq!(select_engine(choice, None, false), EngineKind::Unknown);
        }
        assert_eq!(select_engine(Browser, None, false), EngineKind::Unknown);
    }
}
