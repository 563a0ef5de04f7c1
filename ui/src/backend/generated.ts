// Generated from the Rust types by `cargo xtask bindings`. Do not edit.
import { APP_FEATURES, type Features } from './features';

/** The whole state of the app, sent with every change as the event `view`. */
export type AppView = { 
/** Grows with every change. The page ignores a snapshot that is older than its own. */
revision: number, version: string, settings: Settings, 
/** Where calls run. */
engine: EngineView, 
/** The names of the browsers of this computer that could run calls, the best one first. */
browsers: Array<string>, 
/** The joined room. */
room: RoomView | null, 
/** How others can reach this computer for the room. */
reach: ReachStatus, 
/** The person's own state in the call, while a page runs it. */
call: CallState | null, 
/** There is no room, and `rejoin_room` returns to the last one. */
last_room: LastRoomEnd | null, 
/** A link that waits for the person's answer. Until then nothing connects. */
pending: PendingJoin | null, 
/** The person has closed the window during a call, and is asked whether to leave it. */
asks_to_close: boolean, 
/** The check of the connection, since one was asked for in this network. */
check: ConnectionCheck | null, 
/** The oldest first. */
notices: Array<Notice>, system: System, 
/** The list of public STUN servers that comes with the app. */
public_stun_servers: Array<string>, };

/** Unknown fields of a newer version are ignored; missing fields take their defaults. */
export type Settings = { 
/** The name shown to others; may be empty. */
name: string, 
/** Where the person's rooms are hosted. */
hosting: Hosting, 
/** How far the app goes to let people find each other. */
reach: Reach, 
/** The invite page that the person's links lead to, or empty for the one that this app was built with, if any. */
invite_page: string, 
/** The relays of the person's rooms, as `host[:port]`. When there is none, those of the list that comes with the app. */
relays: Array<string>, 
/** STUN and TURN servers beside those that the room's server names. */
ice_servers: Array<IceServer>, 
/** The TURN servers among them are for everybody in the rooms that the person is in. */
share_turn: boolean, 
/** STUN servers of the public, asked where no other is named. Null for the list that comes with the app. */
stun_servers: Array<string> | null, 
/** Media goes only through a TURN server, so that other participants do not learn this computer's address. */
relay_only: boolean, 
/** Where calls run. */
engine: EngineChoice, 
/** The name of the browser that is tried first, or empty for the best one. One that is not installed is ignored. */
browser: string, 
/** Light, dark, or as the system. */
theme: Theme, 
/** The UI's language. */
language: Language, 
/** A quiet sound when somebody joins, leaves or writes. */
sounds: boolean, 
/** A notification of the system when somebody joins while no window of the app is in front. */
notifications: boolean, 
/**
 * Shortcuts of a single key, such as M. Turned off by people who use speech input or press keys by mistake
 * (WCAG 2.2, section 2.1.4).
 */
plain_shortcuts: boolean, 
/** Shortcuts that work while another program is in front. */
global_shortcuts: GlobalShortcuts, };

/** Where the person's rooms are hosted. */
export type Hosting = { "kind": "this_computer" } | { "kind": "server", 
/** `host`, `host:port`, or with `ws+` in front for a server without TLS. */
address: string, 
/** The server's access token, or empty where everybody may start a room. */
access_token: string, };

/** Shortcuts, such as `Ctrl+Alt+M`, that work during a call while another program is in front. */
export type GlobalShortcuts = { 
/** Off by default, because no other program can use these keys then. */
on: boolean, 
/** Mutes and unmutes. */
mute: string, 
/** Push to talk: unmutes while it is held. */
talk: string, };

/** Where calls run. */
export type EngineChoice = "auto" | "window" | "browser";

/** Light, dark, or as the system. */
export type Theme = "system" | "light" | "dark";

/** The UI's language. */
export type Language = "system" | "en" | "zh-CN";

/**
 * How far the app goes by itself to let people find each other. Servers that a person or an invite names are used in any
 * case.
 */
export type Reach = "lan" | "open" | "anywhere";

