//! The TypeScript bindings of all types that cross to the UI, as one file's text.

use parlour_signaling::protocol::IceServer;
use ts_rs::{Config, TS};

use crate::error::{AppError, ErrorCode};
use crate::storage::settings::{EngineChoice, GlobalShortcuts, Hosting, Language, Settings, Theme};
use crate::view::{
    Act, ActEvent, AppView, CallState, Connection, EngineView, InviteWords, NetworkEvent,
    NetworkKind, Notice, NoticeCode, Notification, OpenedSignal, Os, PageState, PeerView,
    PendingJoin, Phase, RoomView, SealedSignal, SignalEvent, Surface, System, TrayWords,
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
        PageState,
        RoomView,
        Phase,
        Connection,
        PeerView,
        IceServer,
        PendingJoin,
        InviteWords,
        Notice,
        NoticeCode,
        SignalEvent,
        Act,
        ActEvent,
        CallState,
        NetworkEvent,
        NetworkKind,
        Notification,
        OpenedSignal,
        Os,
        SealedSignal,
        System,
        TrayWords,
        Surface,
        AppError,
        ErrorCode,
    ];
    text
}
