import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorBus, TrayIcon } from './harness/session-bus.mjs';
import { hostRoom } from './harness/steps.mjs';
import { expect, test, writeSettings } from './harness/fixtures.mjs';
import { waitFor } from './harness/wait.mjs';
import { holdKeys, frontWindowPid } from './harness/x11.mjs';

test('the tray and the companion mute the call and show whether it is muted', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  await anna.window.find('button', 'Start a room');
  const tray = await TrayIcon.ofProcess(anna.pid());
  expect([...(await tray.menuEntries()).keys()]).toEqual(['Show', 'Quit']);
  const page = await hostRoom(anna, 'Anna');
  await waitFor('the tray shows the call', async () => (await tray.title()) === 'Parlour: in a call');
  expect([...(await tray.menuEntries()).keys()]).toEqual(['Mute', 'Show', 'Leave', 'Quit']);

  await tray.clickMenuEntry('Mute');
  await expect(page.button('Unmute')).toBeVisible();
  await waitFor('the tray shows muted', async () => (await tray.title()) === 'Parlour: in a call, muted');
  await anna.window.click('button', 'Unmute');
  await expect(page.button('Mute')).toBeVisible();
  await anna.window.click('button', 'Turn camera off');
  await expect(page.button('Turn camera on')).toBeVisible();

  await tray.clickMenuEntry('Leave');
  await anna.window.find('button', 'Start a room');
  await waitFor('the tray shows no call', async () => [...(await tray.menuEntries()).keys()].length === 2);
});

test('global shortcuts pressed in another window mute, and push to talk while held', async ({ startApp }) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-anna-'));
  writeSettings(dir, { global_shortcuts: { on: true, mute: 'Ctrl+Alt+M', talk: 'Ctrl+Alt+Space' } });
  const anna = await startApp({ profile: 'anna', dir });
  const page = await hostRoom(anna, 'Anna');
  await expect(page.button('Mute')).toBeVisible();
  const ben = await startApp({ profile: 'ben' });
  await ben.window.find('button', 'Start a room');
  await waitFor('another window is in front', async () => (await frontWindowPid()) === ben.pid());

  await waitFor('the shortcuts are registered', async () => {
    await holdKeys(['Ctrl', 'Alt', 'M']);
    // A second press would undo the first.
    await page.button('Unmute').waitFor({ timeout: 5_000 });
    return true;
  });
  await holdKeys(['Ctrl', 'Alt', 'Space'], async () => {
    await expect(page.button('Mute')).toBeVisible();
  });
  await expect(page.button('Unmute')).toBeVisible();
  await holdKeys(['Ctrl', 'Alt', 'M']);
  await expect(page.button('Mute')).toBeVisible();

  await page.leave();
  await anna.window.find('button', 'Start a room');
  expect(await anna.window.text()).not.toContain('global shortcut');
});

test('notifications tell who arrives while no window of the app is focused', async ({ startApp }) => {
  const bus = await monitorBus("interface='org.freedesktop.Notifications',member='Notify'");
  try {
    const anna = await startApp({ profile: 'anna' });
    const page = await hostRoom(anna, 'Anna');
    // A page in a headless browser always has the focus.
    await page.page.evaluate(() => (document.hasFocus = () => false));
    const ben = await startApp({ profile: 'ben', link: await anna.invite() });
    await waitFor('the first notification', () => bus.output().includes('string "Somebody is at the door"'));
    const b = await ben.callPage();
    await b.enter('Ben');
    await waitFor('the second notification', () => bus.output().includes('Ben came in'));
    expect(bus.output().match(/member=Notify/g)?.length).toBe(2);
  } finally {
    bus.stop();
  }
});

test('without a session bus everything but tray and notifications works', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna', env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' } });
  const page = await hostRoom(anna, 'Anna');
  await page.page.evaluate(() => (document.hasFocus = () => false));
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  const b = await ben.callPage();
  await b.enter('Ben');
  await page.waitForMedia(1, 5);
  await anna.window.click('button', 'Mute');
  await expect(page.button('Unmute')).toBeVisible();
  await anna.close();
});