/** Where the WebRTC runs. */
export type EngineView = { "kind": "unknown" } | { "kind": "window" } | { "kind": "browser", name: string, page: CallPageState, } | { "kind": "missing" };

export type CallPageState = "closed" | "opening" | "open";

/** The joined room, from the click that opens it to the click that leaves it. */
export type RoomView = { 
/** `parlour://join/…`. */
invite: string, 
/** This computer hosts the room. */
hosting: boolean, 
/** Others can reach the host over a network. If not, only this computer can. */
reachable: boolean, 
/** The signaling server as `host:port`, once connected. */
server: string | null, 
/** The one server at which the room can be, as `host:port`. Null when there are several. */
invited_server: string | null, 
/** We started the room, on the server of the settings. */
on_own_server: boolean, phase: Phase, connection: ConnectionState, host: RoomHost, 
/** The relays by which the room is found, while the app uses them. */
relays: Array<RelayView>, 
/** Our peer id. It changes when the call page is reloaded; all links are then replaced. */
me: string, 
/** Our name in this room. */
name: string, 
/** In the order in which they came. */
peers: Array<PeerView>, 
/** Those of the settings, of this app, of the room's server and of its members; and public STUN servers. */
ice_servers: Array<IceServer>, 
/** Which of them members have named, and this app itself. */
member_turn: Array<MemberTurn>, 
/** Only TURN servers may be used. */
relay_only: boolean, };

/** The TURN servers that a member has named: the one in its app, and those of its settings that it shares. */
export type MemberTurn = { 
/** A peer id: ours for the server in this app. */
member: string, 
/** As in `ice_servers`. */
urls: Array<string>, };

/** How others can reach this computer, by what the app does for it by itself. */
export type ReachStatus = { 
/** The invite is not about to become better: *Copy invite* need not wait. */
invite_complete: boolean, port_mapping: PortMappingStatus, };

/** Whether the router lets others in. */
export type PortMappingStatus = { "kind": "off" } | { "kind": "trying" } | { "kind": "mapped", external: string, } | { "kind": "unavailable", reason: PortMappingUnavailable, };

export type PortMappingUnavailable = "no_router" | "no_answer" | "refused" | "behind_another_router" | "not_confirmed";

/** A relay of the room. */
export type RelayView = { 
/** `host[:port]`. */
name: string, status: RelayState, };

/** The state of a relay. */
export type RelayState = { "state": "connecting" } | { "state": "open" } | { "state": "paused", "fault": RelayFault } | { "state": "failing", "fault": RelayFault } | { "state": "dropped", "fault": RelayFault };

/** Why a relay is of no use at the moment. */
export type RelayFault = "offline" | "no_answer" | "name_not_found" | "not_a_relay" | "unavailable" | "needs_tls" | "has_no_tls" | "certificate" | "certificate_date" | "closed" | "proxy" | "silent" | "rate_limited" | "blocked" | "needs_account" | "needs_work" | "not_accepted";

/** How far the person has come into the room. */
export type Phase = { "kind": "lobby" } | { "kind": "entered" } | { "kind": "failed", code: ErrorCode, };

/** The host of the room. Without it the call goes on, but nobody can join until it is back. */
export type RoomHost = "server" | "person" | "lost" | "left" | "relays";

/** The signaling connection. Media does not depend on it. */
export type ConnectionState = "connecting" | "online" | "reconnecting";

/** Another peer, whose sealed hello opened. */
export type PeerView = { id: string, 
/** Trimmed and bounded; may be empty. The second with a name that looks the same has a number: `Mei (2)`. */
name: string, 
/** The peer is in the room, not in the lobby. */
entered: boolean, presence: Presence, 
/** Our role on the link to the peer. */
role: Role, 
/** The peer says that it is a guest: a web page and not the app. */
guest: boolean, 
/** The value that the safety check with the peer is bound to: 64 lower-case hex digits, the same at both. */
safety_binding: string, };

/** Whether a peer's signaling connection is up. Its link may be up whatever this says. */
export type Presence = "online" | "away" | "lost";

/** Our side of a link. The offerer makes all offers, for the link's whole life. */
export type Role = "offerer" | "answerer";

