import { waitFor } from '../e2e/harness/wait.mjs';

/** @typedef {import('../e2e/harness/call-page.mjs').CallPage} CallPage */
/**
 * The probe's record of a page (see ../e2e/probe/probe.js).
 *
 * @typedef {object} MediaTrace
 * @property {number} now
 * @property {{ at: number, received: number, peer: string }[]} frames
 * @property {{ at: number, received: number, track: string, playedSeconds: number }[]} audioSamples
 * @property {{ at: number, what: string }[]} events
 */
/**
 * Milliseconds from the end of a disturbance until sound and picture are back: on the slower side, and on each side.
 *
 * @typedef {{ sound: number, picture: number, sides?: { sound: number, picture: number }[] }} Recovery
 */

const AUDIO_SAMPLING_INTERVAL_MS = 100;
/** Sound or picture counts as back when it goes on for this time… */
const STEADY_MS = 1_000;
/** …with so many frames (the camera gives 15 a second) and so much sound. */
const MIN_STEADY_FRAMES = 6;
const MIN_STEADY_AUDIO_SECONDS = 0.5;

/** @param {CallPage} page */
export const startAudioSampling = ({ page }) =>
  page.evaluate(
    (intervalMs) => /** @type {any} */ (window).__probe.startAudioSampling(intervalMs),
    AUDIO_SAMPLING_INTERVAL_MS,
  );

/**
 * @param {CallPage} page
 * @param {number} since
 * @returns {Promise<MediaTrace>}
 */
export const traceSince = ({ page }, since) =>
  page.evaluate((from) => /** @type {any} */ (window).__probe.traceSince(from), since);

/**
 * When the first of a steady run of frames was shown that came from the network after `since`.
 *
 * @param {MediaTrace} trace
 * @param {number} since
 */
export function videoRecoveredAt({ frames }, since, isWanted = (/** @type {string} */ peer) => peer !== '') {
  const shownAt = frames
    .filter(({ received, peer }) => received > since && isWanted(peer))
    .map(({ at }) => at);
  return shownAt.find(
    (start) => shownAt.filter((at) => at >= start && at < start + STEADY_MS).length >= MIN_STEADY_FRAMES,
  );
}

/**
 * When the first sound of a steady run was played that came from the network after `since`.
 *
 * @param {MediaTrace} trace
 * @param {number} since
 */
export function audioRecoveredAt({ audioSamples }, since) {
  /** @type {Map<string, number>} */
  const previous = new Map();
  const increments = audioSamples.map(({ at, received, track, playedSeconds }) => {
    const increment = playedSeconds - (previous.get(track) ?? 0);
    previous.set(track, playedSeconds);
    return { at, seconds: received > since ? increment : 0 };
  });
  return increments.find(({ at: start, seconds }) => {
    const run = increments.filter(({ at }) => at >= start && at < start + STEADY_MS);
    return seconds > 0 && run.reduce((sum, one) => sum + one.seconds, 0) >= MIN_STEADY_AUDIO_SECONDS;
  })?.at;
}

/**
 * Waits until sound and picture are back on every page, and measures how long it took.
 *
 * @param {CallPage[]} pages
 * @param {number} since the end of the disturbance
 * @returns {Promise<Recovery>} with Infinity for what was not back before the timeout
 */
export async function waitForRecovery(pages, since, timeoutMs = 45_000) {
  const each = await Promise.all(
    pages.map(async (page) => {
      /** @type {MediaTrace} */
      let trace = { now: since, frames: [], audioSamples: [], events: [] };
      await waitFor(
        'sound and picture',
        async () => {
          // Starts a second earlier: the first increment of audio needs a sample before it.
          trace = await traceSince(page, since - 1_000);
          return audioRecoveredAt(trace, since) && videoRecoveredAt(trace, since);
        },
        timeoutMs,
      ).catch(() => {});
      return { sound: audioRecoveredAt(trace, since), picture: videoRecoveredAt(trace, since) };
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
 * The longest time without a frame, and the share of the time in which sound from the network was played.
 *
 * @param {CallPage} page
 * @param {number} since
 */
export async function mediaGaps(page, since) {
  const { now, frames, audioSamples } = await traceSince(page, since);
  const times = [since, ...frames.map(({ at }) => at), now];
  const longestGapMs = Math.max(...times.slice(1).map((at, i) => at - Number(times[i])));
  const [first, last] = [audioSamples[0], audioSamples.at(-1)];
  const soundShare =
    first && last ? (last.playedSeconds - first.playedSeconds) / ((last.at - first.at) / 1_000) : 0;
  return { longestGapMs, soundShare };
}
