//! The events that pages receive.

use ts_rs::{Config, TS};

use crate::view::{AppView, CallCommandEvent, NetworkChangeEvent, SignalEvent};

/// For the generated bindings.
pub(crate) struct EventType {
    pub(crate) name: &'static str,
    pub(crate) docs: &'static [&'static str],
    pub(crate) payload: String,
}

macro_rules! events {
    ($( $(#[doc = $doc:literal])* $constant:ident = $name:literal: $payload:ty; )*) => {
        $( $(#[doc = $doc])* pub const $constant: &str = $name; )*

        pub(crate) fn types(config: &Config) -> Vec<EventType> {
            vec![$( EventType {
                name: $name,
                docs: &[$($doc),*],
                payload: <$payload>::name(config),
            } ),*]
        }
    };
}

events! {
    /// The whole state, after every change. Goes to all pages; all other events go to the page that runs the call.
    VIEW = "view": AppView;
    /// A signal of a peer.
    SIGNAL = "signal": SignalEvent;
    /// The computer's network changed, or the computer was asleep.
    NETWORK_CHANGE = "network_change": NetworkChangeEvent;
    /// The tray, a global shortcut or the app's window wants something of the call.
    CALL_COMMAND = "call_command": CallCommandEvent;
    /// Come to the front.
    FOCUS = "focus": ();
    /// The room is over, or the app quits: the page is no longer needed.
    CLOSE = "close": ();
}
