import { mediaGaps, startAudioSampling, traceSince } from '../network/measure.mjs';
import { sleep } from './harness/wait.mjs';
import { hostRoom, joinRoom } from './harness/steps.mjs';
import { TcpProxy } from './proxy/tcp-proxy.mjs';
import { ParlourServer } from './harness/parlour-server.mjs';
import { expect, test } from './harness/fixtures.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */

/** The longest gap in the picture that a busy computer may cause; a peer link in trouble causes longer ones. */
const MAX_FRAME_GAP_MS = 3_000;

test('a link to the server that breaks, stalls or slows down disturbs no call and keeps nobody out', async ({
  startAppUsingServer,
}, info) => {
  test.setTimeout(180_000);
  const server = await ParlourServer.start({ log: info.outputPath('parlour-server.log') });
  const link = await TcpProxy.start(server.port);
  const address = `ws+127.0.0.1:${link.port}`;
  try {
    const anna = await startAppUsingServer(address, { profile: 'anna' });
    const ben = await startAppUsingServer(address, { profile: 'ben' });
    const a = await hostRoom(anna, 'Anna');
    const invite = await anna.invite();

    const b = await test.step('it is slow and breaks repeatedly while Ben joins', async () => {
      link.setDelay(150);
      const page = await joinRoom(ben, invite);
      link.disconnectAll();
      await expect(page.page.getByText('Anna is here.')).toBeVisible();
      await page.enter('Ben');
      for (let nth = 0; nth < 4; nth += 1) {
        link.disconnectAll();
        await sleep(400);
      }
      await Promise.all([
        a.waitForMedia(1),
        page.waitForMedia(1),
        a.waitForVideo('Ben'),
        page.waitForVideo('Anna'),
      ]);
      link.setDelay(0);
      return page;
    });
    const pages = [a, b];
    await Promise.all(pages.map(startAudioSampling));

    /** @type {{ fault: string, begin: () => void, ms: number, end: () => void }[]} */
    const faults = [
      { fault: 'broken', begin: () => link.disconnectAll(), ms: 3_000, end: () => {} },
      { fault: 'down', begin: () => link.setDown(true), ms: 15_000, end: () => link.setDown(false) },
      { fault: 'stalled', begin: () => link.setStalled(true), ms: 20_000, end: () => link.setStalled(false) },
      { fault: 'slow', begin: () => link.setDelay(3_000), ms: 8_000, end: () => link.setDelay(0) },
    ];
    for (const { fault, begin, ms, end } of faults) {
      await test.step(`${fault} for ${ms / 1_000} s`, async () => {
        const since = Date.now();
        const before = link.connectionCount;
        begin();
        await sleep(ms);
        end();
        for (const page of pages) {
          await expectUndisturbed(page, since, fault);
        }
        // Both apps retry at once, and then about once a second each during the first minute.
        expect(link.connectionCount - before).toBeLessThan(8 + (2 * 2 * ms) / 1_000);
      });
    }

    await test.step('a third joins, and all see each other', async () => {
      const chen = await startAppUsingServer(address, { profile: 'chen' });
      const c = await joinRoom(chen, invite);
      await expect(c.page.getByText(/^(Anna and Ben|Ben and Anna) are here/)).toBeVisible();
      await c.enter('Chen');
      await Promise.all([a.waitForMedia(2), b.waitForMedia(2), c.waitForMedia(2)]);
    });
    for (const page of pages) await expectNoDuplicateSignals(page);
  } finally {
    link.stop();
    await server.stop();
  }
});

/**
 * Expects that picture and sound went on, and that no peer link changed its state.
 *
 * @param {CallPage} page
 * @param {number} since
 * @param {string} fault
 */
async function expectUndisturbed(page, since, fault) {
  const { longestGapMs, soundShare } = await mediaGaps(page, since);
  expect.soft(longestGapMs, `${fault}: time without a frame`).toBeLessThan(MAX_FRAME_GAP_MS);
  expect.soft(soundShare, `${fault}: share of the time with sound`).toBeGreaterThan(0.8);
  const { events } = await traceSince(page, since);
  const changes = events.filter(({ what }) => /disconnected|failed|closed|restart/.test(what));
  expect.soft(changes, fault).toEqual([]);
}

/**
 * Expects that no candidate came twice. Candidates are unique, while a description may be sent again on purpose.
 *
 * @param {CallPage} page
 */
async function expectNoDuplicateSignals(page) {
  const candidates = (await page.receivedSignals()).filter((signal) => /"candidate":\{/.test(signal));
  expect(candidates.length).toBeGreaterThan(0);
  expect(candidates.filter((candidate, i) => candidates.indexOf(candidate) !== i)).toEqual([]);
}
