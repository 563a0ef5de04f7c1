import fs from 'node:fs';
import path from 'node:path';
import { hostRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { until } from './harness/wait.mjs';
import { descendants, kill, processesOf } from './harness/processes.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('./harness/app-instance.mjs').Parlour} Parlour */

/** @param {CallPage} page */
const chat = ({ page }) => page.getByRole('complementary', { name: 'Chat' });

/**
 * @param {CallPage} page
 * @param {string} text
 */
async function write(page, text) {
  await page.page.getByRole('textbox', { name: 'Message', exact: true }).fill(text);
  await page.page.keyboard.press('Enter');
}

/** @param {CallPage} page */
const written = (page) => chat(page).locator('.bubble').allInnerTexts();

/**
 * A folder whose `xdg-open` writes down what it is asked to open.
 *
 * @param {string} dir
 */
function opener(dir) {
  const opened = path.join(dir, 'opened');
  fs.writeFileSync(path.join(dir, 'xdg-open'), `#!/bin/sh\necho "$@" >> '${opened}'\n`, { mode: 0o755 });
  return {
    env: { PATH: `${dir}:${process.env.PATH}` },
    opened: () => (fs.existsSync(opened) ? fs.readFileSync(opened, 'utf8').trim().split('\n') : []),
  };
}

/**
 * The browser of an instance stands still: to the others it is as if its network were cut.
 *
 * @param {Parlour} parlour
 * @param {'SIGSTOP' | 'SIGCONT'} signal
 */
function signalBrowser(parlour, signal) {
  const [browser] = processesOf(path.join(parlour.dir, 'browser'));
  if (!browser) throw new Error('no browser runs');
  for (const pid of descendants(browser.pid)) kill(pid, signal);
}

test('chat both ways, with a link that opens outside, and a mark for what is unread', async ({
  start,
}, info) => {
  fs.mkdirSync(info.outputDir, { recursive: true });
  const outside = opener(info.outputDir);
  const anna = await start({ profile: 'anna', env: outside.env });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  const b = await ben.page();
  await b.enter('小本');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);

  await test.step('what comes is marked, and read when the chat opens', async () => {
    await b.button('Chat').click();
    await write(b, '看看https://example.com/花园?x=1 吧');
    await write(b, 'two\nlines');
    await expect(a.button('Chat').getByText('2', { exact: true })).toBeVisible();
    await a.button('Chat').click();
    expect(await written(a)).toEqual(['看看https://example.com/花园?x=1 吧', 'two\nlines']);
    await expect(chat(a).getByText('小本')).toBeVisible();
    await expect(a.button('Chat').getByText('2', { exact: true })).toHaveCount(0);
  });

  await test.step('the answer arrives, and what was written is markup to nobody', async () => {
    await write(a, '<b>好</b> & <img src=x onerror=alert(1)>');
    await expect(chat(b).getByText('<b>好</b> & <img src=x onerror=alert(1)>')).toBeVisible();
  });

  await test.step("a link opens in the person's own browser, and nowhere else", async () => {
    const pages = a.page.context().pages().length;
    const link = chat(a).getByRole('link');
    await expect(link).toHaveText('https://example.com/');
    await link.click();
    await until('the link is opened outside', () => outside.opened().length > 0);
    expect(outside.opened()).toEqual(['https://example.com/']);
    expect(a.page.context().pages()).toHaveLength(pages);
    await expect(a.button('Leave')).toBeVisible();
  });

  await test.step('Escape closes the chat', async () => {
    await a.page.getByRole('textbox', { name: 'Message', exact: true }).focus();
    await a.page.keyboard.press('Escape');
    await expect(chat(a)).toHaveCount(0);
  });

  await test.step('who leaves keeps the name on what was said', async () => {
    await a.button('Chat').click();
    await b.leave();
    await expect(a.tile('小本')).toHaveCount(0);
    await expect(chat(a).getByText('小本')).toBeVisible();
    expect(await written(a)).toHaveLength(3);
  });
});

