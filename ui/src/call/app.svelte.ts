import type {
  Backend,
  DisconnectReason,
  Unsubscribe,
  CallCommand,
  AppError,
  AppView,
  CallState,
  InviteTemplates,
  Notification,
  Settings,
  TrayLabels,
} from '../backend/generated';
import { reportOf } from '../doctor/facts';
import { Call, type CallDependencies } from './call.svelte';

/** The state that the views read: the backend's state, and the call if this page runs it. */
export class App {
  view = $state.raw<AppView | null>(null);
  call = $state.raw<Call | null>(null);
  /** Why this page has no app any more, or is no longer needed. Final. */
  disconnected = $state<DisconnectReason | 'closed_by_app' | null>(null);
  lastError = $state.raw<AppError | null>(null);
  /** Whether this page shows the call: the person has pressed *Enter*. The app may not have heard of it yet. */
  readonly isInside = $derived.by(
    () => this.isEngine && (this.view?.room?.phase.kind === 'entered' || this.call?.isEntering === true),
  );
  /** The connection check is shown. */
  isCheckOpen = $state(false);
  readonly hasWebRtc: boolean;
  #backend: Backend;
  #dependencies: CallDependencies;
  #stops: Unsubscribe[] = [];
  #lastCommand: Promise<unknown> = Promise.resolve();

  constructor(
    backend: Backend,
    dependencies: CallDependencies = {},
    hasWebRtc = typeof RTCPeerConnection === 'function',
  ) {
    this.#backend = backend;
    this.#dependencies = dependencies;
    this.hasWebRtc = hasWebRtc;
  }

  get surface() {
    return this.#backend.surface;
  }

  get features() {
    return this.#backend.features;
  }

  /** Whether this page runs the call. */
  get isEngine(): boolean {
    return this.surface === 'call' || this.view?.engine.kind === 'window';
  }

  /** Listens before it asks for the first view, so that no view is missed. */
  async start(): Promise<void> {
    const backend = this.#backend;
    this.#stops = [
      backend.onView((view) => this.#show(view)),
      backend.onSignal((event) => this.call?.receiveSignal(event)),
      backend.onNetworkChange(() => this.call?.networkChanged()),
      backend.onCallCommand(({ command }) => this.#runCallCommand(command)),
      backend.onFocus(() => window.focus()),
      backend.onClose(() => this.#disconnect('closed_by_app')),
      backend.onDisconnected((why) => this.#disconnect(why)),
    ];
    await this.#try(async () => this.#show(await backend.attach(this.hasWebRtc)));
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.call?.close();
    this.call = null;
  }

  hostRoom = () => this.#try(() => this.#backend.hostRoom());
  startRoom = () => this.#try(() => this.#backend.startRoom());
  joinRoom = (text: string) => this.#try(() => this.#backend.joinRoom(text));
  rejoinRoom = () => this.#try(() => this.#backend.rejoinRoom());
  forgetLastRoom = () => this.#try(() => this.#backend.forgetLastRoom());
  leave = () => this.#try(() => this.#backend.leave());
  copyInvite = (templates: InviteTemplates) => this.#try(() => this.#backend.copyInvite(templates));
  showCall = () => this.#try(() => this.#backend.showCall());
  saveSettings = (settings: Settings) => this.#try(() => this.#backend.saveSettings(settings));
  /** Null when a Parlour server answers at the address. */
  testServer = (address: string): Promise<AppError | null> =>
    this.#backend.testServer(address).then(
      () => null,
      (error: unknown) => error as AppError,
    );
  openExternalUrl = (url: string) => this.#try(() => this.#backend.openExternalUrl(url));
  /** Without a name the link is dropped. */
  answerPendingJoin = (number: number, name?: string) =>
    this.#try(() => this.#backend.answerPendingJoin(number, name));
  dismissNotice = (id: number) => this.#try(() => this.#backend.dismissNotice(id));
  answerClose = (leave: boolean) => this.#try(() => this.#backend.answerClose(leave));

  /** Runs the command in the page of the call, wherever that is. Each waits for the one before. */
  runCallCommand = (command: CallCommand) =>
    (this.#lastCommand = this.#lastCommand.then(() =>
      this.#try(() => this.#backend.runCallCommand(command)),
    ));

  /** These may fail: then only a tray or a notification is missing. */
  setCallState = (state: CallState): void => void this.#backend.setCallState(state).catch(() => undefined);
  setTrayLabels = (labels: TrayLabels): void =>
    void this.#backend.setTrayLabels(labels).catch(() => undefined);
  showNotification = (note: Notification): void =>
    void this.#backend.showNotification(note).catch(() => undefined);

  openCheck = (): void => {
    this.isCheckOpen = true;
    this.checkConnection();
  };

  /** The probes end with it, unless a link fails, which has to be explained. */
  closeCheck = (): void => {
    this.isCheckOpen = false;
    if (!this.call?.hasFailedLink) void this.#backend.stopConnectionCheck().catch(() => undefined);
  };

  /** A check that cannot begin shows that nothing is known. */
  checkConnection = (): void => void this.#backend.checkConnection().catch(() => undefined);

  dismissError(): void {
    this.lastError = null;
  }

  #show(view: AppView): void {
    if (this.disconnected || (this.view && view.revision < this.view.revision)) return;
    this.view = view;
    const { room } = view;
    if (room && room.phase.kind !== 'failed' && this.isEngine) {
      this.call ??= new Call(this.#backend, (error) => (this.lastError = error), {
        ...this.#dependencies,
        onLinkFailed: () => this.#explainFailure(),
      });
      this.call.update(room);
      if (view.check?.running === false) this.call.setNetworkReport(reportOf(view.check.facts));
    } else {
      this.call?.close();
      this.call = null;
    }
  }

  /** Once for each network: its facts stay in the view until it changes. */
  #explainFailure(): void {
    if (this.view?.check === null) this.checkConnection();
  }

  /** Comes from the tray, a global shortcut or the app's window. */
  #runCallCommand(command: CallCommand): void {
    const media = this.call?.media;
    if (command === 'toggle_microphone') media?.toggleMicrophone?.();
    else if (command === 'toggle_camera') media?.toggleCamera?.();
    else if (command === 'push_to_talk_start') media?.startPushToTalk();
    else media?.stopPushToTalk();
  }

  #disconnect(why: DisconnectReason | 'closed_by_app'): void {
    this.stop();
    this.disconnected = why;
    // An app that was killed cannot end its browser: the page closes, and the browser with its last window.
    if (why !== 'second_page') window.close();
  }

  async #try(work: () => Promise<void>): Promise<boolean> {
    this.lastError = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.lastError = error as AppError;
      return false;
    }
  }
}
