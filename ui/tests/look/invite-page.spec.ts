/** The page behind a web invite: a file of the signaling crate, here without its server. */
import fs from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { languages, themes } from './scenes';

const HTML = fs.readFileSync(
  new URL('../../../src-tauri/crates/signaling/src/server/invite_page.html', import.meta.url),
  'utf8',
);
const CODE = 'AQABAgMEBQYHCAkKCwwNDg8AAA';
const SITE = 'https://parlour.example.org';

/** Opens the page at this address. Returns the addresses that its browser asks for. */
async function open(page: Page, url: string, { hasGuestPage = true } = {}): Promise<string[]> {
  const asked: string[] = [];
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    asked.push(route.request().url());
    if (pathname === '/guest/' && hasGuestPage)
      await route.fulfill({ contentType: 'text/html', body: '<h1>Guest</h1>' });
    else if (pathname === '/j') await route.fulfill({ contentType: 'text/html', body: HTML });
    else await route.fulfill({ status: 404 });
  });
  const probed = page.waitForResponse('**/guest/');
  await page.goto(url);
  await probed;
  return asked;
}

for (const theme of themes) {
  for (const locale of languages) {
    test(`offers the app first and the browser second, in ${theme} and ${locale}`, async ({ browser }) => {
      const context = await browser.newContext({ colorScheme: theme, locale });
      const page = await context.newPage();
      await open(page, `${SITE}/j#${CODE}`);
      const links = page.getByRole('link');
      await expect(links).toHaveText(
        locale === 'en'
          ? ['Open in Parlour', 'Join in this browser']
          : ['用会客厅打开', '在这个浏览器里加入'],
      );
      await expect(page.locator('html')).toHaveAttribute('lang', locale);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      for (const width of [900, 320]) {
        await page.setViewportSize({ width, height: 640 });
        const size = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(size).toBeLessThanOrEqual(width);
        await page.screenshot({ path: `../target/screenshots/${theme}-${locale}/invite-page-${width}.png` });
      }
      await context.close();
    });
  }
}

test('the keyboard reaches both, and *Join in this browser* takes the invite along, past every server', async ({
  page,
}) => {
  const asked = await open(page, `${SITE}/j#${CODE}`);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Open in Parlour' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Join in this browser' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${SITE}/guest/#join/wss+parlour.example.org/${CODE}`);
  expect(await page.evaluate(() => sessionStorage.getItem('parlour.consent'))).toBe('1');
  expect(asked.filter((url) => url.includes(CODE))).toEqual([]);
});

test('a preview of the link has nothing of the room', () => {
  // Whoever makes one gets this file, whatever the room.
  expect(HTML).not.toContain(CODE);
  expect(HTML).not.toMatch(/og:|twitter:/);
  expect(HTML).toContain('<title>Parlour</title>');
});

for (const places of [
  '192.168.1.20:18420',
  '[fd00::7]:18420',
  'ws+parlour.example.org',
  '~,~relay.example.org',
]) {
  test(`says that no browser reaches a room at ${places}`, async ({ page }) => {
    await open(page, `${SITE}/j#join/${places}/${CODE}`);
    await expect(page.getByText('A browser cannot join this room')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Join in this browser' })).toBeHidden();
    await expect(page.getByRole('link', { name: 'Open in Parlour' })).toBeVisible();
  });
}

test('offers the browser if one place of several is in its reach', async ({ page }) => {
  await open(page, `${SITE}/j#join/192.168.1.20:18420,parlour.example.org,~/${CODE}`);
  await expect(page.getByRole('link', { name: 'Join in this browser' })).toBeVisible();
});

test('says that a browser joins only over https', async ({ page }) => {
  await open(page, `http://parlour.example.org/j#${CODE}`);
  await expect(page.getByText('A browser joins only from a page with https')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Join in this browser' })).toBeHidden();
});

test('says nothing of browsers where there is no page for guests', async ({ page }) => {
  await open(page, `${SITE}/j#${CODE}`, { hasGuestPage: false });
  await expect(page.getByRole('link')).toHaveText(['Open in Parlour']);
  await expect(page.getByText(/browser/).filter({ visible: true })).toHaveCount(0);
});

test('an invite that is not whole offers nothing', async ({ page }) => {
  await open(page, `${SITE}/j#${CODE.slice(0, 9)}`);
  await expect(page.getByText('This invite is incomplete.')).toBeVisible();
  await expect(page.getByRole('link')).toHaveCount(0);
});
