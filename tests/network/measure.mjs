import { until } from '../e2e/harness/wait.mjs';

/** @typedef {import('../e2e/harness/call-page.mjs').CallPage} CallPage */
/**
 * @typedef {object} Seen
 * @property {number} now
 * @property {{ at: number, received: number, peer: string }[]} frames
 * @property {{ at: number, received: number, track: string, heard: number }[]} sounds
 * @property {{ at: number, what: string }[]} events
 */
/**
 * Milliseconds from the end of a disturbance: of the slower side, and of each.
 *
 * @typedef {{ sound: number, picture: number, sides?: { sound: number, picture: number }[] }} Back
 */

const LISTEN_MS = 100;
/** What is back stays back for so long. */
const STEADY_MS = 1_000;
/** So much of that second, of a picture of 15 frames a second and of sound. */
const STEADY_FRAMES = 6;
const STEADY_SECONDS = 0.5;

/** From now on the page keeps what is heard. @param {CallPage} page */
export const listen = ({ page }) =>
  page.evaluate((every) => /** @type {any} */ (window).__probe.listen(every), LISTEN_MS);

/**
 * @param {CallPage} page
 * @param {number} since
 * @returns {Promise<Seen>}
 */
export const seenSince = ({ page }, since) =>
  page.evaluate((from) => /** @type {any} */ (window).__probe.since(from), since);

/**
 * When the first frame was shown that had come after that moment, and that others followed.
 *
 * @param {Seen} seen
 * @param {number} since
 */
export function pictureBack({ frames }, since, from = (/** @type {string} */ peer) => peer !== '') {
  const fresh = frames.filter(({ received, peer }) => received > since && from(peer)).map(({ at }) => at);
  return fresh.find((at) => fresh.filter((one) => one >= at && one < at + STEADY_MS).length >= STEADY_FRAMES);
}

/**
 * When sound was heard that had come after that moment, and more followed.
 *
 * @param {Seen} seen
 * @param {number} since
 */
export function soundBack({ sounds }, since) {
  /** @type {Map<string, number>} */
  const before = new Map();
  const heard = sounds.map(({ at, received, track, heard }) => {
    const more = heard - (before.get(track) ?? 0);
    before.set(track, heard);
    return { at, more: received > since ? more : 0 };
  });
  return heard.find(({ at, more }) => {
    const then = heard.filter((one) => one.at >= at && one.at < at + STEADY_MS);
    return more > 0 && then.reduce((sum, one) => sum + one.more, 0) >= STEADY_SECONDS;
  })?.at;
}

/**
 * Waits until sound and picture are there again on every page, and says when the last of them had them.
 *
 * @param {CallPage[]} pages
 * @param {number} since the end of the disturbance
 * @returns {Promise<Back>} infinite when they are not within the time
 */
export async function comeBack(pages, since, within = 45_000) {
  const each = await Promise.all(
    pages.map(async (page) => {
      /** @type {Seen} */
      let seen = { now: since, frames: [], sounds: [], events: [] };
      await until(
        'sound and picture',
        async () => {
          // A second before, so that what is heard after it has something to be held against.
          seen = await seenSince(page, since - 1_000);
          return soundBack(seen, since) && pictureBack(seen, since);
        },
        within,
      ).catch(() => {});
      return { sound: soundBack(seen, since), picture: pictureBack(seen, since) };
    }),
  );
  const after = (/** @type {number | undefined} */ at) => (at === undefined ? Infinity : at - since);
  const sides = each.map(({ sound, picture }) => ({ sound: after(sound), picture: after(picture) }));
  return {
    sound: Math.max(...sides.map(({ sound }) => sound)),
    picture: Math.max(...sides.map(({ picture }) => picture)),
    sides,
  };
}

/**
 * The longest time without a frame, and the part of the sound that was made up.
 *
 * @param {CallPage} page
 * @param {number} since
 */
export async function gaps(page, since) {
  const { now, frames, sounds } = await seenSince(page, since);
  const times = [since, ...frames.map(({ at }) => at), now];
  const picture = Math.max(...times.slice(1).map((at, i) => at - Number(times[i])));
  const [first, last] = [sounds[0], sounds.at(-1)];
  const heard = first && last ? (last.heard - first.heard) / ((last.at - first.at) / 1_000) : 0;
  return { picture, heard };
}
