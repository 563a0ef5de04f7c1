//! Events of the browser engine.

/// A page's event is queued before the first command of that page starts, so an owner that polls events before commands
/// sees both in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineEvent {
    /// This browser was started, for the first time or again.
    Opening { browser: String },
    /// A page holds the socket. Pages are numbered from 1; a reloaded page is a new page.
    PageAttached { page: u64 },
    /// The page was closed or reloaded, or it crashed.
    PageGone { page: u64 },
    /// This browser opened no page, and the next one is tried.
    BrowserPassedOver {
        browser: String,
        failure: BrowserFailure,
    },
    /// This browser, the last one that could be tried, opened no page. `show` begins again with the first.
    BrowserFailed {
        browser: String,
        failure: BrowserFailure,
    },
    /// The browser was killed or has crashed: its page does not come back by itself.
    BrowserEnded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrowserFailure {
    #[error("the browser could not be started")]
    NotStarted,
    #[error("the browser ended with an error")]
    Exited,
    /// It runs, or handed over to another process, but no page attached within the lifetime of the token.
    #[error("the browser did not open the page")]
    NoPage,
}
