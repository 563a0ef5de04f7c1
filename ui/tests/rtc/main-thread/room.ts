/** Runs in the measured page: the whole view of a call, with real links. */
import { mount } from 'svelte';
import AppView from '../../../src/App.svelte';
import { FakeBackend } from '../../../src/backend/fake/backend';
import { aRoom, aView } from '../../../src/backend/fake/views';
import { App } from '../../../src/call/app.svelte';
import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import { devices, HOST, person, type Carried } from './signaling';

const backend = new FakeBackend(aView({ room: aRoom({ me: HOST, phase: { kind: 'entered' } }) }));
/** How many descriptions have come. */
let descriptions = 0;
backend.sendSignal = async (to, signal) => window.carry({ from: HOST, to, signal });

/** Long tasks: over 50 ms of wall-clock time. */
const long: { at: number; ms: number }[] = [];
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) long.push({ at: startTime, ms: duration });
}).observe({ type: 'longtask' });

export const room = {
  async open(): Promise<void> {
    const app = new App(backend, { devices }, true);
    await app.start();
    const target = document.getElementById('app');
    if (target) mount(AppView, { target, props: { app } });
  },
  come: (n: number) => backend.pushRoom({ peers: [...(backend.view.room?.peers ?? []), person(n)] }),
  /** Opens the lobby of a room with so many others. Their pages have to be there. */
  async openLobby(others: number): Promise<void> {
    const peers = Array.from({ length: others }, (_, n) => ({ ...person(n), role: 'offerer' as const }));
    backend.pushRoom({ phase: { kind: 'lobby' }, peers });
    await room.open();
  },
  /** Presses Enter and waits until the first of the others is shown. Leaves the marks `enter` and `first-picture`. */
  async enter(): Promise<void> {
    performance.mark('enter');
    document.querySelector<HTMLElement>('form button[type=submit]')?.click();
    while (!room.shows(1)) await new Promise((done) => requestAnimationFrame(done));
    performance.mark('first-picture');
  },
  /** Whether so many of the others are on the screen. */
  shows: (count: number) =>
    [...document.querySelectorAll('.tile[data-peer][data-seen=true]')].filter((tile) =>
      tile.checkVisibility({ visibilityProperty: true }),
    ).length >= count,
  hasAnswersOf: (count: number) => descriptions >= count,
  receiveSignal: (event: Carried) => {
    if ('description' in (event.signal as object)) descriptions += 1;
    backend.pushSignal(event);
  },
  /** Waits until so many others are visible. */
  seen: (count: number) => document.querySelectorAll('.tile[data-peer][data-seen=true]').length >= count,
  /** Waits until the own picture is visible. */
  settled: () => document.querySelector('.tile[data-seen=true]') !== null,
  /** Waits until so many frames are painted. */
  frames: async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await new Promise((done) => requestAnimationFrame(done));
  },
  /** The long tasks since the mark, in milliseconds, the longest first. */
  tasks: (mark: string) => {
    const from = performance.getEntriesByName(mark)[0]?.startTime ?? 0;
    return long
      .filter(({ at }) => at >= from)
      .map(({ ms }) => Math.round(ms))
      .sort((a, b) => b - a);
  },
};

declare global {
  interface Window {
    room: typeof room;
  }
}
window.room = room;
