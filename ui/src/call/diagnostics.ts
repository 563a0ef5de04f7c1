import type { App } from './app.svelte';

/** The data of a call that the demo and the tests read: numbers, never messages or signals. */
export interface Diagnostics {
  /** For each other peer: id, name, the link's state, and its path, video and audio as they arrive. */
  participants(): ReturnType<NonNullable<App['call']>['stats']>;
}

declare global {
  interface Window {
    __parlour?: Diagnostics;
  }
}

/**
 * Sets `window.__parlour` and marks `first-remote-frame` when a person's first picture is on the screen. `detail.peer`
 * says whose: a `<video>` belongs to the `data-peer` around it. `Call` marks `enter-clicked`.
 */
export function exposeDiagnostics(app: App): void {
  window.__parlour = { participants: async () => (await app.call?.stats()) ?? [] };
  // Media events do not bubble, but they can be captured.
  document.addEventListener('loadstart', markFirstFrame, true);
}

function markFirstFrame({ target }: Event): void {
  if (!(target instanceof HTMLVideoElement) || !target.requestVideoFrameCallback) return;
  const peer = target.closest<HTMLElement>('[data-peer]')?.dataset.peer;
  if (peer === undefined) return;
  target.requestVideoFrameCallback(() => performance.mark('first-remote-frame', { detail: { peer } }));
}
