import { expect, test, type Page } from '@playwright/test';

test.use({ locale: 'en-GB' });

const tile = (page: Page, name: string) => page.getByRole('group', { name, exact: true });

test('two people compare by keyboard, and the result is remembered', async ({ page }) => {
  await page.goto('/?fake=call-safety');
  const check = tile(page, 'Mei').getByRole('button', { name: 'Verify the connection to Mei' });
  await check.focus();
  await page.keyboard.press('Enter');

  const dialog = page.getByRole('dialog', { name: 'Verify the connection to Mei' });
  await expect(dialog.getByRole('list', { name: 'The emoji to compare' }).getByRole('listitem')).toHaveText([
    'Rooster',
    'Penguin',
    'Turtle',
    'Fish',
    'Octopus',
    'Butterfly',
    'Bee',
  ]);
  // A hasty key decides nothing.
  await expect(dialog.getByRole('button', { name: 'Not now' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(check).toBeFocused();

  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'They match' }).press('Enter');
  await expect(dialog).toHaveCount(0);
  const checked = tile(page, 'Mei').getByRole('button', { name: 'Verified: the connection to Mei' });
  await checked.click();
  await expect(dialog).toContainText('You have compared these, and they match.');
  await expect(dialog.getByRole('button', { name: 'Done' })).toBeFocused();
});

test('a new connection asks to be checked again', async ({ page }) => {
  await page.goto('/?fake=call-safety');
  await tile(page, 'Amélie').getByRole('button', { name: 'Verify again' }).click();
  await expect(page.getByRole('dialog')).toContainText(
    'You verified this before, but the connection is a new one',
  );
});

test('different emoji end the connection and say what to do', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await tile(page, 'Mei').getByRole('button', { name: 'Verify the connection to Mei' }).click();
  await page.getByRole('button', { name: "They don't match" }).click();
  await expect(page.getByRole('alert')).toContainText(
    'The connection to Mei was ended, as the emoji differ.',
  );
  await expect(tile(page, 'Mei').getByText('Ended for safety')).toBeVisible();
  await expect(tile(page, 'Mei').getByRole('button', { name: /^Check/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Leave the call' }).click();
  await expect(page.getByRole('button', { name: 'Start a room' })).toBeVisible();
});

test('a connection that led to somebody else ends with an alarm', async ({ page }) => {
  await page.goto('/?fake=call-safety');
  await expect(page.getByRole('alert')).toContainText(
    'The connection to 王小明 was ended: it led to somebody else.',
  );
  await expect(tile(page, '王小明').locator('video')).toHaveJSProperty('srcObject', null);
});

test('a connection that cannot be checked says so, why, and what to do', async ({ page }) => {
  await page.goto('/?fake=call-unchecked');
  const badge = (name: string) =>
    tile(page, name).getByRole('button', { name: `Cannot verify the connection to ${name}` });
  await badge('Mei').click();
  const dialog = page.getByRole('dialog', { name: 'Cannot verify the connection to Mei' });
  await expect(dialog).toContainText(
    'this browser does not tell Parlour which certificate is at the other end',
  );
  await expect(dialog).toContainText('Update the browser that your calls run in');
  await expect(dialog.getByRole('button', { name: 'Done' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(badge('Mei')).toBeFocused();
  await badge('Jonas').click();
  await expect(page.getByRole('dialog')).toContainText('the other side has not answered the check');
  await expect(page.getByRole('dialog')).toContainText('Ask Jonas to update Parlour');
});

test('every emoji has its picture', async ({ page }) => {
  await page.goto('/?fake=call-8');
  const missing: string[] = [];
  page.on('response', (response) => {
    if (!response.ok()) missing.push(response.url());
  });
  for (const check of await page.getByRole('button', { name: /^Verify the connection/ }).all()) {
    await check.click();
    for (const picture of await page.locator('dialog img').all()) {
      await expect
        .poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth))
        .toBeGreaterThan(0);
    }
    await page.keyboard.press('Escape');
  }
  expect(missing).toEqual([]);
});
