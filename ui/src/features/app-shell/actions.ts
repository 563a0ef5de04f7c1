/** The headings in the sheet of shortcuts. */
export type ActionGroup = 'you' | 'room' | 'view';

interface ActionDefinition {
  /** As written on the keyboard, with `Alt+` in front where a slip would cost too much. */
  key: string;
  group: ActionGroup;
  /** Lasts as long as the key is held. */
  held?: true;
}

/** Every action that has a key. The key works, and the sheet shows it, while a view registers the action. */
export const ACTIONS = {
  mic: { key: 'M', group: 'you' },
  talk: { key: 'Space', group: 'you', held: true },
  camera: { key: 'V', group: 'you' },
  share: { key: 'S', group: 'you' },
  hand: { key: 'H', group: 'you' },
  reactions: { key: 'E', group: 'you' },
  chat: { key: 'C', group: 'room' },
  invite: { key: 'I', group: 'room' },
  devices: { key: 'D', group: 'room' },
  connection: { key: 'N', group: 'room' },
  settings: { key: ',', group: 'room' },
  leave: { key: 'Alt+Q', group: 'room' },
  layout: { key: 'L', group: 'view' },
  full_screen: { key: 'F', group: 'view' },
  picture_in_picture: { key: 'P', group: 'view' },
  sheet: { key: '?', group: 'view' },
} as const satisfies Record<string, ActionDefinition>;

export type ActionId = keyof typeof ACTIONS;

interface HeldHandler {
  press: () => void;
  release: () => void;
}

/** Runs an action: once, or as long as its key is held. */
export type ShortcutHandler = (() => void) | HeldHandler;

/** An action that a view offers. */
export interface Action {
  readonly id: ActionId;
  /** `null` while the action is impossible. */
  readonly run: ShortcutHandler | null;
}

export const ACTION_IDS = Object.keys(ACTIONS) as ActionId[];

/** In the notation of `aria-keyshortcuts`. */
export const keyOf = (action: ActionId): string => ACTIONS[action].key;

export const isHeld = (action: ActionId): boolean => 'held' in ACTIONS[action];

type KeyPress = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey'>;

export function actionOf(press: KeyPress): ActionId | undefined {
  if (press.ctrlKey || press.metaKey) return undefined;
  const name = (press.altKey ? 'Alt+' : '') + keyName(press);
  return ACTION_IDS.find((action) => keyOf(action) === name);
}

/** The character that the key types. Its place where it types no Latin letter, and with Alt. */
function keyName({ key, code, altKey }: KeyPress): string {
  if (key === ' ') return 'Space';
  if (key === '？') return '?';
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  return place !== undefined && (altKey || !/^[\u0020-\u007e]$/u.test(key)) ? place : key.toUpperCase();
}
