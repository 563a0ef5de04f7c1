import { sleep, waitFor } from '../e2e/harness/wait.mjs';
import { expectUndisturbed, extendTimeout, recordAndCheck } from './disturbance.mjs';
import { FaultyServer } from './faulty-server.mjs';
import { expect, SERVER_PORT, test } from './fixtures.mjs';
import { joinAndEnter, startCall, waitForBothMedia } from './steps.mjs';

/** The outages of the server, a different one in each repetition. */
const OUTAGES_MS = [1_000, 3_000, 8_000, 15_000, 30_000];
/** The port of the real server behind the faulty one. */
const UPSTREAM_PORT = 8788;
const FAULT_MS = 15_000;

test.beforeEach(extendTimeout);

test('a server that is cut off does not disturb the call', async ({
  internet,
  coturn,
  startServer,
  startAppOn,
}) => {
  await startServer([coturn.stun]);
  const anna = await startAppOn('anna', internet.addHost('anna', internet.addHome('cone')));
  const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')));
  await expectUndisturbed('server cut off for 15 s', await startCall(anna, ben), async () => {
    internet.server.setSwitchPort('down');
    await sleep(15_000);
    internet.server.setSwitchPort('up');
    await sleep(5_000);
  });
});

test('a server that is killed and restarted does not disturb the call, and a third person can join', async ({
  internet,
  coturn,
  startServer,
  startAppOn,
}) => {
  let server = await startServer([coturn.stun]);
  const anna = await startAppOn('anna', internet.addHost('anna', internet.addHome('cone')));
  const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')));
  const chen = await startAppOn('chen', internet.addHost('chen', internet.addHome('cone')));
  const pages = await startCall(anna, ben);
  const invite = await anna.invite();
  /** @type {number[]} */
  const joinTimesMs = [];
  await expectUndisturbed('server killed and started again', pages, async (nth) => {
    await server.crash();
    await sleep(Number(OUTAGES_MS[nth % OUTAGES_MS.length]));
    server = await startServer([coturn.stun]);
    const startedAt = Date.now();
    await chen.window.fill('Invite link', invite);
    await chen.window.click('button', 'Join');
    const countPeers = 'return document.querySelectorAll("[data-peer]").length';
    const hasJoined = await waitFor(
      'Chen finds both',
      async () => (await chen.window.execute(countPeers)) === 2,
      30_000,
    ).catch(() => false);
    joinTimesMs.push(hasJoined ? Date.now() - startedAt : Infinity);
    await chen.window.click('button', 'Leave');
    await chen.window.find('button', 'Start a room');
    // Anna and Ben have offered a link to Chen. They close it only when the server tells them that Chen has left.
    await waitFor('the links to Chen are closed', async () => {
      const links = await Promise.all(pages.map((page) => page.linkStats()));
      return links.every(({ length }) => length === 1);
    });
  });
  recordAndCheck('server killed and started again: a third finds both', 3_000, joinTimesMs);
  const c = await joinAndEnter(chen, invite, 'Chen');
  await Promise.all([...pages, c].map((page) => page.waitForMedia(2)));
});

for (const { mode, name } of /** @type {const} */ ([
  { mode: 'closing', name: 'signaling closed with 1011' },
  { mode: 'garbage', name: 'signaling talks garbage' },
])) {
  test(`${name}: the call is not disturbed, and the apps reconnect with pauses`, async ({
    internet,
    coturn,
    startServer,
    startAppOn,
  }) => {
    await startServer([coturn.stun], `127.0.0.1:${UPSTREAM_PORT}`);
    const faultyServer = await FaultyServer.start(internet.server, SERVER_PORT, UPSTREAM_PORT);
    try {
      const anna = await startAppOn('anna', internet.addHost('anna', internet.addHome('cone')));
      const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')));
      const pages = await startCall(anna, ben);
      /** @type {number[]} */
      const connectionCounts = [];
      await expectUndisturbed(name, pages, async () => {
        await faultyServer.setMode(mode);
        await sleep(FAULT_MS);
        connectionCounts.push(await faultyServer.setMode('honest'));
        await sleep(10_000);
      });
      console.log(`${name}: connections in ${FAULT_MS / 1_000} s: ${connectionCounts.join(', ')}`);
      // Both apps retry at once, then with pauses that grow to a mean of one second: about 16 connections each.
      for (const count of connectionCounts) expect.soft(count, 'connections').toBeLessThan(2 * 20);
      await waitForBothMedia(...pages);
    } finally {
      faultyServer.stop();
    }
  });
}
