import { untrack } from 'svelte';
import { actionOf, isHeld, keyOf, type Action, type ActionId, type ShortcutHandler } from './actions';

/** Reads the actions that a view offers now. */
type Source = () => readonly Action[];

/** The views on the page, the newest last. */
let sources = $state.raw<readonly Source[]>([]);

let singleKeys = $state(true);
let held: { code: string; source: Source; release: () => void } | null = null;

/** Whether shortcuts of one key work, as the person has set it. */
export function enableSingleKeys(enabled: boolean): void {
  singleKeys = enabled;
  if (!enabled) releaseHeld();
}

/** The key of the action, unless it is turned off. Reactive. */
export function activeKey(action: ActionId): string | undefined {
  const key = keyOf(action);
  return singleKeys || key.includes('+') ? key : undefined;
}

/** Reactive. */
export const isRegistered = (action: ActionId): boolean => find(action) !== null;

/** Runs the action as its key would, for a button in another view. */
export function runShortcut(action: ActionId): void {
  const { run } = untrack(() => find(action)) ?? {};
  if (typeof run === 'function') run();
}

/** Of several views that offer an action the newest runs it. Returns how to end it. */
export function registerShortcuts(source: Source): () => void {
  sources = [...untrack(() => sources), source];
  return () => {
    if (held?.source === source) releaseHeld();
    sources = untrack(() => sources).filter((other) => other !== source);
  };
}

function find(action: ActionId): { source: Source; run: ShortcutHandler } | null {
  for (const source of [...sources].reverse()) {
    const { run = null } = source().find(({ id }) => id === action) ?? {};
    if (run) return { source, run };
  }
  return null;
}

/** Elements that take every key. */
const TYPING = 'input, textarea, select, dialog, [contenteditable], [role=menu], [role=listbox]';
/** Elements that take Space or the arrow keys as well. */
const PRESSABLE = `${TYPING}, button, a, summary, video, audio, [role=slider], [role=button]`;

function onKeyDown(event: KeyboardEvent): void {
  if (event.repeat || event.isComposing || event.defaultPrevented) {
    if (event.code === held?.code) event.preventDefault();
    return;
  }
  const action = actionOf(event);
  const found = action && activeKey(action) ? find(action) : null;
  if (!action || !found) return;
  const takenBy = isHeld(action) ? PRESSABLE : TYPING;
  if (event.target instanceof Element && event.target.closest(takenBy)) return;
  event.preventDefault();
  const { source, run } = found;
  if (typeof run === 'function') {
    run();
  } else {
    releaseHeld();
    held = { code: event.code, source, release: run.release };
    run.press();
  }
}

function onKeyUp(event: KeyboardEvent): void {
  if (event.code === held?.code) releaseHeld();
}

/** Also when the window loses the keyboard, since the page does not see the key go up then. */
function releaseHeld(): void {
  const { release } = held ?? {};
  held = null;
  release?.();
}

function onVisibilityChange(): void {
  if (document.hidden) releaseHeld();
}

/** Returns how to stop. */
export function listenForShortcuts(): () => void {
  const listeners = new AbortController();
  const { signal } = listeners;
  window.addEventListener('keydown', onKeyDown, { signal });
  window.addEventListener('keyup', onKeyUp, { signal });
  window.addEventListener('blur', releaseHeld, { signal });
  document.addEventListener('visibilitychange', onVisibilityChange, { signal });
  return () => {
    releaseHeld();
    listeners.abort();
  };
}
