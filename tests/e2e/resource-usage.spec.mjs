import { holdings } from './harness/resource-usage.mjs';
import { hostRoom, joinRoom, pageGone } from './harness/steps.mjs';
import { until } from './harness/wait.mjs';
import { expect, test } from './harness/fixtures.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('./harness/app-instance.mjs').Parlour} Parlour */

/** Calls after which everything that is made once is there. */
const FIRST = 3;

for (const { calls, tag, spare } of [
  { calls: 6, tag: '', spare: 5 },
  // A browser comes to share some memory between its processes, and talks to those that it has started since.
  { calls: 50, tag: '@long', spare: 12 },
]) {
  test(`${calls} calls in a row leave nothing behind ${tag}`.trim(), async ({ start }) => {
    test.skip(tag !== '' && !process.env.PARLOUR_LONG, 'it takes long: cargo xtask test --long');
    test.setTimeout(60_000 + calls * 25_000);
    const anna = await start({ profile: 'anna' });
    const a = await hostRoom(anna, 'Anna');
    const invite = await anna.invite();
    // The link makes its server one that was used before.
    const ben = await start({ profile: 'ben', link: invite });

    /** @type {Awaited<ReturnType<typeof count>> | undefined} */
    let before;
    // What a browser starts for itself after some minutes is not the calls'.
    /** @type {number[]} */
    let browser = [];
    for (let nth = 1; nth <= calls; nth += 1) {
      const b = nth === 1 ? await ben.page() : await joinRoom(ben, invite);
      await b.enter('Ben');
      await Promise.all([a.media(1, 10), b.media(1, 10)]);
      await b.leave();
      await pageGone(b);
      await ben.window.find('button', 'Start a room');
      await expect(a.tile('Ben')).toHaveCount(0);
      if (nth !== FIRST) continue;
      browser = anna.browserPids();
      before = await count(anna, a, ben, browser);
    }
    const after = await count(anna, a, ben, browser);
    console.log(JSON.stringify({ before, after }));
    if (!before) throw new Error('too few calls');

    expect(after.connections, 'connections of the page').toBe(0);
    for (const who of /** @type {const} */ (['host', 'guest', 'browser'])) {
      const most = before[who].files + (who === 'browser' ? spare : 5);
      expect.soft(after[who].files, `files of the ${who}`).toBeLessThanOrEqual(most);
      expect.soft(after[who].threads, `threads of the ${who}`).toBeLessThanOrEqual(before[who].threads + 5);
    }
    for (const who of /** @type {const} */ (['host', 'guest'])) {
      expect.soft(after[who].memory, `memory of the ${who}, MB`).toBeLessThan(before[who].memory + 10);
    }
    // What the page's engine keeps for later goes up and down; a connection's objects would be far more.
    expect.soft(after.page.heap, 'heap of the page, MB').toBeLessThan(before.page.heap + 3);
    expect.soft(after.page.nodes, 'nodes of the page').toBeLessThan(before.page.nodes + 300);
    expect.soft(after.page.listeners, 'listeners of the page').toBeLessThan(before.page.listeners + 10);
  });
}

/**
 * What the two apps, and the host's page with its browser, have.
 *
 * @param {Parlour} anna
 * @param {CallPage} a
 * @param {Parlour} ben
 * @param {number[]} browser the processes of it that count
 */
async function count(anna, a, ben, browser) {
  // The server's last words to who has left take a moment, and so does the end of a connection.
  await until('no connection is left', async () => (await a.links()).length === 0);
  const session = await a.page.context().newCDPSession(a.page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  await session.detach();
  return {
    connections: (await a.links()).length,
    host: holdings([anna.pid()]),
    guest: holdings([ben.pid()]),
    browser: holdings(browser),
    page: { heap: usedSize / 1024 / 1024, nodes, listeners: jsEventListeners },
  };
}
