import type { CallDependencies } from '../../call/call.svelte';
import type { FakeBackend } from './backend';
import { scenarios } from './scenarios';
import { FakeDevices, fakePeer } from './world';

declare global {
  interface Window {
    /** For tests of the views, which push views and events. */
    __fake?: FakeBackend;
  }
}

/** Creates the backend, devices and peers of a scenario. */
export function play(name: string): { backend: FakeBackend; world: CallDependencies } {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`no scenario ${name}; there are: ${Object.keys(scenarios).join(', ')}`);
  const { backend, refusal, absentAfterMs, fates = {} } = scenario();
  window.__fake = backend;
  return {
    backend,
    world: {
      devices: new FakeDevices(refusal) as unknown as MediaDevices,
      createPeer: fakePeer(fates),
      absentAfterMs,
    },
  };
}
