import { AppInstance } from '../e2e/harness/app-instance.mjs';
import { startRoom } from '../e2e/harness/steps.mjs';
import { sleep } from '../e2e/harness/wait.mjs';
import { turnCameraOff } from './cameras-off.mjs';
import { measureUsage, processesByKind } from './processes.mjs';

/** Until what a phase starts with is over. */
const SETTLE_MS = 4_000;

/**
 * Measures the app of a host, with the browser that it starts, from home to a call with cameras off.
 *
 * @param {number} seconds how long each phase is measured
 */
export async function measurePhases(seconds) {
  /** @type {AppInstance[]} */
  const instances = [];
  const start = async (/** @type {import('../e2e/harness/app-instance.mjs').Options} */ options) => {
    const instance = await AppInstance.start(options);
    instances.push(instance);
    return instance;
  };
  /** @type {import('./report/app-report.mjs').AppFigures['phases']} */
  const phases = [];
  try {
    const anna = await start({ profile: 'anna' });
    const measure = async (/** @type {string} */ phase) => {
      await sleep(SETTLE_MS);
      phases.push({ phase, kinds: await measureUsage(processesByKind(anna), seconds) });
    };
    await anna.window.find('button', 'Start a room');
    await measure('at home');
    const a = await startRoom(anna);
    await measure('in the lobby');
    await a.enter('Anna');
    const invite = await anna.invite();
    await measure('alone in a room');
    const ben = await start({ profile: 'ben', link: invite });
    const b = await ben.callPage();
    await b.enter('Ben');
    await Promise.all([a.waitForVideo('Ben'), b.waitForVideo('Anna')]);
    await measure('in a call of two');
    await turnCameraOff(a.page);
    await turnCameraOff(b.page);
    await measure('in that call with cameras off');
  } finally {
    await Promise.all(instances.map((instance) => instance.remove()));
  }
  return phases;
}
