import { descendants, kill } from '../e2e/harness/processes.mjs';
import { pause, until } from '../e2e/harness/wait.mjs';
import { patient, recover, settle, TIMES } from './disturbance.mjs';
import { listen, pictureBack, seenSince } from './measure.mjs';
import { call, together } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

const ASLEEP_MS = 60_000;

test.beforeEach(patient);

test('the page of one is reloaded: the other sees them again', async ({ internet, turn, serve, person }) => {
  await serve([turn.stun]);
  const anna = await person('anna', internet.host('anna', internet.home('cone')));
  const ben = await person('ben', internet.host('ben', internet.home('cone')));
  const [a, b] = await call(anna, ben);
  /** @type {number[]} */
  const took = [];
  for (let nth = 0; nth < TIMES; nth += 1) {
    await pause(3_000);
    const old = await a.page.locator('[data-peer]').getAttribute('data-peer');
    const begun = Date.now();
    await b.page.reload({ waitUntil: 'domcontentloaded' });
    const back = await b.page.evaluate(() => {
      const [navigation] = performance.getEntriesByType('navigation');
      const { domContentLoadedEventStart } = /** @type {PerformanceNavigationTiming} */ (navigation);
      return performance.timeOrigin + domContentLoadedEventStart;
    });
    const seen = await until(
      'Anna sees Ben',
      async () => pictureBack(await seenSince(a, begun), begun, (peer) => peer !== '' && peer !== old),
      30_000,
    ).catch(() => Infinity);
    took.push(seen - back);
    await listen(b);
    await together(a, b);
    await expect(a.tile('Ben')).toHaveCount(1);
  }
  settle('page reloaded: the other sees them', 1_500, took);
});

test('the machine of one sleeps for a minute', async ({ internet, turn, serve, person }) => {
  await serve([turn.stun]);
  const anna = await person('anna', internet.host('anna', internet.home('cone')));
  const ben = await person('ben', internet.host('ben', internet.home('cone')));
  const limit = { sound: 5_000, picture: 5_000 };
  await recover('app asleep for 60 s', await call(anna, ben), limit, async () => {
    const asleep = descendants(anna.pid());
    for (const pid of asleep) kill(pid, 'SIGSTOP');
    await pause(ASLEEP_MS);
    const since = Date.now();
    for (const pid of asleep) kill(pid, 'SIGCONT');
    return since;
  });
});
