import fs from 'node:fs';
import path from 'node:path';
import { hostRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { waitFor } from './harness/wait.mjs';
import { processTree, kill, processesNaming } from './harness/processes.mjs';

/** @typedef {import('./harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('./harness/app-instance.mjs').AppInstance} AppInstance */

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
const messagesIn = (page) => chat(page).locator('.bubble').allInnerTexts();

/**
 * Puts an `xdg-open` into this folder that records what it is asked to open.
 *
 * @param {string} dir
 */
function installXdgOpen(dir) {
  const opened = path.join(dir, 'opened');
  fs.writeFileSync(path.join(dir, 'xdg-open'), `#!/bin/sh\necho "$@" >> '${opened}'\n`, { mode: 0o755 });
  return {
    env: { PATH: `${dir}:${process.env.PATH}` },
    opened: () => (fs.existsSync(opened) ? fs.readFileSync(opened, 'utf8').trim().split('\n') : []),
  };
}

/**
 * Pauses or resumes the browser of an instance. To the others a paused browser looks like a network that is cut.
 *
 * @param {AppInstance} instance
 * @param {'SIGSTOP' | 'SIGCONT'} signal
 */
function signalBrowser(instance, signal) {
  const [browser] = processesNaming(`--user-data-dir=${instance.dir}/`);
  if (!browser) throw new Error('no browser is running');
  for (const pid of processTree(browser.pid)) kill(pid, signal);
}

test('chat works both ways, opens links outside, and counts unread messages', async ({ startApp }, info) => {
  fs.mkdirSync(info.outputDir, { recursive: true });
  const xdgOpen = installXdgOpen(info.outputDir);
  const anna = await startApp({ profile: 'anna', env: xdgOpen.env });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  const b = await ben.callPage();
  await b.enter('小本');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);

  await test.step('unread messages are counted until the chat is opened', async () => {
    await b.button('Chat').click();
    await write(b, '看看https://example.com/花园?x=1 吧');
    await write(b, 'two\nlines');
    await expect(a.button('Chat').getByText('2', { exact: true })).toBeVisible();
    await a.button('Chat').click();
    expect(await messagesIn(a)).toEqual(['看看https://example.com/花园?x=1 吧', 'two\nlines']);
    await expect(chat(a).getByText('小本')).toBeVisible();
    await expect(a.button('Chat').getByText('2', { exact: true })).toHaveCount(0);
  });

  await test.step('the answer arrives, and markup in it is shown as text', async () => {
    await write(a, '<b>好</b> & <img src=x onerror=alert(1)>');
    await expect(chat(b).getByText('<b>好</b> & <img src=x onerror=alert(1)>')).toBeVisible();
  });

  await test.step("a link opens in the person's own browser, and nowhere else", async () => {
    const pages = a.page.context().pages().length;
    const link = chat(a).getByRole('link');
    await expect(link).toHaveText('https://example.com/');
    await link.click();
    await waitFor('the link is opened outside', () => xdgOpen.opened().length > 0);
    expect(xdgOpen.opened()).toEqual(['https://example.com/']);
    expect(a.page.context().pages()).toHaveLength(pages);
    await expect(a.button('Leave')).toBeVisible();
  });

  await test.step('Escape closes the chat', async () => {
    await a.page.getByRole('textbox', { name: 'Message', exact: true }).focus();
    await a.page.keyboard.press('Escape');
    await expect(chat(a)).toHaveCount(0);
  });

  await test.step('the messages of a person who has left keep the name', async () => {
    await a.button('Chat').click();
    await b.leave();
    await expect(a.tile('小本')).toHaveCount(0);
    await expect(chat(a).getByText('小本')).toBeVisible();
    expect(await messagesIn(a)).toHaveLength(3);
  });
});

