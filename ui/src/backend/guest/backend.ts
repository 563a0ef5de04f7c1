import { version } from '../../../package.json';
import { EventListeners } from '../event-listeners';
import { GUEST_FEATURES, type Features } from '../features';
import type {
  AppEvents,
  AppView,
  Backend,
  CallCommand,
  DisconnectReason,
  ErrorCode,
  InviteTemplates,
  LastRoomEnd,
  NoticeCode,
  OpenedSignal,
  PendingJoin,
  SealedSignal,
  Settings,
} from '../generated';
import type { Core, GuestInvite, RoomCore, RoomEvent, ServerPermit } from './core';
import { publicStunServers } from './ice-servers';
import { appError, inviteInFragment, isOnlyInApp, placesOf, shownLink } from './invite';
import type { NetworkCheck } from './network-check';
import type { GuestPage } from './page';
import { takeReload, writeReload } from './reload';
import { RoomState } from './room-state';
import { loadSettings, saveSettings } from './settings';

/** How long a room that was left is kept, in memory alone. As in the app. */
const LEFT_ROOM_KEPT_MS = 10 * 60_000;
const OPENED_SCHEMES = ['http:', 'https:', 'mailto:'];

interface Room {
  state: RoomState;
  /** Null when the room has failed. */
  core: RoomCore | null;
}

interface LeftRoom {
  invite: GuestInvite;
  name: string;
  permits: readonly ServerPermit[];
  until: number;
}

/** How a room is opened. */
interface Opening {
  name: string;
  hasEntered?: boolean;
  /** Our peer id in the room before. */
  me?: string | null;
  permits?: readonly ServerPermit[];
  isNew?: boolean;
}

/**
 * The backend of a guest's page: the core runs in the page itself, and this class does what the app's controller does
 * elsewhere. There is no app around it: nothing is hosted, and the browser is all that it has.
 */
export class GuestBackend implements Backend {
  readonly surface = 'window';
  readonly features: Features;
  #core: Core;
  #page: GuestPage;
  #networkCheck: NetworkCheck;
  #listeners = new EventListeners<AppEvents & { disconnected: DisconnectReason }>();
  #room: Room | null = null;
  #leftRoom: LeftRoom | null = null;
  #isAttached = false;
  #lastNumber = 0;
  #view: AppView;

