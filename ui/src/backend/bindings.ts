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
 * A link that is followed only when the person says so. Until then nothing connects.
 */
pending: PendingJoin | null, 
/**
 * Things a person should know, oldest first, until dismissed.
 */
notices: Array<Notice>, };

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
language: Language, };

/**
 * Where rooms that one starts are hosted.
 */
export type Hosting = { "kind": "this_computer" } | { "kind": "server", 
/**
 * `host`, `host:port`, or with `ws+` in front for a server without TLS.
 */
address: string, };

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
page: PageState, } | { "kind": "missing" };

/**
 * The call page in the browser.
 */
export type PageState = "closed" | "opening" | "open";

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
connection: Connection, 
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
export type Connection = "connecting" | "online" | "reconnecting";

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
 * Its signaling connection is gone for the moment.
 */
away: boolean, 
/**
 * True when it was there before us: then we are the offerer of the link to it.
 */
offer: boolean, };

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
export type InviteWords = { 
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
export type NoticeCode = "settings_set_aside" | "settings_not_saved" | "link_damaged" | "link_too_new" | "tampering" | "browser_failed";

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
 * A signal that a peer has brought to the page itself.
 */
export type OpenedSignal = { 
/**
 * As in [`SignalEvent`]; null when it came before, whichever way.
 */
signal: unknown, };

/**
 * What the computer's network has done, sent to the call page as the event `network`.
 */
export type NetworkEvent = { 
/**
 * Which.
 */
kind: NetworkKind, };

/**
 * What the computer's network can do.
 */
export type NetworkKind = "changed" | "woke";

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
 * For [`ErrorCode::SettingsInvalid`]: the setting's name as in [`crate::settings::Settings`].
 */
field: string | null, };

/**
 * A code exists only if the UI says something of its own for it.
 */
export type ErrorCode = "invite_not_a_link" | "invite_too_new" | "invite_damaged" | "invite_no_endpoint" | "server_unreachable" | "server_refused" | "room_full" | "host_failed" | "not_in_room" | "already_in_room" | "unknown_peer" | "signal_too_large" | "signal_not_opened" | "settings_invalid" | "browser_missing" | "browser_failed" | "clipboard_failed" | "link_not_opened" | "internal";
