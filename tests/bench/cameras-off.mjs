import { openBrowser, openPage, pidsOf } from './browsers.mjs';
import { pageContender } from './contenders/page-contender.mjs';
import { enterButton, parlour } from './contenders/parlour.mjs';
import { shuffled } from './order.mjs';
import { measureUsage } from './processes.mjs';
import { sleep } from '../e2e/harness/wait.mjs';

/** @typedef {import('../e2e/harness/chromium.mjs').Browser} Browser */
/** @typedef {import('../e2e/harness/chromium.mjs').Page} Page */

/** Until what a call starts with is over. */
const SETTLE_MS = 5_000;

/**
 * Measures the CPU of a browser in a call of Parlour with cameras off, and in a bare connection with sound, one after
 * the other in the same two browsers.
 *
 * @param {{ parlourServer: number, relay: number, pages: number, seconds: number }} options ports, and how long each is
 *   measured
 * @returns {Promise<{ app: number, beside: number }>} percent of a core
 */
export async function measureCamerasOff({ parlourServer, relay, pages, seconds }) {
  const [newcomers, members] = await Promise.all([openBrowser(), openBrowser()]);
  const figures = { app: 0, beside: 0 };
  try {
    for (const which of shuffled(/** @type {const} */ (['app', 'beside']))) {
      const contender =
        which === 'app' ? parlour(parlourServer, true) : pageContender('sound-only', pages, relay);
      const opened = /** @type {Page[]} */ ([]);
      const open = async (/** @type {Browser} */ browser) => {
        const page = await openPage(browser);
        opened.push(page);
        return page;
      };
      const { newcomer, member, end } = await contender.prepare({
        openNewcomer: () => open(newcomers),
        openMember: () => open(members),
        delayedPort: (port) => Promise.resolve(port),
      });
      try {
        await enterButton(newcomer).click();
        await waitForCall(which, newcomer, member);
        await sleep(SETTLE_MS);
        const usage = await measureUsage(new Map([['browser', await pidsOf(members)]]), seconds);
        figures[which] = Number(usage.get('browser')?.cpu);
      } finally {
        await end();
        await Promise.all(opened.map((page) => page.context().close()));
      }
    }
  } finally {
    await Promise.all([newcomers.close(), members.close()]);
  }
  return figures;
}

/**
 * Waits until both are in the call, and in Parlour turns their cameras off.
 *
 * @param {'app' | 'beside'} which
 * @param {Page} newcomer
 * @param {Page} member
 */
async function waitForCall(which, newcomer, member) {
  for (const page of [newcomer, member]) {
    if (which === 'beside') {
      await page.getByText('In a call').waitFor();
      continue;
    }
    await page.evaluate(() => window.__bench.shown(1));
    await turnCameraOff(page);
  }
}

/** @param {Page} page */
export const turnCameraOff = (page) =>
  page.getByRole('button', { name: 'Turn camera off', exact: true }).click();
