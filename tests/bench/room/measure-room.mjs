import { openBrowser, pidsOf } from '../browsers.mjs';
import { measureUsage } from '../processes.mjs';
import { limitUplink } from './narrow-uplink.mjs';
import { sleep } from '../../e2e/harness/wait.mjs';

/**
 * The bytes and frames that have come to a receiver; see `ui/tests/rtc/room-cost/receivers.ts`.
 *
 * @typedef {Record<'width' | 'height' | 'frames' | 'frozen' | 'samples' | 'concealed' | 'emitted' | 'waited', number>} Arrived
 */

/**
 * A room, as its sender pays for it and as each of the others sees and hears it.
 *
 * @typedef {object} Room
 * @property {number} people
 * @property {number} cpu of the sender's whole browser, in percent of a core
 * @property {number} uplink in bits a second
 * @property {Received[]} received
 */

/**
 * @typedef {object} Received
 * @property {string} picture its size
 * @property {number} frames a second
 * @property {number} frozen the part of the time
 * @property {number} concealed the part of the sound that did not come in time
 * @property {number} wait of the sound before it is played, in milliseconds
 */

/** Links have found out what the path carries, and the tiles have their sizes. */
const SETTLE_MS = 15_000;
/** A bound of the uplink is found in two steps of some ten seconds. */
const SETTLE_BEHIND_BOUND_MS = 40_000;

/**
 * @param {object} options
 * @param {string} options.origin where the pages are
 * @param {number} options.people
 * @param {number} options.seconds
 * @param {{ kbit: number, camera: string } | null} options.narrow the bound, and the camera's file
 * @returns {Promise<Room>}
 */
export async function measureRoom({ origin, people, seconds, narrow }) {
  const camera = narrow
    ? `--use-file-for-fake-video-capture=${narrow.camera}`
    : '--use-fake-device-for-media-stream=fps=30';
  const [mine, theirs] = await Promise.all([openBrowser([camera]), openBrowser()]);
  try {
    const permissions = ['camera', 'microphone'];
    const page = await mine.newPage({ permissions, viewport: { width: 1280, height: 800 } });
    const others = await theirs.newPage({ permissions });
    await page.exposeFunction('carry', (/** @type {Carried} */ event) =>
      others.evaluate((event) => window.receivers.receiveSignal(event), event),
    );
    await others.exposeFunction('carry', (/** @type {Carried} */ event) =>
      page.evaluate((event) => window.sender.receiveSignal(event), event),
    );
    await page.goto(`${origin}/tests/rtc/room-cost/sender.html`);
    await others.goto(`${origin}/tests/rtc/room-cost/receivers.html`);
    await page.waitForFunction(() => 'sender' in window);
    await others.waitForFunction(() => 'receivers' in window);
    await page.evaluate(() => window.sender.open());
    for (let n = 0; n < people - 1; n += 1) {
      await page.evaluate((n) => window.sender.come(n), n);
      await others.evaluate(
        ([n, people]) => window.receivers.come(n, people),
        /** @type {const} */ ([n, people]),
      );
    }
    await others.waitForFunction((count) => window.receivers.connected() >= count, people - 1);
    if (narrow) limitUplink(narrow.kbit);
    await sleep(narrow ? SETTLE_BEHIND_BOUND_MS : SETTLE_MS);

    const before = await others.evaluate(() => window.receivers.arrived());
    const sentBefore = await page.evaluate(() => window.sender.sentBytes());
    const start = performance.now();
    const usage = await measureUsage(new Map([['browser', await pidsOf(mine)]]), seconds);
    const took = (performance.now() - start) / 1_000;
    const sent = (await page.evaluate(() => window.sender.sentBytes())) - sentBefore;
    const after = await others.evaluate(() => window.receivers.arrived());
    return {
      people,
      cpu: Number(usage.get('browser')?.cpu),
      uplink: (8 * sent) / took,
      received: after.map((arrived, n) => received(before[n] ?? arrived, arrived, took)),
    };
  } finally {
    if (narrow) limitUplink(null);
    await Promise.all([mine.close(), theirs.close()]);
  }
}

/**
 * @param {Arrived} before
 * @param {Arrived} after
 * @param {number} seconds
 * @returns {Received}
 */
function received(before, after, seconds) {
  const grown = (/** @type {keyof Arrived} */ key) => after[key] - before[key];
  return {
    picture: `${after.width}×${after.height}`,
    frames: grown('frames') / seconds,
    frozen: grown('frozen') / seconds,
    // Without a sample nothing was heard.
    concealed: grown('samples') > 0 ? grown('concealed') / grown('samples') : 1,
    wait: grown('emitted') > 0 ? (1_000 * grown('waited')) / grown('emitted') : Infinity,
  };
}
