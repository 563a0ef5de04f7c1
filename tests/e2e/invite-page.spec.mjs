import { chromium, expect, test } from '@playwright/test';
import { CHROMIUM } from './harness/chromium.mjs';
import { Server } from './harness/parlour-server.mjs';

const CODE = 'AQABAgMEBQYHCAkKCwwNDg8AAA';

test('the web form of an invite leads a browser to the app', async ({}, info) => {
  const server = await Server.start({ log: info.outputPath('server.log') });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({ locale: 'en-GB' });
    /** @type {string[]} */
    const faults = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(String(error)));
    const asked = page.waitForRequest((request) => new URL(request.url()).pathname === '/j');
    await page.goto(`http://127.0.0.1:${server.port}/j#${CODE}`);

    expect((await asked).headers()).not.toHaveProperty('referer');
    const open = page.getByRole('link', { name: 'Open in Parlour' });
    await expect(open).toHaveAttribute('href', `parlour://join/ws+127.0.0.1:${server.port}/${CODE}`);

    await page.goto(`http://127.0.0.1:${server.port}/j#"><script>alert(1)</script>`);
    await page.reload();
    await expect(open).toBeHidden();
    await expect(page.getByText('This invite is not whole.')).toBeVisible();
    const missing = 'Failed to load resource: the server responded with a status of 404 (Not Found)';
    expect(
      faults.filter((fault) => fault !== missing),
      'only the icon is not there',
    ).toEqual([]);

    const chinese = await browser.newPage({ locale: 'zh-CN' });
    await chinese.goto(`http://127.0.0.1:${server.port}/j#${CODE}`);
    await expect(chinese.getByRole('link', { name: '用会客厅打开' })).toBeVisible();
    await chinese.screenshot({ path: info.outputPath('invite-page.png') });
  } finally {
    await browser.close();
    await server.end();
  }
});
