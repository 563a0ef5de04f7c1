import type {
  EngineChoice,
  GlobalShortcuts,
  Hosting,
  IceServer,
  Language,
  Reach,
  Settings,
  Theme,
} from '../../backend/generated';

const SEPARATORS = /[\s,;，；]+/u;

/** Which public STUN servers are asked: the list of the app, one of the person's own, or none. */
export const STUN_LISTS = ['shipped', 'own', 'none'] as const;
type StunList = (typeof STUN_LISTS)[number];

/** A STUN or TURN server while it is edited. */
export interface DraftServer {
  key: number;
  urls: string;
  username: string;
  credential: string;
}

/** The settings while they are edited. Edits stay until they are saved or discarded. */
export class SettingsDraft {
  name = $state('');
  hosting = $state<Hosting['kind']>('this_computer');
  address = $state('');
  accessToken = $state('');
  reach = $state<Reach>('anywhere');
  invitePage = $state('');
  /** Separated by spaces. */
  relays = $state('');
  servers = $state<DraftServer[]>([]);
  shareTurn = $state(false);
  stunList = $state<StunList>('shipped');
  /** Of the own list, separated by spaces. */
  stunServers = $state('');
  relayOnly = $state(false);
  engine = $state<EngineChoice>('auto');
  /** A name, or empty for the best one. */
  browser = $state('');
  theme = $state<Theme>('system');
  language = $state<Language>('system');
  sounds = $state(true);
  notifications = $state(true);
  plainShortcuts = $state(true);
  globalShortcuts = $state<GlobalShortcuts>({ on: false, mute: '', talk: '' });
  #key = 0;
  #saved = $state('');
  #latest = '';

  constructor(settings: Settings) {
    this.#latest = JSON.stringify(settings);
    this.load(settings);
  }

  /** Takes over settings that were saved elsewhere, unless there are edits. */
  update(settings: Settings): void {
    const now = JSON.stringify(settings);
    if (now === this.#latest || this.dirty) return;
    this.#latest = now;
    this.load(settings);
  }

  load(settings: Settings): void {
    this.name = settings.name;
    this.hosting = settings.hosting.kind;
    this.address = settings.hosting.kind === 'server' ? settings.hosting.address : '';
    this.accessToken = settings.hosting.kind === 'server' ? settings.hosting.access_token : '';
    this.reach = settings.reach;
    this.invitePage = settings.invite_page;
    this.relays = settings.relays.join(' ');
    this.servers = settings.ice_servers.map((server) => ({
      key: (this.#key += 1),
      urls: server.urls.join(' '),
      username: server.username ?? '',
      credential: server.credential ?? '',
    }));
    this.shareTurn = settings.share_turn;
    const own = settings.stun_servers;
    this.stunList = own === null ? 'shipped' : own.length > 0 ? 'own' : 'none';
    this.stunServers = own?.join(' ') ?? '';
    this.relayOnly = settings.relay_only;
    this.engine = settings.engine;
    this.browser = settings.browser;
    this.theme = settings.theme;
    this.language = settings.language;
    this.sounds = settings.sounds;
    this.notifications = settings.notifications;
    this.plainShortcuts = settings.plain_shortcuts;
    this.globalShortcuts = { ...settings.global_shortcuts };
    this.markSaved();
  }

  /** The draft is what is saved now. */
  markSaved(): void {
    this.#saved = JSON.stringify(this.settings());
  }

  /** Theme and language are saved by themselves, at once; other edits wait. */
  markLookSaved(): void {
    const { theme, language } = this;
    this.#saved = JSON.stringify({ ...(JSON.parse(this.#saved) as Settings), theme, language });
  }

  get dirty(): boolean {
    return JSON.stringify(this.settings()) !== this.#saved;
  }

  addServer(): void {
    this.servers.push({ key: (this.#key += 1), urls: '', username: '', credential: '' });
  }

  /** An own list begins with that of the app. */
  setStunList(list: StunList | undefined, shipped: readonly string[]): void {
    if (list === 'own' && this.stunServers.trim() === '') this.stunServers = shipped.join(' ');
    this.stunList = list ?? 'shipped';
  }

  removeServer(key: number): void {
    this.servers = this.servers.filter((server) => server.key !== key);
  }

  settings(): Settings {
    return {
      name: this.name.trim(),
      hosting:
        this.hosting === 'server'
          ? { kind: 'server', address: this.address.trim(), access_token: this.accessToken.trim() }
          : { kind: 'this_computer' },
      reach: this.reach,
      invite_page: this.invitePage.trim(),
      relays: urlsOf(this.relays),
      ice_servers: this.servers.map(iceServer),
      share_turn: this.shareTurn,
      stun_servers: { shipped: null, own: urlsOf(this.stunServers), none: [] }[this.stunList],
      relay_only: this.relayOnly,
      engine: this.engine,
      browser: this.browser,
      theme: this.theme,
      language: this.language,
      sounds: this.sounds,
      notifications: this.notifications,
      plain_shortcuts: this.plainShortcuts,
      global_shortcuts: {
        on: this.globalShortcuts.on,
        mute: this.globalShortcuts.mute.trim(),
        talk: this.globalShortcuts.talk.trim(),
      },
    };
  }
}

/** Only TURN servers ask for a username and a credential. */
export const hasCredentials = (server: DraftServer): boolean => /\bturns?:/i.test(server.urls);

const urlsOf = (text: string): string[] => text.split(SEPARATORS).filter(Boolean);

function iceServer(server: DraftServer): IceServer {
  const urls = urlsOf(server.urls);
  if (!hasCredentials(server)) return { urls };
  const username = server.username.trim();
  return {
    urls,
    ...(username ? { username } : {}),
    ...(server.credential ? { credential: server.credential } : {}),
  };
}
