import type { Signal } from '../rtc/signal';
import type { Backend, DisconnectReason, NetworkChangeEvent, SealedSignal, Stop } from './backend';
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
import type { Transport } from './transport';

/** The app's commands and events, over whatever carries them. */
export class Commands implements Backend {
  readonly surface: Surface;
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.surface = transport.surface;
  }

  async attach(webrtc: boolean): Promise<AppView> {
    return (await this.#transport.call('attach', { surface: this.surface, webrtc })) as AppView;
  }
  startRoom = (): Promise<void> => this.#do('start_room');
  joinRoom = (link: string): Promise<void> => this.#do('join_room', { link });
  rejoinRoom = (): Promise<void> => this.#do('rejoin_room');
  forgetLastRoom = (): Promise<void> => this.#do('forget_last_room');
  enter = (name: string): Promise<void> => this.#do('enter', { name });
  leave = (): Promise<void> => this.#do('leave');
  sendSignal = (to: string, signal: Signal, number?: number): Promise<void> =>
    this.#do('send_signal', { to, signal, number: number ?? null });
  async sealSignal(to: string, signal: Signal, number?: number): Promise<SealedSignal> {
    const args = { to, signal, number: number ?? null };
    return (await this.#transport.call('seal_signal', args)) as SealedSignal;
  }
  async openSignal(from: string, envelope: string): Promise<{ signal: unknown }> {
    return (await this.#transport.call('open_signal', { from, envelope })) as { signal: unknown };
  }
  saveSettings = (settings: Settings): Promise<void> => this.#do('save_settings', { settings });
  showCall = (): Promise<void> => this.#do('show_call');
  copyInvite = (templates: InviteTemplates): Promise<void> => this.#do('copy_invite', { templates });
  reportNetworkChange = (): Promise<void> => this.#do('report_network_change');
  openExternalUrl = (url: string): Promise<void> => this.#do('open_external_url', { url });
  answerPendingJoin = (accept: boolean): Promise<void> => this.#do('answer_pending_join', { accept });
  dismissNotice = (id: number): Promise<void> => this.#do('dismiss_notice', { id });
  setCallState = (state: CallState): Promise<void> => this.#do('set_call_state', { state });
  setTrayLabels = (labels: TrayLabels): Promise<void> => this.#do('set_tray_labels', { labels });
  showNotification = (notification: Notification): Promise<void> =>
    this.#do('show_notification', { notification });
  runCallCommand = (command: CallCommand): Promise<void> => this.#do('run_call_command', { command });

  onView = (hear: (view: AppView) => void): Stop => this.#transport.on('view', hear);
  onSignal = (hear: (event: SignalEvent) => void): Stop => this.#transport.on('signal', hear);
  onCallCommand = (hear: (event: CallCommandEvent) => void): Stop => this.#transport.on('call_command', hear);
  onFocus = (hear: () => void): Stop => this.#transport.on('focus', hear);
  onNetworkChange = (hear: (event: NetworkChangeEvent) => void): Stop =>
    this.#transport.on('network_change', hear);
  onClose = (hear: () => void): Stop => this.#transport.on('close', hear);
  onDisconnected = (hear: (why: DisconnectReason) => void): Stop => this.#transport.onDisconnected(hear);

  async #do(command: string, args: Record<string, unknown> = {}): Promise<void> {
    await this.#transport.call(command, args);
  }
}
