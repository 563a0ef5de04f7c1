import type {
  CallCommand,
  CallCommandEvent,
  AppView,
  CallState,
  InviteTemplates,
  Notification,
  Settings,
  SignalEvent,
  Surface,
  TrayLabels,
} from './bindings';
import type { Signal } from '../rtc/signal';

/** Why the page has no app behind it any more. */
export type DisconnectReason = 'closed' | 'second_page';

/** A signal as it goes to a peer, and its number: a peer takes each number once. */
export interface SealedSignal {
  number: number;
  envelope: string;
}

export interface NetworkChangeEvent {
  kind: 'changed' | 'woke';
}

/** Ends a subscription. */
export type Stop = () => void;

/**
 * The only door to Rust. Calls that fail reject with an `AppError`.
 * A page listens first, then attaches once, so that nothing falls in between.
 */
export interface Backend {
  /** What this page is: the app's window, or the call page in a browser. */
  readonly surface: Surface;
  attach(webrtc: boolean): Promise<AppView>;
  startRoom(): Promise<void>;
  joinRoom(link: string): Promise<void>;
  rejoinRoom(): Promise<void>;
  forgetLastRoom(): Promise<void>;
  enter(name: string): Promise<void>;
  leave(): Promise<void>;
  /** By way of the server. A number says that it is the same signal once more, sent another way before. */
  sendSignal(to: string, signal: Signal, number?: number): Promise<void>;
  /** Seals a signal that goes another way; with a number, the same signal once more. */
  sealSignal(to: string, signal: Signal, number?: number): Promise<SealedSignal>;
  /** Opens a sealed signal that came another way; null when it had come before. */
  openSignal(from: string, envelope: string): Promise<{ signal: unknown }>;
  saveSettings(settings: Settings): Promise<void>;
  showCall(): Promise<void>;
  copyInvite(templates: InviteTemplates): Promise<void>;
  /** Opens a page of the web, or a mail to somebody, outside: in the person's own browser or mail program. */
  openExternalUrl(url: string): Promise<void>;
  /** The page has noticed that there is a network again. */
  reportNetworkChange(): Promise<void>;
  answerPendingJoin(accept: boolean): Promise<void>;
  dismissNotice(id: number): Promise<void>;
  /** One's own part in the call, for the tray and the app's window; told by the page that runs it. */
  setCallState(state: CallState): Promise<void>;
  /** The words of the tray; told by the app's window. */
  setTrayLabels(labels: TrayLabels): Promise<void>;
  /** A notification of the system, unless the settings want none or the app's window is in front. */
  showNotification(notification: Notification): Promise<void>;
  /** Asks something of the call, wherever it runs. */
  runCallCommand(command: CallCommand): Promise<void>;
  /** The whole state, after every change. */
  onView(hear: (view: AppView) => void): Stop;
  /** A peer's signal; the page that runs the call alone hears it. */
  onSignal(hear: (event: SignalEvent) => void): Stop;
  /** The tray, a global shortcut or the app's window asks something of the call. */
  onCallCommand(hear: (event: CallCommandEvent) => void): Stop;
  /** Come to the front. */
  onFocus(hear: () => void): Stop;
  /** The machine has another network, or has slept. */
  onNetworkChange(hear: (event: NetworkChangeEvent) => void): Stop;
  /** The room is over, or the app quits: this page is no longer needed. */
  onClose(hear: () => void): Stop;
  /** The app is gone, and stays gone. */
  onDisconnected(hear: (why: DisconnectReason) => void): Stop;
}
