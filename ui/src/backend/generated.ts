// Generated from the Rust types by `cargo xtask bindings`. Do not edit.

/**
 * Everything the UI shows that the backend knows. Sent whole with every change, as the event `view`.
 */
export type AppView = { 
/**
 * Grows with every change; an older snapshot that arrives late is ignored.
 */
revision: number, 
/**
 * The app's version.
 */
version: string, 
/**
 * The settings as kept.
 */
settings: Settings, 
/**
 * Where calls run.
 */
engine: EngineView, 
/**
 * The room one is in, if any.
 */
room: RoomView | null, 
/**
 * One's own part in the call, while a page runs it.
 */
call: CallState | null, 
/**
 * One is in no room, and did not leave the last one: `rejoin_room` leads back.
 */
last_room: boolean, 
/**
 * A link that is followed only when the person says so. Until then nothing connects.
 */
pending: PendingJoin | null, 
/**
 * Things a person should know, oldest first, until dismissed.
 */
notices: Array<Notice>, 
/**
 * What it runs on.
 */
system: System, };

/**
 * What a person may choose. Unknown fields of a newer version are ignored, missing ones take their default.
 */
export type Settings = { 
/**
 * The name shown to others; may be empty.
 */
name: string, 
/**
 * Where rooms that one starts are hosted.
 */
hosting: Hosting, 
/**
 * STUN and TURN servers beside those that the room's server names.
 */
ice_servers: Array<IceServer>, 
/**
 * Sound and picture go through a TURN server alone, so that the others do not learn one's address.
 */
relay_only: boolean, 
/**
 * Where calls run.
 */
engine: EngineChoice, 
/**
 * Light, dark, or as the system.
 */
theme: Theme, 
/**
 * The UI's language.
 */
language: Language, 
/**
 * A quiet sound when somebody comes, goes or writes.
 */
sounds: boolean, 
/**
 * A notification of the system when somebody comes while no window of the app is in front.
 */
notifications: boolean, 
/**
 * Shortcuts that are one key alone, as M. Off for who speaks to the computer, or presses keys by mistake
 * (WCAG 2.2, section 2.1.4).
 */
plain_shortcuts: boolean, 
/**
 * Keys that work while another program is in front.
 */
global_shortcuts: GlobalShortcuts, };

/**
 * Where rooms that one starts are hosted.
 */
export type Hosting = { "kind": "this_computer" } | { "kind": "server", 
/**
 * `host`, `host:port`, or with `ws+` in front for a server without TLS.
 */
address: string, };

/**
 * Keys that work during a call while another program is in front: as `Ctrl+Alt+M`.
 */
export type GlobalShortcuts = { 
/**
 * Off unless a person wants them: they are then no other program's.
 */
on: boolean, 
/**
 * Mutes and unmutes.
 */
mute: string, 
/**
 * Talks while muted, as long as it is held.
 */
talk: string, };

/**
 * Where calls run.
 */
export type EngineChoice = "auto" | "window" | "browser";

/**
 * Light, dark, or as the system.
 */
export type Theme = "system" | "light" | "dark";

/**
 * The UI's language.
 */
export type Language = "system" | "en" | "zh-CN";

/**
 * Where the WebRTC runs.
 */
export type EngineView = { "kind": "unknown" } | { "kind": "window" } | { "kind": "browser", 
/**
 * The browser's name, for people.
 */
name: string, 
/**
 * Whether its page is there.
 */
page: CallPageState, } | { "kind": "missing" };

/**
 * The call page in the browser.
 */
export type CallPageState = "closed" | "opening" | "open";

/**
 * One room, from the click that opens it to the click that leaves it.
 */
export type RoomView = { 
/**
 * The invite to send: `parlour://join/…`.
 */
invite: string, 
/**
 * Whether this computer hosts the room.
 */
hosting: boolean, 
/**
 * Whether others can reach the host over a network (false: only this computer can).
 */
reachable: boolean, 
/**
 * The server that signaling runs through (`host:port`), once connected.
 */
server: string | null, 
/**
 * How far one has come.
 */
phase: Phase, 
/**
 * The connection to the server.
 */
connection: ConnectionState, 
/**
 * The app that hosts the room is not to be found: the call goes on, but nobody new can join until it is back.
 */
host_lost: boolean, 
/**
 * One's own peer id. It changes when the call page is loaded anew: links are then built anew.
 */
me: string, 
/**
 * One's own name in this room.
 */
name: string, 
/**
 * The other peers, in the order in which they came.
 */
peers: Array<PeerView>, 
/**
 * STUN and TURN servers: those of the settings and those of the server.
 */
ice_servers: Array<IceServer>, 
/**
 * Only TURN servers may be used, as the settings say.
 */
relay_only: boolean, };

/**
 * How far one has come into the room.
 */
export type Phase = { "kind": "lobby" } | { "kind": "entered" } | { "kind": "failed", 
/**
 * Why.
 */
code: ErrorCode, };

/**
 * The signaling connection. It never decides about media.
 */
export type ConnectionState = "connecting" | "online" | "reconnecting";

/**
 * Another peer whose sealed hello opened.
 */
export type PeerView = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its name, trimmed and bounded; may be empty.
 */
name: string, 
/**
 * In the room, or still in the lobby.
 */
entered: boolean, 
/**
 * Its signaling connection.
 */
presence: Presence, 
/**
 * Our role on the link to it.
 */
role: Role, };

/**
 * Whether a peer's signaling connection is up. Its link may be up whatever this says.
 */
export type Presence = "online" | "away" | "lost";

