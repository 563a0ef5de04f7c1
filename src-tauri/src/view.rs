//! The data that the UI receives: whole snapshots by the controller, and events. Every type has a TypeScript binding.

pub use parlour_relay::pool::{RelayFault, RelayState};
pub use parlour_signaling::client::{Presence, Role};
use parlour_signaling::protocol::IceServer;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::doctor::ConnectionCheck;
use crate::error::ErrorCode;
use crate::storage::settings::Settings;

/// The whole state of the app, sent with every change as the event `view`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct AppView {
    /// Grows with every change. The page ignores a snapshot that is older than its own.
    pub revision: u64,
    pub version: String,
    pub settings: Settings,
    /// Where calls run.
    pub engine: EngineView,
    /// The names of the browsers of this computer that could run calls, the best one first.
    pub browsers: Vec<String>,
    /// The joined room.
    pub room: Option<RoomView>,
    /// How others can reach this computer for the room.
    pub reach: ReachStatus,
    /// The person's own state in the call, while a page runs it.
    pub call: Option<CallState>,
    /// There is no room, and `rejoin_room` returns to the last one.
    pub last_room: Option<LastRoomEnd>,
    /// A link that waits for the person's answer. Until then nothing connects.
    pub pending: Option<PendingJoin>,
    /// The person has closed the window during a call, and is asked whether to leave it.
    pub asks_to_close: bool,
    /// The check of the connection, since one was asked for in this network.
    pub check: Option<ConnectionCheck>,
    /// The oldest first.
    pub notices: Vec<Notice>,
    pub system: System,
    /// The list of public STUN servers that comes with the app.
    pub public_stun_servers: Vec<String>,
}

/// How the last room ended for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LastRoomEnd {
    /// The app ended without a leave.
    CutOff,
    /// The person left, some minutes ago at most.
    Left,
}

/// The system, as far as texts depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct System {
    pub os: Os,
    /// The session is Wayland's, where a program never receives keys that are pressed in other windows.
    pub wayland: bool,
    /// Programs are installed with `apt`: Debian, Ubuntu and their like.
    pub apt: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Os {
    Windows,
    Macos,
    /// Linux and other Unix systems.
    Linux,
}

impl System {
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
        let apt = os == Os::Linux
            && std::fs::read_to_string("/etc/os-release").is_ok_and(|text| uses_apt(&text));
        Self { os, wayland, apt }
    }
}

/// From the text of `os-release` (see its manual page, `ID` and `ID_LIKE`).
fn uses_apt(os_release: &str) -> bool {
    os_release.lines().any(|line| {
        let ids = line
            .strip_prefix("ID=")
            .or_else(|| line.strip_prefix("ID_LIKE="));
        ids.is_some_and(|ids| {
            ids.trim_matches(['"', '\''])
                .split_whitespace()
                .any(|id| matches!(id, "debian" | "ubuntu"))
        })
    })
}

/// The person's own state in the call, for the tray and the app's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallState {
    pub mic: bool,
    pub camera: bool,
    /// The microphone cannot be used, whatever the person wants.
    pub mic_missing: bool,
    /// The camera is wanted and cannot be used.
    pub camera_missing: bool,
    pub screen: bool,
    /// How many others are in the call.
    pub people: u32,
}

/// A command to the call from outside of its page: from the tray, a global shortcut, or the app's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallCommand {
    ToggleMicrophone,
    ToggleCamera,
    /// Unmutes until the key is released.
    PushToTalkStart,
    PushToTalkStop,
}

/// The event `call_command`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CallCommandEvent {
    pub command: CallCommand,
}

/// The tray's texts, in the language of the UI.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, TS)]
pub struct TrayLabels {
    pub name: String,
    /// The icon's text during a call.
    pub in_call: String,
    /// The icon's text while the person is muted.
    pub muted: String,
    /// An entry of the menu, like those below.
    pub mute: String,
    pub unmute: String,
    pub show: String,
    pub leave: String,
    pub quit: String,
}

/// A notification of the system: somebody has come.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
pub struct Notification {
    /// One line.
    pub title: String,
    /// The text of the button that shows the call.
    pub show: String,
}

