import { EventListeners } from '../event-listeners';
import { APP_FEATURES, type Features } from '../features';
import type {
  AppError,
  AppEvents,
  AppView,
  Backend,
  CallCommand,
  CallState,
  DisconnectReason,
  ErrorCode,
  InviteTemplates,
  NetworkChange,
  NetworkFacts,
  Notification,
  OpenedSignal,
  RoomView,
  SealedSignal,
  Settings,
  SignalEvent,
  Surface,
  TrayLabels,
} from '../generated';
import { aRoom, aView, someFacts } from './views';

type Events = AppEvents & { disconnected: DisconnectReason };

/** An `AppError` as the backend would send it. */
export const anError = (code: ErrorCode, field: string | null = null): AppError => ({
  code,
  message: code,
  field,
});

/** A backend in memory. It updates its view like the real one; tests and scenarios can push any other view. */
export class FakeBackend implements Backend {
  readonly surface: Surface;
  readonly features: Features;
  /** All calls, in order. */
  readonly calls: { name: string; args: unknown[] }[] = [];
  /** The errors of calls that fail, by name. */
  readonly failing = new Map<string, AppError>();
  #view: AppView;
  #numbers = 0;
  #seen = new Set<string>();
  #listeners = new EventListeners<Events>();

  constructor(view: AppView = aView(), surface: Surface = 'window', features: Features = APP_FEATURES) {
    this.#view = view;
    this.surface = surface;
    this.features = features;
  }

  get view(): AppView {
    return this.#view;
  }

  push(over: Partial<AppView>): void {
    this.#view = { ...this.#view, ...over, revision: this.#view.revision + 1 };
    this.#listeners.emit('view', this.#view);
  }

  /** An outdated view arrives late. */
  pushOld(view: AppView): void {
    this.#listeners.emit('view', view);
  }

