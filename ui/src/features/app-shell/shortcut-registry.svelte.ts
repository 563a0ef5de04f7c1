import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { actionOf, isHeld, keyOf, type ActionId } from './actions';

interface HeldHandler {
  press: () => void;
  release: () => void;
}

/** What an action does: once, or as long as its key is held. */
export type ShortcutHandler = (() => void) | HeldHandler;

/** The handlers of the views on the page, the newest last. */
const handlers = new SvelteMap<ActionId, ShortcutHandler[]>();

let singleKeys = $state(true);
let held: { code: string; handler: HeldHandler } | null = null;

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
export const isRegistered = (action: ActionId): boolean => handlers.has(action);

/** Runs the action as its key would, for a button in another view. */
export function runShortcut(action: ActionId): void {
  const handler = untrack(() => handlers.get(action))?.at(-1);
  if (typeof handler === 'function') handler();
}

/** The newest handler of an action runs. `null` registers nothing. Returns how to remove them. */
export function registerShortcuts(
  added: Readonly<Partial<Record<ActionId, ShortcutHandler | null>>>,
): () => void {
  const own = Object.entries(added).filter(([, handler]) => handler !== null) as [
    ActionId,
    ShortcutHandler,
  ][];
  const current = (action: ActionId): ShortcutHandler[] => untrack(() => handlers.get(action) ?? []);
  for (const [action, handler] of own) handlers.set(action, [...current(action), handler]);
  return () => {
    for (const [action, handler] of own) {
      if (held?.handler === handler) releaseHeld();
      const left = current(action).filter((other) => other !== handler);
      if (left.length > 0) handlers.set(action, left);
      else handlers.delete(action);
    }
  };
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
  const handler = action && activeKey(action) && handlers.get(action)?.at(-1);
  if (!handler) return;
  const takenBy = isHeld(action) ? PRESSABLE : TYPING;
  if (event.target instanceof Element && event.target.closest(takenBy)) return;
  event.preventDefault();
  if (typeof handler === 'function') {
    handler();
  } else {
    releaseHeld();
    held = { code: event.code, handler };
    handler.press();
  }
}

function onKeyUp(event: KeyboardEvent): void {
  if (event.code === held?.code) releaseHeld();
}

/** Also when the window loses the keyboard, since the page does not see the key go up then. */
function releaseHeld(): void {
  const { handler } = held ?? {};
  held = null;
  handler?.release();
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
