import { joinRoom, waitForPageClosed } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';

const TAB = '\uE004';
const ENTER = '\uE007';

/**
 * Presses Tab until `target` has the focus, and expects that the focus is visible at every step.
 *
 * @param {import('@playwright/test').Page} page
 * @param {import('@playwright/test').Locator} target
 */
async function tabTo(page, target) {
  for (let step = 0; step < 60; step += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
    const invisible = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!(focused instanceof HTMLElement) || focused === document.body) return null;
      const { width, height, top, left } = focused.getBoundingClientRect();
      const style = getComputedStyle(focused);
      const isOnScreen = width > 0 && height > 0 && top < innerHeight && left < innerWidth;
      const isMarked = style.outlineStyle !== 'none' || focused.matches('[tabindex="-1"], input, textarea');
      return isOnScreen && isMarked ? null : focused.outerHTML.slice(0, 120);
    });
    expect(invisible, 'the focused element is visible').toBeNull();
  }
  throw new Error(`the focus never reached ${target}`);
}

test('a whole call without a mouse', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });

  const a = await test.step('start a room, in the window of the app', async () => {
    const focusedText = () => anna.window.execute('return document.activeElement.innerText ?? ""');
    for (let step = 0; step < 8 && !/Start a room/.test(await focusedText()); step += 1)
      await anna.window.press(TAB);
    expect(await focusedText()).toContain('Start a room');
    await anna.window.press(ENTER);
    return anna.callPage();
  });
  const { page } = a;

  await test.step('enter', async () => {
    await expect(a.button('Enter')).toBeEnabled();
    await tabTo(page, page.getByRole('textbox', { name: 'Your name', exact: true }));
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Anna');
    await page.keyboard.press('Enter');
    await expect(a.button('Leave')).toBeVisible();
  });

  const ben = await startApp({ profile: 'ben' });
  const b = await joinRoom(ben, await anna.invite());
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);

  await test.step('mute', async () => {
    await page.keyboard.press('m');
    await expect(b.tile('Anna').getByText('Muted')).toHaveCount(1);
    await tabTo(page, a.button('Unmute'));
    await page.keyboard.press('Enter');
    await expect(b.tile('Anna').getByText('Muted')).toHaveCount(0);
  });

  await test.step('layout', async () => {
    await page.keyboard.press('l');
    await tabTo(page, a.button('Layout'));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Grid', exact: true })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await page.keyboard.press('Escape');
    await expect(a.button('Layout')).toBeFocused();
  });

  await test.step('chat', async () => {
    await page.keyboard.press('c');
    await expect(page.getByRole('complementary', { name: 'Chat' })).toBeVisible();
    await page.keyboard.type('Tea?');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('complementary', { name: 'Chat' })).toHaveCount(0);
    await b.page.keyboard.press('c');
    await expect(b.page.getByRole('complementary', { name: 'Chat' }).getByText('Tea?')).toBeVisible();
    await b.page.keyboard.press('Escape');
  });

  await test.step('raise a hand, and react', async () => {
    await page.keyboard.press('h');
    await expect(b.tile('Anna').getByText('Hand raised')).toHaveCount(1);
    await page.keyboard.press('h');
    await expect(b.tile('Anna').getByText('Hand raised')).toHaveCount(0);
    await page.keyboard.press('e');
    await expect(page.getByRole('dialog', { name: 'React' }).getByRole('button').first()).toBeFocused();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(b.tile('Anna').locator('[data-reaction]')).toHaveCount(1);
  });

  await test.step('the sheet of shortcuts', async () => {
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await expect(sheet.getByText('Share a screen')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(sheet).toHaveCount(0);
  });

  await test.step("the safety check, from Ben's menu by the arrow keys", async () => {
    await tabTo(page, a.button('More about Ben'));
    await page.keyboard.press('Enter');
    const menu = page.getByRole('dialog', { name: 'More about Ben' });
    await expect(menu.getByRole('button', { name: 'Pin' })).toBeFocused();
    await page.keyboard.press('ArrowUp');
    await expect(menu.getByRole('button', { name: 'Verify the connection' })).toBeFocused();
    await page.keyboard.press('Enter');
    const check = page.getByRole('dialog', { name: 'Verify the connection to Ben' });
    await expect(check.getByRole('listitem')).toHaveCount(7);
    await tabTo(page, check.getByRole('button', { name: 'They match' }));
    await page.keyboard.press('Enter');
    await expect(check).toHaveCount(0);
    await expect(a.button('Verified: the connection to Ben')).toBeVisible();
  });

  await test.step('Tab goes round the whole page without a trap', async () => {
    await tabTo(page, a.button('Leave'));
    await tabTo(page, a.button('More about Ben'));
    await tabTo(page, a.button('Leave'));
  });

  await test.step('leave', async () => {
    // The page closes before the key is released.
    await page.keyboard.press('Enter').catch(() => {});
    await waitForPageClosed(a);
    await anna.window.find('button', 'Start a room');
    await expect(b.tile('Anna')).toHaveCount(0);
  });
});
