import { resourceUsage } from './harness/resource-usage.mjs';
import { hostRoom, joinRoom, waitForPageClosed } from './harness/steps.mjs';
import { waitFor } from './harness/wait.mjs';
import { expect, test } from './harness/fixtures.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('./harness/app-instance.mjs').AppInstance} AppInstance */

/** After so many calls everything that is allocated once has been allocated. */
const WARM_UP_CALLS = 3;

for (const { calls, tag, maxMoreBrowserFiles } of [
  { calls: 6, tag: '', maxMoreBrowserFiles: 5 },
  // A browser adds shared memory between its processes, and pipes to processes that it has started since.
  { calls: 50, tag: '@long', maxMoreBrowserFiles: 12 },
]) {
  test(`${calls} calls in a row leak no resources ${tag}`.trim(), async ({ startApp }) => {
    test.skip(tag !== '' && !process.env.PARLOUR_LONG, 'it takes long: cargo xtask test --long');
    test.setTimeout(60_000 + calls * 25_000);
    const anna = await startApp({ profile: 'anna' });
    const a = await hostRoom(anna, 'Anna');
    const invite = await anna.invite();
    const ben = await startApp({ profile: 'ben', link: invite });

    /** @type {Awaited<ReturnType<typeof measure>> | undefined} */
    let before;
    // Only these are measured: a browser starts processes for itself after some minutes.
    /** @type {number[]} */
    let browserPids = [];
    for (let nth = 1; nth <= calls; nth += 1) {
      const b = nth === 1 ? await ben.callPage() : await joinRoom(ben, invite);
      await b.enter('Ben');
      await Promise.all([a.waitForMedia(1, 10), b.waitForMedia(1, 10)]);
      await b.leave();
      await waitForPageClosed(b);
      await ben.window.find('button', 'Start a room');
      await expect(a.tile('Ben')).toHaveCount(0);
      if (nth !== WARM_UP_CALLS) continue;
      browserPids = anna.browserPids();
      before = await measure(anna, a, ben, browserPids);
    }
    const after = await measure(anna, a, ben, browserPids);
    console.log(JSON.stringify({ before, after }));
    if (!before) throw new Error('too few calls');

    expect(after.connections, 'connections of the page').toBe(0);
    for (const who of /** @type {const} */ (['host', 'guest', 'browser'])) {
      const maxFiles = before[who].openFiles + (who === 'browser' ? maxMoreBrowserFiles : 5);
      expect.soft(after[who].openFiles, `open files of the ${who}`).toBeLessThanOrEqual(maxFiles);
      expect.soft(after[who].threads, `threads of the ${who}`).toBeLessThanOrEqual(before[who].threads + 5);
    }
    for (const who of /** @type {const} */ (['host', 'guest'])) {
      expect.soft(after[who].memoryMb, `memory of the ${who}, MB`).toBeLessThan(before[who].memoryMb + 10);
    }
    // The heap goes up and down by itself; the objects of a leaked connection would be far more.
    expect.soft(after.page.heapMb, 'heap of the page, MB').toBeLessThan(before.page.heapMb + 3);
    expect.soft(after.page.nodes, 'nodes of the page').toBeLessThan(before.page.nodes + 300);
    expect.soft(after.page.listeners, 'listeners of the page').toBeLessThan(before.page.listeners + 10);
  });
}

/**
 * Measures the resources of the two apps, and of the host's page and browser.
 *
 * @param {AppInstance} anna
 * @param {CallPage} a
 * @param {AppInstance} ben
 * @param {number[]} browserPids
 */
async function measure(anna, a, ben, browserPids) {
  // The last frames of the server, and the end of a connection, take a moment.
  await waitFor('no connection is left', async () => (await a.linkStats()).length === 0);
  const session = await a.page.context().newCDPSession(a.page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  await session.detach();
  return {
    connections: (await a.linkStats()).length,
    host: resourceUsage([anna.pid()]),
    guest: resourceUsage([ben.pid()]),
    browser: resourceUsage(browserPids),
    page: { heapMb: usedSize / 1024 / 1024, nodes, listeners: jsEventListeners },
  };
}
