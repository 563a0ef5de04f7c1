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

  await test.step('a window that loses the keyboard hushes', async () => {
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

test('a question mark shows the keys of what can be done now, and they do it', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Mute or unmute')).toBeVisible();
  await expect(sheet.getByText('Talk while muted')).toBeVisible();
  await test.step('behind a dialog nothing is pressed', async () => {
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

test('in the lobby the sheet knows what a lobby can', async ({ page }) => {
  await page.goto('/?fake=lobby');
  await button(page, 'Mute').waitFor();
  await page.keyboard.press('Shift+Slash');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Mute or unmute')).toBeVisible();
  await expect(sheet.getByText('Leave the call')).toHaveCount(0);
});
