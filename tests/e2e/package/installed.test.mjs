import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { clickClosingButton } from '../harness/call-page.mjs';
import { hostRoom, waitForPageClosed } from '../harness/steps.mjs';
import { expect, test as base } from '../harness/fixtures.mjs';
import { waitFor } from '../harness/wait.mjs';
import { frontWindowPid } from '../harness/x11.mjs';
import { InstalledApp, OPENERS } from './installed.mjs';

const DESKTOP_ENTRY = '/usr/share/applications/Parlour.desktop';

/** @type {ReturnType<typeof base.extend<{ installed: InstalledApp }>>} */
const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of needed fixtures from the pattern.
  installed: async ({}, use, info) => {
    const installed = new InstalledApp(info.title.replace(/\W+/g, '-'));
    await use(installed);
    await installed.stop();
    if (info.status === info.expectedStatus) return;
    for (const file of installed.failureArtifacts()) await info.attach(path.basename(file), { path: file });
  },
});

/**
 * Waits for the lobby of the room that `host` is in.
 *
 * @param {InstalledApp} installed
 * @param {string} host
 */
async function waitForLobby(installed, host) {
  const { page } = await installed.callPage();
  await expect(page.getByText(`${host} is here.`)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('button', { name: 'Enter', exact: true })).toBeEnabled();
  return page;
}

/**
 * Expects that links still open with the packaged desktop entry: the app has not written another one.
 *
 * @param {InstalledApp} installed
 */
function expectPackagedHandler(installed) {
  const args = ['query', 'default', 'x-scheme-handler/parlour'];
  const entry = execFileSync('xdg-mime', args, { env: installed.env }).toString().trim();
  expect(entry).toBe(path.basename(DESKTOP_ENTRY));
  expect(fs.existsSync(path.join(installed.home, '.local/share/applications'))).toBe(false);
}

test('the desktop entry is valid and handles links', async ({ installed }) => {
  execFileSync('desktop-file-validate', [DESKTOP_ENTRY]);
  const lines = fs.readFileSync(DESKTOP_ENTRY, 'utf8').split('\n');
  expect(lines).toContain('Exec=parlour %u');
  expect(lines).toContain('MimeType=x-scheme-handler/parlour;');
  expectPackagedHandler(installed);
});

for (const opener of Object.values(OPENERS)) {
  test(`${opener.join(' ')}: a link opens its lobby, whether the app runs or not`, async ({
    startApp,
    installed,
  }) => {
    const anna = await startApp({ profile: 'anna' });
    await hostRoom(anna, 'Anna');
    installed.openLink(opener, await anna.invite());
    await installed.acceptLink();
    await waitForLobby(installed, 'Anna');
    const first = await installed.callPage();
    const pid = await installed.singlePid();

    // The last opened window is in front, until a link brings the installed app there.
    const ben = await startApp({ profile: 'ben' });
    await hostRoom(ben, 'Ben');
    await waitFor("Ben's window is in front", async () => (await frontWindowPid()) === ben.pid());
    const invite = await ben.invite();
    installed.openLink(opener, invite);
    await waitFor('the installed app is in front', async () => (await frontWindowPid()) === pid);
    // The app is in another lobby, so it asks.
    await clickClosingButton(first.button('Leave and join'));
    await waitForPageClosed(first);
    await waitForLobby(installed, 'Ben');
    expect(await installed.singlePid()).toBe(pid);

    // It has joined this room before, so it does not ask.
    const second = await installed.callPage();
    await second.leave();
    await waitForPageClosed(second);
    installed.openLink(opener, await anna.invite());
    await waitForLobby(installed, 'Anna');
    expect(await installed.singlePid()).toBe(pid);

    expectPackagedHandler(installed);
    expect(await installed.close()).toEqual([0, 0, 0]);
  });
}

test('two quick clicks open one lobby', async ({ startApp, installed }) => {
  const anna = await startApp({ profile: 'anna' });
  const host = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  installed.openLink(OPENERS.xdg, invite);
  installed.openLink(OPENERS.xdg, invite);
  await installed.acceptLink();
  const page = await waitForLobby(installed, 'Anna');
  await installed.singlePid();
  await page.getByRole('textbox', { name: 'Your name', exact: true }).fill('Ben');
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await host.waitForMedia(1, 5);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(host.page.locator('[data-peer]:visible')).toHaveCount(1);
  await expect(host.page.getByText(/at the door/)).toHaveCount(0);
  expect(installed.browserStarts()).toBe(1);
  expect(await installed.close()).toEqual([0, 0]);
});
