/** Space while a control has the focus because of a click. */
import { expect, test, type Page } from '@playwright/test';

test.use({ locale: 'en-GB' });

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const isHeard = (page: Page) => page.evaluate(() => window.__fake?.view.call?.mic);

async function mutedCall(page: Page): Promise<void> {
  await page.goto('/?fake=call-3');
  await button(page, 'Mute').click();
  await expect.poll(() => isHeard(page)).toBe(false);
}

/** Holds Space as a keyboard does, and looks whether one is heard then and after it. */
async function expectTalk(page: Page): Promise<void> {
  await page.keyboard.down('Space');
  await page.keyboard.down('Space');
  await expect.poll(() => isHeard(page), 'heard while held').toBe(true);
  await page.keyboard.up('Space');
  await expect.poll(() => isHeard(page), 'muted after it').toBe(false);
  await expect(button(page, 'Unmute')).toBeVisible();
}

test('Space after a click on Mute talks while it is held', async ({ page }) => {
  await mutedCall(page);
  await expect(button(page, 'Unmute')).toBeFocused();
  await expectTalk(page);
  // Also after another key, which makes browsers show the focus.
  await page.keyboard.press('v');
  await expectTalk(page);
});

test('Space after a click on any other control presses nothing and talks', async ({ page }) => {
  await mutedCall(page);
  await button(page, 'Turn camera off').click();
  await expectTalk(page);
  await expect(button(page, 'Turn camera on')).toBeVisible();
  await button(page, 'Raise hand').click();
  await expectTalk(page);
  await expect(button(page, 'Lower hand')).toBeVisible();

  await test.step('the neighbour of Leave, whose menu is closed by the mouse', async () => {
    await button(page, 'More').click();
    await expect(page.getByRole('dialog', { name: 'More' })).toBeVisible();
    await expectTalk(page);
    await expect(page.getByRole('dialog', { name: 'More' })).toBeVisible();
    await button(page, 'More').click();
    await expect(page.getByRole('dialog', { name: 'More' })).toHaveCount(0);
    await expectTalk(page);
    await expect(page.getByRole('dialog', { name: 'More' })).toHaveCount(0);
  });

  await test.step('a menu opened by a key and closed by a click in it', async () => {
    await page.keyboard.press('e');
    await page.getByRole('button', { name: 'Heart' }).click();
    await expect(button(page, 'React')).toBeFocused();
    await expectTalk(page);
  });

  await test.step('the chat, opened by a click and closed by Escape', async () => {
    await button(page, 'Chat').click();
    await page.keyboard.press('Escape');
    await expect(button(page, 'Chat')).toBeFocused();
    await expectTalk(page);
    await expect(page.getByRole('complementary', { name: 'Chat' })).toHaveCount(0);
  });
  await expect(page.locator('.tile').first()).toBeVisible();
});

test('a button that Tab leads to is pressed by Space, also after it was clicked', async ({ page }) => {
  await mutedCall(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(button(page, 'Unmute')).toBeFocused();
  await page.keyboard.press('Space');
  await expect(button(page, 'Mute')).toBeFocused();
  expect(await isHeard(page)).toBe(true);
});

test('a window that is left while Space is held mutes, and comes back muted', async ({ page }) => {
  await mutedCall(page);
  for (const leave of ['blur', 'hidden', 'Meta'] as const) {
    await page.keyboard.down('Space');
    await expect.poll(() => isHeard(page)).toBe(true);
    if (leave === 'Meta') await page.keyboard.press('Meta');
    else
      await page.evaluate((leave) => {
        if (leave === 'blur') return void window.dispatchEvent(new Event('blur'));
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
        Object.defineProperty(document, 'hidden', { value: false });
      }, leave);
    await expect.poll(() => isHeard(page), leave).toBe(false);
    // The key is still down: it repeats, and goes up on the button.
    await page.keyboard.down('Space');
    await page.keyboard.up('Space');
    await expect(button(page, 'Unmute')).toBeVisible();
    expect(await isHeard(page), leave).toBe(false);
  }
});

test('a Space of an input method, or in the chat, is a letter', async ({ page }) => {
  await mutedCall(page);
  await page.keyboard.press('c');
  const field = page.getByRole('textbox', { name: 'Message', exact: true });
  await field.click();
  await page.keyboard.type('a b');
  await expect(field).toHaveValue('a b');
  await field.evaluate((field) => {
    const space = { key: ' ', code: 'Space', bubbles: true, isComposing: true };
    field.dispatchEvent(new KeyboardEvent('keydown', space));
    document.body.dispatchEvent(new KeyboardEvent('keydown', space));
  });
  expect(await isHeard(page)).toBe(false);

  await test.step('Space that is held when the chat opens goes on talking and writes nothing', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.down('Space');
    await page.keyboard.press('c');
    await expect(field).toBeFocused();
    await page.keyboard.down('Space');
    await expect.poll(() => isHeard(page)).toBe(true);
    await page.keyboard.up('Space');
    await expect.poll(() => isHeard(page)).toBe(false);
    await expect(field).toHaveValue('a b');
  });
});

test('in the window beside the call Space talks, too', async ({ page }) => {
  await page.goto('/?fake=companion');
  await button(page, 'Mute').click();
  await page.evaluate(() => {
    const call = window.__fake?.view.call;
    if (call) window.__fake?.push({ call: { ...call, mic: false } });
  });
  await expect(button(page, 'Unmute')).toBeFocused();
  await page.keyboard.down('Space');
  await page.keyboard.up('Space');
  const asked = () =>
    page.evaluate(() =>
      window.__fake?.calls.filter(({ name }) => name === 'runCallCommand').map(({ args }) => args[0]),
    );
  await expect.poll(asked).toEqual(['toggle_microphone', 'push_to_talk_start', 'push_to_talk_stop']);
});

test('in the lobby Space presses Enter from the start, and talks after a click on Mute', async ({ page }) => {
  await page.goto('/?fake=lobby');
  await expect(button(page, 'Enter')).toBeFocused();
  await button(page, 'Mute').click();
  await expectTalk(page);
  await page.goto('/?fake=home');
  await button(page, 'Start a room').click();
  await expect(button(page, 'Enter')).toBeFocused();
  await page.keyboard.press('Space');
  await expect(button(page, 'Leave')).toBeVisible();
  await expect(button(page, 'Enter')).toHaveCount(0);
});
