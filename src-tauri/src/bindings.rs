//! The TypeScript bindings of all types that cross to the UI, as one file's text.

use parlour_signaling::protocol::IceServer;
use ts_rs::{Config, TS};

use crate::error::{AppError, ErrorCode};
use crate::storage::settings::{EngineChoice, GlobalShortcuts, Hosting, Language, Settings, Theme};
use crate::view::{
    AppView, CallCommand, CallCommandEvent, CallPageState, CallState, ConnectionState, EngineView,
    InviteTemplates, NetworkChange, NetworkChangeEvent, Notice, NoticeCode, Notification,
    OpenedSignal, Os, PeerView, PendingJoin, Phase, Presence, Role, RoomView, SealedSignal,
    SignalEvent, Surface, System, TrayLabels,
};

/// The text of `ui/src/backend/bindings.ts`.
#[must_use]
pub fn typescript() -> String {
    let config = Config::new().with_large_int("number");
    let mut text =
        String::from("// Generated from the Rust types by `cargo xtask bindings`. Do not edit.\n");
    let mut add = |docs: Option<String>, declaration: String| {
        text.push('\n');
        text.push_str(&docs.unwrap_or_default());
        text.push_str("export ");
        text.push_str(&declaration);
        text.push('\n');
    };
    macro_rules! types {
        ($($name:ty),* $(,)?) => { $( add(<$name>::docs(), <$name>::decl(&config)); )* };
    }
    types![
        AppView,
        Settings,
        Hosting,
        GlobalShortcuts,
        EngineChoice,
        Theme,
        Language,
        EngineView,
        CallPageState,
        RoomView,
        Phase,
        ConnectionState,
        PeerView,
        Presence,
        Role,
        IceServer,
        PendingJoin,
        InviteTemplates,
        Notice,
        NoticeCode,
        SignalEvent,
        CallCommand,
        CallCommandEvent,
        CallState,
        NetworkChangeEvent,
        NetworkChange,
        Notification,
        OpenedSignal,
        Os,
        SealedSignal,
        System,
        TrayLabels,
        Surface,
        AppError,
        ErrorCode,
    ];
    text
}
