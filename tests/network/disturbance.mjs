import fs from 'node:fs';
import os from 'node:os';
import { pause } from '../e2e/harness/wait.mjs';
import { note } from './results-table.mjs';
import { comeBack, gaps, seenSince } from './measure.mjs';
import { together } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

/** @typedef {import('../e2e/harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('./measure.mjs').Back} Back */

/** How often each thing is done; all of them count. */
export const TIMES = Number(process.env.PARLOUR_TIMES ?? 5);
/** What ICE and the rest of a call settle in, between one disturbance and the next. */
const SETTLE_MS = 8_000;

/**
 * Disturbs a call again and again, and holds the slowest return against its limits.
 *
 * @param {string} what
 * @param {[CallPage, CallPage]} pages
 * @param {{ sound: number, picture: number }} limit
 * @param {(nth: number) => Promise<number>} disturb answers when it ended
 */
export async function recover(what, pages, limit, disturb) {
  /** @type {Back[]} */
  const backs = [];
  for (let nth = 0; nth < TIMES; nth += 1) {
    await pause(SETTLE_MS);
    const begun = Date.now();
    const since = await disturb(nth);
    const back = await comeBack(pages, since);
    backs.push(back);
    await writeDown(what, nth, pages, begun, since, back);
    if (back.sound === Infinity || back.picture === Infinity) break;
    await together(...pages);
  }
  for (const kind of /** @type {const} */ (['sound', 'picture'])) {
    settle(
      `${what}: ${kind}`,
      limit[kind],
      backs.map((back) => back[kind]),
    );
  }
}

/**
 * What happened on both sides, for who wants to know why it took so long.
 *
 * @param {string} what
 * @param {number} nth
 * @param {CallPage[]} pages
 * @param {number} begun
 * @param {number} since
 * @param {Back} back
 */
async function writeDown(what, nth, pages, begun, since, back) {
  const sides = await Promise.all(pages.map((page) => seenSince(page, begun)));
  const lines = sides
    .flatMap(({ events }, i) => events.map(({ at, what: event }) => ({ at, event, who: ['Anna', 'Ben'][i] })))
    .sort((one, other) => one.at - other.at)
    .map(({ at, event, who }) => `${((at - since) / 1_000).toFixed(2).padStart(8)} ${who} ${event}`);
  const load = os.loadavg().map((one) => one.toFixed(1));
  const took = (back.sides ?? [back]).map(
    ({ sound, picture }) => `sound ${sound.toFixed(0)} picture ${picture.toFixed(0)}`,
  );
  const head = `${what} ${nth + 1}: ${took.join('; ')} (load ${load.join(' ')})`;
  fs.appendFileSync(test.info().outputPath('timeline.txt'), [head, ...lines, '', ''].join('\n'));
}

/** What is done several times takes long. */
export const patient = () => test.setTimeout(60_000 + TIMES * 150_000);

/**
 * Does something to a call several times that it should not feel: the connection stays, no packet is lost, sound goes
 * on, and the longest time without a frame is held against the limit.
 *
 * @param {string} what
 * @param {[CallPage, CallPage]} pages
 * @param {(nth: number) => Promise<void>} act
 */
export async function goOn(what, pages, act, limit = 1_000) {
  /** @type {number[]} */
  const took = [];
  for (let nth = 0; nth < TIMES; nth += 1) {
    await pause(SETTLE_MS);
    const before = await Promise.all(pages.map(linkOf));
    const since = Date.now();
    await act(nth);
    const after = await Promise.all(pages.map(linkOf));
    expect.soft(after, `${what}: connections, and packets lost`).toEqual(before);
    const each = await Promise.all(pages.map((page) => gaps(page, since)));
    took.push(Math.max(...each.map(({ picture }) => picture)));
    const heard = Math.min(...each.map(({ heard }) => heard));
    expect.soft(heard, `${what}: the part of the time in which sound came`).toBeGreaterThan(0.9);
    await writeDown(what, nth, pages, since, since, { sound: 0, picture: Number(took.at(-1)) });
  }
  settle(`${what}: longest time without a frame`, limit, took);
}

/** What stays as it is while nothing is felt. @param {CallPage} page */
const linkOf = async (page) => (await page.links()).map(({ state, lost }) => ({ state, lost }));

/**
 * Writes a figure down and holds it against its limit.
 *
 * @param {string} what
 * @param {number} limit
 * @param {number[]} took
 */
export function settle(what, limit, took) {
  note({ what, limit, took });
  expect.soft(Math.max(...took), what).toBeLessThanOrEqual(limit);
  expect.soft(took, what).toHaveLength(TIMES);
}
