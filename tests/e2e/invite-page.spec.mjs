import { chromium, expect, test } from '@playwright/test';
import { CHROMIUM } from './harness/chromium.mjs';
import { ParlourServer } from './harness/parlour-server.mjs';

const CODE = 'AQABAgMEBQYHCAkKCwwNDg8AAA';

test('the web form of an invite leads a browser to the app', async ({}, info) => {
  const server = await ParlourServer.start({ log: info.outputPath('server.log') });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({ locale: 'en-GB' });
    /** @type {string[]} */
    const errors = [];
    // The page looks for the one of guests, which this server does not have.
    const missing = `http://127.0.0.1:${server.port}/guest/`;
    page.on('console', (message) => {
      if (message.location().url !== missing) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    const requested = page.waitForRequest((request) => new URL(request.url()).pathname === '/j');
    await page.goto(`http://127.0.0.1:${server.port}/j#${CODE}`);

    expect((await requested).headers()).not.toHaveProperty('referer');
    const open = page.getByRole('link', { name: 'Open in Parlour' });
    await expect(open).toHaveAttribute('href', `parlour://join/ws+127.0.0.1:${server.port}/${CODE}`);

    await page.goto(`http://127.0.0.1:${server.port}/j#"><script>alert(1)</script>`);
    await page.reload();
    await expect(open).toBeHidden();
    await expect(page.getByText('This invite is incomplete.')).toBeVisible();
    expect(errors).toEqual([]);

    // The same page on another host, with the whole invite behind it.
    const places = '192.168.1.20:18420,%5Bfd00::7%5D:18420,~';
    await page.goto(`http://127.0.0.1:${server.port}/j#join/${places}/${CODE}`);
    await expect(open).toHaveAttribute('href', `parlour://join/${decodeURIComponent(places)}/${CODE}`);

    const chinese = await browser.newPage({ locale: 'zh-CN' });
    await chinese.goto(`http://127.0.0.1:${server.port}/j#${CODE}`);
    await expect(chinese.getByRole('link', { name: '用会客厅打开' })).toBeVisible();
    await chinese.screenshot({ path: info.outputPath('invite-page.png') });
  } finally {
    await browser.close();
    await server.stop();
  }
});
