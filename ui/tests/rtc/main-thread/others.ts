/** Runs in a page of another browser: the people who enter the room of the measured page, or are in it. */
import { FakeBackend } from '../../../src/backend/fake/backend';
import { aRoom, aView } from '../../../src/backend/fake/views';
import { App } from '../../../src/call/app.svelte';
import { devices, HOST, person, type Carried } from './signaling';

const backends = new Map<string, FakeBackend>();

export const others = {
  /** An offerer enters the room of the measured page, an answerer is in the room that it is about to enter. */
  async come(n: number, role: 'offerer' | 'answerer' = 'offerer'): Promise<void> {
    const { id, name } = person(n);
    const host = { ...person(0), id: HOST, name: 'Ada', role, entered: role === 'offerer' };
    const backend = new FakeBackend(
      aView({ room: aRoom({ me: id, name, phase: { kind: 'entered' }, peers: [host] }) }),
    );
    backend.sendSignal = async (to, signal) => window.carry({ from: id, to, signal });
    backends.set(id, backend);
    await new App(backend, { devices }, true).start();
  },
  receiveSignal: (event: Carried) => backends.get(event.to)?.pushSignal(event),
};

declare global {
  interface Window {
    others: typeof others;
  }
}
window.others = others;