/** A STUN or TURN server, as `RTCIceServer` of the WebRTC standard (section 4.2.4). */
export type IceServer = { 
/** `stun:`, `stuns:`, `turn:` or `turns:` addresses. */
urls: Array<string>, 
/** For TURN. */
username?: string, 
/** For TURN; never logged. */
credential?: string, };

/** A clicked link that waits for the person's answer. */
export type PendingJoin = { 
/** For `answer_pending_join`. Another link has another number. */
number: number, 
/** Joining leaves the joined room. */
leaves: boolean, 
/** Where the room may be. Never empty. */
places: Array<RoomPlace>, };

/** Where a link leads, as far as a person can judge it. */
export type RoomPlace = { "kind": "this_computer" } | { "kind": "own_network" } | { "kind": "relays" } | { "kind": "server", 
/** `host[:port]`. An international name is in its own letters if it looks like no ASCII name. */
host: string, 
/** Whether the server is reached over TLS. */
encrypted: boolean, };

/** The texts around a copied invite, in the language of the UI. */
export type InviteTemplates = { 
/** Has `{link}` in place of the link for the app. */
app: string, 
/** The same, with `{downloads}` in place of the address where the app is. */
app_and_downloads: string, 
/** Has `{link}` in place of a link for browsers, which leads to the app. */
web: string, };

/** The connection check of the view: what it has found, and whether it goes on. */
export type ConnectionCheck = { 
/** Probes still run; facts that are missing may follow. */
running: boolean, facts: NetworkFacts, };

/** A fact is null while it is not known, and stays so if nothing could be asked. */
export type NetworkFacts = { 
/** The best IPv4 address of this computer. */
ipv4: AddressKind, 
/** The best IPv6 address of this computer. */
ipv6: AddressKind, 
/** The translator between this computer and the internet. Only IPv4 has it. */
nat: Nat | null, 
/** Whether answers come back over UDP. */
udp: boolean | null, 
/** The STUN servers that are asked over UDP, `host:port`. */
stun: Array<string>, 
/** This computer's address as the first of them sees it, `ip:port`. */
seen: string | null, 
/** Each way to a TURN server that was tried. */
turn: Array<TurnFact>, 
/** Something between this computer and the internet answers in place of web servers: a page to sign in at. */
captive_portal: boolean | null, 
/** Seconds by which this computer's clock is ahead of a server's. Negative: behind. */
clock_ahead: number | null, 
/** The system or the environment names a proxy for the web. */
has_proxy: boolean, 
/** Whether a server on the internet can be reached over TCP without a proxy. */
tcp: boolean | null, };

/** From where others can reach an address. */
export type AddressKind = "none" | "private" | "shared" | "global";

/** A network address translator, as STUN servers see it (RFC 5780, section 4.3, "mapping behaviour"). */
export type Nat = "none" | "stable" | "symmetric" | "unknown";

/** One way to a TURN server. */
export type TurnFact = { 
/** `host:port`. */
server: string, transport: TurnTransport, result: TurnResult, };

export type TurnTransport = "udp" | "tcp" | "tls";

export type TurnResult = "works" | "refused" | "no_answer";

/** Something the person should know, until it is dismissed. */
export type Notice = { 
/** For `dismiss_notice`. */
id: number, code: NoticeCode, 
/** The browser or folder that the text names. */
subject: string | null, };

export type NoticeCode = "settings_set_aside" | "settings_unreadable" | "settings_not_saved" | "profile_not_writable" | "no_folder" | "profile_in_use" | "link_damaged" | "link_too_new" | "tampering" | "browser_failed" | "browser_passed_over" | "room_moved" | "shortcut_taken";

/** The event `signal`: a signal of a peer. */
export type SignalEvent = { from: string, 
/** The `me` of the room view that it belongs to. */
to: string, 
/** Written by the page of a peer; the type `Signal` of `ui/src/rtc/signal.ts`. Not trusted: the page checks it. */
signal: unknown, };

/** A command to the call from outside of its page: from the tray, a global shortcut, or the app's window. */
export type CallCommand = "toggle_microphone" | "toggle_camera" | "push_to_talk_start" | "push_to_talk_stop";

