//! What the browser engine tells the app.

/// An event of the browser engine. A page's event is queued before the first command of that page is started: an
/// owner that looks at these before it looks at commands sees everything in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineEvent {
    /// The browser was started, for the first time or again.
    Opening,
    /// A page holds the door. Pages are counted from 1; a page that is loaded anew is a new one.
    PageAttached {
        /// Which.
        page: u64,
    },
    /// It has gone: closed, loaded anew, or crashed.
    PageGone {
        /// Which.
        page: u64,
    },
    /// No page came of it. `show` tries again.
    BrowserFailed(BrowserFailure),
}

/// Why no page came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrowserFailure {
    /// The program could not be started.
    #[error("the browser could not be started")]
    NotStarted,
    /// It ended with an error.
    #[error("the browser ended with an error")]
    Exited,
    /// It runs, or handed over to another, but its page did not come in time.
    #[error("the browser did not open the page")]
    NoPage,
}
