import { hostRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { waitFor } from './harness/wait.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */

/**
 * @param {CallPage} page
 * @param {string} name of the participant who shares
 */
const waitForScreen = (page, name) => page.waitForVideo(`${name}'s screen`);

test('two people share their screens at once, and both stop', async ({ startApp }) => {
  test.setTimeout(150_000);
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const ben = await startApp({ profile: 'ben', link: invite });
  const b = await ben.callPage();
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);
  const chen = await startApp({ profile: 'chen', link: invite });
  const c = await chen.callPage();
  await expect(c.button('Enter')).toBeEnabled();

  await test.step('Anna shares, Ben sees it, and both know', async () => {
    await a.button('Share screen').click();
    await expect(a.page.getByText(/^You are sharing/)).toBeVisible();
    await waitForScreen(b, 'Anna');
    await expect(a.tile("Anna's screen")).toHaveCount(0);
  });

  await test.step('Ben shares too, and a newcomer sees both screens', async () => {
    await b.button('Share screen').click();
    await waitForScreen(a, 'Ben');
    await waitForScreen(b, 'Anna');
    await c.enter('Chen');
    await Promise.all([waitForScreen(c, 'Anna'), waitForScreen(c, 'Ben')]);
    await c.leave();
  });

  await test.step('Anna stops with a second click, and can share again', async () => {
    await a.button('Stop sharing').click();
    await expect(a.page.getByText(/^You are sharing/)).toHaveCount(0);
    await expect(b.tile("Anna's screen")).toHaveCount(0);
    await waitForScreen(a, 'Ben');
    await a.page.keyboard.press('s');
    await waitForScreen(b, 'Anna');
  });

  await test.step('sharing ends when the shared window is closed', async () => {
    // The browser fires the same event when its own button is pressed.
    await waitFor('the shared track ends', () =>
      b.page.evaluate(() => /** @type {any} */ (window).__probe.endScreenShare()),
    );
    await expect(b.button('Share screen')).toBeVisible();
    await expect(a.tile("Ben's screen")).toHaveCount(0);
    await Promise.all([a.waitForMedia(1), b.waitForMedia(1)]);
  });
});

test('a person who cancels the choice shares nothing and sees no error', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  const b = await ben.callPage();
  await b.enter('Ben');
  await a.waitForMedia(1, 5);
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