/** The event `call_command`. */
export type CallCommandEvent = { command: CallCommand, };

/** The person's own state in the call, for the tray and the app's window. */
export type CallState = { mic: boolean, camera: boolean, 
/** The microphone cannot be used, whatever the person wants. */
mic_missing: boolean, 
/** The camera is wanted and cannot be used. */
camera_missing: boolean, screen: boolean, 
/** How many others are in the call. */
people: number, };

/** How the last room ended for the person. */
export type LastRoomEnd = "cut_off" | "left";

/** The event `network_change`. */
export type NetworkChangeEvent = { kind: NetworkChange, };

export type NetworkChange = "changed" | "woke";

/** A notification of the system: somebody has come. */
export type Notification = { 
/** One line. */
title: string, 
/** The text of the button that shows the call. */
show: string, };

/** A signal that came over a data channel. */
export type OpenedSignal = { 
/** As in [`SignalEvent`]. Null when it came before, over the data channel or through the server. */
signal: unknown, };

export type Os = "windows" | "macos" | "linux";

/** A sealed signal that the page sends over a data channel. */
export type SealedSignal = { 
/** A peer takes each number once, so the same signal may be sent again, also through the server. */
number: number, 
/** For `open_signal` of the peer. */
envelope: string, };

/** The system, as far as texts depend on it. */
export type System = { os: Os, 
/** The session is Wayland's, where a program never receives keys that are pressed in other windows. */
wayland: boolean, 
/** Programs are installed with `apt`: Debian, Ubuntu and their like. */
apt: boolean, };

/** The tray's texts, in the language of the UI. */
export type TrayLabels = { name: string, 
/** The icon's text during a call. */
in_call: string, 
/** The icon's text while the person is muted. */
muted: string, 
/** An entry of the menu, like those below. */
mute: string, unmute: string, show: string, leave: string, quit: string, };

/** The kind of a page. It follows from the way on which a command comes, whatever the page says. */
export type Surface = "window" | "call";

/** The error with which a command rejects. */
export type AppError = { code: ErrorCode, 
/** English, for the log, without secrets. */
message: string, 
/** For [`ErrorCode::SettingsInvalid`]: the setting's name as in [`crate::storage::settings::Settings`]. */
field: string | null, };

/** A code exists only if the UI has its own words for it. */
export type ErrorCode = "invite_not_a_link" | "invite_too_new" | "invite_damaged" | "invite_no_endpoint" | "server_unreachable" | "room_out_of_network" | "relays_unreachable" | "relays_off" | "only_in_app" | "no_network" | "server_name_not_found" | "server_not_parlour" | "proxy_unreachable" | "proxy_refused" | "proxy_needs_password" | "server_unavailable" | "server_needs_tls" | "server_has_no_tls" | "certificate_untrusted" | "certificate_other_name" | "certificate_date" | "server_refused" | "server_version" | "room_elsewhere" | "server_full" | "room_full" | "access_required" | "room_not_open" | "host_failed" | "not_in_room" | "already_in_room" | "unknown_peer" | "signal_too_large" | "signal_not_opened" | "settings_invalid" | "browser_missing" | "browser_failed" | "folder_not_writable" | "clipboard_failed" | "link_not_opened" | "internal";

/** Ends a subscription. */
export type Unsubscribe = () => void;

/** Why the page has no app any more. */
export type DisconnectReason = 'closed' | 'second_page';

/** Carries calls and events between this page and the app. */
export interface Transport {
  readonly surface: Surface;
  /** Rejects with an `AppError`. */
  call<T>(command: string, args: Record<string, unknown>): Promise<T>;
  on<E extends keyof AppEvents>(event: E, listener: (payload: AppEvents[E]) => void): Unsubscribe;
  onDisconnected(listener: (reason: DisconnectReason) => void): Unsubscribe;
}

/** The payloads of the app's events. */
export interface AppEvents {
  view: AppView;
  signal: SignalEvent;
  network_change: NetworkChangeEvent;
  call_command: CallCommandEvent;
  focus: null;
  close: null;
}