/// Where the WebRTC runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EngineView {
    /// The window has not yet said whether it has WebRTC.
    Unknown,
    /// In the app's window.
    Window,
    /// In a window of a browser, because the system's webview has no WebRTC (or the settings say so).
    Browser { name: String, page: CallPageState },
    /// The webview has no WebRTC and no browser was found.
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallPageState {
    /// If there is a room, the person closed the page, and *Show call* opens it again.
    Closed,
    /// The browser starts.
    Opening,
    /// The page has attached.
    Open,
}

/// The joined room, from the click that opens it to the click that leaves it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct RoomView {
    /// `parlour://join/…`.
    pub invite: String,
    /// This computer hosts the room.
    pub hosting: bool,
    /// Others can reach the host over a network. If not, only this computer can.
    pub reachable: bool,
    /// The signaling server as `host:port`, once connected.
    pub server: Option<String>,
    /// The one server at which the room can be, as `host:port`. Null when there are several.
    pub invited_server: Option<String>,
    /// We started the room, on the server of the settings.
    pub on_own_server: bool,
    pub phase: Phase,
    pub connection: ConnectionState,
    pub host: RoomHost,
    /// The relays by which the room is found, while the app uses them.
    pub relays: Vec<RelayView>,
    /// Our peer id. It changes when the call page is reloaded; all links are then replaced.
    pub me: String,
    /// Our name in this room.
    pub name: String,
    /// In the order in which they came.
    pub peers: Vec<PeerView>,
    /// Those of the settings, of this app, of the room's server and of its members; and public STUN servers.
    pub ice_servers: Vec<IceServer>,
    /// Which of them members have named, and this app itself.
    pub member_turn: Vec<MemberTurn>,
    /// Only TURN servers may be used.
    pub relay_only: bool,
}

/// The TURN servers that a member has named: the one in its app, and those of its settings that it shares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct MemberTurn {
    /// A peer id: ours for the server in this app.
    pub member: String,
    /// As in `ice_servers`.
    pub urls: Vec<String>,
}

/// How others can reach this computer, by what the app does for it by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ReachStatus {
    /// The invite is not about to become better: *Copy invite* need not wait.
    pub invite_complete: bool,
    pub port_mapping: PortMappingStatus,
}

impl Default for ReachStatus {
    fn default() -> Self {
        Self {
            invite_complete: true,
            port_mapping: PortMappingStatus::Off,
        }
    }
}

/// Whether the router lets others in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PortMappingStatus {
    /// Nothing is hosted here, or the settings do not allow it.
    Off,
    Trying,
    /// Others reach this computer at this `address:port`, with brackets for IPv6.
    Mapped {
        external: String,
    },
    Unavailable {
        reason: PortMappingUnavailable,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PortMappingUnavailable {
    /// There is no router that could be asked.
    NoRouter,
    /// The router opens no ports: it answers nothing that was asked.
    NoAnswer,
    /// The router could, and does not want to.
    Refused,
    /// There is another router behind the router, of a carrier or in the same home.
    BehindAnotherRouter,
    /// No STUN server has said that the router's address is right.
    NotConfirmed,
}

/// The host of the room. Without it the call goes on, but nobody can join until it is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RoomHost {
    /// A server, or not known yet.
    Server,
    /// The app of a person, this one or another.
    Person,
    /// The app of a person, which cannot be reached.
    Lost,
    /// A person's app, whose person left the room and so closed it.
    Left,
    /// Nobody: every member's app is a server of its own, and relays pass on what they have to say.
    Relays,
}

/// A relay of the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct RelayView {
    /// `host[:port]`.
    pub name: String,
    pub status: RelayState,
}

/// How far the person has come into the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Phase {
    /// Before *Enter*, also while still connecting.
    Lobby,
    /// After *Enter*.
    Entered,
    /// The room could not be joined, or the server refused us later.
    Failed { code: ErrorCode },
}

/// The signaling connection. Media does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// The first attempt.
    Connecting,
    Online,
    Reconnecting,
}

/// Another peer, whose sealed hello opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PeerView {
    pub id: String,
    /// Trimmed and bounded; may be empty. The second with a name that looks the same has a number: `Mei (2)`.
    pub name: String,
    /// The peer is in the room, not in the lobby.
    pub entered: bool,
    pub presence: Presence,
    /// Our role on the link to the peer.
    pub role: Role,
    /// The peer says that it is a guest: a web page and not the app.
    pub guest: bool,
    /// The value that the safety check with the peer is bound to: 64 lower-case hex digits, the same at both.
    pub safety_binding: String,
}

