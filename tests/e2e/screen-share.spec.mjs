import { hostRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { until } from './harness/wait.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */

/**
 * What arrives of this person's screen is on the page, and moves.
 *
 * @param {CallPage} page
 * @param {string} name
 */
const screenMoves = (page, name) => page.moves(`${name}'s screen`);

test('two share their screens at once, and each ends', async ({ start }) => {
  test.setTimeout(150_000);
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const ben = await start({ profile: 'ben', link: invite });
  const b = await ben.page();
  await b.enter('Ben');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);
  const chen = await start({ profile: 'chen', link: invite });
  const c = await chen.page();
  await expect(c.button('Enter')).toBeEnabled();

  await test.step('Anna shares, Ben sees it, and both know', async () => {
    await a.button('Share screen').click();
    await expect(a.page.getByText(/^You are sharing/)).toBeVisible();
    await screenMoves(b, 'Anna');
    await expect(a.tile("Anna's screen")).toHaveCount(0);
  });

  await test.step('Ben shares, too; who comes then sees both', async () => {
    await b.button('Share screen').click();
    await screenMoves(a, 'Ben');
    await screenMoves(b, 'Anna');
    await c.enter('Chen');
    await Promise.all([screenMoves(c, 'Anna'), screenMoves(c, 'Ben')]);
    await c.leave();
  });

  await test.step('Anna ends it with a second click, and can share again', async () => {
    await a.button('Stop sharing').click();
    await expect(a.page.getByText(/^You are sharing/)).toHaveCount(0);
    await expect(b.tile("Anna's screen")).toHaveCount(0);
    await screenMoves(a, 'Ben');
    await a.page.keyboard.press('s');
    await screenMoves(b, 'Anna');
  });

  await test.step('it ends when its window does', async () => {
    // As the browser tells it when the window is closed, or its own button pressed.
    await until('the shared track ends', () =>
      b.page.evaluate(() => /** @type {any} */ (window).__probe.endScreen()),
    );
    await expect(b.button('Share screen')).toBeVisible();
    await expect(a.tile("Ben's screen")).toHaveCount(0);
    await Promise.all([a.media(1), b.media(1)]);
  });
});

test('who chooses nothing shares nothing, and reads nothing about it', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  const b = await ben.page();
  await b.enter('Ben');
  await a.media(1, 5);
  await a.page.evaluate(() => {
    navigator.mediaDevices.getDisplayMedia = () =>
      new Promise((_, refuse) =>
        setTimeout(() => refuse(new DOMException('Permission denied', 'NotAllowedError')), 400),
      );
  });
  await a.button('Share screen').click();
  await expect(a.button('Share screen')).toBeEnabled();
  await a.page.evaluate(() => {
    navigator.mediaDevices.getDisplayMedia = () =>
      Promise.reject(new DOMException('Permission denied by system', 'NotAllowedError'));
  });
  await expect(async () => {
    await a.button('Share screen').click();
    await expect(a.page.getByText('The system does not let Parlour see the screen.')).toBeVisible({
      timeout: 1_000,
    });
  }).toPass();
  await expect(b.tile("Anna's screen")).toHaveCount(0);
});
