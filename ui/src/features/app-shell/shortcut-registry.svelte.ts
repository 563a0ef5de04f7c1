import { untrack } from 'svelte';
import { actionOf, isHeld, keyOf, type Action, type ActionId, type ShortcutHandler } from './actions';
import { closest, isFocusedByPointer, watchFocus } from './input-modality';

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
const TYPING =
  'input:not([type=radio], [type=checkbox], [type=range]), textarea, select, dialog, [contenteditable], [role=menu], [role=listbox]';
/** Elements that take Space or the arrow keys as well. */
const PRESSABLE = 'input, button, a, summary, video, audio, [role=slider], [role=button]';

/** Whether the element under the event takes the key of the action for itself. */
function isTaken(event: KeyboardEvent, action: ActionId): boolean {
  if (closest(event.target, TYPING)) return true;
  if (!isHeld(action)) return false;
  // After a click on a button Space talks. Pressing the button again would unmute for good.
  const control = closest(event.target, PRESSABLE);
  return control !== null && !isFocusedByPointer(control);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented) return;
  // The keyboard of a Mac reports no key that goes up while Command is held.
  if (event.key === 'Meta') releaseHeld();
  const action = actionOf(event);
  if (!action || isHeld(action)) return;
  const found = !event.repeat && activeKey(action) ? find(action) : null;
  if (!found || isTaken(event, action)) return;
  event.preventDefault();
  if (typeof found.run === 'function') found.run();
}

/** Comes before the element that has the focus, which may be in a popover. */
function onHeldKeyDown(event: KeyboardEvent): void {
  if (event.isComposing) return;
  if (event.code === held?.code) {
    keepFromElement(event);
    return;
  }
  const action = actionOf(event);
  const found = action && isHeld(action) && activeKey(action) ? find(action) : null;
  if (!action || !found || isTaken(event, action)) return;
  keepFromElement(event);
  const { source, run } = found;
  // A key that goes on being held after the window was away talks no more.
  if (event.repeat || typeof run === 'function') return;
  releaseHeld();
  held = { code: event.code, source, release: run.release };
  run.press();
}

function onKeyUp(event: KeyboardEvent): void {
  const action = actionOf(event);
  if (event.code === held?.code) {
    keepFromElement(event);
    releaseHeld();
  } else if (action && isHeld(action) && activeKey(action) && find(action) && !isTaken(event, action)) {
    // Firefox presses a button when the key goes up.
    keepFromElement(event);
  }
}

function keepFromElement(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
}

/** Also when the window loses the keyboard, since the page does not see the key go up then. */
function releaseHeld(): void {
  const { release } = held ?? {};
  held = null;
  release?.();
}

/** `page`: the window, or the small one over all others. Returns how to stop. */
export function listenForShortcuts(page: Window = window): () => void {
  const listeners = new AbortController();
  const { signal } = listeners;
  const first = { signal, capture: true };
  watchFocus(page.document, PRESSABLE, signal);
  page.addEventListener('keydown', onHeldKeyDown, first);
  page.addEventListener('keydown', onKeyDown, { signal });
  page.addEventListener('keyup', onKeyUp, first);
  page.addEventListener('blur', releaseHeld, { signal });
  page.document.addEventListener('visibilitychange', () => page.document.hidden && releaseHeld(), { signal });
  return () => {
    releaseHeld();
    listeners.abort();
  };
}