/**
 * The page's only way to the app. Every command rejects with an `AppError`. A page listens first, then attaches once, so
 * that it misses nothing.
 */
export interface Backend {
  /** The kind of this page: the app's window, or the call page in a browser. */
  readonly surface: Surface;
  /** The features around the page. */
  readonly features: Features;
  /** The page listens to events from now on. Resolves with the whole state. */
  attach(webrtc: boolean): Promise<AppView>;
  /**
   * Starts a room: hosted by this computer or on the server of the settings. Codes: `already_in_room`,
   * `browser_missing`, `host_failed`.
   */
  startRoom(): Promise<void>;
  /** Starts a room hosted by this computer, whatever the settings say. Codes: those of `start_room`. */
  hostRoom(): Promise<void>;
  /**
   * Joins the room of the invite that stands in the text. Codes: `invite_…`, `already_in_room`,
   * `browser_missing`. A later failure is the room's phase.
   */
  joinRoom(link: string): Promise<void>;
  /**
   * Returns to the room that was not left, under the same name and entered as before. Codes:
   * `not_in_room` when there is none, and those of `start_room`.
   */
  rejoinRoom(): Promise<void>;
  /** Forgets the room that was not left. */
  forgetLastRoom(): Promise<void>;
  /**
   * Goes from the lobby into the room under this name, as soon as the server is reached. Code:
   * `not_in_room`.
   */
  enter(name: string): Promise<void>;
  /** Leaves the room, if there is one. */
  leave(): Promise<void>;
  /**
   * Seals a signal and sends it to a peer through the server. A number of `seal_signal` marks it as that
   * signal once more: a peer takes each number once. Codes: `not_in_room`, `unknown_peer`,
   * `signal_too_large`.
   */
  sendSignal(to: string, signal: unknown, number?: number | null): Promise<void>;
  /**
   * Numbers and seals a signal that the page sends over a data channel. With a number, seals that
   * signal once more. Codes: those of `send_signal`.
   */
  sealSignal(to: string, signal: unknown, number?: number | null): Promise<SealedSignal>;
  /**
   * Opens a sealed signal that came over a data channel. Codes: `not_in_room`, `unknown_peer`,
   * `signal_not_opened`.
   */
  openSignal(from: string, envelope: string): Promise<OpenedSignal>;
  /** Checks, applies and saves the settings. Code: `settings_invalid` with the field's name. */
  saveSettings(settings: Settings): Promise<void>;
  /** Brings the call page to the front, or opens it again. Code: `not_in_room`. */
  showCall(): Promise<void>;
  /**
   * Copies the invite to the clipboard, inside of the text of a template. Codes: `not_in_room`,
   * `clipboard_failed`.
   */
  copyInvite(templates: InviteTemplates): Promise<void>;
  /**
   * Answers the question with this number about a clicked link, the view's `pending`: joins its room
   * under a name, or drops the link. Codes: those of `join_room`.
   */
  answerPendingJoin(number: number, name?: string | null): Promise<void>;
  /** Answers the view's `asks_to_close`: leaves the call and ends the app, or goes on. */
  answerClose(leave: boolean): Promise<void>;
  /** Removes a notice. */
  dismissNotice(id: number): Promise<void>;
  /**
   * The page noticed that the network is back: some networks return without a sign that the app sees.
   * Code: `not_in_room`.
   */
  reportNetworkChange(): Promise<void>;
  /**
   * The link with a peer is up, or has been down for a while. A peer that came by relays is then asked for
   * a sign of life. Codes: `not_in_room`, `unknown_peer`.
   */
  reportLink(peer: string, up: boolean): Promise<void>;
  /** The person's own state in the call, for the tray and the app's window. Code: `not_in_room`. */
  setCallState(state: CallState): Promise<void>;
  /** The tray's texts, in the language of the UI. */
  setTrayLabels(labels: TrayLabels): Promise<void>;
  /**
   * Shows a notification of the system, unless the settings want none or a window of the app has the
   * focus. Code: `not_in_room`.
   */
  showNotification(notification: Notification): Promise<void>;
  /**
   * Looks for what stands in the way of calls, as far as the settings allow. Takes 6 seconds at most. The
   * view's `check` says what was found.
   */
  checkConnection(): Promise<void>;
  /** Ends the check, if one runs. */
  stopConnectionCheck(): Promise<void>;
  /** Passes a command to the page that runs the call. Code: `not_in_room`, also when no page runs it. */
  runCallCommand(command: CallCommand): Promise<void>;
  /**
   * Opens a web page or a mail address that a peer wrote in the system's own program. Code:
   * `link_not_opened`.
   */
  openExternalUrl(url: string): Promise<void>;
  /**
   * Whether a Parlour server answers at this address of the settings. Takes 8 seconds at most. Codes:
   * `settings_invalid`, and those with which a room fails that its server cannot be used.
   */
  testServer(address: string): Promise<void>;
  /** The whole state, after every change. Goes to all pages; all other events go to the page that runs the call. */
  onView(listener: (view: AppView) => void): Unsubscribe;
  /** A signal of a peer. */
  onSignal(listener: (signal: SignalEvent) => void): Unsubscribe;
  /** The computer's network changed, or the computer was asleep. */
  onNetworkChange(listener: (networkChange: NetworkChangeEvent) => void): Unsubscribe;
  /** The tray, a global shortcut or the app's window wants something of the call. */
  onCallCommand(listener: (callCommand: CallCommandEvent) => void): Unsubscribe;
  /** Come to the front. */
  onFocus(listener: () => void): Unsubscribe;
  /** The room is over, or the app quits: the page is no longer needed. */
  onClose(listener: () => void): Unsubscribe;
  /** The app is gone and stays gone. */
  onDisconnected(listener: (reason: DisconnectReason) => void): Unsubscribe;
}

