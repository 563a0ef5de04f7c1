import type { Signal } from '../rtc/signal';
import type { Backend, LostReason, NetworkEvent, SealedSignal, Stop } from './backend';
import type {
  Act,
  ActEvent,
  AppView,
  CallState,
  InviteWords,
  Notification,
  Settings,
  SignalEvent,
  Surface,
  TrayWords,
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
  returnToRoom = (): Promise<void> => this.#do('return_to_room');
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
  copyInvite = (words: InviteWords): Promise<void> => this.#do('copy_invite', { words });
  networkChanged = (): Promise<void> => this.#do('network_changed');
  openLink = (url: string): Promise<void> => this.#do('open_link', { url });
  answerPending = (accept: boolean): Promise<void> => this.#do('answer_pending', { accept });
  dismissNotice = (id: number): Promise<void> => this.#do('dismiss_notice', { id });
  tellCall = (state: CallState): Promise<void> => this.#do('tell_call', { state });
  tellWords = (words: TrayWords): Promise<void> => this.#do('tell_words', { words });
  notify = (notification: Notification): Promise<void> => this.#do('notify', { notification });
  act = (act: Act): Promise<void> => this.#do('act', { act });

  onView = (hear: (view: AppView) => void): Stop => this.#transport.on('view', hear);
  onSignal = (hear: (event: SignalEvent) => void): Stop => this.#transport.on('signal', hear);
  onAct = (hear: (event: ActEvent) => void): Stop => this.#transport.on('act', hear);
  onRaise = (hear: () => void): Stop => this.#transport.on('raise', hear);
  onNetwork = (hear: (event: NetworkEvent) => void): Stop => this.#transport.on('network', hear);
  onBye = (hear: () => void): Stop => this.#transport.on('bye', hear);
  onLost = (hear: (why: LostReason) => void): Stop => this.#transport.onLost(hear);

  async #do(command: string, args: Record<string, unknown> = {}): Promise<void> {
    await this.#transport.call(command, args);
  }
}
