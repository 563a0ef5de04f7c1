// Browsers that do not start, and profiles that another process holds.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test, writeSettings } from './harness/fixtures.mjs';
import { hostRoom, startRoom } from './harness/steps.mjs';
import { waitFor } from './harness/wait.mjs';

test('when the first browser does not start the call opens in the next one', async ({ startApp }) => {
  const firstBrowser = '#!/bin/sh\necho "No usable sandbox at http://127.0.0.1:9/#abc" >&2\nexit 133\n';
  const anna = await startApp({ profile: 'anna', firstBrowser });
  const page = await hostRoom(anna, 'Anna');
  await anna.window.waitForText('Chromium did not open the call');
  await anna.window.waitForText('The call runs in Google Chrome.');
  const log = fs.readFileSync(path.join(anna.dir, 'profile/parlour.log'), 'utf8');
  expect(log).toContain('No usable sandbox at …');
  expect(log).toMatch(/exit status: 133|ExitStatus\(unix_wait_status\(34048\)\)/);
  await page.leave();
  // The broken one is not tried again in this run of the app.
  await anna.window.click('button', 'Dismiss');
  await startRoom(anna);
  expect(await anna.window.text()).not.toContain('Chromium did not open the call');
});

test('a browser that the person chose is tried first', async ({ startApp }) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-anna-'));
  writeSettings(dir, { browser: 'Google Chrome' });
  const anna = await startApp({ profile: 'anna', dir, firstBrowser: '#!/bin/sh\nexit 1\n' });
  await startRoom(anna);
  await anna.window.waitForText('The call runs in Google Chrome.');
  expect(await anna.window.text()).not.toContain('did not open the call');
});

test('a browser profile that came from another computer opens the call', async ({ startApp }) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-anna-'));
  const profile = path.join(dir, 'profile/browser/chromium');
  fs.mkdirSync(profile, { recursive: true, mode: 0o700 });
  fs.symlinkSync('another-computer-4242', path.join(profile, 'SingletonLock'));
  const anna = await startApp({ profile: 'anna', dir });
  await hostRoom(anna, 'Anna');
  expect(await anna.window.text()).not.toContain('did not open the call');
});

test('a killed call window is noticed at once', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  await hostRoom(anna, 'Anna');
  const killed = Date.now();
  for (const pid of anna.browserPids()) process.kill(pid, 'SIGKILL');
  await anna.window.waitForText('You are not in the call.');
  expect(Date.now() - killed).toBeLessThan(2_500);
});

test('a second start with the same profile hands its link over and leaves the call alone', async ({
  startApp,
}) => {
  const ben = await startApp({ profile: 'ben' });
  await hostRoom(ben, 'Ben');
  const anna = await startApp({ profile: 'anna' });
  const page = await hostRoom(anna, 'Anna');
  await anna.startAgain([]);
  await anna.startAgain([await ben.invite()]);
  await anna.window.find('heading', 'Leave this call for another room?');
  await anna.window.click('button', 'Not now');
  await expect(page.button('Leave')).toBeVisible();
});

test('without a session bus too there is one app', async ({ startApp }) => {
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere', XDG_RUNTIME_DIR: '/nonexistent' };
  const anna = await startApp({ profile: 'anna', env });
  await anna.window.find('button', 'Start a room');
  await anna.startAgain([], env);
});

test('the window beside a call asks before it ends the call', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  const page = await hostRoom(anna, 'Anna');
  await anna.pressClose();
  await anna.window.find('heading', 'Leave the call?');
  await anna.window.click('button', 'Keep it open');
  await expect(page.button('Leave')).toBeVisible();
  await waitFor('the question is gone', async () => !(await anna.window.has('heading', 'Leave the call?')));
  await anna.close();
});
