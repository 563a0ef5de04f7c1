import { kill } from './harness/processes.mjs';
import { hostRoom } from './harness/steps.mjs';
import { ParlourServer } from './harness/parlour-server.mjs';
import { waitFor } from './harness/wait.mjs';
import { expect, test } from './harness/fixtures.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */

/** How long it may take until a person sees that the connection to another person is lost. */
const LOSS_SHOWN_TIMEOUT_MS = 35_000;

test.beforeEach(() => test.setTimeout(150_000));

test('the browser of an app that is killed exits', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna', isHeadless: false });
  const page = await hostRoom(anna, 'Anna');
  expect(anna.browserPids().length, 'processes of the browser').toBeGreaterThan(2);
  kill(anna.pid(), 'SIGKILL');
  await page.disconnect();
  await waitFor('the browser exits', () => anna.browserPids().length === 0);
});

test("a guest's browser is killed: the other sees it, and one click restores the call", async ({
  startApp,
}) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  let b = await ben.callPage();
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);

  const pids = ben.browserPids();
  expect(pids.length, 'processes of the browser').toBeGreaterThan(2);
  for (const pid of pids) kill(pid, 'SIGKILL');
  await expectLossShown(a, 'Ben', 5_000);
  await ben.window.waitForText('You are not in the call.');
  await ben.window.click('button', 'Show call');
  b = await ben.callPage();
  await expectCallRestored(a, b);
});

test("a guest's app is killed: the other sees it, and one click after a restart restores the call", async ({
  startApp,
}) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const first = await startApp({ profile: 'ben', link: await anna.invite() });
  const b = await first.callPage();
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);

  kill(first.pid(), 'SIGKILL');
  await expectLossShown(a, 'Ben');
  await first.stop();
  const ben = await startApp({ profile: 'ben', dir: first.dir });
  await ben.window.click('button', 'Return to the room');
  await expectCallRestored(a, await ben.callPage());
});

test("the host's app is killed: the call goes on, and one click after a restart restores the room", async ({
  startApp,
}) => {
  const first = await startApp({ profile: 'anna' });
  await hostRoom(first, 'Anna');
  const invite = await first.invite();
  const ben = await startApp({ profile: 'ben', link: invite });
  const chen = await startApp({ profile: 'chen', link: invite });
  const [b, c] = [await ben.callPage(), await chen.callPage()];
  await b.enter('Ben');
  await c.enter('Chen');
  await Promise.all([b.waitForMedia(2, 5), c.waitForMedia(2, 5)]);

  kill(first.pid(), 'SIGKILL');
  await Promise.all([expectLossShown(b, 'Anna'), expectLossShown(c, 'Anna')]);
  await expectLastFrameKept(b, 'Anna');
  await Promise.all([b.waitForVideo('Chen'), c.waitForVideo('Ben')]);
  await first.stop();
  const anna = await startApp({ profile: 'anna', dir: first.dir });
  await anna.window.click('button', 'Return to the room');
  const a = await anna.callPage();
  await Promise.all([a, b, c].map((page) => page.waitForMedia(2)));
  expect(await anna.invite(), 'the old link still leads here').toBe(invite);
  const dave = await startApp({ profile: 'dave', link: invite });
  await expect((await dave.callPage()).page.getByText(/ and 2 others are here/)).toBeVisible();
});

test('the server is killed: the call goes on, and newcomers can join after its restart', async ({
  startAppUsingServer,
}, info) => {
  const log = info.outputPath('parlour-server.log');
  let server = await ParlourServer.start({ log });
  const { port } = server;
  try {
    const anna = await startAppUsingServer(`ws+127.0.0.1:${port}`, { profile: 'anna' });
    const a = await hostRoom(anna, 'Anna');
    const invite = await anna.invite();
    const ben = await startAppUsingServer(`ws+127.0.0.1:${port}`, { profile: 'ben', link: invite });
    const b = await ben.callPage();
    await b.enter('Ben');
    await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);

    const since = Date.now();
    await server.crash();
    for (const { page } of [a, b]) await expect(page.getByText(/[Yy]our call goes on/)).toBeVisible();
    server = await ParlourServer.start({ log, listen: `127.0.0.1:${port}` });
    const chen = await startAppUsingServer(`ws+127.0.0.1:${port}`, { profile: 'chen', link: invite });
    const c = await chen.callPage();
    // The lobby lists people in the order in which they rejoined.
    await expect(c.page.getByText(/^(Anna and Ben|Ben and Anna) are here/)).toBeVisible();
    for (const page of [a, b]) {
      await expect(page.page.getByText(/[Yy]our call goes on/)).toHaveCount(0);
      const marks = (await page.events()).filter(({ at }) => at >= since).map(({ what }) => what);
      expect(marks.filter((what) => /disconnected|failed|closed|restart/.test(what))).toEqual([]);
    }
    await c.enter('Chen');
    await Promise.all([a, b, c].map((page) => page.waitForMedia(2)));
  } finally {
    await server.stop();
  }
});

/**
 * Expects that a participant's tile disappears or says that the participant is gone.
 *
 * @param {CallPage} page
 * @param {string} name
 */
async function expectLossShown(page, name, timeout = LOSS_SHOWN_TIMEOUT_MS) {
  const presentTile = page.tile(name).filter({ hasNotText: /Reconnecting|gone for now/ });
  await expect(presentTile).toHaveCount(0, { timeout });
}

/**
 * Expects that the tile keeps the participant's last frame, dimmed and with one line of text, that no dialog opens, and
 * that Leave works.
 *
 * @param {CallPage} page
 * @param {string} name
 */
async function expectLastFrameKept(page, name) {
  const tile = page.tile(name);
  await expect(tile.getByText(`Reconnecting to ${name}…`)).toBeVisible();
  const colors = await tile.locator('canvas').evaluate((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const context = /** @type {HTMLCanvasElement} */ (canvas).getContext('2d');
    const pixels = context?.getImageData(0, 0, width, height).data;
    return new Set(pixels && new Uint32Array(pixels.buffer)).size;
  });
  expect(colors, 'colors of the last frame').toBeGreaterThan(8);
  await expect(tile.locator('.picture')).toHaveCSS('filter', /brightness/);
  await expect(page.page.getByRole('dialog')).toHaveCount(0);
  await expect(page.button('Leave')).toBeEnabled();
}

/**
 * Expects that Anna and Ben see and hear each other, with one tile each.
 *
 * @param {CallPage} a
 * @param {CallPage} b
 */
async function expectCallRestored(a, b) {
  await Promise.all([a.waitForMedia(1), b.waitForMedia(1), a.waitForVideo('Ben'), b.waitForVideo('Anna')]);
  await expect(a.tile('Ben')).toHaveCount(1);
  await expect(b.tile('Anna')).toHaveCount(1);
}
