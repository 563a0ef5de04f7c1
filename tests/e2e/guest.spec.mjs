/** People without the app: the page that `parlour-server` serves over https, in a browser of their own. */
import fs from 'node:fs';
import path from 'node:path';
import { CallPage } from './harness/call-page.mjs';
import { launchChromium } from './harness/chromium.mjs';
import { expect, test as base } from './harness/fixtures.mjs';
import { FIREFOX, launchFirefox } from './harness/firefox.mjs';
import { FirefoxPage } from './harness/firefox-page.mjs';
import { ParlourServer } from './harness/parlour-server.mjs';
import { hostRoom } from './harness/steps.mjs';
import { makeCertificate } from './harness/tls.mjs';
import { waitFor } from './harness/wait.mjs';

const GUEST_PAGE = path.join(import.meta.dirname, '../../ui/dist-guest');
const PROBE = path.join(import.meta.dirname, 'probe/probe.js');

/**
 * `server` serves the page. `openBrowser` is another person's browser without the app.
 *
 * @type {ReturnType<typeof base.extend<{
 *   tls: ReturnType<typeof makeCertificate>,
 *   server: { current: ParlourServer, restart: () => Promise<void> },
 *   openBrowser: (url: string) => Promise<CallPage>,
 * }>>}
 */
const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of needed fixtures from the pattern.
  tls: async ({}, use, info) => use(makeCertificate(info.outputPath())),
  server: async ({ tls }, use, info) => {
    const start = (/** @type {number} */ port) =>
      ParlourServer.start({
        log: info.outputPath('server.log'),
        listen: `127.0.0.1:${port}`,
        // Nobody listens there: a room whose server names none would ask the public ones.
        args: [
          '--stun=stun:127.0.0.1:3478',
          `--cert=${tls.cert}`,
          `--key=${tls.key}`,
          `--guest-page=${GUEST_PAGE}`,
        ],
      });
    const server = {
      current: await start(0),
      restart: async () => {
        const { port } = server.current;
        await server.current.stop();
        server.current = await start(port);
      },
    };
    await use(server);
    await server.current.stop();
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  openBrowser: async ({}, use, info) => {
    const browser = await launchChromium({
      args: [
        '--use-fake-device-for-media-stream=fps=15',
        '--use-fake-ui-for-media-stream',
        '--auto-select-desktop-capture-source=Entire screen',
      ],
    });
    await use(async (url) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
      await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write']);
      await context.addInitScript({ path: PROBE });
      const page = await context.newPage();
      const log = (/** @type {string} */ line) =>
        fs.appendFileSync(info.outputPath('guest.log'), `${line}\n`);
      page.on('console', (message) => log(`console.${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => log(`page error: ${error.stack ?? error.message}`));
      await page.goto(url);
      return new CallPage(browser, page);
    });
    await browser.close();
  },
});

test.skip(!fs.existsSync(path.join(GUEST_PAGE, 'index.html')), 'the page for guests is not built');

/** @param {CallPage} person @param {string} text */
async function write(person, text) {
  const field = person.page.getByRole('textbox', { name: 'Message', exact: true });
  if (!(await field.isVisible())) await person.page.keyboard.press('c');
  await field.fill(text);
  await field.press('Enter');
}

test('a guest joins in a browser, sees, hears and writes, and comes back after a reload and a restart', async ({
  startAppUsingServer,
  openBrowser,
  server,
  tls,
}) => {
  test.setTimeout(150_000);
  const anna = await startAppUsingServer(`https://localhost:${server.current.port}`, {
    profile: 'anna',
    env: { SSL_CERT_FILE: tls.ca },
  });
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.window.inputValue('Invite');
  expect(invite).toMatch(/^https:\/\/localhost:\d+\/j#/);
  const g = await openBrowser(invite);

  await test.step('the link offers the browser, and then the lobby opens without a question', async () => {
    await g.page.getByRole('link', { name: 'Join in this browser' }).click();
    await expect(g.page.getByText('Anna is here.')).toBeVisible();
    await expect(g.page.getByRole('dialog')).toHaveCount(0);
  });

  await test.step('picture and sound go both ways, and Anna sees that Gus is a guest', async () => {
    await g.enter('Gus');
    await Promise.all([a.waitForMedia(1), g.waitForMedia(1), a.waitForVideo('Gus'), g.waitForVideo('Anna')]);
    await expect(a.tile('Gus').getByText('Guest: in a browser, without the app')).toHaveCount(1);
    await expect(g.tile('Anna').getByText('Guest: in a browser, without the app')).toHaveCount(0);
  });

  await test.step('both see the same emoji', async () => {
    const emoji = async (/** @type {CallPage} */ person, /** @type {string} */ other) => {
      await person.page.getByRole('button', { name: `Verify the connection to ${other}` }).click();
      const items = person.page.getByRole('dialog').getByRole('listitem');
      await expect(items).toHaveCount(7);
      const texts = await items.allInnerTexts();
      await person.button('They match').click();
      return texts;
    };
    expect(await emoji(a, 'Gus')).toEqual(await emoji(g, 'Anna'));
  });

  await test.step('chat goes both ways', async () => {
    await write(g, 'from the browser');
    await expect(a.page.getByText('from the browser', { exact: true }).first()).toBeVisible();
    await write(a, 'from the app');
    await expect(g.page.getByText('from the app', { exact: true }).first()).toBeVisible();
  });

  await test.step('a reload leads back into the call', async () => {
    await g.page.reload();
    await Promise.all([a.waitForMedia(1), g.waitForMedia(1), g.waitForVideo('Anna')]);
    await expect(a.tile('Gus')).toHaveCount(1);
  });

  await test.step('the call goes on while the server restarts, and a reload still leads back', async () => {
    await server.restart();
    await Promise.all([a.waitForMedia(1), g.waitForMedia(1)]);
    await expect(g.page.getByText('Reconnecting')).toHaveCount(0, { timeout: 30_000 });
    await g.page.reload();
    await Promise.all([a.waitForMedia(1), g.waitForMedia(1), g.waitForVideo('Anna')]);
  });

  await test.step('after *Leave* nothing of the room is in the address or the storage', async () => {
    await g.leave();
    await expect(g.page.getByText('You are here as a guest')).toBeVisible();
    await expect(a.tile('Gus')).toHaveCount(0);
    const code = String(invite.split('#')[1]);
    const kept = await g.page.evaluate(() =>
      JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }]),
    );
    expect(kept).not.toContain(code);
    expect(kept).toContain('Gus');
  });
});