test('a message to who is reconnecting waits, and arrives once', async ({ start }) => {
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await start({ profile: 'ben', link: await anna.invite() });
  const b = await ben.page();
  await b.enter('Ben');
  await Promise.all([a.media(1, 5), b.media(1, 5)]);
  await a.button('Chat').click();
  await write(a, 'before');
  await b.button('Chat').click();
  await expect(chat(b).getByText('before')).toBeVisible();

  signalBrowser(ben, 'SIGSTOP');
  try {
    await expect(a.tile('Ben').getByText('Reconnecting to Ben…')).toBeVisible({ timeout: 20_000 });
    await write(a, 'meanwhile');
    await write(a, 'and more');
    await expect(chat(a).getByText('Waits for Ben')).toHaveCount(2);
  } finally {
    signalBrowser(ben, 'SIGCONT');
  }
  await expect(chat(b).getByText('and more')).toBeVisible({ timeout: 30_000 });
  await expect(chat(a).getByText('Waits for Ben')).toHaveCount(0);
  await Promise.all([a.media(1), b.media(1)]);
  await write(b, 'after');
  await expect(chat(a).getByText('after')).toBeVisible();
  expect(await written(b)).toEqual(['before', 'meanwhile', 'and more', 'after']);
  expect(await written(a)).toEqual(['before', 'meanwhile', 'and more', 'after']);
});

test('reactions and raised hands are seen by all; who comes later does not see what was written', async ({
  start,
}) => {
  test.setTimeout(150_000);
  const anna = await start({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const ben = await start({ profile: 'ben', link: invite });
  const b = await ben.page();
  await b.enter('Ben');
  await Promise.all([a.media(1, 1), b.media(1, 1)]);

  await test.step('a reaction rises over the tile of who sent it, and goes', async () => {
    await b.button('React').click();
    await b.button('Applause').click();
    await expect(a.tile('Ben').locator('[data-reaction=clap]')).toBeAttached();
    await expect(b.tile('You').locator('[data-reaction=clap]')).toBeAttached();
    await expect(a.page.locator('[data-reaction]')).toHaveCount(0);
  });

  await test.step('hands stand in the order in which they were raised', async () => {
    await b.page.keyboard.press('h');
    await expect(a.tile('Ben').getByText('Hand raised')).toBeAttached();
    await a.button('Raise hand').click();
    await expect(a.tile('Ben').getByText('Hand raised, number 1')).toBeAttached();
    await expect(b.tile('Anna').getByText('Hand raised, number 2')).toBeAttached();
    await b.button('Lower hand').click();
    await expect(a.tile('Ben').getByText(/^Hand raised/)).toHaveCount(0);
  });

  await test.step('somebody can be mute for oneself alone', async () => {
    const silent = () =>
      a.page.evaluate(() => [...document.querySelectorAll('audio')].every(({ muted }) => muted));
    expect(await silent()).toBe(false);
    await a.button('More about Ben').click();
    await a.button('Mute for me').click();
    await expect(a.tile('Ben').getByText('Muted for you')).toBeAttached();
    expect(await silent()).toBe(true);
    await expect(b.button('Mute')).toBeVisible();
    await a.page.keyboard.press('Escape');
  });

  await test.step('who comes later sees the hand, but nothing that was written before', async () => {
    await a.button('Chat').click();
    await write(a, 'before Chen');
    const chen = await start({ profile: 'chen', link: invite });
    const c = await chen.page();
    await c.enter('Chen');
    await expect(c.tile('Anna').getByText('Hand raised')).toBeAttached();
    await c.button('Chat').click();
    await expect(chat(c).getByText('Nothing written yet')).toBeVisible();
    await expect(a.tile('Chen')).toBeVisible();
    await write(a, 'after Chen');
    await expect(chat(c).getByText('after Chen')).toBeVisible();
    expect(await written(c)).toEqual(['after Chen']);
  });
});
