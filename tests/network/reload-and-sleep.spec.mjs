import { processTree, kill } from '../e2e/harness/processes.mjs';
import { sleep, waitFor } from '../e2e/harness/wait.mjs';
import { extendTimeout, measureRecovery, recordAndCheck, REPETITIONS } from './disturbance.mjs';
import { startAudioSampling, videoRecoveredAt, traceSince } from './measure.mjs';
import { startCall, waitForBothMedia } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

const SLEEP_MS = 60_000;

test.beforeEach(extendTimeout);

test('after a reload of the call page the other sees its person again', async ({
  internet,
  coturn,
  startServer,
  startAppOn,
}) => {
  await startServer([coturn.stun]);
  const anna = await startAppOn('anna', internet.addHost('anna', internet.addHome('cone')));
  const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')));
  const [a, b] = await startCall(anna, ben);
  /** @type {number[]} */
  const timesMs = [];
  for (let nth = 0; nth < REPETITIONS; nth += 1) {
    await sleep(3_000);
    const oldPeer = await a.page.locator('[data-peer]:visible').getAttribute('data-peer');
    const startedAt = Date.now();
    await b.page.reload({ waitUntil: 'domcontentloaded' });
    const reloadedAt = await b.page.evaluate(() => {
      const [navigation] = performance.getEntriesByType('navigation');
      const { domContentLoadedEventStart } = /** @type {PerformanceNavigationTiming} */ (navigation);
      return performance.timeOrigin + domContentLoadedEventStart;
    });
    const isNewPeer = (/** @type {string} */ peer) => peer !== '' && peer !== oldPeer;
    const seenAt = await waitFor(
      'Anna sees Ben',
      async () => videoRecoveredAt(await traceSince(a, startedAt), startedAt, isNewPeer),
      30_000,
    ).catch(() => Infinity);
    timesMs.push(seenAt - reloadedAt);
    await startAudioSampling(b);
    await waitForBothMedia(a, b);
    await expect(a.tile('Ben')).toHaveCount(1);
  }
  recordAndCheck('page reloaded: the other sees them', 1_500, timesMs);
});

test('a call recovers after one of the machines has slept for a minute', async ({
  internet,
  coturn,
  startServer,
  startAppOn,
}) => {
  await startServer([coturn.stun]);
  const anna = await startAppOn('anna', internet.addHost('anna', internet.addHome('cone')));
  const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')));
  const limit = { sound: 5_000, picture: 5_000 };
  await measureRecovery('app asleep for 60 s', await startCall(anna, ben), limit, async () => {
    const pids = processTree(anna.pid());
    for (const pid of pids) kill(pid, 'SIGSTOP');
    await sleep(SLEEP_MS);
    const since = Date.now();
    for (const pid of pids) kill(pid, 'SIGCONT');
    return since;
  });
});
