//! What the pages hear. The call page is also told `focus` and `close`, by the engine.

/// The whole view ([`crate::view::AppView`]), to all pages, after every change.
pub const VIEW: &str = "view";
/// A peer's signal ([`crate::view::SignalEvent`]), to the page that runs the call.
pub const SIGNAL: &str = "signal";
/// What the network has done ([`crate::view::NetworkChangeEvent`]), to the page that runs the call.
pub const NETWORK_CHANGE: &str = "network_change";
/// What is asked of the call from outside ([`crate::view::CallCommandEvent`]), to the page that runs it.
pub const CALL_COMMAND: &str = "call_command";
