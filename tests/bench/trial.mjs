import { sleep } from '../e2e/harness/wait.mjs';
import { enterButton } from './contenders/parlour.mjs';

/** @typedef {import('../e2e/harness/chromium.mjs').Page} Page */
/** @typedef {import('./probe/probe.mjs').Measured} Measured */

/**
 * What a contender gets: a page in the browser of each person, and a port that leads to a server with the trial's delay.
 *
 * @typedef {object} Stage
 * @property {() => Promise<Page>} openNewcomer
 * @property {() => Promise<Page>} openMember
 * @property {(port: number) => Promise<number>} delayedPort
 */

/**
 * A way to set up a call. `prepare` ends when the member is in the room and the newcomer's page has, or is about to
 * have, the button *Enter*.
 *
 * @typedef {object} Contender
 * @property {boolean} hasLobby whether the newcomer stays a moment before *Enter*
 * @property {(stage: Stage) => Promise<{ newcomer: Page, member: Page, end: () => Promise<void> }>} prepare
 */

/**
 * One side of a call, in milliseconds from the newcomer's *Enter*. Each is null when it did not happen.
 *
 * @typedef {object} Side
 * @property {number} shown a person sees the first remote frame
 * @property {number} presented the first remote frame was presented, seen or not
 * @property {number | null} connected
 * @property {number | null} media the camera was given
 * @property {number | null} localDescription
 * @property {number | null} remoteDescription
 * @property {number} width of the first frame
 */

/** The stay in the lobby. Every contender gets it, so that what was started has come to rest. */
const LOBBY_MS = 1_000;
const TIMEOUT_MS = 20_000;

/**
 * Holds one call.
 *
 * @param {Contender} contender
 * @param {Stage} stage
 * @returns {Promise<{ newcomer: Side, member: Side }>}
 */
export async function holdCall(contender, stage) {
  const { newcomer, member, end } = await contender.prepare(stage);
  try {
    const enter = enterButton(newcomer);
    if (contender.hasLobby) {
      await enter.waitFor();
      await sleep(LOBBY_MS);
    }
    const isOnePage = newcomer === member;
    await enter.click();
    await within(
      TIMEOUT_MS,
      isOnePage ? whenShown(newcomer, 2) : Promise.all([whenShown(newcomer, 1), whenShown(member, 1)]),
    );
    const atNewcomer = await measured(newcomer);
    const atMember = isOnePage ? atNewcomer : await measured(member);
    const { enter: start } = atNewcomer;
    if (start === null) throw new Error('the probe has not seen the click on Enter');
    return {
      newcomer: side(atNewcomer, start, isOnePage ? 'remote' : undefined),
      member: side(atMember, start, isOnePage ? 'member' : undefined),
    };
  } finally {
    await end();
  }
}

/** @param {Page} page @param {number} count */
const whenShown = (page, count) => page.evaluate((count) => window.__bench.shown(count), count);

/** @param {Page} page */
const measured = (page) => page.evaluate(() => window.__bench.measured);

/**
 * @param {number} ms
 * @param {Promise<unknown>} promise
 */
async function within(ms, promise) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const timeout = new Promise((_, failed) => {
    timer = setTimeout(() => failed(new Error(`no remote picture was shown within ${ms} ms`)), ms);
  });
  await Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

/**
 * @param {Measured} measured
 * @param {number} start
 * @param {string} [video] its name, where the page has several remote ones
 * @returns {Side}
 */
function side(measured, start, video) {
  const videos = Object.entries(measured.videos)
    .filter(([name]) => !video || name === video)
    .map(([, entry]) => entry);
  const shown = videos
    .filter((entry) => entry.shown !== null)
    .sort((a, b) => Number(a.shown) - Number(b.shown))[0];
  if (!shown) throw new Error('no remote picture was shown');
  const since = (/** @type {number | null | undefined} */ at) =>
    at === null || at === undefined ? null : Math.round((at - start) * 10) / 10;
  return {
    shown: Number(since(shown.shown)),
    presented: Number(since(Math.min(...videos.map(({ presented }) => presented)))),
    connected: since(measured.connected),
    media: since(measured.media.at(-1)),
    localDescription: since(measured.localDescriptions.at(-1)),
    remoteDescription: since(measured.remoteDescriptions.at(-1)),
    width: shown.width,
  };
}
