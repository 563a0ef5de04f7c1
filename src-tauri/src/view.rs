//! What the UI sees: whole snapshots, made by the controller. Every type here has a TypeScript binding.

pub use parlour_signaling::client::{Presence, Role};
use parlour_signaling::protocol::IceServer;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ErrorCode;
use crate::storage::settings::Settings;

/// Everything the UI shows that the backend knows. Sent whole with every change, as the event `view`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct AppView {
    /// Grows with every change; an older snapshot that arrives late is ignored.
    pub revision: u64,
    /// The app's version.
    pub version: String,
    /// The settings as kept.
    pub settings: Settings,
    /// Where calls run.
    pub engine: EngineView,
    /// The room one is in, if any.
    pub room: Option<RoomView>,
    /// One's own part in the call, while a page runs it.
    pub call: Option<CallState>,
    /// One is in no room, and did not leave the last one: `rejoin_room` leads back.
    pub last_room: bool,
    /// A link that is followed only when the person says so. Until then nothing connects.
    pub pending: Option<PendingJoin>,
    /// Things a person should know, oldest first, until dismissed.
    pub notices: Vec<Notice>,
    /// What it runs on.
    pub system: System,
}

/// What the app runs on, as far as words depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct System {
    /// Which.
    pub os: Os,
    /// Whether the session is Wayland's, where no program hears keys that are pressed in another's window.
    pub wayland: bool,
}

/// The operating systems that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Os {
    /// Windows.
    Windows,
    /// macOS.
    Macos,
    /// Linux, and what is like it.
    Linux,
}

impl System {
    /// This one.
    #[must_use]
    pub fn current() -> Self {
        let os = if cfg!(windows) {
            Os::Windows
        } else if cfg!(target_os = "macos") {
            Os::Macos
        } else {
            Os::Linux
        };
        let wayland = os == Os::Linux && std::env::var_os("WAYLAND_DISPLAY").is_some();
        Self { os, wayland }
    }
}

/// What the call page tells of one's own part in the call, for the tray and the app's own window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallState {
    /// Whether one is heard.
    pub mic: bool,
    /// Whether one is seen.
    pub camera: bool,
    /// Whether one shares a screen.
    pub screen: bool,
    /// How many others are in the call.
    pub people: u32,
}

/// What may be asked of the call from outside its page: by the tray, a global shortcut, or the app's own window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallCommand {
    /// Mute or unmute.
    ToggleMicrophone,
    /// Camera on or off.
    ToggleCamera,
    /// Be heard while muted, until [`CallCommand::PushToTalkStop`].
    PushToTalkStart,
    /// The end of [`CallCommand::PushToTalkStart`].
    PushToTalkStop,
}

/// An [`CallCommand`] on its way to the call page alone, as the event `call_command`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CallCommandEvent {
    /// Which.
    pub command: CallCommand,
}

/// The words of the tray, in the UI's language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, TS)]
pub struct TrayLabels {
    /// The app's name.
    pub name: String,
    /// What the icon says during a call.
    pub in_call: String,
    /// What it says while one is muted in it.
    pub muted: String,
    /// An entry of the menu, as those below.
    pub mute: String,
    /// See there.
    pub unmute: String,
    /// See there.
    pub show: String,
    /// See there.
    pub leave: String,
    /// See there.
    pub quit: String,
}

/// A notification of the system: somebody has come. The words are the page's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
pub struct Notification {
    /// One line.
    pub title: String,
    /// What the button that leads to the call says.
    pub show: String,
}

/// Where the WebRTC runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EngineView {
    /// The window has not yet said whether it has WebRTC.
    Unknown,
    /// In the app's own window.
    Window,
    /// In a window of a browser, because the system's webview has no WebRTC (or the settings say so).
    Browser {
        /// The browser's name, for people.
        name: String,
        /// Whether its page is there.
        page: CallPageState,
    },
    /// The webview has no WebRTC and no browser was found.
    Missing,
}

/// The call page in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallPageState {
    /// Not there. With a room open the person has closed it, and *Show call* brings it back.
    Closed,
    /// The browser was started.
    Opening,
    /// It has attached.
    Open,
}

