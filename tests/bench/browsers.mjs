import { launchChromium } from '../e2e/harness/chromium.mjs';
import { PROBE } from './probe/probe.mjs';

/** @typedef {import('../e2e/harness/chromium.mjs').Browser} Browser */

const FLAGS = [
  '--headless=new',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // As Parlour starts its browser.
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-features=Translate,OptimizationHints,MediaRouter,WebRtcHideLocalIpsWithMdns',
];

/**
 * Starts a fresh browser.
 *
 * @param {string[]} flags more of them
 */
export function openBrowser(flags = []) {
  return launchChromium({
    args: [...FLAGS, ...flags],
    headless: false,
    // Playwright would start the old headless mode, and play no sound.
    ignoreDefaultArgs: ['--headless', '--mute-audio'],
  });
}

/**
 * Opens a page with the probe, in a profile of its own.
 *
 * @param {Browser} browser
 */
export async function openPage(browser) {
  const context = await browser.newContext({ viewport: { width: 960, height: 720 }, locale: 'en' });
  await context.addInitScript({ content: PROBE });
  return context.newPage();
}

/**
 * The processes of a browser.
 *
 * @param {Browser} browser
 */
export async function pidsOf(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.map(({ id }) => id);
}
