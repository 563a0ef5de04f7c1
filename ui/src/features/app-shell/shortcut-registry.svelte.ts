import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { actionOf, keyOf, SHORTCUTS, type Action } from './actions';

interface Hold {
  press: () => void;
  release: () => void;
}

/** What a shortcut does: once, or as long as its key is held. */
export type Deed = (() => void) | Hold;

/** What is on the page now offers these, the newest last. */
const offers = new SvelteMap<Action, Deed[]>();

/** Whether one key alone does something. */
let plain = $state(true);

/** What a person has chosen of shortcuts of one key. */
export function allowPlain(on: boolean): void {
  plain = on;
  if (!on) letGo();
}

/** The key that does it now, if one does. Inside a template it follows. */
export function liveKey(action: Action): string | undefined {
  const key = keyOf(action);
  return plain || key.includes('+') ? key : undefined;
}

/** Whether somebody offers it. Inside a template it follows. */
export const isOffered = (action: Action): boolean => offers.has(action);

/** Does it as its key would; for a button elsewhere. */
export function act(action: Action): void {
  const deed = untrack(() => offers.get(action))?.at(-1);
  if (typeof deed === 'function') deed();
}

/** As long as it is offered, its key does it; the newest offer of an action holds. Answers how to take it back. */
export function offer(deeds: Readonly<Partial<Record<Action, Deed>>>): () => void {
  const own = Object.entries(deeds) as [Action, Deed][];
  const now = (action: Action): Deed[] => untrack(() => offers.get(action) ?? []);
  for (const [action, deed] of own) offers.set(action, [...now(action), deed]);
  return () => {
    for (const [action, deed] of own) {
      if (held?.deed === deed) letGo();
      const left = now(action).filter((one) => one !== deed);
      if (left.length > 0) offers.set(action, left);
      else offers.delete(action);
    }
  };
}

/** Typing, and what has keys of its own. */
const TYPING = 'input, textarea, select, dialog, [contenteditable], [role=menu], [role=listbox]';
/** What Space or an arrow already means something to. */
const PRESSED = `${TYPING}, button, a, summary, video, audio, [role=slider], [role=button]`;

let held: { code: string; deed: Hold } | null = null;

function press(event: KeyboardEvent): void {
  if (event.repeat || event.isComposing || event.defaultPrevented) {
    if (event.code === held?.code) event.preventDefault();
    return;
  }
  const action = actionOf(event);
  const deed = action && liveKey(action) && offers.get(action)?.at(-1);
  if (!deed) return;
  const taken = 'held' in SHORTCUTS[action] ? PRESSED : TYPING;
  if (event.target instanceof Element && event.target.closest(taken)) return;
  event.preventDefault();
  if (typeof deed === 'function') {
    deed();
  } else {
    letGo();
    held = { code: event.code, deed };
    deed.press();
  }
}

function release(event: KeyboardEvent): void {
  if (event.code === held?.code) letGo();
}

/** Also when the window loses the keyboard: the key's end would not be heard. */
function letGo(): void {
  const { deed } = held ?? {};
  held = null;
  deed?.release();
}

function hidden(): void {
  if (document.hidden) letGo();
}

/** Listens to the keyboard, as long as the page is there. */
export function listen(): () => void {
  const heard = [
    ['keydown', press],
    ['keyup', release],
    ['blur', letGo],
  ] as const;
  for (const [event, hear] of heard) window.addEventListener(event, hear as EventListener);
  document.addEventListener('visibilitychange', hidden);
  return () => {
    letGo();
    for (const [event, hear] of heard) window.removeEventListener(event, hear as EventListener);
    document.removeEventListener('visibilitychange', hidden);
  };
}