/// One room, from the click that opens it to the click that leaves it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct RoomView {
    /// The invite to send: `parlour://join/…`.
    pub invite: String,
    /// Whether this computer hosts the room.
    pub hosting: bool,
    /// Whether others can reach the host over a network (false: only this computer can).
    pub reachable: bool,
    /// The server that signaling runs through (`host:port`), once connected.
    pub server: Option<String>,
    /// How far one has come.
    pub phase: Phase,
    /// The connection to the server.
    pub connection: ConnectionState,
    /// The app that hosts the room is not to be found: the call goes on, but nobody new can join until it is back.
    pub host_lost: bool,
    /// One's own peer id. It changes when the call page is loaded anew: links are then built anew.
    pub me: String,
    /// One's own name in this room.
    pub name: String,
    /// The other peers, in the order in which they came.
    pub peers: Vec<PeerView>,
    /// STUN and TURN servers: those of the settings and those of the server.
    pub ice_servers: Vec<IceServer>,
    /// Only TURN servers may be used, as the settings say.
    pub relay_only: bool,
}

/// How far one has come into the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Phase {
    /// Before *Enter*. (The lobby is shown at once, also while connecting.)
    Lobby,
    /// In the room, or on the way there: *Enter* was pressed.
    Entered,
    /// The room could not be joined, or was lost for good.
    Failed {
        /// Why.
        code: ErrorCode,
    },
}

/// The signaling connection. It never decides about media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// First attempt.
    Connecting,
    /// Joined.
    Online,
    /// Lost, and being tried again.
    Reconnecting,
}

/// Another peer whose sealed hello opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PeerView {
    /// Its id.
    pub id: String,
    /// Its name, trimmed and bounded; may be empty.
    pub name: String,
    /// In the room, or still in the lobby.
    pub entered: bool,
    /// Its signaling connection.
    pub presence: Presence,
    /// Our role on the link to it.
    pub role: Role,
}

/// A link that waits for an answer, and why it asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PendingJoin {
    /// It leads out of the room one is in.
    pub leaves: bool,
    /// It leads to a server that the person has not used before.
    pub new_server: bool,
    /// The servers not used before, or else the first of the link. For people, and never empty.
    pub hosts: Vec<String>,
}

/// What stands around an invite when it is copied: the words are the page's, the links are not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
pub struct InviteTemplates {
    /// With `{link}` where the link for the app goes.
    pub app: String,
    /// The same for an invite that has a link for a browser too, which goes where `{web}` is.
    pub app_and_web: String,
}

/// Something a person should know, until dismissed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Notice {
    /// For `dismiss_notice`.
    pub id: u32,
    /// Which.
    pub code: NoticeCode,
}

/// What notices there are. Words are chosen in the UI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// The settings file could not be read; it was set aside and defaults are used.
    SettingsSetAside,
    /// The settings could not be written.
    SettingsNotSaved,
    /// A link was opened that is none, or is damaged.
    LinkDamaged,
    /// A link was opened that a newer version of Parlour made.
    LinkTooNew,
    /// Something on the server keeps sending what does not open.
    Tampering,
    /// The browser that ran the call could not be started.
    BrowserFailed,
    /// A global shortcut could not be had: another program has it.
    ShortcutTaken,
}

/// A signal from a peer, sent to the call page alone, as the event `signal`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SignalEvent {
    /// The sender.
    pub from: String,
    /// Whom it is for: the `me` of the view it belongs to.
    pub to: String,
    /// `{link, description}`, `{link, candidate}` or `{link, ask}`; written by a peer, so checked by the page.
    #[ts(type = "unknown")]
    pub signal: serde_json::Value,
}

/// A signal as the page takes it to a peer itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct SealedSignal {
    /// What it is known by: for sending the same signal once more, the other way too.
    pub number: u64,
    /// What the peer's app opens.
    pub envelope: String,
}

/// A signal that a peer has brought to the page itself.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct OpenedSignal {
    /// As in [`SignalEvent`]; null when it came before, whichever way.
    #[ts(type = "unknown")]
    pub signal: Option<serde_json::Value>,
}

/// What the computer's network has done, sent to the call page as the event `network_change`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct NetworkChangeEvent {
    /// Which.
    pub kind: NetworkChange,
}

/// What the computer's network can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NetworkChange {
    /// An interface, an address or a route is another.
    Changed,
    /// The computer, or the app alone, has slept.
    Woke,
}

/// What a page says of itself when it attaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// The app's own window.
    Window,
    /// The call page in a browser.
    Call,
}
