import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { clickTheLast } from '../harness/call-page.mjs';
import { hostRoom, pageGone } from '../harness/steps.mjs';
import { expect, test as base } from '../harness/fixtures.mjs';
import { until } from '../harness/wait.mjs';
import { inFront } from '../harness/x11.mjs';
import { Installed, OPENERS } from './installed.mjs';

const DESKTOP_ENTRY = '/usr/share/applications/Parlour.desktop';

/** @type {ReturnType<typeof base.extend<{ installed: Installed }>>} */
const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from the pattern.
  installed: async ({}, use, info) => {
    const installed = new Installed(info.title.replace(/\W+/g, '-'));
    await use(installed);
    await installed.end();
    if (info.status === info.expectedStatus) return;
    for (const file of installed.evidence()) await info.attach(path.basename(file), { path: file });
  },
});

/**
 * The lobby of the room where this person is.
 *
 * @param {Installed} installed
 * @param {string} host
 */
async function lobbyWith(installed, host) {
  const { page } = await installed.page();
  await expect(page.getByText(`${host} is here.`)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('button', { name: 'Enter', exact: true })).toBeEnabled();
  return page;
}

/**
 * The packaged desktop entry is still the one that opens links: the app has written none of its own over it.
 *
 * @param {Installed} installed
 */
function packagedEntryServes(installed) {
  const args = ['query', 'default', 'x-scheme-handler/parlour'];
  const entry = execFileSync('xdg-mime', args, { env: installed.env }).toString().trim();
  expect(entry).toBe(path.basename(DESKTOP_ENTRY));
  expect(fs.existsSync(path.join(installed.home, '.local/share/applications'))).toBe(false);
}

test('the desktop entry is valid and takes links', async ({ installed }) => {
  execFileSync('desktop-file-validate', [DESKTOP_ENTRY]);
  const lines = fs.readFileSync(DESKTOP_ENTRY, 'utf8').split('\n');
  expect(lines).toContain('Exec=parlour %u');
  expect(lines).toContain('MimeType=x-scheme-handler/parlour;');
  packagedEntryServes(installed);
});

for (const opener of Object.values(OPENERS)) {
  test(`${opener.join(' ')}: cold and running, a link arrives in its lobby`, async ({ start, installed }) => {
    const anna = await start({ profile: 'anna' });
    await hostRoom(anna, 'Anna');
    installed.open(opener, await anna.invite());
    await lobbyWith(installed, 'Anna');
    const first = await installed.page();
    const pid = await installed.only();

    // The window that opens last is in front, until a link brings ours there.
    const ben = await start({ profile: 'ben' });
    await hostRoom(ben, 'Ben');
    await until("Ben's window is in front", async () => (await inFront()) === ben.pid());
    const invite = await ben.invite();
    installed.open(opener, invite);
    await until('our window is in front', async () => (await inFront()) === pid);
    // It is on the way into another room, so it asks.
    await clickTheLast(first.button('Leave and join'));
    await pageGone(first);
    await lobbyWith(installed, 'Ben');
    expect(await installed.only()).toBe(pid);

    // From Home there is nothing to ask.
    const second = await installed.page();
    await second.leave();
    await pageGone(second);
    installed.open(opener, await anna.invite());
    await lobbyWith(installed, 'Anna');
    expect(await installed.only()).toBe(pid);

    packagedEntryServes(installed);
    expect(await installed.close()).toEqual([0, 0, 0]);
  });
}

test('two quick clicks make one lobby', async ({ start, installed }) => {
  const anna = await start({ profile: 'anna' });
  const host = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  installed.open(OPENERS.xdg, invite);
  installed.open(OPENERS.xdg, invite);
  const page = await lobbyWith(installed, 'Anna');
  await installed.only();
  await page.getByRole('textbox', { name: 'Your name', exact: true }).fill('Ben');
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await host.media(1, 5);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(host.page.locator('[data-peer]')).toHaveCount(1);
  await expect(host.page.getByText(/at the door/)).toHaveCount(0);
  expect(installed.browsers()).toBe(1);
  expect(await installed.close()).toEqual([0, 0]);
});
