import { expect, test, type Page } from '@playwright/test';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test.use({ locale: 'en-GB' });

test('the device dialog has picture, level, speaker, test sound and sound processing', async ({ page }) => {
  await page.addInitScript(() => {
    const sinks: string[] = [];
    Object.assign(window, { sinks });
    const { setSinkId } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.setSinkId = function (id) {
      sinks.push(id);
      return setSinkId.call(this, '');
    };
  });
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('d');
  const dialog = page.getByRole('dialog', { name: 'Camera and microphone' });
  await expect(dialog.getByRole('img', { name: 'Camera preview' })).toBeVisible();
  await expect(dialog.getByRole('meter', { name: 'Microphone level' })).toBeVisible();
  await dialog.getByRole('combobox', { name: 'Speakers' }).selectOption('Headset');
  const sinks = () => page.evaluate(() => (window as unknown as { sinks: string[] }).sinks.at(-1));
  await expect.poll(sinks, 'the others are heard there').toBe('headset-out');
  await dialog.getByRole('button', { name: 'Play a test sound' }).click();
  await expect(dialog.getByRole('button', { name: 'Playing…' })).toBeDisabled();
  await expect(dialog.getByRole('button', { name: 'Play a test sound' })).toBeEnabled();
  await dialog.getByRole('checkbox', { name: 'Suppress noise' }).uncheck();
  await page.reload();
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('d');
  await expect(dialog.getByRole('combobox', { name: 'Speakers' })).toHaveValue('headset-out');
  await expect(dialog.getByRole('checkbox', { name: 'Suppress noise' })).not.toBeChecked();
  await expect(dialog.getByRole('checkbox', { name: 'Cancel echo' })).toBeChecked();
});

test('a denied camera names the settings of this system', async ({ page }) => {
  await page.goto('/?fake=lobby-denied');
  await expect(page.getByText("in your system's privacy settings")).toBeVisible();
  await page.evaluate(() => window.__fake?.push({ system: { os: 'windows', wayland: false, apt: false } }));
  await expect(page.getByText('also for desktop apps')).toBeVisible();
  await page.evaluate(() => window.__fake?.push({ system: { os: 'macos', wayland: false, apt: false } }));
  await expect(page.getByText('Allow Parlour in System Settings')).toBeVisible();
});
