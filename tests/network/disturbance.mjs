import fs from 'node:fs';
import os from 'node:os';
import { sleep } from '../e2e/harness/wait.mjs';
import { expect, test } from './fixtures.mjs';
import { mediaGaps, traceSince, waitForRecovery } from './measure.mjs';
import { recordResult } from './results-table.mjs';
import { waitForBothMedia } from './steps.mjs';

/** @typedef {import('../e2e/harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('./measure.mjs').Recovery} Recovery */

/** How often each disturbance is repeated. The limit holds for the slowest repetition. */
export const REPETITIONS = Number(process.env.PARLOUR_TIMES ?? 5);
/** The time between two disturbances, in which ICE settles. */
const SETTLE_TIME_MS = 8_000;

/** Sets the timeout of a test that repeats a disturbance. */
export const extendTimeout = () => test.setTimeout(60_000 + REPETITIONS * 150_000);

/**
 * Disturbs a call repeatedly, and checks the slowest recovery against the limits.
 *
 * @param {string} name
 * @param {[CallPage, CallPage]} pages
 * @param {{ sound: number, picture: number }} limitsMs
 * @param {(nth: number) => Promise<number>} disturb returns the time when the disturbance ended
 */
export async function measureRecovery(name, pages, limitsMs, disturb) {
  /** @type {Recovery[]} */
  const recoveries = [];
  for (let nth = 0; nth < REPETITIONS; nth += 1) {
    await sleep(SETTLE_TIME_MS);
    const startedAt = Date.now();
    const endedAt = await disturb(nth);
    const recovery = await waitForRecovery(pages, endedAt);
    recoveries.push(recovery);
    await appendTimeline(name, nth, pages, startedAt, endedAt, recovery);
    if (recovery.sound === Infinity || recovery.picture === Infinity) break;
    await waitForBothMedia(...pages);
  }
  for (const kind of /** @type {const} */ (['sound', 'picture'])) {
    recordAndCheck(
      `${name}: ${kind}`,
      limitsMs[kind],
      recoveries.map((recovery) => recovery[kind]),
    );
  }
}

/**
 * Does something to a call repeatedly that must not disturb it: the connections stay, no packet is lost, sound goes on,
 * and the longest time without a frame is checked against the limit.
 *
 * @param {string} name
 * @param {[CallPage, CallPage]} pages
 * @param {(nth: number) => Promise<void>} act
 */
export async function expectUndisturbed(name, pages, act, limitMs = 1_000) {
  /** @type {number[]} */
  const frameGapsMs = [];
  for (let nth = 0; nth < REPETITIONS; nth += 1) {
    await sleep(SETTLE_TIME_MS);
    const before = await Promise.all(pages.map(connectionStates));
    const startedAt = Date.now();
    await act(nth);
    const after = await Promise.all(pages.map(connectionStates));
    expect.soft(after, `${name}: connections, and packets lost`).toEqual(before);
    const gaps = await Promise.all(pages.map((page) => mediaGaps(page, startedAt)));
    const longestGapMs = Math.max(...gaps.map((gap) => gap.longestGapMs));
    frameGapsMs.push(longestGapMs);
    const soundShare = Math.min(...gaps.map((gap) => gap.soundShare));
    expect.soft(soundShare, `${name}: share of the time with sound`).toBeGreaterThan(0.9);
    await appendTimeline(name, nth, pages, startedAt, startedAt, { sound: 0, picture: longestGapMs });
  }
  recordAndCheck(`${name}: longest time without a frame`, limitMs, frameGapsMs);
}

/** @param {CallPage} page */
const connectionStates = async (page) =>
  (await page.linkStats()).map(({ state, packetsLost }) => ({ state, packetsLost }));

/**
 * Appends what happened on both sides to `timeline.txt`, to explain slow recoveries.
 *
 * @param {string} name
 * @param {number} nth
 * @param {CallPage[]} pages
 * @param {number} startedAt
 * @param {number} endedAt
 * @param {Recovery} recovery
 */
async function appendTimeline(name, nth, pages, startedAt, endedAt, recovery) {
  const traces = await Promise.all(pages.map((page) => traceSince(page, startedAt)));
  const lines = traces
    .flatMap(({ events }, i) => events.map(({ at, what }) => ({ at, what, who: ['Anna', 'Ben'][i] })))
    .sort((a, b) => a.at - b.at)
    .map(({ at, what, who }) => `${((at - endedAt) / 1_000).toFixed(2).padStart(8)} ${who} ${what}`);
  const load = os.loadavg().map((average) => average.toFixed(1));
  const times = (recovery.sides ?? [recovery]).map(
    ({ sound, picture }) => `sound ${sound.toFixed(0)} picture ${picture.toFixed(0)}`,
  );
  const head = `${name} ${nth + 1}: ${times.join('; ')} (load ${load.join(' ')})`;
  fs.appendFileSync(test.info().outputPath('timeline.txt'), [head, ...lines, '', ''].join('\n'));
}

/**
 * Adds a row to the table of results, and checks its times against the limit.
 *
 * @param {string} name
 * @param {number} limitMs
 * @param {number[]} timesMs
 */
export function recordAndCheck(name, limitMs, timesMs) {
  recordResult({ name, limitMs, timesMs });
  expect.soft(Math.max(...timesMs), name).toBeLessThanOrEqual(limitMs);
  expect.soft(timesMs, name).toHaveLength(REPETITIONS);
}