  pushRoom(over: Partial<RoomView>): void {
    this.push({ room: { ...(this.#view.room ?? aRoom()), ...over } });
  }

  pushSignal(event: SignalEvent): void {
    this.#listeners.emit('signal', event);
  }
  pushCallCommand(command: CallCommand): void {
    this.#listeners.emit('call_command', { command });
  }
  pushFocus(): void {
    this.#listeners.emit('focus', null);
  }
  pushNetworkChange(kind: NetworkChange = 'changed'): void {
    this.#listeners.emit('network_change', { kind });
  }

  pushClose(): void {
    this.#listeners.emit('close', null);
  }
  pushDisconnected(reason: DisconnectReason): void {
    this.#listeners.emit('disconnected', reason);
  }

  async attach(webrtc: boolean): Promise<AppView> {
    await this.#called('attach', webrtc);
    return this.#view;
  }
  async startRoom(): Promise<void> {
    await this.#called('startRoom');
    this.push({ room: aRoom({ name: this.#view.settings.name }) });
  }
  async hostRoom(): Promise<void> {
    await this.#called('hostRoom');
    this.push({ room: aRoom({ name: this.#view.settings.name }) });
  }
  async joinRoom(link: string): Promise<void> {
    await this.#called('joinRoom', link);
    if (!link.includes('parlour://join/')) throw anError('invite_not_a_link');
    this.push({ room: aRoom({ invite: link.trim(), hosting: false }) });
  }
  async rejoinRoom(): Promise<void> {
    await this.#called('rejoinRoom');
    this.push({ last_room: null, room: aRoom({ phase: { kind: 'entered' } }) });
  }
  async forgetLastRoom(): Promise<void> {
    await this.#called('forgetLastRoom');
    this.push({ last_room: null });
  }
  async enter(name: string): Promise<void> {
    await this.#called('enter', name);
    this.push({ settings: { ...this.#view.settings, name } });
    this.pushRoom({ name, phase: { kind: 'entered' } });
  }
  async leave(): Promise<void> {
    await this.#called('leave');
    const wasInside = this.#view.room?.phase.kind === 'entered';
    this.push({ room: null, last_room: wasInside ? 'left' : null });
  }
  async sendSignal(to: string, signal: unknown, number?: number | null): Promise<void> {
    await this.#called('sendSignal', to, signal, ...(number == null ? [] : [number]));
  }
  /** Numbers and deduplicates signals like the real one. Its sealed signals are readable. */
  async sealSignal(to: string, signal: unknown, number?: number | null): Promise<SealedSignal> {
    await this.#called('sealSignal', to, signal);
    const own = number ?? this.nextNumber();
    return { number: own, envelope: JSON.stringify({ number: own, signal }) };
  }
  async openSignal(from: string, envelope: string): Promise<OpenedSignal> {
    await this.#called('openSignal', from);
    const { number, signal } = JSON.parse(envelope) as { number: number; signal: unknown };
    return { signal: this.isNew(from, number) ? signal : null };
  }
  nextNumber(): number {
    return (this.#numbers += 1);
  }
  /** Whether this is the peer's first signal with this number. */
  isNew(from: string, number: number): boolean {
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
  async copyInvite(templates: InviteTemplates): Promise<void> {
    await this.#called('copyInvite', templates);
  }
  async reportLink(peer: string, up: boolean): Promise<void> {
    await this.#called('reportLink', peer, up);
  }
  async reportNetworkChange(): Promise<void> {
    await this.#called('reportNetworkChange');
  }

  /** Finds the scenario's facts at once. */
  facts: NetworkFacts = someFacts();
  async checkConnection(): Promise<void> {
    await this.#called('checkConnection');
    this.push({ check: { running: false, facts: this.facts } });
  }
  async stopConnectionCheck(): Promise<void> {
    await this.#called('stopConnectionCheck');
  }

  async openExternalUrl(url: string): Promise<void> {
    await this.#called('openExternalUrl', url);
  }
  async testServer(address: string): Promise<void> {
    await this.#called('testServer', address);
    if (address.endsWith('.invalid')) throw anError('server_name_not_found');
  }
  async answerPendingJoin(number: number, name?: string): Promise<void> {
    await this.#called('answerPendingJoin', number, name);
    const joined = name === undefined ? {} : { room: aRoom({ hosting: false, name }) };
    this.push({ pending: null, ...joined });
  }
  async dismissNotice(id: number): Promise<void> {
    await this.#called('dismissNotice', id);
    this.push({ notices: this.#view.notices.filter((notice) => notice.id !== id) });
  }
  async answerClose(leave: boolean): Promise<void> {
    await this.#called('answerClose', leave);
    this.push({ asks_to_close: false });
  }
  async setCallState(state: CallState): Promise<void> {
    await this.#called('setCallState', state);
    this.push({ call: state });
  }
  async setTrayLabels(labels: TrayLabels): Promise<void> {
    await this.#called('setTrayLabels', labels);
  }
  async showNotification(notification: Notification): Promise<void> {
    await this.#called('showNotification', notification);
  }
  async runCallCommand(command: CallCommand): Promise<void> {
    await this.#called('runCallCommand', command);
    this.pushCallCommand(command);
  }

  onView = (listener: (payload: Events['view']) => void) => this.#listeners.add('view', listener);
  onSignal = (listener: (payload: Events['signal']) => void) => this.#listeners.add('signal', listener);
  onCallCommand = (listener: (payload: Events['call_command']) => void) =>
    this.#listeners.add('call_command', listener);
  onFocus = (listener: (payload: Events['focus']) => void) => this.#listeners.add('focus', listener);
  onNetworkChange = (listener: (payload: Events['network_change']) => void) =>
    this.#listeners.add('network_change', listener);
  onClose = (listener: (payload: Events['close']) => void) => this.#listeners.add('close', listener);
  onDisconnected = (listener: (payload: Events['disconnected']) => void) =>
    this.#listeners.add('disconnected', listener);

  async #called(name: string, ...args: unknown[]): Promise<void> {
    this.calls.push({ name, args });
    const error = this.failing.get(name);
    if (error) throw error;
  }
}
