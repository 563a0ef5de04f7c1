//! `parlour:` links: arguments of the start, of a later start, or events of the system.

mod register;

use std::fmt;

use tauri::{AppHandle, Runtime};
use tauri_plugin_deep_link::DeepLinkExt;

const SCHEME: &str = "parlour:";
/// Longer than any invite.
const MAX_LINK_BYTES: usize = 4096;

/// The text of a link, not yet parsed as an invite. It may carry a room's secret, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DeepLink(String);

impl DeepLink {
    /// Checks the scheme and the length only. The controller parses the link and reports what is wrong with it.
    pub fn from_argument(argument: &str) -> Result<Self, NotADeepLink> {
        let is_link = argument.len() <= MAX_LINK_BYTES
            && argument
                .get(..SCHEME.len())
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME));
        if is_link {
            Ok(Self(argument.to_owned()))
        } else {
            Err(NotADeepLink)
        }
    }

    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeepLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeepLink(…)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a parlour:// link")]
pub struct NotADeepLink;

/// Calls `open` for links that the system brings to the running app. With `register`, makes this program the handler
/// of links: during development only, as a package registers the app that it installs.
pub fn listen<R: Runtime>(
    app: &AppHandle<R>,
    open: impl Fn(DeepLink) + Send + Sync + 'static,
    register: bool,
) {
    // On Linux and Windows a link is an argument of a later start.
    if cfg!(target_os = "macos") {
        app.deep_link().on_open_url(move |event| {
            for url in event.urls() {
                if let Ok(link) = DeepLink::from_argument(url.as_str()) {
                    open(link);
                }
            }
        });
    }
    if register && cfg!(any(target_os = "linux", windows)) {
        let app = app.clone();
        // Registering runs programs of the desktop and takes seconds.
        tauri::async_runtime::spawn_blocking(move || register::this_program(&app));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_recognized_by_its_scheme() {
        for link in [
            "parlour://join/192.0.2.7:80/abc",
            "PARLOUR://join/x/y",
            "parlour:junk",
        ] {
            assert!(DeepLink::from_argument(link).is_ok(), "{link}");
        }
        for no_link in [
            "",
            "parlour",
            "--parlour://x",
            "https://example.org/j#abc",
            "/tmp/parlour://",
            "pärlour://x",
            "会客厅://",
        ] {
            assert!(DeepLink::from_argument(no_link).is_err(), "{no_link}");
        }
        assert!(
            DeepLink::from_argument(&format!("parlour://{}", "x".repeat(MAX_LINK_BYTES))).is_err()
        );
    }

    #[test]
    fn a_link_is_never_printed() {
        let link = DeepLink("parlour://join/x/SECRET".into());
        assert_eq!(format!("{link:?}"), "DeepLink(…)");
    }
}
