import { kill } from './harness/processes.mjs';
import { hostRoom } from './harness/steps.mjs';
import { Server } from './harness/parlour-server.mjs';
import { expect, test } from './proxy/fixtures.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */

/** What a person may wait until they see that somebody has lost them. */
const SEEN_MS = 35_000;

test.beforeEach(() => test.setTimeout(150_000));

test('the browser of one is killed: the other sees it, and one click brings them back', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  let b = await ben.page();
  await b.enter('Ben');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);

  const pids = ben.browserPids();
  expect(pids.length, 'processes of the browser').toBeGreaterThan(2);
  for (const pid of pids) kill(pid, 'SIGKILL');
  await isMissed(a, 'Ben', 5_000);
  await ben.window.reads('You are not in the call.');
  await ben.window.click('button', 'Show call');
  b = await ben.page();
  await bothAreBack(a, b);
});

test('the app of one is killed: the other sees it, and one click after its start brings them back', async ({
  start,
}) => {
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const first = await start({ profile: 'ben', link: await anna.invite() });
  const b = await first.page();
  await b.enter('Ben');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);

  kill(first.pid(), 'SIGKILL');
  await isMissed(a, 'Ben');
  await first.end();
  const ben = await start({ profile: 'ben', dir: first.dir });
  await ben.window.click('button', 'Return to the room');
  await bothAreBack(a, await ben.page());
});

test('the app of the host is killed: the call goes on, and one click makes the room whole again', async ({
  start,
}) => {
  const first = await start({ profile: 'anna' });
  await hostRoom(first, 'Anna');
  const invite = await first.invite();
  const ben = await start({ profile: 'ben', link: invite });
  const chen = await start({ profile: 'chen', link: invite });
  const [b, c] = [await ben.page(), await chen.page()];
  await b.enter('Ben');
  await c.enter('Chen');
  await Promise.all([b.media(2, 5), c.media(2, 5)]);

  kill(first.pid(), 'SIGKILL');
  await Promise.all([isMissed(b, 'Anna'), isMissed(c, 'Anna')]);
  await showsTheLastPicture(b, 'Anna');
  await Promise.all([b.moves('Chen'), c.moves('Ben')]);
  await first.end();
  const anna = await start({ profile: 'anna', dir: first.dir });
  await anna.window.click('button', 'Return to the room');
  const a = await anna.page();
  await Promise.all([a, b, c].map((page) => page.media(2)));
  expect(await anna.invite(), 'the old link still leads here').toBe(invite);
  const dave = await start({ profile: 'dave', link: invite });
  await expect((await dave.page()).page.getByText(/ and 2 others are here/)).toBeVisible();
});

test('the server is killed: the call does not end, and with the next one it is whole again', async ({
  startAt,
}, info) => {
  const log = info.outputPath('parlour-server.log');
  let server = await Server.start({ log });
  const { port } = server;
  try {
    const anna = await startAt(`ws+127.0.0.1:${port}`, { profile: 'anna' });
    const a = await hostRoom(anna, 'Anna');
    const invite = await anna.invite();
    const ben = await startAt(`ws+127.0.0.1:${port}`, { profile: 'ben', link: invite });
    const b = await ben.page();
    await b.enter('Ben');
    await Promise.all([a.media(1, 5), b.media(1, 5)]);

    const since = Date.now();
    await server.crash();
    for (const { page } of [a, b]) await expect(page.getByText(/[Yy]our call goes on/)).toBeVisible();
    server = await Server.start({ log, listen: `127.0.0.1:${port}` });
    const chen = await startAt(`ws+127.0.0.1:${port}`, { profile: 'chen', link: invite });
    const c = await chen.page();
    // Who came back first is named first.
    await expect(c.page.getByText(/^(Anna and Ben|Ben and Anna) are here/)).toBeVisible();
    for (const page of [a, b]) {
      await expect(page.page.getByText(/[Yy]our call goes on/)).toHaveCount(0);
      const marks = (await page.events()).filter(({ at }) => at >= since).map(({ what }) => what);
      expect(marks.filter((what) => /disconnected|failed|closed|restart/.test(what))).toEqual([]);
    }
    await c.enter('Chen');
    await Promise.all([a, b, c].map((page) => page.media(2)));
  } finally {
    await server.end();
  }
});

/**
 * Somebody's tile is gone, or says that they are.
 *
 * @param {CallPage} page
 * @param {string} name
 */
async function isMissed(page, name, timeout = SEEN_MS) {
  const there = page.tile(name).filter({ hasNotText: /Reconnecting|gone for now/ });
  await expect(there).toHaveCount(0, { timeout });
}

/**
 * Somebody's last frame stays, dimmed, with one line; nothing asks anything, and one can leave.
 *
 * @param {CallPage} page
 * @param {string} name
 */
async function showsTheLastPicture(page, name) {
  const tile = page.tile(name);
  await expect(tile.getByText(`Reconnecting to ${name}…`)).toBeVisible();
  const shades = await tile.locator('canvas').evaluate((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const pen = /** @type {HTMLCanvasElement} */ (canvas).getContext('2d');
    const pixels = pen?.getImageData(0, 0, width, height).data;
    return new Set(pixels && new Uint32Array(pixels.buffer)).size;
  });
  expect(shades, 'colours of the last frame').toBeGreaterThan(8);
  await expect(tile.locator('.picture')).toHaveCSS('filter', /brightness/);
  await expect(page.page.getByRole('dialog')).toHaveCount(0);
  await expect(page.button('Leave')).toBeEnabled();
}

/**
 * Anna and Ben see and hear each other, and each other only once.
 *
 * @param {CallPage} a
 * @param {CallPage} b
 */
async function bothAreBack(a, b) {
  await Promise.all([a.media(1), b.media(1), a.moves('Ben'), b.moves('Anna')]);
  await expect(a.tile('Ben')).toHaveCount(1);
  await expect(b.tile('Anna')).toHaveCount(1);
}