export function createBackend(transport: Transport): Backend {
  return {
    surface: transport.surface,
    features: APP_FEATURES,
    attach: (webrtc) => transport.call('attach', { webrtc }),
    startRoom: () => transport.call('start_room', {}),
    hostRoom: () => transport.call('host_room', {}),
    joinRoom: (link) => transport.call('join_room', { link }),
    rejoinRoom: () => transport.call('rejoin_room', {}),
    forgetLastRoom: () => transport.call('forget_last_room', {}),
    enter: (name) => transport.call('enter', { name }),
    leave: () => transport.call('leave', {}),
    sendSignal: (to, signal, number) => transport.call('send_signal', { to, signal, number }),
    sealSignal: (to, signal, number) => transport.call('seal_signal', { to, signal, number }),
    openSignal: (from, envelope) => transport.call('open_signal', { from, envelope }),
    saveSettings: (settings) => transport.call('save_settings', { settings }),
    showCall: () => transport.call('show_call', {}),
    copyInvite: (templates) => transport.call('copy_invite', { templates }),
    answerPendingJoin: (number, name) => transport.call('answer_pending_join', { number, name }),
    answerClose: (leave) => transport.call('answer_close', { leave }),
    dismissNotice: (id) => transport.call('dismiss_notice', { id }),
    reportNetworkChange: () => transport.call('report_network_change', {}),
    reportLink: (peer, up) => transport.call('report_link', { peer, up }),
    setCallState: (state) => transport.call('set_call_state', { state }),
    setTrayLabels: (labels) => transport.call('set_tray_labels', { labels }),
    showNotification: (notification) => transport.call('show_notification', { notification }),
    checkConnection: () => transport.call('check_connection', {}),
    stopConnectionCheck: () => transport.call('stop_connection_check', {}),
    runCallCommand: (command) => transport.call('run_call_command', { command }),
    openExternalUrl: (url) => transport.call('open_external_url', { url }),
    testServer: (address) => transport.call('test_server', { address }),
    onView: (listener) => transport.on('view', listener),
    onSignal: (listener) => transport.on('signal', listener),
    onNetworkChange: (listener) => transport.on('network_change', listener),
    onCallCommand: (listener) => transport.on('call_command', listener),
    onFocus: (listener) => transport.on('focus', listener),
    onClose: (listener) => transport.on('close', listener),
    onDisconnected: (listener) => transport.onDisconnected(listener),
  };
}
