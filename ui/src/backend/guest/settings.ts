import type { Language, Settings, Theme } from '../generated';

/** The settings that a guest's page keeps: those that have an effect there. */
type Kept = Pick<Settings, 'name' | 'theme' | 'language' | 'sounds' | 'plain_shortcuts'>;

/** A part of the page's own storage. Both do nothing where the browser allows none. */
export interface TextStore {
  read(): string | null;
  write(text: string | null): void;
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const LANGUAGES: readonly Language[] = ['system', 'en', 'zh-CN'];
/** In UTF-16 units, as the field counts them. */
const MAX_NAME_LENGTH = 60;

/** Settings without effect have the app's defaults. */
export const DEFAULTS: Settings = {
  name: '',
  hosting: { kind: 'this_computer' },
  reach: 'anywhere',
  invite_page: '',
  relays: [],
  ice_servers: [],
  share_turn: false,
  stun_servers: null,
  relay_only: false,
  engine: 'auto',
  browser: '',
  theme: 'system',
  language: 'system',
  sounds: true,
  notifications: false,
  plain_shortcuts: true,
  global_shortcuts: { on: false, mute: '', talk: '' },
};

/** A value that cannot be read gets its default. */
export function loadSettings(store: TextStore): Settings {
  const { name, theme, language, sounds, plain_shortcuts } = readObject(store.read());
  const oneOf = <T>(all: readonly T[], value: unknown, otherwise: T): T =>
    all.includes(value as T) ? (value as T) : otherwise;
  return {
    ...DEFAULTS,
    name: typeof name === 'string' ? cut(name) : DEFAULTS.name,
    theme: oneOf(THEMES, theme, DEFAULTS.theme),
    language: oneOf(LANGUAGES, language, DEFAULTS.language),
    sounds: sounds !== false,
    plain_shortcuts: plain_shortcuts !== false,
  };
}

/** Returns the settings as they hold from now on. */
export function saveSettings(store: TextStore, settings: Settings): Settings {
  const { name, theme, language, sounds, plain_shortcuts } = settings;
  const kept: Kept = { name: cut(name), theme, language, sounds, plain_shortcuts };
  store.write(JSON.stringify(kept));
  return { ...settings, ...kept };
}

const cut = (name: string): string => name.trim().slice(0, MAX_NAME_LENGTH);

export function readObject(text: string | null): Partial<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
