import { expect, test, type Page } from '@playwright/test';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const chat = (page: Page) => page.getByRole('complementary', { name: 'Chat' });
const field = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const said = (page: Page) => page.locator('[aria-live=polite]').last();
const asked = (page: Page, name: string) =>
  page.evaluate((name) => window.__fake?.calls.filter((call) => call.name === name), name);

test.use({ locale: 'en-GB' });

test('the chat opens with a key, marks messages as read, and Escape returns the focus', async ({ page }) => {
  await page.goto('/?fake=call-chat');
  await expect(button(page, 'Chat').getByText('3')).toBeVisible();
  await button(page, 'Chat').focus();
  await page.keyboard.press('c');
  await expect(field(page)).toBeFocused();
  await expect(button(page, 'Chat').getByText('3')).toHaveCount(0);
  await expect(chat(page).getByText('周六下午三点见？')).toBeVisible();
  // Shortcut keys are letters in the text field.
  await page.keyboard.type('cmv');
  await expect(field(page)).toHaveValue('cmv');
  await page.keyboard.press('Escape');
  await expect(chat(page)).toHaveCount(0);
  await expect(button(page, 'Chat')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(field(page)).toHaveValue('cmv');
});

test('links are complete and open outside the page only', async ({ page, context }) => {
  await page.goto('/?fake=call-chat');
  await button(page, 'Chat').click();
  const links = chat(page).getByRole('link');
  const shown = 'https://example.org/garden/spring?bed=3#tulips';
  await expect(links).toHaveText([shown, 'mei@example.org', 'https://example.com/']);
  for (const link of await links.all()) await link.click();
  await links.first().click({ modifiers: ['ControlOrMeta'] });
  await links.first().press('Enter');
  // The browser itself knows no link that it could open in the page.
  for (const name of ['middle', 'right'] as const) await links.first().click({ button: name });
  await expect(page.locator('[href]:not(link), [draggable=true]')).toHaveCount(0);
  const opened = (await asked(page, 'openExternalUrl')) ?? [];
  expect(opened.map(({ args }) => args[0])).toEqual([
    shown,
    'mailto:mei@example.org',
    'https://example.com/',
    shown,
    shown,
  ]);
  expect(context.pages()).toHaveLength(1);
});

test('Enter sends, Shift+Enter starts a line, and an input method sends nothing', async ({ page }) => {
  await page.goto('/?fake=call-chat');
  await button(page, 'Chat').click();
  await expect(button(page, 'Send')).toBeDisabled();
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
    await field(page).evaluate(
      (field, init) =>
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, ...init })),
      init,
    );
  }
  await expect(field(page)).toHaveValue('one\ntwo');
  await page.keyboard.press('Enter');
  await expect(field(page)).toHaveValue('');
  await expect(field(page)).toBeFocused();
  await expect(chat(page).getByText('one\ntwo')).toBeVisible();
  // One of the four is reconnecting.
  await expect(chat(page).getByText('Waiting for Amélie')).toBeVisible();
  await page.keyboard.type('   ');
  await page.keyboard.press('Enter');
  await expect(chat(page).locator('.mine .bubble')).toHaveCount(1);
});

test('a new message is announced, counted, and shown for a while', async ({ page }) => {
  await page.goto('/?fake=call-chat');
  await expect(said(page)).toHaveText(/^(Mei|王小明) writes: /);
  const bubble = page.locator('.bubble');
  await expect(bubble).toBeVisible();
  await bubble.click();
  await expect(chat(page)).toBeVisible();
  await expect(page.locator('button.bubble')).toHaveCount(0);
});

test('an empty chat says who will read it; alone there is no chat', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Chat').click();
  await expect(chat(page).getByText('People who come later do not see it.')).toBeVisible();
  await page.goto('/?fake=call-1');
  await expect(button(page, 'Leave')).toBeVisible();
  await expect(button(page, 'Chat')).toHaveCount(0);
});

