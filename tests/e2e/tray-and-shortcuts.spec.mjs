import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { overhear, TrayIcon } from './harness/session-bus.mjs';
import { hostRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { until } from './harness/wait.mjs';
import { hold, inFront } from './harness/x11.mjs';

test('the tray and the window beside the browser mute the call, and know whether it is muted', async ({
  start,
}) => {
  const anna = await start({ profile: 'anna' });
  await anna.window.find('button', 'Start a room');
  const tray = await TrayIcon.of(anna.pid());
  expect([...(await tray.menu()).keys()]).toEqual(['Show', 'Quit']);
  const page = await hostRoom(anna, 'Anna');
  await until('the tray is in the call', async () => (await tray.title()) === 'Parlour: in a call');
  expect([...(await tray.menu()).keys()]).toEqual(['Mute', 'Show', 'Leave', 'Quit']);

  await tray.choose('Mute');
  await expect(page.button('Unmute')).toBeVisible();
  await until('the tray is muted', async () => (await tray.title()) === 'Parlour: in a call, muted');
  await anna.window.click('button', 'Unmute');
  await expect(page.button('Mute')).toBeVisible();
  await anna.window.click('button', 'Turn camera off');
  await expect(page.button('Turn camera on')).toBeVisible();

  await tray.choose('Leave');
  await anna.window.find('button', 'Start a room');
  await until('the tray is home', async () => [...(await tray.menu()).keys()].length === 2);
});

test('keys that are pressed in another window mute, and talk as long as they are held', async ({ start }) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-anna-'));
  fs.mkdirSync(path.join(dir, 'profile'), { mode: 0o700 });
  fs.writeFileSync(
    path.join(dir, 'profile', 'settings.json'),
    JSON.stringify({ global_shortcuts: { on: true, mute: 'Ctrl+Alt+M', talk: 'Ctrl+Alt+Space' } }),
  );
  const anna = await start({ profile: 'anna', dir });
  const page = await hostRoom(anna, 'Anna');
  await expect(page.button('Mute')).toBeVisible();
  const ben = await start({ profile: 'ben' });
  await ben.window.find('button', 'Start a room');
  await until('another window is in front', async () => (await inFront()) === ben.pid());

  await until('the keys are heard', async () => {
    await hold(['Ctrl', 'Alt', 'M']);
    // A second press would take back what the first has done.
    await page.button('Unmute').waitFor({ timeout: 5_000 });
    return true;
  });
  await hold(['Ctrl', 'Alt', 'Space'], async () => {
    await expect(page.button('Mute')).toBeVisible();
  });
  await expect(page.button('Unmute')).toBeVisible();
  await hold(['Ctrl', 'Alt', 'M']);
  await expect(page.button('Mute')).toBeVisible();

  await page.leave();
  await anna.window.find('button', 'Start a room');
  expect(await anna.window.text()).not.toContain('global shortcut');
});

test('the system tells who comes while no window of the app is in front, unless that is not wanted', async ({
  start,
}) => {
  const bus = await overhear("interface='org.freedesktop.Notifications',member='Notify'");
  try {
    const anna = await start({ profile: 'anna' });
    const page = await hostRoom(anna, 'Anna');
    // What a page in a headless browser cannot be: behind another window.
    await page.page.evaluate(() => (document.hasFocus = () => false));
    const ben = await start({ profile: 'ben', link: await anna.invite() });
    await until('a notification', () => bus.heard().includes('string "Guest is at the door"'));
    const b = await ben.page();
    await b.enter('Ben');
    await until('another one', () => bus.heard().includes('Ben came in'));
    expect(bus.heard().match(/member=Notify/g)?.length).toBe(2);
  } finally {
    bus.stop();
  }
});

test('without a session bus there is no tray and no notification, and everything else', async ({ start }) => {
  const anna = await start({ profile: 'anna', env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' } });
  const page = await hostRoom(anna, 'Anna');
  await page.page.evaluate(() => (document.hasFocus = () => false));
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  const b = await ben.page();
  await b.enter('Ben');
  await page.media(1, 5);
  await anna.window.click('button', 'Mute');
  await expect(page.button('Unmute')).toBeVisible();
  await anna.close();
});
