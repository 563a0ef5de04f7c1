/** Where the sheet of shortcuts lists a row. */
export type ShortcutGroup = 'you' | 'room' | 'view';

export interface Shortcut {
  /** The key, as it is written on a keyboard; with `Alt+` in front where a slip would cost too much. */
  key: string;
  group: ShortcutGroup;
  /** Lasts as long as the key is held. */
  held?: true;
}

/** Every shortcut of the app. One whose action nobody offers does nothing and is not shown. */
export const SHORTCUTS = {
  mic: { key: 'M', group: 'you' },
  talk: { key: 'Space', group: 'you', held: true },
  camera: { key: 'V', group: 'you' },
  share: { key: 'S', group: 'you' },
  hand: { key: 'H', group: 'you' },
  reactions: { key: 'E', group: 'you' },
  chat: { key: 'C', group: 'room' },
  invite: { key: 'I', group: 'room' },
  devices: { key: 'D', group: 'room' },
  settings: { key: ',', group: 'room' },
  leave: { key: 'Alt+Q', group: 'room' },
  layout: { key: 'L', group: 'view' },
  full_screen: { key: 'F', group: 'view' },
  picture_in_picture: { key: 'P', group: 'view' },
  sheet: { key: '?', group: 'view' },
} as const satisfies Record<string, Shortcut>;

export type Action = keyof typeof SHORTCUTS;

export const ACTIONS = Object.keys(SHORTCUTS) as Action[];

/** What `aria-keyshortcuts` calls it. */
export const keyOf = (action: Action): string => SHORTCUTS[action].key;

type Press = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey'>;

/** The action of a key press, if it has one. */
export function actionOf(press: Press): Action | undefined {
  if (press.ctrlKey || press.metaKey) return undefined;
  const name = (press.altKey ? 'Alt+' : '') + keyName(press);
  return ACTIONS.find((action) => keyOf(action) === name);
}

/** By what it writes; on a keyboard that writes no Latin letters, and with Alt, by where it is. */
function keyName({ key, code, altKey }: Press): string {
  if (key === ' ') return 'Space';
  if (key === '？') return '?';
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  return place !== undefined && (altKey || !/^[\u0020-\u007e]$/u.test(key)) ? place : key.toUpperCase();
}
