/** The view of the call stands ready beneath the lobby. Nothing of it is there for anybody before Enter. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const announced = (page: Page) => page.locator('[aria-live=polite]').last();

const mei = {
  id: 'a'.repeat(32),
  name: 'Mei',
  entered: false,
  presence: 'online' as const,
  role: 'answerer' as const,
  guest: false,
  safety_binding: 'b1'.repeat(32),
};
const tom = { ...mei, id: 'b'.repeat(32), name: 'Tom' };

const pushPeers = (page: Page, peers: (typeof mei)[]) =>
  page.evaluate((peers) => window.__fake?.pushRoom({ peers }), peers);

/** Marks the video of the only other person. Resolves to whether it has the mark already. */
const markVideo = (page: Page) =>
  page.locator('.tile[data-peer] video').evaluate((video: HTMLVideoElement) => {
    const isMarked = 'marked' in video.dataset;
    video.dataset['marked'] = '';
    return isMarked;
  });

test.use({ locale: 'en-GB' });

test('Enter shows the tile and the picture that stood ready, in their places, with the focus on the people', async ({
  page,
}) => {
  await page.goto('/?fake=lobby');
  await expect(page.getByText('Mei is here.')).toBeVisible();
  const tile = page.locator('.tile[data-peer]').first();
  await expect(tile).toBeHidden();
  const before = await tile.boundingBox();
  const video = tile.locator('video');
  await video.evaluate((element: HTMLElement) => (element.dataset['marked'] = ''));
  await button(page, 'Enter').click();
  await expect(page.getByRole('group', { name: 'Mei', exact: true })).toBeVisible();
  await expect(video).toHaveAttribute('data-marked');
  expect(await tile.boundingBox()).toEqual(before);
  await expect(page.getByRole('main', { name: 'People' })).toBeFocused();
  await expect(page.getByRole('heading', { name: 'Ready when you are' })).toHaveCount(0);
});

test('nothing of the call can be reached from the lobby', async ({ page }) => {
  await page.goto('/?fake=lobby');
  await expect(page.getByText('Mei is here.')).toBeVisible();
  await expect(page.locator('.tile')).not.toHaveCount(0);
  await expect(page.getByRole('group', { name: 'Mei', exact: true })).toHaveCount(0);
  for (const name of ['Chat', 'Raise hand', 'More', 'Add people'])
    await expect(button(page, name)).toHaveCount(0);
  await expect(page.getByRole('main')).toHaveCount(1);
  await expect(button(page, 'Leave')).toHaveCount(1);

  await test.step('with the keyboard', async () => {
    const stops = new Set<string>();
    for (let n = 0; n < 40; n += 1) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const at = document.activeElement;
        return at?.closest('[inert]')
          ? 'the call'
          : (at?.getAttribute('aria-label') ?? at?.textContent ?? '');
      });
      stops.add(stop);
    }
    expect(stops.size).toBeGreaterThan(5);
    expect(stops).not.toContain('the call');
  });

  await test.step('with the keys of the call', async () => {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (const key of ['c', 'e', 'i', 'd', 'h', 'l']) await page.keyboard.press(key);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.keyboard.press('m');
    await expect(button(page, 'Unmute')).toBeVisible();
  });

  await test.step('with assistive technology', async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  });

  await test.step('and nothing was left open', async () => {
    await button(page, 'Enter').click();
    await expect(button(page, 'More')).toBeVisible();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByRole('complementary')).toHaveCount(0);
  });
});

test('people who come are announced to a person in the room, and not to one in the lobby', async ({
  page,
}) => {
  await page.goto('/?fake=lobby-alone');
  await expect(page.getByText('Nobody else is here yet.')).toBeVisible();
  const inside = (...people: (typeof mei)[]) => people.map((person) => ({ ...person, entered: true }));
  await pushPeers(page, inside(mei));
  await expect(page.getByText('Mei is here.')).toBeVisible();
  await pushPeers(page, inside(mei, tom));
  await expect(page.getByText('Mei and Tom are here.')).toBeVisible();
  await expect(announced(page)).toBeEmpty();
  await button(page, 'Enter').click();
  await expect(page.getByRole('group', { name: 'Tom', exact: true })).toBeVisible();
  await expect(announced(page)).toBeEmpty();
  await pushPeers(page, inside(mei));
  await expect(announced(page)).toHaveText('Tom left');
});

test('a refused person finds the lobby as it was, with the reason', async ({ page }) => {
  await page.goto('/?fake=lobby');
  await expect(page.getByText('Mei is here.')).toBeVisible();
  await page.evaluate(() =>
    window.__fake?.failing.set('enter', { code: 'internal', message: '', field: null }),
  );
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Lovelace');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Ada Lovelace');
  await expect(button(page, 'Enter')).toBeFocused();
  await expect(button(page, 'More')).toHaveCount(0);
  await page.evaluate(() => window.__fake?.failing.clear());
  await page.keyboard.press('Enter');
  await expect(button(page, 'More')).toBeVisible();
});

test('a person at the door is not shown before entering, and then with the picture that stood ready', async ({
  page,
}) => {
  await page.goto('/?fake=call-1');
  await expect(page.getByRole('heading', { name: 'The room is open' })).toBeVisible();
  await pushPeers(page, [mei]);
  await expect(page.getByRole('status').filter({ hasText: 'Mei is at the door' })).toBeVisible();
  await expect(page.locator('.tile[data-peer]')).toBeHidden();
  await expect(page.getByRole('group', { name: 'Mei', exact: true })).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'The room is open' })).toBeVisible();
  expect(await markVideo(page)).toBe(false);
  await pushPeers(page, [{ ...mei, entered: true }]);
  await expect(page.getByRole('group', { name: 'Mei', exact: true })).toBeVisible();
  expect(await markVideo(page)).toBe(true);
});

test('no tile glides while somebody arrives', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await expect(page.getByRole('group', { name: 'Mei', exact: true })).toBeVisible();
  await expect(page.locator('.area')).not.toHaveClass(/still/);
  const gliding = await page.evaluate(async (tom) => {
    const peers = window.__fake?.view.room?.peers ?? [];
    window.__fake?.pushRoom({ peers: [...peers, { ...tom, entered: true }] });
    const seen: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      await new Promise((done) => requestAnimationFrame(done));
      const places = [...document.querySelectorAll('.tile')].map((tile) => tile.parentElement);
      seen.push(...places.flatMap((place) => place?.getAnimations() ?? []).map(String));
    }
    return seen;
  }, tom);
  await expect(page.getByRole('group', { name: 'Tom', exact: true })).toBeVisible();
  expect(gliding).toEqual([]);
});
