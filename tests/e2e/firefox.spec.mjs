/** A call between the two families of browsers: Chromium at one end, Firefox at the other. */
import { expect, test } from './harness/fixtures.mjs';
import { FIREFOX } from './harness/firefox.mjs';
import { hostRoom } from './harness/steps.mjs';
import { waitFor } from './harness/wait.mjs';

/** @typedef {{ evaluate<T>(run: () => Promise<T>): Promise<T> }} Page */

/** Runs in the page. @returns {Promise<{ frames: number, energy: number }>} what has arrived there */
async function arriving() {
  const [{ stats }] = await /** @type {any} */ (window).__parlour.participants();
  return { frames: stats.video.framesDecoded, energy: stats.audio.energy };
}

/** @param {Page} page */
async function waitForPictureAndSound(page) {
  const before = await waitFor('a link', () => page.evaluate(arriving));
  await waitFor(
    'picture and sound',
    async () => {
      const now = await page.evaluate(arriving);
      if (now.frames > before.frames + 20 && now.energy > before.energy) return true;
      throw new Error(JSON.stringify(now));
    },
    30_000,
  );
}

/** Runs in the page. @returns {string[]} the emoji of the open dialog */
const shownEmoji = () =>
  [...document.querySelectorAll('dialog li')].map((item) => item.textContent?.trim() ?? '');

test('a call between Chromium and Firefox has picture, sound, chat and the same emoji at both ends', async ({
  startApp,
}) => {
  test.skip(!FIREFOX, 'no Firefox that a test can use is installed');
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', browser: 'firefox', link: await anna.invite() });
  const b = await ben.firefoxPage();

  await test.step('Ben enters with his fake camera and microphone', async () => {
    await waitFor('the lobby', async () => (await b.text()).includes('Anna is here.'), 30_000);
    await b.write('main input', 'Ben');
    await waitFor('Ben is in the call', async () => (await a.tile('Ben').count()) === 1);
  });

  await test.step('both see and hear each other', async () => {
    await Promise.all([waitForPictureAndSound(a.page), waitForPictureAndSound(b)]);
  });

  await test.step('both read the same emoji', async () => {
    await a.page.getByRole('button', { name: 'Verify the connection to Ben' }).click();
    await b.click('Verify the connection to Anna');
    const here = await waitFor('emoji', async () => {
      const emoji = await a.page.evaluate(shownEmoji);
      return emoji.length === 7 && emoji;
    });
    await expect.poll(() => b.evaluate(shownEmoji)).toEqual(here);
    await a.page.getByRole('button', { name: 'They match' }).click();
    await b.click('They match');
  });

  await test.step('chat arrives, both ways', async () => {
    await a.page.keyboard.press('c');
    await a.page.getByRole('textbox', { name: 'Message', exact: true }).fill('from Chromium');
    await a.page.keyboard.press('Enter');
    await waitFor('the message in Firefox', async () => (await b.text()).includes('from Chromium'));
    await b.click('Chat');
    await b.write('textarea', 'from Firefox');
    await expect(a.page.getByText('from Firefox', { exact: true })).toBeVisible();
  });
});
