//! A link arrives: with the start, from a second instance, or from the system.

mod register;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tauri::{AppHandle, Runtime};
use tauri_plugin_deep_link::DeepLinkExt;

use crate::cli::Cli;
use crate::controller::Desk;

/// The scheme of invites that open the app.
const SCHEME: &str = "parlour:";
/// Longer than any invite; what is longer is not even looked at.
const MAX_CHARS: usize = 4096;

/// Text that came as a link. It may carry a room's secret, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// An argument that is a link. Whether the link is any good is told when it is opened.
    ///
    /// # Errors
    /// For any other argument.
    pub fn from_argument(argument: &str) -> Result<Self, NotALink> {
        let is_link = argument.len() <= MAX_CHARS
            && argument
                .get(..SCHEME.len())
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME));
        if is_link {
            Ok(Self(argument.to_owned()))
        } else {
            Err(NotALink)
        }
    }

    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

/// The argument is not a link of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a parlour:// link")]
pub struct NotALink;

/// Second instances whose handing-over waits: the first has its name before it has its desk.
const MAX_WAITING: usize = 8;

/// Where second instances ring, from the first moment on.
#[derive(Clone, Debug, Default)]
pub struct Doorbell {
    // A plain mutex, never held across an await.
    rung: Arc<Mutex<Rung>>,
}

#[derive(Debug, Default)]
struct Rung {
    desk: Option<Desk>,
    /// The links of those that brought one.
    waiting: Vec<Option<Link>>,
}

impl Doorbell {
    /// A second instance was started with these arguments.
    pub fn ring(&self, args: Vec<String>) {
        // Flags are for a new process: here only the link counts.
        let link = Cli::read(args).ok().and_then(|cli| cli.link);
        let mut rung = self.rung();
        match &rung.desk {
            Some(desk) => second_instance(desk, link),
            None if rung.waiting.len() < MAX_WAITING => rung.waiting.push(link),
            None => tracing::warn!("the app is started too often at once"),
        }
    }

    /// There is somebody now: what was rung before is heard.
    pub fn answer(&self, desk: &Desk) {
        let mut rung = self.rung();
        for link in rung.waiting.drain(..) {
            second_instance(desk, link);
        }
        rung.desk = Some(desk.clone());
    }

    fn rung(&self) -> MutexGuard<'_, Rung> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// It wants the window in any case.
fn second_instance(desk: &Desk, link: Option<Link>) {
    match link {
        Some(link) => desk.open_link(link),
        None => desk.show_window(),
    }
}

/// Hears of links that the system brings to the running app, and makes the app their handler while it is developed
/// (installed, the package does that).
pub fn listen<R: Runtime>(app: &AppHandle<R>, desk: Desk, register: bool) {
    // On Linux and Windows a link is an argument and comes by [`second_instance`].
    if cfg!(target_os = "macos") {
        app.deep_link().on_open_url(move |event| {
            for url in event.urls() {
                if let Ok(link) = Link::from_argument(url.as_str()) {
                    desk.open_link(link);
                }
            }
        });
    }
    if register && cfg!(any(target_os = "linux", windows)) {
        let app = app.clone();
        // It runs programs of the desktop, which take their time.
        tauri::async_runtime::spawn_blocking(move || register::this_program(&app));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_by_their_scheme() {
        for link in [
            "parlour://join/192.0.2.7:80/abc",
            "PARLOUR://join/x/y",
            "parlour:junk",
        ] {
            assert!(Link::from_argument(link).is_ok(), "{link}");
        }
        for other in [
            "",
            "parlour",
            "--parlour://x",
            "https://example.org/j#abc",
            "/tmp/parlour://",
            "pärlour://x",
            "会客厅://",
        ] {
            assert!(Link::from_argument(other).is_err(), "{other}");
        }
        assert!(Link::from_argument(&format!("parlour://{}", "x".repeat(MAX_CHARS))).is_err());
    }

    #[test]
    fn a_link_is_never_printed() {
        let link = Link("parlour://join/x/SECRET".into());
        assert_eq!(format!("{link:?}"), "Link(…)");
    }
}
