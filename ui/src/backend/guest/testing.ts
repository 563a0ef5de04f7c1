/** Stand-ins for the core, the browser and the network in tests of a guest's page. */
import type { ConnectionCheck, IceServer, OpenedSignal, SealedSignal } from '../generated';
import { appError } from './invite';
import type { Core, GuestEndpoint, GuestInvite, Member, RoomCore, RoomCoreConfig, RoomEvent } from './core';
import type { NetworkCheck } from './network-check';
import type { GuestPage } from './page';
import type { TextStore } from './settings';

const CODE = 'AQABAgMEBQYHCAkKCwwNDg8AAA';

export function anInvite(over: Partial<GuestInvite> = {}): GuestInvite {
  const fragment = over.fragment ?? `join/parlour.example.org/${CODE}`;
  return {
    link: `parlour://${fragment}`,
    fragment,
    web_link: null,
    endpoints: [anEndpoint()],
    relays: false,
    ...over,
  };
}

export const anEndpoint = (over: Partial<GuestEndpoint> = {}): GuestEndpoint => ({
  name: 'parlour.example.org',
  tls: true,
  loopback: false,
  ...over,
});

export function aMember(n: number, over: Partial<Member> = {}): Member {
  return {
    id: n.toString(16).padStart(32, '0'),
    name: `peer ${n}`,
    guest: false,
    entered: false,
    presence: 'online',
    role: 'offerer',
    safety_binding: 'b1'.repeat(32),
    ...over,
  };
}

export const joined = (
  members: Member[],
  over: Partial<RoomEvent & { kind: 'joined' }> = {},
): RoomEvent & { kind: 'joined' } => ({
  kind: 'joined',
  server: 'parlour.example.org',
  server_name: 'parlour.example.org',
  ice_servers: [],
  members,
  resumed: false,
  embedded: false,
  permit: null,
  ...over,
});

/** A room whose events a test writes. */
export class FakeRoomCore implements RoomCore {
  readonly config: RoomCoreConfig;
  readonly peerId: string;
  readonly calls: { name: string; args: unknown[] }[] = [];
  readonly emit: (...events: RoomEvent[]) => void;

  constructor(config: RoomCoreConfig, onEvents: (events: RoomEvent[]) => void, peerId: string) {
    this.config = config;
    this.peerId = peerId;
    this.emit = (...events) => onEvents(events);
  }

  async enter(name: string): Promise<void> {
    this.calls.push({ name: 'enter', args: [name] });
  }
  async sendSignal(...args: unknown[]): Promise<void> {
    this.calls.push({ name: 'sendSignal', args });
  }
  async sealSignal(_to: string, signal: unknown, number?: number | null): Promise<SealedSignal> {
    return { number: number ?? 1, envelope: JSON.stringify(signal) };
  }
  async openSignal(_from: string, envelope: string): Promise<OpenedSignal> {
    return { signal: JSON.parse(envelope) };
  }
  reconnectNow(): void {
    this.calls.push({ name: 'reconnectNow', args: [] });
  }
  async leave(): Promise<void> {
    this.calls.push({ name: 'leave', args: [] });
  }
}

/** Reads `<fragment>` after `parlour://` or `#`, and nothing else. A place with `ws+` in front has no TLS. */
export class FakeCore implements Core {
  readonly rooms: FakeRoomCore[] = [];
  readonly RoomCore: Core['RoomCore'];

  constructor() {
    const { rooms } = this;
    this.RoomCore = class extends FakeRoomCore {
      constructor(config: RoomCoreConfig, onEvents: (events: RoomEvent[]) => void) {
        super(config, onEvents, `me-${rooms.length + 1}`);
        rooms.push(this);
      }
    };
  }

  get room(): FakeRoomCore {
    const room = this.rooms.at(-1);
    if (!room) throw new Error('no room was opened');
    return room;
  }

  parseInvite(text: string): GuestInvite {
    const web = /https:\/\/([\w.:]+)\/j#([\w-]{26})\b/.exec(text);
    if (web) return anInvite({ fragment: `join/${web[1]}/${web[2]}` });
    const [, places, code] = /(?:parlour:\/\/|#)join\/([^/\s]*)\/([\w-]*)/.exec(text) ?? [];
    if (places === undefined) throw appError('invite_not_a_link');
    if (code?.startsWith('new')) throw appError('invite_too_new');
    if (code?.length !== CODE.length) throw appError('invite_damaged');
    const all = places.split(',');
    return anInvite({
      fragment: `join/${places}/${code}`,
      endpoints: all
        .filter((place) => !place.startsWith('~'))
        .map((place) => anEndpoint({ name: place.replace(/^\w+\+/, ''), tls: !place.startsWith('ws+') })),
      relays: all.some((place) => place.startsWith('~')),
    });
  }

  newInvite(server: string): GuestInvite {
    return this.parseInvite(`parlour://join/${server}/${CODE}`);
  }

  nameLooks(name: string): string[] {
    return [name.toLowerCase()];
  }

  readIceServers(value: unknown): IceServer[] {
    return value as IceServer[];
  }
}

export function memoryStore(text: string | null = null): TextStore {
  return {
    read: () => text,
    write: (now) => {
      text = now;
    },
  };
}

/** The browser's tab. A reload makes another page on the same storage. */
export class FakePage implements GuestPage {
  url = 'https://parlour.example.org/guest/';
  fragment = '';
  hasConsent = false;
  isServers = false;
  canCopy = true;
  copied: string | null = null;
  opened: string[] = [];
  isAwake = false;
  readonly settings: TextStore;
  readonly reload: TextStore;
  readonly emitters = { fragment: () => {}, network: () => {}, hide: () => {} };

  constructor(before?: FakePage) {
    this.settings = before?.settings ?? memoryStore();
    this.reload = before?.reload ?? memoryStore();
    this.fragment = before?.fragment ?? '';
  }

  takeConsent(): boolean {
    const had = this.hasConsent;
    this.hasConsent = false;
    return had;
  }
  async copy(text: string): Promise<void> {
    if (!this.canCopy) throw new Error('refused');
    this.copied = text;
  }
  open(url: string): void {
    this.opened.push(url);
  }
  keepAwake(isWanted: boolean): void {
    this.isAwake = isWanted;
  }
  async isOfServer(): Promise<boolean> {
    return this.isServers;
  }
  onFragment(listener: () => void): void {
    this.emitters.fragment = listener;
  }
  onNetwork(listener: () => void): void {
    this.emitters.network = listener;
  }
  onHide(listener: () => void): void {
    this.emitters.hide = listener;
  }
}

export class FakeNetworkCheck implements NetworkCheck {
  found: ((check: ConnectionCheck) => void) | null = null;
  servers: readonly IceServer[] = [];

  start(servers: readonly IceServer[], onFound: (check: ConnectionCheck) => void): void {
    this.servers = servers;
    this.found = onFound;
  }
  stop(): void {
    this.found = null;
  }
}
