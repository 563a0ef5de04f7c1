import { gaps, listen, seenSince } from '../network/measure.mjs';
import { pause } from './harness/wait.mjs';
import { hostRoom, joinRoom } from './harness/steps.mjs';
import { Line } from './proxy/tcp-proxy.mjs';
import { Server } from './harness/parlour-server.mjs';
import { expect, test } from './proxy/fixtures.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */

/** A pause in the picture, as a computer may make that is busy; a link in trouble makes a longer one. */
const BLINK_MS = 3_000;

test('the line to the server is cut, stalled and slowed: the call does not feel it, and others can join', async ({
  startAt,
}, info) => {
  test.setTimeout(180_000);
  const server = await Server.start({ log: info.outputPath('parlour-server.log') });
  const line = await Line.start(server.port);
  const address = `ws+127.0.0.1:${line.port}`;
  try {
    const anna = await startAt(address, { profile: 'anna' });
    const ben = await startAt(address, { profile: 'ben' });
    const a = await hostRoom(anna, 'Anna');
    const invite = await anna.invite();

    const b =
      await test.step('it is slow and breaks again and again while Ben is on his way in', async () => {
        line.slow(150);
        const page = await joinRoom(ben, invite);
        line.cut();
        await expect(page.page.getByText('Anna is here.')).toBeVisible();
        await page.enter('Ben');
        for (let nth = 0; nth < 4; nth += 1) {
          line.cut();
          await pause(400);
        }
        await Promise.all([a.media(1), page.media(1), a.moves('Ben'), page.moves('Anna')]);
        line.slow(0);
        return page;
      });
    const pages = [a, b];
    await Promise.all(pages.map(listen));

    /** @type {{ what: string, worse: () => void, ms: number, better: () => void }[]} */
    const troubles = [
      { what: 'cut', worse: () => line.cut(), ms: 3_000, better: () => {} },
      { what: 'dead', worse: () => line.die(true), ms: 15_000, better: () => line.die(false) },
      { what: 'stalled', worse: () => line.stall(true), ms: 20_000, better: () => line.stall(false) },
      { what: 'slow', worse: () => line.slow(3_000), ms: 8_000, better: () => line.slow(0) },
    ];
    for (const { what, worse, ms, better } of troubles) {
      await test.step(`${what} for ${ms / 1_000} s`, async () => {
        const since = Date.now();
        const before = line.dialled;
        worse();
        await pause(ms);
        better();
        for (const page of pages) {
          await undisturbed(page, since, what);
        }
        // Two people, who try at once and then about once a second each, for the first minute.
        expect(line.dialled - before).toBeLessThan(8 + (2 * 2 * ms) / 1_000);
      });
    }

    await test.step('a third joins, and all see all', async () => {
      const chen = await startAt(address, { profile: 'chen' });
      const c = await joinRoom(chen, invite);
      await expect(c.page.getByText(/^(Anna and Ben|Ben and Anna) are here/)).toBeVisible();
      await c.enter('Chen');
      await Promise.all([a.media(2), b.media(2), c.media(2)]);
    });
    for (const page of pages) await onceEach(page);
  } finally {
    line.end();
    await server.end();
  }
});

/**
 * Picture and sound went on, and no link was touched.
 *
 * @param {CallPage} page
 * @param {number} since
 * @param {string} what
 */
async function undisturbed(page, since, what) {
  const { picture, heard } = await gaps(page, since);
  expect.soft(picture, `${what}: time without a frame`).toBeLessThan(BLINK_MS);
  expect.soft(heard, `${what}: the part of the time in which sound came`).toBeGreaterThan(0.8);
  const { events } = await seenSince(page, since);
  const trouble = events.filter(({ what: event }) => /disconnected|failed|closed|restart/.test(event));
  expect.soft(trouble, what).toEqual([]);
}

/**
 * Nothing that a peer has signaled came twice. Candidates are each their own; a description may be wanted once more.
 *
 * @param {CallPage} page
 */
async function onceEach(page) {
  const candidates = (await page.signals()).filter((signal) => /"candidate":\{/.test(signal));
  expect(candidates.length).toBeGreaterThan(0);
  expect(candidates.filter((one, i) => candidates.indexOf(one) !== i)).toEqual([]);
}
