import { expect, test, type Page } from '@playwright/test';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test.use({ locale: 'en-GB' });

test('Space talks as long as it is held, and only while muted', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.keyboard.down('Space');
  await page.keyboard.up('Space');
  await expect(button(page, 'Mute')).toBeVisible();

  await page.keyboard.press('m');
  await expect(button(page, 'Unmute')).toBeVisible();
  await page.keyboard.down('Space');
  await expect(button(page, 'Mute')).toBeVisible();
  await page.keyboard.up('Space');
  await expect(button(page, 'Unmute')).toBeVisible();

  await test.step('a window that loses the keyboard mutes', async () => {
    await page.keyboard.down('Space');
    await expect(button(page, 'Mute')).toBeVisible();
    await page.evaluate(() => window.dispatchEvent(new Event('blur')));
    await expect(button(page, 'Unmute')).toBeVisible();
    await page.keyboard.up('Space');
  });

  await test.step('on a button Space presses the button', async () => {
    await button(page, 'Turn camera off').focus();
    await page.keyboard.down('Space');
    await expect(button(page, 'Unmute')).toBeVisible();
    await page.keyboard.up('Space');
    await expect(button(page, 'Turn camera on')).toBeVisible();
  });
});

test('the question mark shows the keys that work now, and they work', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Mute or unmute')).toBeVisible();
  await expect(sheet.getByText('Talk while muted')).toBeVisible();
  await test.step('keys do nothing behind a dialog', async () => {
    await page.keyboard.press('m');
    await page.keyboard.press('Escape');
    await expect(sheet).toHaveCount(0);
    await expect(button(page, 'Mute')).toBeVisible();
  });
  await expect(button(page, 'Mute')).toHaveAttribute('aria-keyshortcuts', 'M');
  await page.keyboard.press('d');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+q');
  await expect(button(page, 'Start a room')).toBeVisible();
});

test('in the lobby the sheet shows the keys of the lobby only', async ({ page }) => {
  await page.goto('/?fake=lobby');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('Shift+Slash');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Mute or unmute')).toBeVisible();
  await expect(sheet.getByText('Leave the call')).toHaveCount(0);
});

test('settings open over the call, which goes on', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press(',');
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await settings.getByRole('checkbox', { name: 'Sounds' }).uncheck();
  await settings.getByRole('checkbox', { name: /Global shortcuts/ }).check();
  const talk = settings.getByRole('textbox', { name: /Talk while muted/ });
  await talk.focus();
  await page.keyboard.press('Control+Shift+KeyK');
  await expect(talk).toHaveValue('Ctrl+Shift+K');
  await page.keyboard.press('Escape');
  await page
    .getByRole('dialog', { name: 'You have unsaved changes' })
    .getByRole('button', { name: 'Save' })
    .click();
  await expect(settings).toHaveCount(0);
  const saved = await page.evaluate(() => window.__fake?.view.settings);
  expect(saved).toMatchObject({
    sounds: false,
    global_shortcuts: { on: true, mute: 'Ctrl+Alt+M', talk: 'Ctrl+Shift+K' },
  });
  await page.keyboard.press('m');
  await expect(button(page, 'Unmute')).toBeVisible();
});

test('single keys can be turned off, and are then not shown anywhere', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press(',');
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await settings.getByRole('checkbox', { name: 'Single-key shortcuts' }).uncheck();
  await settings.getByRole('button', { name: 'Save' }).click();
  await expect(settings.getByText('Saved')).toBeVisible();
  await settings.getByRole('button', { name: 'Back' }).click();
  await expect(settings).toHaveCount(0);

  await page.keyboard.press('v');
  await page.keyboard.press('m');
  await page.keyboard.press('?');
  await expect(button(page, 'Turn camera off')).toBeVisible();
  await expect(button(page, 'Mute')).toBeVisible();
  await expect(button(page, 'Mute')).not.toHaveAttribute('aria-keyshortcuts');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await button(page, 'More').click();
  await button(page, 'Keyboard shortcuts').click();
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Single-key shortcuts are turned off')).toBeVisible();
  await expect(sheet.getByText('Mute or unmute')).toHaveCount(0);
  await expect(sheet.getByText('Leave the call')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+q');
  await expect(button(page, 'Start a room')).toBeVisible();
});

test('the companion mutes the call and shows its state', async ({ page }) => {
  await page.goto('/?fake=companion');
  await button(page, 'Mute').click();
  const asked = await page.evaluate(() =>
    window.__fake?.calls.filter(({ name }) => name === 'runCallCommand'),
  );
  expect(asked).toEqual([{ name: 'runCallCommand', args: ['toggle_microphone'] }]);
  await page.evaluate(() => {
    const call = window.__fake?.view.call;
    if (call) window.__fake?.push({ call: { ...call, mic: false } });
  });
  await expect(button(page, 'Unmute')).toBeVisible();
});

test('commands of the tray reach the call, and the tray gets its state', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.evaluate(() => window.__fake?.pushCallCommand('toggle_microphone'));
  await expect(button(page, 'Unmute')).toBeVisible();
  await expect.poll(() => page.evaluate(() => window.__fake?.view.call?.mic)).toBe(false);
  await page.evaluate(() => window.__fake?.pushCallCommand('push_to_talk_start'));
  await expect(button(page, 'Mute')).toBeVisible();
  await page.evaluate(() => window.__fake?.pushCallCommand('push_to_talk_stop'));
  await expect(button(page, 'Unmute')).toBeVisible();
  const words = await page.evaluate(
    () => window.__fake?.calls.filter(({ name }) => name === 'setTrayLabels').at(-1)?.args[0],
  );
  expect(words).toMatchObject({ mute: 'Mute', quit: 'Quit' });
});

test('a person who comes while the window is in the background causes a notification and a sound', async ({
  page,
}) => {
  await page.addInitScript(() => {
    document.hasFocus = () => false;
    const heard: number[] = [];
    Object.assign(window, { heard });
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (when) {
      heard.push(this.frequency.value);
      start.call(this, when);
    };
  });
  const notified = () =>
    page.evaluate(() =>
      window.__fake?.calls.filter(({ name }) => name === 'showNotification').map(({ args }) => args[0]),
    );
  const heard = () => page.evaluate(() => (window as unknown as { heard: number[] }).heard.length);
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  expect(await notified()).toEqual([]);
  const peer = {
    name: 'Priya',
    entered: false,
    presence: 'online' as const,
    role: 'answerer' as const,
    guest: false,
    safety_binding: 'b1'.repeat(32),
  };
  const [before] = [await heard()];
  await page.evaluate((peer) => {
    const peers = window.__fake?.view.room?.peers ?? [];
    window.__fake?.pushRoom({ peers: [...peers, { ...peer, id: 'f'.repeat(32) }] });
  }, peer);
  await expect.poll(notified).toEqual([{ title: 'Priya is at the door', show: 'Show' }]);
  await expect.poll(heard).toBeGreaterThan(before);
});
