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
  receiveSignal: (event: Carried) => backend.pushSignal(event),
  /** Waits until so many others are visible. */
  seen: (count: number) => document.querySelectorAll('.tile[data-peer][data-seen=true]').length >= count,
  /** Waits until the own picture is visible. */
  settled: () => document.querySelector('.tile[data-seen=true]') !== null,
  /** Waits until so many frames are painted. */
  frames: async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await new Promise((done) => requestAnimationFrame(done));
  },
  /** The long tasks since the mark, in milliseconds, the longest first. */
  tasks: () => {
    const from = performance.getEntriesByName('they-come')[0]?.startTime ?? 0;
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