  constructor(core: Core, page: GuestPage, networkCheck: NetworkCheck, downloads = '') {
    this.#core = core;
    this.#page = page;
    this.#networkCheck = networkCheck;
    this.features = { ...GUEST_FEATURES, downloads };
    this.#view = {
      revision: 1,
      version,
      settings: loadSettings(page.settings),
      engine: { kind: 'unknown' },
      browsers: [],
      room: null,
      reach: { invite_complete: true, port_mapping: { kind: 'off' } },
      call: null,
      last_room: null,
      pending: null,
      asks_to_close: false,
      check: null,
      notices: [],
      system: { os: 'linux', wayland: false, apt: false },
      public_stun_servers: [...publicStunServers],
    };
    page.onHide(() => this.#hide());
    page.onFragment(() => this.#openFragment(false));
    page.onNetwork(() => this.#networkChanged());
  }

  async attach(webrtc: boolean): Promise<AppView> {
    this.#update({ engine: { kind: webrtc ? 'window' : 'missing' } });
    if (!this.#isAttached) {
      this.#isAttached = true;
      void this.#findServer();
      if (webrtc) this.#openFragment(true);
    }
    return this.#view;
  }

  async startRoom(): Promise<void> {
    const { hosting } = this.#view.settings;
    if (hosting.kind !== 'server') throw appError('host_failed');
    this.#prepareJoin();
    this.#open(this.#core.newInvite(hosting.address), { name: this.#view.settings.name, isNew: true });
  }

  async hostRoom(): Promise<void> {
    throw appError('host_failed');
  }

  async joinRoom(link: string): Promise<void> {
    const invite = this.#core.parseInvite(link);
    if (isOnlyInApp(invite, this.#page.url)) throw appError('only_in_app');
    if (this.#isIn(invite)) return;
    this.#prepareJoin();
    this.#open(invite, { name: this.#view.settings.name });
  }

  async rejoinRoom(): Promise<void> {
    const left = this.#lastRoom === null ? null : this.#leftRoom;
    if (!left || this.#room) throw appError('not_in_room');
    this.#open(left.invite, { name: left.name, hasEntered: true, permits: left.permits });
  }

  async forgetLastRoom(): Promise<void> {
    this.#leftRoom = null;
    this.#update();
  }

  async enter(name: string): Promise<void> {
    const { state, core } = this.#openRoom();
    await core.enter(name);
    state.name = name;
    state.phase = { kind: 'entered' };
    this.#page.keepAwake(true);
    const settings = saveSettings(this.#page.settings, { ...this.#view.settings, name });
    this.#update({ settings });
  }

  async leave(): Promise<void> {
    const room = this.#room;
    if (room?.state.phase.kind === 'entered') {
      const { invite, name, permits } = room.state;
      this.#leftRoom = { invite, name, permits, until: performance.now() + LEFT_ROOM_KEPT_MS };
    }
    this.#endRoom();
    this.#page.fragment = '';
    this.#update();
  }

  async sendSignal(to: string, signal: unknown, number?: number | null): Promise<void> {
    await this.#openRoom().core.sendSignal(to, signal, number);
  }

  async sealSignal(to: string, signal: unknown, number?: number | null): Promise<SealedSignal> {
    return this.#openRoom().core.sealSignal(to, signal, number);
  }

  async openSignal(from: string, envelope: string): Promise<OpenedSignal> {
    return this.#openRoom().core.openSignal(from, envelope);
  }

  async saveSettings(settings: Settings): Promise<void> {
    this.#update({ settings: saveSettings(this.#page.settings, settings) });
  }

  async showCall(): Promise<void> {
    if (!this.#room) throw appError('not_in_room');
  }

  async copyInvite({ web }: InviteTemplates): Promise<void> {
    if (!this.#room) throw appError('not_in_room');
    const { invite } = this.#room.state;
    const text = web.replace('{link}', () => shownLink(invite, this.#page.url));
    try {
      // A text that leads elsewhere, or nowhere, is refused.
      if (this.#core.parseInvite(text).link !== invite.link) throw appError('clipboard_failed');
      await this.#page.copy(text);
    } catch {
      throw appError('clipboard_failed');
    }
  }

  async answerPendingJoin(number: number, name?: string | null): Promise<void> {
    const { pending } = this.#view;
    if (pending?.number !== number) return;
    const invite = this.#inviteOfFragment();
    if (name == null || !invite) {
      this.#page.fragment = this.#room?.state.invite.fragment ?? '';
      this.#update({ pending: null });
      return;
    }
    this.#endRoom();
    this.#open(invite, { name });
  }

  async answerClose(): Promise<void> {
    // Nothing asks.
  }

  async dismissNotice(id: number): Promise<void> {
    this.#update({ notices: this.#view.notices.filter((notice) => notice.id !== id) });
  }

  async reportNetworkChange(): Promise<void> {
    this.#openRoom().core.reconnectNow();
    this.#forgetCheck();
  }

  async reportLink(): Promise<void> {
    // Nobody comes by relays.
  }

  async setCallState(): Promise<void> {
    // There is no tray, and no other window.
  }

  async setTrayLabels(): Promise<void> {
    // As above.
  }

  async showNotification(): Promise<void> {
    // As above.
  }

  async checkConnection(): Promise<void> {
    const servers = this.#view.room?.ice_servers ?? [{ urls: [...publicStunServers] }];
    this.#networkCheck.start(servers, (check) => this.#update({ check }));
  }

  async stopConnectionCheck(): Promise<void> {
    this.#networkCheck.stop();
    const { check } = this.#view;
    if (check?.running) this.#update({ check: { ...check, running: false } });
  }

  async runCallCommand(command: CallCommand): Promise<void> {
    if (!this.#room) throw appError('not_in_room');
    this.#listeners.emit('call_command', { command });
  }

  async openExternalUrl(url: string): Promise<void> {
    if (!URL.canParse(url) || !OPENED_SCHEMES.includes(new URL(url).protocol))
      throw appError('link_not_opened');
    this.#page.open(url);
  }

  async testServer(): Promise<void> {
    throw appError('settings_invalid');
  }

  onView = (listener: (view: AppView) => void) => this.#listeners.add('view', listener);
  onSignal = (listener: (event: AppEvents['signal']) => void) => this.#listeners.add('signal', listener);
  onNetworkChange = (listener: (event: AppEvents['network_change']) => void) =>
    this.#listeners.add('network_change', listener);
  onCallCommand = (listener: (event: AppEvents['call_command']) => void) =>
    this.#listeners.add('call_command', listener);
  onFocus = (listener: () => void) => this.#listeners.add('focus', listener);
  onClose = (listener: () => void) => this.#listeners.add('close', listener);
  onDisconnected = (listener: (reason: DisconnectReason) => void) =>
    this.#listeners.add('disconnected', listener);

  /** A link that was opened, in this tab or by the page's address. It is asked about, unless the person came to join. */
  #openFragment(isFirst: boolean): void {
    const invite = this.#inviteOfFragment();
    if (!invite || this.#isIn(invite)) {
      if (this.#view.pending) this.#update({ pending: null });
      return;
    }
    if (isOnlyInApp(invite, this.#page.url) && !this.#room) {
      // Without a core: nothing is tried.
      const state = new RoomState(this.#core, invite, this.#view.settings.name);
      state.fail('only_in_app');
      this.#room = { state, core: null };
      this.#update();
      return;
    }
    const reload = isFirst ? takeReload(this.#page.reload, invite) : null;
    const hasConsent = isFirst && this.#page.takeConsent();
    if (reload) this.#open(invite, reload);
    else if (hasConsent) this.#open(invite, { name: this.#view.settings.name });
    else this.#update({ pending: this.#question(invite) });
  }

  /** A fragment that is none is told once. */
  #inviteOfFragment(): GuestInvite | null {
    const text = inviteInFragment(this.#page.fragment, this.#page.url);
    if (text === null) return null;
    try {
      return this.#core.parseInvite(text);
    } catch (error) {
      const isTooNew = (error as { code?: ErrorCode }).code === 'invite_too_new';
      this.#page.fragment = this.#room?.state.invite.fragment ?? '';
      this.#addNotice(isTooNew ? 'link_too_new' : 'link_damaged');
      return null;
    }
  }

  #question(invite: GuestInvite): PendingJoin {
    return { number: (this.#lastNumber += 1), leaves: this.#room !== null, places: placesOf(invite) };
  }

  #isIn({ link }: GuestInvite): boolean {
    return this.#room?.core != null && this.#room.state.invite.link === link;
  }

  #openRoom(): { state: RoomState; core: RoomCore } {
    if (!this.#room?.core) throw appError('not_in_room');
    return { state: this.#room.state, core: this.#room.core };
  }

  /** Refuses a second room, and leaves one that has failed. */
  #prepareJoin(): void {
    if (this.#view.engine.kind !== 'window') throw appError('browser_missing');
    if (this.#room?.core) throw appError('already_in_room');
    this.#endRoom();
  }

  #open(invite: GuestInvite, { name, hasEntered = false, me = null, permits = [], isNew }: Opening): void {
    const state = new RoomState(this.#core, invite, name, { isNew: isNew ?? false, permits });
    const config = { invite: invite.link, name, previous_peer_id: me, access_token: null };
    const core = new this.#core.RoomCore({ ...config, permits: [...permits] }, (events) => {
      if (this.#room?.core === core) this.#apply(events);
    });
    state.me = core.peerId;
    if (hasEntered) {
      state.phase = { kind: 'entered' };
      // It fails only for a core that has ended, which says so by an event.
      void core.enter(name).catch(() => undefined);
      this.#page.keepAwake(true);
    }
    this.#leftRoom = null;
    this.#room = { state, core };
    this.#page.fragment = invite.fragment;
    const linkNotices: readonly NoticeCode[] = ['link_damaged', 'link_too_new'];
    const notices = this.#view.notices.filter(({ code }) => !linkNotices.includes(code));
    this.#update({ pending: null, notices });
  }

  /** A view comes before the signals, so that the page knows their senders. */
  #apply(events: readonly RoomEvent[]): void {
    const { state } = this.#openRoom();
    for (const event of events) {
      const signal = state.apply(event);
      if (signal) {
        this.#update();
        this.#listeners.emit('signal', signal);
      }
      if (event.kind === 'tampering') this.#addNotice('tampering');
      if (event.kind === 'failed') {
        this.#room = { state, core: null };
        this.#page.keepAwake(false);
      }
    }
    this.#update();
  }

  #endRoom(): void {
    void this.#room?.core?.leave().catch(() => undefined);
    this.#room = null;
    this.#page.keepAwake(false);
    const notices = this.#view.notices.filter(({ code }) => code !== 'tampering');
    if (notices.length < this.#view.notices.length) this.#update({ notices });
  }

  /** The page goes. The others see at once that we leave; if it is a reload, the next page comes back. */
  #hide(): void {
    if (!this.#room) return;
    const { invite, me, name, phase, permits } = this.#room.state;
    writeReload(this.#page.reload, invite, { me, name, hasEntered: phase.kind === 'entered', permits });
    void this.#room.core?.leave().catch(() => undefined);
  }

  #networkChanged(): void {
    this.#room?.core?.reconnectNow();
    this.#forgetCheck();
    this.#listeners.emit('network_change', { kind: 'changed' });
  }

  #forgetCheck(): void {
    this.#networkCheck.stop();
    if (this.#view.check) this.#update({ check: null });
  }

  /** Rooms can be started on the server that serves the page. */
  async #findServer(): Promise<void> {
    if (!(await this.#page.isOfServer())) return;
    const { protocol, host } = new URL(this.#page.url);
    const address = protocol === 'http:' ? `ws+${host}` : `wss+${host}`;
    this.#update({
      settings: { ...this.#view.settings, hosting: { kind: 'server', address, access_token: '' } },
    });
  }

  #addNotice(code: NoticeCode): void {
    const others = this.#view.notices.filter((notice) => notice.code !== code);
    this.#update({ notices: [...others, { id: (this.#lastNumber += 1), code, subject: null }] });
  }

  get #lastRoom(): LastRoomEnd | null {
    const left = this.#leftRoom;
    return this.#room === null && left !== null && performance.now() < left.until ? 'left' : null;
  }

  #update(over: Partial<AppView> = {}): void {
    this.#view = {
      ...this.#view,
      ...over,
      room: this.#room?.state.view(this.#page.url) ?? null,
      last_room: this.#lastRoom,
      revision: this.#view.revision + 1,
    };
    if (this.#isAttached) this.#listeners.emit('view', this.#view);
  }
}