/**
 * Who makes the offers on a link, for the link's whole life.
 */
export type Role = "offerer" | "answerer";

/**
 * A STUN or TURN server, as `RTCIceServer` of the WebRTC standard (section 4.2.4).
 */
export type IceServer = { 
/**
 * `stun:`, `stuns:`, `turn:` or `turns:` addresses.
 */
urls: Array<string>, 
/**
 * For TURN.
 */
username?: string, 
/**
 * For TURN; never logged.
 */
credential?: string, };

/**
 * A link that waits for an answer, and why it asks.
 */
export type PendingJoin = { 
/**
 * It leads out of the room one is in.
 */
leaves: boolean, 
/**
 * It leads to a server that the person has not used before.
 */
new_server: boolean, 
/**
 * The servers not used before, or else the first of the link. For people, and never empty.
 */
hosts: Array<string>, };

/**
 * What stands around an invite when it is copied: the words are the page's, the links are not.
 */
export type InviteTemplates = { 
/**
 * With `{link}` where the link for the app goes.
 */
app: string, 
/**
 * The same for an invite that has a link for a browser too, which goes where `{web}` is.
 */
app_and_web: string, };

/**
 * Something a person should know, until dismissed.
 */
export type Notice = { 
/**
 * For `dismiss_notice`.
 */
id: number, 
/**
 * Which.
 */
code: NoticeCode, };

/**
 * What notices there are. Words are chosen in the UI.
 */
export type NoticeCode = "settings_set_aside" | "settings_not_saved" | "link_damaged" | "link_too_new" | "tampering" | "browser_failed" | "shortcut_taken";

/**
 * A signal from a peer, sent to the call page alone, as the event `signal`.
 */
export type SignalEvent = { 
/**
 * The sender.
 */
from: string, 
/**
 * Whom it is for: the `me` of the view it belongs to.
 */
to: string, 
/**
 * `{link, description}`, `{link, candidate}` or `{link, ask}`; written by a peer, so checked by the page.
 */
signal: unknown, };

/**
 * What may be asked of the call from outside its page: by the tray, a global shortcut, or the app's own window.
 */
export type CallCommand = "toggle_microphone" | "toggle_camera" | "push_to_talk_start" | "push_to_talk_stop";

/**
 * An [`CallCommand`] on its way to the call page alone, as the event `call_command`.
 */
export type CallCommandEvent = { 
/**
 * Which.
 */
command: CallCommand, };

/**
 * What the call page tells of one's own part in the call, for the tray and the app's own window.
 */
export type CallState = { 
/**
 * Whether one is heard.
 */
mic: boolean, 
/**
 * Whether one is seen.
 */
camera: boolean, 
/**
 * Whether one shares a screen.
 */
screen: boolean, 
/**
 * How many others are in the call.
 */
people: number, };

/**
 * What the computer's network has done, sent to the call page as the event `network_change`.
 */
export type NetworkChangeEvent = { 
/**
 * Which.
 */
kind: NetworkChange, };

/**
 * What the computer's network can do.
 */
export type NetworkChange = "changed" | "woke";

/**
 * A notification of the system: somebody has come. The words are the page's.
 */
export type Notification = { 
/**
 * One line.
 */
title: string, 
/**
 * What the button that leads to the call says.
 */
show: string, };

/**
 * A signal that a peer has brought to the page itself.
 */
export type OpenedSignal = { 
/**
 * As in [`SignalEvent`]; null when it came before, whichever way.
 */
signal: unknown, };

/**
 * The operating systems that are told apart.
 */
export type Os = "windows" | "macos" | "linux";

/**
 * A signal as the page takes it to a peer itself.
 */
export type SealedSignal = { 
/**
 * What it is known by: for sending the same signal once more, the other way too.
 */
number: number, 
/**
 * What the peer's app opens.
 */
envelope: string, };

/**
 * What the app runs on, as far as words depend on it.
 */
export type System = { 
/**
 * Which.
 */
os: Os, 
/**
 * Whether the session is Wayland's, where no program hears keys that are pressed in another's window.
 */
wayland: boolean, };

/**
 * The words of the tray, in the UI's language.
 */
export type TrayLabels = { 
/**
 * The app's name.
 */
name: string, 
/**
 * What the icon says during a call.
 */
in_call: string, 
/**
 * What it says while one is muted in it.
 */
muted: string, 
/**
 * An entry of the menu, as those below.
 */
mute: string, 
/**
 * See there.
 */
unmute: string, 
/**
 * See there.
 */
show: string, 
/**
 * See there.
 */
leave: string, 
/**
 * See there.
 */
quit: string, };

/**
 * What a page says of itself when it attaches.
 */
export type Surface = "window" | "call";

/**
 * What a command answers when it fails.
 */
export type AppError = { 
/**
 * For the UI.
 */
code: ErrorCode, 
/**
 * For the log; English, without secrets.
 */
message: string, 
/**
 * For [`ErrorCode::SettingsInvalid`]: the setting's name as in [`crate::storage::settings::Settings`].
 */
field: string | null, };

/**
 * A code exists only if the UI says something of its own for it.
 */
export type ErrorCode = "invite_not_a_link" | "invite_too_new" | "invite_damaged" | "invite_no_endpoint" | "server_unreachable" | "server_refused" | "room_full" | "host_failed" | "not_in_room" | "already_in_room" | "unknown_peer" | "signal_too_large" | "signal_not_opened" | "settings_invalid" | "browser_missing" | "browser_failed" | "clipboard_failed" | "link_not_opened" | "internal";
