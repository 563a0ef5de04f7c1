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

/** The events of the app, and what they carry. */
export interface AppEvents {
  /**
   * The whole state, after every change. Goes to all pages; all other events go to the page that runs the call.
   */
  view: AppView;
  /**
   * A signal of a peer.
   */
  signal: SignalEvent;
  /**
   * The computer's network changed, or the computer was asleep.
   */
  network_change: NetworkChangeEvent;
  /**
   * The tray, a global shortcut or the app's window wants something of the call.
   */
  call_command: CallCommandEvent;
  /**
   * Come to the front.
   */
  focus: null;
  /**
   * The room is over, or the app quits: the page is no longer needed.
   */
  close: null;
}

/**
 * The page's only way to the app. Every command rejects with an `AppError`. A page listens first, then attaches once, so
 * that it misses nothing.
 */
export interface Backend {
  /** What this page is: the app's window, or the call page in a browser. */
  readonly surface: Surface;
  /**
   * The page listens to events from now on. Resolves with the whole state.
   */
  attach(surface: Surface, webrtc: boolean): Promise<AppView>;
  /**
   * Starts a room: hosted by this computer or on the server of the settings. Codes: `already_in_room`,
   * `browser_missing`, `host_failed`.
   */
  startRoom(): Promise<void>;
  /**
   * Joins the room of the invite that stands in the text. If the invite names a server that was never
   * used, the person is asked first: `pending` in the view. Codes: `invite_…`, `already_in_room`,
   * `browser_missing`. A later failure is the room's phase.
   */
  joinRoom(link: string): Promise<void>;
  /**
   * Returns to the room that was not left, under the same name and entered as before. Codes:
   * `not_in_room` when there is none, and those of `start_room`.
   */
  rejoinRoom(): Promise<void>;
  /**
   * Forgets the room that was not left.
   */
  forgetLastRoom(): Promise<void>;
  /**
   * Goes from the lobby into the room under this name, as soon as the server is reached. Code:
   * `not_in_room`.
   */
  enter(name: string): Promise<void>;
  /**
   * Leaves the room, if there is one.
   */
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
  /**
   * Checks, applies and saves the settings. Code: `settings_invalid` with the field's name.
   */
  saveSettings(settings: Settings): Promise<void>;
  /**
   * Brings the call page to the front, or opens it again. Code: `not_in_room`.
   */
  showCall(): Promise<void>;
  /**
   * Copies the invite to the clipboard, inside of the text of a template. Codes: `not_in_room`,
   * `clipboard_failed`.
   */
  copyInvite(templates: InviteTemplates): Promise<void>;
  /**
   * Joins the room of the link that waits in the view's `pending`, or drops the link. Codes: those of
   * `join_room`.
   */
  answerPendingJoin(accept: boolean): Promise<void>;
  /**
   * Removes a notice.
   */
  dismissNotice(id: number): Promise<void>;
  /**
   * The page noticed that the network is back: some networks return without a sign that the app sees.
   * Code: `not_in_room`.
   */
  reportNetworkChange(): Promise<void>;
  /**
   * The person's own state in the call, for the tray and the app's window. Code: `not_in_room`.
   */
  setCallState(state: CallState): Promise<void>;
  /**
   * The tray's texts, in the language of the UI.
   */
  setTrayLabels(labels: TrayLabels): Promise<void>;
  /**
   * Shows a notification of the system, unless the settings want none or a window of the app has the
   * focus. Code: `not_in_room`.
   */
  showNotification(notification: Notification): Promise<void>;
  /**
   * Passes a command to the page that runs the call. Code: `not_in_room`, also when no page runs it.
   */
  runCallCommand(command: CallCommand): Promise<void>;
  /**
   * Opens a web page or a mail address that a peer wrote in the system's own program. Code:
   * `link_not_opened`.
   */
  openExternalUrl(url: string): Promise<void>;
  /**
   * The whole state, after every change. Goes to all pages; all other events go to the page that runs the call.
   */
  onView(listener: (view: AppView) => void): Unsubscribe;
  /**
   * A signal of a peer.
   */
  onSignal(listener: (signal: SignalEvent) => void): Unsubscribe;
  /**
   * The computer's network changed, or the computer was asleep.
   */
  onNetworkChange(listener: (networkChange: NetworkChangeEvent) => void): Unsubscribe;
  /**
   * The tray, a global shortcut or the app's window wants something of the call.
   */
  onCallCommand(listener: (callCommand: CallCommandEvent) => void): Unsubscribe;
  /**
   * Come to the front.
   */
  onFocus(listener: () => void): Unsubscribe;
  /**
   * The room is over, or the app quits: the page is no longer needed.
   */
  onClose(listener: () => void): Unsubscribe;
  /** The app is gone and stays gone. */
  onDisconnected(listener: (reason: DisconnectReason) => void): Unsubscribe;
}

export function createBackend(transport: Transport): Backend {
  return {
    surface: transport.surface,
    attach: (surface, webrtc) => transport.call('attach', { surface, webrtc }),
    startRoom: () => transport.call('start_room', {}),
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
    answerPendingJoin: (accept) => transport.call('answer_pending_join', { accept }),
    dismissNotice: (id) => transport.call('dismiss_notice', { id }),
    reportNetworkChange: () => transport.call('report_network_change', {}),
    setCallState: (state) => transport.call('set_call_state', { state }),
    setTrayLabels: (labels) => transport.call('set_tray_labels', { labels }),
    showNotification: (notification) => transport.call('show_notification', { notification }),
    runCallCommand: (command) => transport.call('run_call_command', { command }),
    openExternalUrl: (url) => transport.call('open_external_url', { url }),
    onView: (listener) => transport.on('view', listener),
    onSignal: (listener) => transport.on('signal', listener),
    onNetworkChange: (listener) => transport.on('network_change', listener),
    onCallCommand: (listener) => transport.on('call_command', listener),
    onFocus: (listener) => transport.on('focus', listener),
    onClose: (listener) => transport.on('close', listener),
    onDisconnected: (listener) => transport.onDisconnected(listener),
  };
}