test('reactions and hands are shown on the tile and announced', async ({ page }) => {
  await page.goto('/?fake=call-reactions');
  await expect(page.getByRole('group', { name: 'Mei' }).locator('[data-reaction=clap]')).toBeAttached();
  await expect(page.getByRole('group', { name: 'Jonas' }).getByText('Hand raised, number 1')).toBeAttached();
  await expect(page.getByRole('group', { name: 'Amélie' }).getByText('Hand raised, number 2')).toBeAttached();
  await page.keyboard.press('h');
  await expect(page.getByRole('group', { name: 'You' }).getByText('Hand raised, number 3')).toBeAttached();
  await button(page, 'Lower hand').click();
  await expect(button(page, 'Raise hand')).toBeVisible();

  await page.keyboard.press('e');
  await expect(button(page, 'Thumbs up')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(button(page, 'Heart')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('group', { name: 'You' }).locator('[data-reaction=heart]')).toBeVisible();
  await expect(button(page, 'React')).toBeFocused();
  await expect(page.locator('[data-reaction]')).toHaveCount(0, { timeout: 10_000 });
});

test('a shared screen is marked and can be stopped at its banner', async ({ page }) => {
  await page.goto('/?fake=call-3');
  await button(page, 'Share screen').click();
  await expect(page.getByText('You are sharing your screen.')).toBeVisible();
  await page.getByRole('radio', { name: 'Video' }).check();
  await button(page, 'Stop').click();
  await expect(page.getByText('You are sharing your screen.')).toHaveCount(0);
  await page.keyboard.press('s');
  await button(page, 'Stop sharing').click();
  await expect(button(page, 'Share screen')).toBeVisible();
});

test('a system that refuses sharing is explained', async ({ page }) => {
  await page.goto('/?fake=call-denied');
  await button(page, 'Share screen').click();
  await expect(page.getByText('The system does not let Parlour see the screen.')).toBeVisible();
});

test('the newest message stays visible unless the person has scrolled up', async ({ page }) => {
  await page.setViewportSize({ width: 900, height: 480 });
  await page.goto('/?fake=call-2');
  await button(page, 'Chat').click();
  const nth = (n: number) => chat(page).getByText(`message ${n}.`, { exact: true });
  for (let n = 1; n <= 12; n += 1) {
    await field(page).fill(`message ${n}.`);
    await page.keyboard.press('Enter');
  }
  await expect(nth(12)).toBeInViewport({ ratio: 1 });
  await page.setViewportSize({ width: 360, height: 480 });
  await expect(nth(12)).toBeInViewport({ ratio: 1 });
  await page.getByRole('group', { name: 'Messages' }).focus();
  await expect(async () => {
    await page.keyboard.press('Home');
    await expect(nth(1)).toBeInViewport({ timeout: 1_000 });
  }).toPass();
  await button(page, 'Newer messages').click();
  await expect(nth(12)).toBeInViewport({ ratio: 1 });
  await expect(button(page, 'Newer messages')).toHaveCount(0);
});

test('a thousand messages that are made to be slow open at once', async ({ page }) => {
  await page.goto('/?fake=call-chat-worst');
  await expect(button(page, 'Chat').getByText(/99|1000/)).toBeVisible();
  const opening = () =>
    page.evaluate(async () => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      await frame();
      const begun = performance.now();
      document.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', code: 'KeyC', bubbles: true }));
      while (!document.querySelector('aside .bubble')) await frame();
      await frame();
      await new Promise((done) => setTimeout(done));
      return performance.now() - begun;
    });
  const times: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    times.push(await opening());
    await expect(chat(page)).toContainText('999 ');
    await page.keyboard.press('Escape');
    await expect(chat(page)).toHaveCount(0);
  }
  test.info().annotations.push({ type: 'opening', description: times.map((ms) => ms.toFixed(0)).join(' ') });
  expect(Math.min(...times), String(times)).toBeLessThan(200);
});

test('older messages appear when the person scrolls to them, and the page stays small', async ({ page }) => {
  await page.goto('/?fake=call-chat-worst');
  await button(page, 'Chat').click();
  const bubbles = chat(page).locator('.bubble');
  await expect(bubbles).toHaveCount(40);
  const list = page.getByRole('group', { name: 'Messages' });
  await expect(async () => {
    await list.evaluate((list) => list.scrollTo({ top: -list.scrollHeight }));
    expect((await bubbles.first().textContent())?.slice(0, 2)).toBe('0 ');
  }).toPass();
  await button(page, 'Newer messages').click();
  await expect(bubbles).toHaveCount(40);

  // Short messages in a tall window.
  await page.setViewportSize({ width: 900, height: 4_000 });
  await page.goto('/?fake=call-2');
  await button(page, 'Chat').click();
  for (let n = 1; n <= 60; n += 1) {
    await field(page).fill(`message ${n}.`);
    await page.keyboard.press('Enter');
  }
  await expect(chat(page).getByText('message 1.', { exact: true })).toBeInViewport();
});

test('in a narrow window the messages behind More are counted at More', async ({ page }) => {
  await page.setViewportSize({ width: 300, height: 480 });
  await page.goto('/?fake=call-chat');
  await expect(button(page, 'Chat')).toHaveCount(0);
  await expect(button(page, 'More').getByText('3')).toBeVisible();
});

test('a pasted text that is too long stays whole, and the field says by how much', async ({ page }) => {
  await page.goto('/?fake=call-2');
  await button(page, 'Chat').click();
  const text = 'a'.repeat(6_000);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    document.execCommand('insertText', false, data.getData('text/plain'));
  }, text);
  await expect(field(page)).toHaveValue(text);
  await expect(field(page)).toHaveAccessibleDescription(/^Too long by 2000 characters\./);
  await expect(button(page, 'Send')).toBeDisabled();
  await field(page).press('Enter');
  await expect(field(page)).toHaveValue(text);
  await field(page).fill(text.slice(0, 4_000));
  await button(page, 'Send').click();
  await expect(field(page)).toHaveValue('');
});