/// A clicked link that waits for the person's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PendingJoin {
    /// For `answer_pending_join`. Another link has another number.
    pub number: u32,
    /// Joining leaves the joined room.
    pub leaves: bool,
    /// Where the room may be. Never empty.
    pub places: Vec<RoomPlace>,
}

/// Where a link leads, as far as a person can judge it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoomPlace {
    ThisComputer,
    /// An address that only one's own network reaches.
    OwnNetwork,
    /// Relays pass on what people there say to find each other.
    Relays,
    Server {
        /// `host[:port]`. An international name is in its own letters if it looks like no ASCII name.
        host: String,
        /// Whether the server is reached over TLS.
        encrypted: bool,
    },
}

/// The texts around a copied invite, in the language of the UI.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
pub struct InviteTemplates {
    /// Has `{link}` in place of the link for the app.
    pub app: String,
    /// The same, with `{downloads}` in place of the address where the app is.
    pub app_and_downloads: String,
    /// Has `{link}` in place of a link for browsers, which leads to the app.
    pub web: String,
}

/// Something the person should know, until it is dismissed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Notice {
    /// For `dismiss_notice`.
    pub id: u32,
    pub code: NoticeCode,
    /// The browser or folder that the text names.
    pub subject: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// The settings file could not be read. It was set aside, and the defaults apply.
    SettingsSetAside,
    /// The settings file could not be read now, or not be set aside. It stays as it is, and the defaults apply. The
    /// subject is the folder.
    SettingsUnreadable,
    /// The settings could not be written.
    SettingsNotSaved,
    /// The folder that the notice names cannot be written. This run of the app keeps nothing.
    ProfileNotWritable,
    /// Neither the folder that the notice names nor a temporary one can be written, so no call can start.
    NoFolder,
    /// Another process uses the folder that the notice names. This run of the app keeps nothing.
    ProfileInUse,
    /// A clicked link is damaged or is no invite.
    LinkDamaged,
    /// A clicked link was made by a newer version of Parlour.
    LinkTooNew,
    /// The server keeps sending messages that do not open.
    Tampering,
    /// The browser that the notice names did not open the call page, and neither did those that were tried before.
    BrowserFailed,
    /// The browser that the notice names did not open the call page, and another one was tried.
    BrowserPassedOver,
    /// The last room is hosted again, on another port: invites that were sent before lead nowhere.
    RoomMoved,
    /// Another program has the global shortcut.
    ShortcutTaken,
}

/// The event `signal`: a signal of a peer.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SignalEvent {
    pub from: String,
    /// The `me` of the room view that it belongs to.
    pub to: String,
    /// Written by the page of a peer; the type `Signal` of `ui/src/rtc/signal.ts`. Not trusted: the page checks it.
    #[ts(type = "unknown")]
    pub signal: serde_json::Value,
}

/// A sealed signal that the page sends over a data channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct SealedSignal {
    /// A peer takes each number once, so the same signal may be sent again, also through the server.
    pub number: u64,
    /// For `open_signal` of the peer.
    pub envelope: String,
}

/// A signal that came over a data channel.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct OpenedSignal {
    /// As in [`SignalEvent`]. Null when it came before, over the data channel or through the server.
    #[ts(type = "unknown")]
    pub signal: Option<serde_json::Value>,
}

/// The event `network_change`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct NetworkChangeEvent {
    pub kind: NetworkChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NetworkChange {
    /// An interface, an address or a route changed.
    Changed,
    /// The computer or the app was suspended.
    Woke,
}

/// The kind of a page. It follows from the way on which a command comes, whatever the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TS)]
#[ts(rename_all = "snake_case")]
pub enum Surface {
    /// The app's window.
    Window,
    /// The call page in a browser.
    Call,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_debian_and_its_like_are_told_to_use_apt() {
        for text in [
            "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n",
            "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
            "ID='ubuntu'",
        ] {
            assert!(uses_apt(text), "{text}");
        }
        for text in [
            "ID=fedora\nHOME_URL=https://debian.example/\n",
            "ID=arch\n",
            "ID_LIKE=\"rhel centos fedora\"",
            "",
        ] {
            assert!(!uses_apt(text), "{text}");
        }
    }
}