test('two guests alone: one starts a room on the server of the page, the other gets the link', async ({
  openBrowser,
  server,
}, info) => {
  const home = `https://localhost:${server.current.port}/guest/`;
  const first = await openBrowser(home);
  await first.button('Start a room').click();
  await first.enter('Gus');
  await first.button('Copy invite').click();
  await first.page.screenshot({ path: info.outputPath('alone.png') });
  const text = await first.page.evaluate(() => navigator.clipboard.readText());
  const link = String(/https:\S+/.exec(text)?.[0]);
  const second = await openBrowser(link);
  await second.page.getByRole('link', { name: 'Join in this browser' }).click();
  await second.enter('Mia');
  await Promise.all([first.waitForMedia(1), second.waitForMedia(1)]);
  await expect(second.tile('Gus').getByText('Guest: in a browser, without the app')).toHaveCount(1);
  await second.page.screenshot({ path: info.outputPath('call.png') });
});

test('two guests in Chromium and Firefox see and hear each other, and write', async ({
  openBrowser,
  server,
}, info) => {
  test.skip(!FIREFOX, 'no Firefox that a test can use is installed');
  const first = await openBrowser(`https://localhost:${server.current.port}/guest/`);
  await first.button('Start a room').click();
  await first.enter('Gus');
  const link = await first.page.getByRole('textbox', { name: 'Invite' }).inputValue();
  const firefox = launchFirefox(info.outputPath());
  try {
    const second = await FirefoxPage.open(firefox.profile, link);
    await waitFor('the offer', async () => (await second.text()).includes('Join in this browser'));
    await second.evaluate(() => document.querySelector('#join')?.dispatchEvent(new MouseEvent('click')));
    await second.evaluate(
      () => (location.href = String(document.querySelector('#join')?.getAttribute('href'))),
    );
    await waitFor('the lobby', async () => (await second.text()).includes('Gus is here.'), 30_000);
    await second.write('main input', 'Mia');
    await first.waitForMedia(1, 20, 30_000);
    await waitFor('a picture and sound in Firefox', async () => {
      const [{ stats }] = await second.evaluate(() => /** @type {any} */ (window).__parlour.participants());
      return stats.video.framesDecoded > 20 && stats.audio.energy > 0;
    });
    await write(first, 'from Chromium');
    await waitFor('the message', async () => (await second.text()).includes('from Chromium'));
    second.disconnect();
  } finally {
    firefox.stop();
  }
});

test('a link to the page itself asks before anything connects', async ({ openBrowser, server }) => {
  const code = 'AQABAgMEBQYHCAkKCwwNDg94cg';
  const page = `https://localhost:${server.current.port}/guest/`;
  const g = await openBrowser(`${page}#join/wss+localhost:${server.current.port}/${code}`);
  await expect(g.page.getByRole('dialog', { name: 'Join a room?' })).toBeVisible();
  await g.button('Not now').click();
  await expect(g.page.getByText('You are here as a guest')).toBeVisible();
  expect(g.page.url()).toBe(page);
});
