import type { Signal } from '../../rtc/signal';
import type { Backend, LostReason, NetworkEvent, SealedSignal } from '../backend';
import type {
  Act,
  ActEvent,
  AppError,
  CallState,
  Notification,
  TrayWords,
  AppView,
  ErrorCode,
  InviteWords,
  RoomView,
  Settings,
  SignalEvent,
  Surface,
} from '../bindings';
import { Ears, type AppEvents } from '../transport';
import { aRoom, aView } from './views';

/** An `AppError` as the backend would send it. */
export const anError = (code: ErrorCode, field: string | null = null): AppError => ({
  code,
  message: code,
  field,
});

/** The backend in memory. It keeps a view as the real one would, and tests and scenarios may push any other. */
export class FakeBackend implements Backend {
  readonly surface: Surface;
  /** What was asked of it, in order. */
  readonly calls: { name: string; args: unknown[] }[] = [];
  /** Calls of these names fail, with these errors. */
  readonly failing = new Map<string, AppError>();
  #view: AppView;
  #numbers = 0;
  #seen = new Set<string>();
  #ears = new Ears<AppEvents & { lost: LostReason }>();

  constructor(view: AppView = aView(), surface: Surface = 'window') {
    this.#view = view;
    this.surface = surface;
  }

  get view(): AppView {
    return this.#view;
  }

  /** The view changes. */
  push(over: Partial<AppView>): void {
    this.#view = { ...this.#view, ...over, revision: this.#view.revision + 1 };
    this.#ears.tell('view', this.#view);
  }

  /** A view that is out of date comes late. */
  pushOld(view: AppView): void {
    this.#ears.tell('view', view);
  }

  /** The room changes. */
  pushRoom(over: Partial<RoomView>): void {
    this.push({ room: { ...(this.#view.room ?? aRoom()), ...over } });
  }

  pushSignal(event: SignalEvent): void {
    this.#ears.tell('signal', event);
  }
  pushAct(act: Act): void {
    this.#ears.tell('act', { act });
  }
  pushRaise(): void {
    this.#ears.tell('raise', null);
  }
  pushNetwork(kind: NetworkEvent['kind'] = 'changed'): void {
    this.#ears.tell('network', { kind });
  }

  pushBye(): void {
    this.#ears.tell('bye', null);
  }
  pushLost(why: LostReason): void {
    this.#ears.tell('lost', why);
  }

  async attach(webrtc: boolean): Promise<AppView> {
    await this.#called('attach', webrtc);
    return this.#view;
  }
  async startRoom(): Promise<void> {
    await this.#called('startRoom');
    this.push({ room: aRoom({ name: this.#view.settings.name }) });
  }
  async joinRoom(link: string): Promise<void> {
    await this.#called('joinRoom', link);
    if (!link.includes('parlour://join/')) throw anError('invite_not_a_link');
    this.push({ room: aRoom({ invite: link.trim(), hosting: false }) });
  }
  async returnToRoom(): Promise<void> {
    await this.#called('returnToRoom');
    this.push({ last_room: false, room: aRoom({ phase: { kind: 'entered' } }) });
  }
  async forgetLastRoom(): Promise<void> {
    await this.#called('forgetLastRoom');
    this.push({ last_room: false });
  }
  async enter(name: string): Promise<void> {
    await this.#called('enter', name);
    this.push({ settings: { ...this.#view.settings, name } });
    this.pushRoom({ name, phase: { kind: 'entered' } });
  }
  async leave(): Promise<void> {
    await this.#called('leave');
    this.push({ room: null });
  }
  async sendSignal(to: string, signal: Signal, number?: number): Promise<void> {
    await this.#called('sendSignal', to, signal, ...(number === undefined ? [] : [number]));
  }
  /** As the real one numbers and knows signals; what it seals can be read. */
  async sealSignal(to: string, signal: Signal, number?: number): Promise<SealedSignal> {
    await this.#called('sealSignal', to, signal);
    const own = number ?? this.nextNumber();
    return { number: own, envelope: JSON.stringify({ number: own, signal }) };
  }
  async openSignal(from: string, envelope: string): Promise<{ signal: unknown }> {
    await this.#called('openSignal', from);
    const { number, signal } = JSON.parse(envelope) as { number: number; signal: unknown };
    return { signal: this.takes(from, number) ? signal : null };
  }
  nextNumber(): number {
    return (this.#numbers += 1);
  }
  /** Whether a peer's signal of this number has not come before. */
  takes(from: string, number: number): boolean {
    const isNew = !this.#seen.has(`${from} ${number}`);
    this.#seen.add(`${from} ${number}`);
    return isNew;
  }
  async saveSettings(settings: Settings): Promise<void> {
    await this.#called('saveSettings', settings);
    this.push({ settings });
  }
  async showCall(): Promise<void> {
    await this.#called('showCall');
    if (this.#view.engine.kind === 'browser') this.push({ engine: { ...this.#view.engine, page: 'open' } });
  }
  async copyInvite(words: InviteWords): Promise<void> {
    await this.#called('copyInvite', words);
  }
  async networkChanged(): Promise<void> {
    await this.#called('networkChanged');
  }

  async openLink(url: string): Promise<void> {
    await this.#called('openLink', url);
  }
  async answerPending(accept: boolean): Promise<void> {
    await this.#called('answerPending', accept);
    this.push(accept ? { pending: null, room: aRoom({ hosting: false }) } : { pending: null });
  }
  async dismissNotice(id: number): Promise<void> {
    await this.#called('dismissNotice', id);
    this.push({ notices: this.#view.notices.filter((notice) => notice.id !== id) });
  }
  async tellCall(state: CallState): Promise<void> {
    await this.#called('tellCall', state);
    this.push({ call: state });
  }
  async tellWords(words: TrayWords): Promise<void> {
    await this.#called('tellWords', words);
  }
  async notify(notification: Notification): Promise<void> {
    await this.#called('notify', notification);
  }
  async act(act: Act): Promise<void> {
    await this.#called('act', act);
    this.pushAct(act);
  }

  onView = (hear: (view: AppView) => void) => this.#ears.add('view', hear);
  onSignal = (hear: (event: SignalEvent) => void) => this.#ears.add('signal', hear);
  onAct = (hear: (event: ActEvent) => void) => this.#ears.add('act', hear);
  onRaise = (hear: () => void) => this.#ears.add('raise', hear);
  onNetwork = (hear: (event: NetworkEvent) => void) => this.#ears.add('network', hear);
  onBye = (hear: () => void) => this.#ears.add('bye', hear);
  onLost = (hear: (why: LostReason) => void) => this.#ears.add('lost', hear);

  async #called(name: string, ...args: unknown[]): Promise<void> {
    this.calls.push({ name, args });
    const error = this.failing.get(name);
    if (error) throw error;
  }
}