test('a message to a person who is reconnecting waits, and arrives once', async ({ startApp }) => {
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const ben = await startApp({ profile: 'ben', link: await anna.invite() });
  const b = await ben.callPage();
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 5), b.waitForMedia(1, 5)]);
  await a.button('Chat').click();
  await write(a, 'before');
  await b.button('Chat').click();
  await expect(chat(b).getByText('before')).toBeVisible();

  signalBrowser(ben, 'SIGSTOP');
  try {
    await expect(a.tile('Ben').getByText('Reconnecting to Ben…')).toBeVisible({ timeout: 20_000 });
    await write(a, 'meanwhile');
    await write(a, 'and more');
    await expect(chat(a).getByText('Waiting for Ben')).toHaveCount(2);
  } finally {
    signalBrowser(ben, 'SIGCONT');
  }
  await expect(chat(b).getByText('and more')).toBeVisible({ timeout: 30_000 });
  await expect(chat(a).getByText('Waiting for Ben')).toHaveCount(0);
  await Promise.all([a.waitForMedia(1), b.waitForMedia(1)]);
  await write(b, 'after');
  await expect(chat(a).getByText('after')).toBeVisible();
  expect(await messagesIn(b)).toEqual(['before', 'meanwhile', 'and more', 'after']);
  expect(await messagesIn(a)).toEqual(['before', 'meanwhile', 'and more', 'after']);
});

test('everybody sees reactions and raised hands, and a newcomer sees no earlier messages', async ({
  startApp,
}) => {
  test.setTimeout(150_000);
  const anna = await startApp({ profile: 'anna' });
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const ben = await startApp({ profile: 'ben', link: invite });
  const b = await ben.callPage();
  await b.enter('Ben');
  await Promise.all([a.waitForMedia(1, 1), b.waitForMedia(1, 1)]);

  await test.step("a reaction rises over its sender's tile and disappears", async () => {
    await b.button('React').click();
    await b.button('Applause').click();
    await expect(a.tile('Ben').locator('[data-reaction=clap]')).toBeAttached();
    await expect(b.tile('You').locator('[data-reaction=clap]')).toBeAttached();
    await expect(a.page.locator('[data-reaction]')).toHaveCount(0);
  });

  await test.step('raised hands are numbered in order', async () => {
    await b.page.keyboard.press('h');
    await expect(a.tile('Ben').getByText('Hand raised')).toBeAttached();
    await a.button('Raise hand').click();
    await expect(a.tile('Ben').getByText('Hand raised, number 1')).toBeAttached();
    await expect(b.tile('Anna').getByText('Hand raised, number 2')).toBeAttached();
    await b.button('Lower hand').click();
    await expect(a.tile('Ben').getByText(/^Hand raised/)).toHaveCount(0);
  });

  await test.step('Mute for me mutes a person on this computer only', async () => {
    const isSilent = () =>
      a.page.evaluate(() => [...document.querySelectorAll('audio')].every(({ muted }) => muted));
    expect(await isSilent()).toBe(false);
    await a.button('More about Ben').click();
    await a.button('Mute for me').click();
    await expect(a.tile('Ben').getByText('Muted for you')).toBeAttached();
    expect(await isSilent()).toBe(true);
    await expect(b.button('Mute')).toBeVisible();
    await a.page.keyboard.press('Escape');
  });

  await test.step('a newcomer sees the raised hand, but no earlier messages', async () => {
    await a.button('Chat').click();
    await write(a, 'before Chen');
    const chen = await startApp({ profile: 'chen', link: invite });
    const c = await chen.callPage();
    await c.enter('Chen');
    await expect(c.tile('Anna').getByText('Hand raised')).toBeAttached();
    await c.button('Chat').click();
    await expect(chat(c).getByText('Nothing written yet')).toBeVisible();
    await expect(a.tile('Chen')).toBeVisible();
    await write(a, 'after Chen');
    await expect(chat(c).getByText('after Chen')).toBeVisible();
    expect(await messagesIn(c)).toEqual(['after Chen']);
  });
});
