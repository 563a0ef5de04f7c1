import type { Page } from '@playwright/test';

/** A view in a state of the fake backend. */
export interface Scene {
  name: string;
  fake: string;
  /** Prepares the state, independent of the language. */
  prepare?: (page: Page) => Promise<void>;
}

const settings = (page: Page): Promise<void> => page.locator('header button').first().click();

export const scenes: readonly Scene[] = [
  { name: 'home', fake: 'home' },
  { name: 'home-again', fake: 'again' },
  { name: 'home-left', fake: 'again-left' },
  { name: 'home-notices', fake: 'notices' },
  {
    name: 'home-bad-invite',
    fake: 'home',
    prepare: async (page) => {
      await page.locator('form input').fill('Come in! https://example.org/not-it');
      await page.locator('form button').click();
    },
  },
  {
    name: 'home-relays-off',
    fake: 'home-relays-off',
    prepare: async (page) => {
      await page.locator('form input').fill('parlour://join/~relay.example.org/AUbTn2c0kq1hVx9Zr4WmPwFyQ3');
      await page.locator('form button').click();
    },
  },
  { name: 'home-server', fake: 'settings' },
  { name: 'engine-missing', fake: 'engine-missing' },
  { name: 'settings', fake: 'home', prepare: settings },
  { name: 'settings-servers', fake: 'settings', prepare: settings },
  {
    name: 'settings-unsaved',
    fake: 'home',
    prepare: async (page) => {
      await settings(page);
      await page.locator('main input').first().fill('Mei');
      await page.locator('header button').first().click();
    },
  },
  { name: 'lobby', fake: 'lobby' },
  { name: 'lobby-alone', fake: 'lobby-alone' },
  { name: 'lobby-connecting', fake: 'lobby-connecting' },
  { name: 'lobby-unreachable', fake: 'lobby-unreachable' },
  { name: 'lobby-relays', fake: 'lobby-relays' },
  { name: 'lobby-denied', fake: 'lobby-denied' },
  { name: 'lobby-missing', fake: 'lobby-missing' },
  { name: 'lobby-in-use', fake: 'lobby-in-use' },
  ...Array.from({ length: 8 }, (_, n) => ({ name: `call-${n + 1}`, fake: `call-${n + 1}` })),
  { name: 'call-closed', fake: 'call-closed' },
  { name: 'call-relays-silent', fake: 'call-relays-silent' },
  { name: 'call-relays-left', fake: 'call-relays-left' },
  { name: 'call-mixed', fake: 'call-mixed' },
  { name: 'call-troubled', fake: 'call-troubled' },
  { name: 'call-screen', fake: 'call-screen' },
  { name: 'call-screens', fake: 'call-screens' },
  {
    name: 'call-speaker',
    fake: 'call-6',
    prepare: async (page) => {
      await page.keyboard.press('l');
      await page.keyboard.press('l');
    },
  },
  {
    name: 'call-pinned',
    fake: 'call-4',
    prepare: async (page) => {
      await page.locator('.tile .more').nth(2).click();
      await page.locator('.popup .item').first().click();
    },
  },
  {
    name: 'call-tile-menu',
    fake: 'call-3',
    prepare: (page) => page.locator('.tile .more').first().click(),
  },
  {
    name: 'call-more',
    fake: 'call-3',
    prepare: (page) => page.locator('.bar [aria-haspopup=dialog]:not(.words)').last().click(),
  },
  {
    name: 'call-devices',
    fake: 'call-3',
    prepare: async (page) => {
      await page.locator('.bar').waitFor();
      await page.keyboard.press('d');
    },
  },
  {
    name: 'call-keys',
    fake: 'call-3',
    prepare: async (page) => {
      await page.locator('.bar').waitFor();
      await page.keyboard.press('?');
    },
  },
  {
    name: 'call-settings',
    fake: 'call-3',
    prepare: async (page) => {
      await page.locator('.bar').waitFor();
      await page.keyboard.press(',');
    },
  },
  {
    name: 'call-invite',
    fake: 'call-3',
    prepare: async (page) => {
      await page.locator('.bar').waitFor();
      await page.keyboard.press('i');
      await page.locator('dialog [aria-expanded]').click();
    },
  },
  {
    name: 'call-alone-qr',
    fake: 'call-1',
    prepare: (page) => page.locator('.alone [aria-expanded]').click(),
  },
  {
    name: 'call-chat',
    fake: 'call-chat',
    prepare: async (page) => {
      await page.keyboard.press('c');
      await page.locator('textarea').fill('一会儿见！\nI bring the tulips.');
      await page.keyboard.press('Enter');
      await page.locator('textarea').fill('And');
    },
  },
  { name: 'call-chat-empty', fake: 'call-2', prepare: (page) => page.keyboard.press('c') },
  { name: 'call-chat-news', fake: 'call-chat' },
  { name: 'call-react', fake: 'call-3', prepare: (page) => page.keyboard.press('e') },
  { name: 'call-reactions', fake: 'call-reactions' },
  { name: 'call-sharing', fake: 'call-3', prepare: (page) => page.keyboard.press('s') },
  {
    name: 'call-quality',
    fake: 'call-quality',
    // The mark of a weak link comes with the second bad sample.
    prepare: (page) => page.locator('.quality.weak').waitFor(),
  },
  {
    name: 'call-quality-graphs',
    fake: 'call-quality',
    prepare: async (page) => {
      await page.locator('.quality.weak').waitFor();
      await page.keyboard.press('n');
      await page.locator('dialog [aria-labelledby=check-people] summary').last().click();
      await page.locator('dialog canvas').first().waitFor();
    },
  },
  ...['udp', 'symmetric', 'relays', 'portal', 'clock', 'proxy', 'internet', 'there', 'turn', 'carried'].map(
    (kind) => ({
      name: `check-${kind}`,
      fake: `check-${kind}`,
      prepare: async (page: Page) => {
        await page.locator('.bar').waitFor();
        await page.keyboard.press('n');
        await page.locator('dialog h1').waitFor();
      },
    }),
  ),
  { name: 'call-check-tile', fake: 'check-udp' },
  {
    name: 'lobby-check',
    fake: 'lobby',
    prepare: async (page) => {
      await page.locator('.tools button').first().click();
      await page.locator('dialog h1').waitFor();
    },
  },
  {
    name: 'failed-check',
    fake: 'failed',
    prepare: (page) => page.locator('main > .button').first().click(),
  },
  { name: 'call-safety', fake: 'call-safety' },
  ...['check', 'checked', 'again'].map((kind, n) => ({
    name: `call-safety-${kind}`,
    fake: 'call-safety',
    prepare: (page: Page) => page.locator('.tile [aria-haspopup=dialog]').nth(n).click(),
  })),
  { name: 'call-unchecked', fake: 'call-unchecked' },
  ...['no-certificate', 'no-answer'].map((why, n) => ({
    name: `call-unchecked-${why}`,
    fake: 'call-unchecked',
    prepare: (page: Page) => page.locator('.tile .unchecked').nth(n).click(),
  })),
  { name: 'companion', fake: 'companion' },
  {
    name: 'companion-qr',
    fake: 'companion',
    prepare: (page) => page.locator('.companion [aria-expanded]').click(),
  },
  { name: 'companion-missing', fake: 'companion-missing' },
  { name: 'companion-lobby', fake: 'companion-lobby' },
  { name: 'companion-relays', fake: 'companion-relays' },
  { name: 'companion-opening', fake: 'companion-opening' },
  { name: 'companion-closed', fake: 'companion-closed' },
  { name: 'companion-unreachable', fake: 'companion-unreachable' },
  { name: 'failed', fake: 'failed' },
  { name: 'failed-server', fake: 'failed-server' },
  { name: 'failed-clock', fake: 'failed-clock' },
  { name: 'failed-relays', fake: 'failed-relays' },
  { name: 'failed-proxy', fake: 'failed-proxy' },
  { name: 'failed-proxy-refused', fake: 'failed-proxy-refused' },
  { name: 'failed-full', fake: 'failed-full' },
  { name: 'failed-access', fake: 'failed-access' },
  ...['', '-network', '-relays', '-computer', '-not-encrypted', '-many', '-call'].map((kind) => ({
    name: `pending${kind}`,
    fake: `pending${kind}`,
  })),
  { name: 'call-guests', fake: 'call-guests' },
  { name: 'companion-guests', fake: 'companion-guests' },
  ...['home', 'home-server', 'no-webrtc', 'pending', 'lobby', 'denied', 'alone', 'call', 'failed'].map(
    (kind) => ({ name: `guest-${kind}`, fake: `guest-${kind}` }),
  ),
  { name: 'guest-settings', fake: 'guest-home', prepare: settings },
  { name: 'no-room', fake: 'page-home' },
  { name: 'second-page', fake: 'second-page' },
  { name: 'closed', fake: 'closed' },
  { name: 'closed-by-app', fake: 'closed-by-app' },
];

export const themes = ['light', 'dark'] as const;
export const languages = ['en', 'zh-CN'] as const;

/** Opens a scene and waits for its pictures and animations. */
export async function open(page: Page, scene: Scene): Promise<void> {
  await page.goto(`/?fake=${scene.fake}`);
  await page.locator('h1, .tile').first().waitFor();
  await scene.prepare?.(page);
  if (/^(call|guest-call)/.test(scene.fake)) {
    await page.waitForFunction(() => {
      const playing = [...document.querySelectorAll('video')].filter((video) => video.srcObject);
      return playing.every((video) => video.readyState >= 2);
    });
  }
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .map((a) =>
          a.effect?.getComputedTiming().iterations === Infinity ? null : a.finished.catch(() => null),
        ),
    ),
  );
}
