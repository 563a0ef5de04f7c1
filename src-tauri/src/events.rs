//! What the pages hear. The call page is also told `raise` and `bye`, by the engine.

/// The whole view ([`crate::view::AppView`]), to all pages, after every change.
pub const VIEW: &str = "view";
/// A peer's signal ([`crate::view::SignalEvent`]), to the page that runs the call.
pub const SIGNAL: &str = "signal";
/// What the network has done ([`crate::view::NetworkEvent`]), to the page that runs the call.
pub const NETWORK: &str = "network";
/// What is asked of the call from outside ([`crate::view::ActEvent`]), to the page that runs it.
pub const ACT: &str = "act";
