import fs from 'node:fs';
import os from 'node:os';
import { pause } from '../e2e/parlour/until.mjs';
import { note } from './figures.mjs';
import { comeBack, seenSince } from './measure.mjs';
import { call, together } from './steps.mjs';
import { expect, test } from './test.mjs';

/** @typedef {import('../e2e/parlour/page.mjs').CallPage} CallPage */
/** @typedef {import('./measure.mjs').Back} Back */

const TIMES = Number(process.env.PARLOUR_TIMES ?? 5);
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
async function recover(what, pages, limit, disturb) {
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
  const of = (/** @type {keyof Back} */ kind) => ({
    what: `${what}: ${kind}`,
    limit: limit[kind],
    took: backs.map((back) => back[kind]),
  });
  for (const figure of [of('sound'), of('picture')]) {
    note(figure);
    expect.soft(Math.max(...figure.took), figure.what).toBeLessThanOrEqual(figure.limit);
  }
  expect(backs).toHaveLength(TIMES);
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
  const head = `${what} ${nth + 1}: sound ${back.sound.toFixed(0)} picture ${back.picture.toFixed(0)} (load ${load.join(' ')})`;
  fs.appendFileSync(test.info().outputPath('timeline.txt'), [head, ...lines, '', ''].join('\n'));
}

test.beforeEach(() => test.setTimeout(60_000 + TIMES * 150_000));

for (const { seconds, limit } of [
  { seconds: 10, limit: { sound: 1_000, picture: 3_000 } },
  { seconds: 30, limit: { sound: 2_000, picture: 4_000 } },
]) {
  test(`a cut of ${seconds} s, seen`, async ({ internet, turn, serve, person }) => {
    await serve([turn.stun, turn.udp]);
    const machine = internet.host('anna', internet.home('cone'));
    const anna = await person('anna', machine);
    const ben = await person('ben', internet.host('ben', internet.home('cone')));
    await recover(`cut of ${seconds} s`, await call(anna, ben), limit, async () => {
      machine.cut();
      await pause(seconds * 1_000);
      machine.heal();
      return Date.now();
    });
  });

  test(`a cut of ${seconds} s, unseen`, async ({ internet, turn, serve, person }) => {
    await serve([turn.stun, turn.udp]);
    const home = internet.home('cone');
    const anna = await person('anna', internet.host('anna', home));
    const ben = await person('ben', internet.host('ben', internet.home('cone')));
    await recover(`cut of ${seconds} s somewhere on the way`, await call(anna, ben), limit, async () => {
      home.lose(100);
      await pause(seconds * 1_000);
      home.pass();
      return Date.now();
    });
  });
}

for (const { name, nat, gap } of /** @type {const} */ ([
  { name: 'change of network', nat: 'cone', gap: 0 },
  { name: 'change of network, 5 s between', nat: 'cone', gap: 5_000 },
  { name: 'change of network, relayed', nat: 'symmetric', gap: 0 },
])) {
  test(name, async ({ internet, turn, serve, person }) => {
    await serve([turn.stun, turn.udp]);
    const machine = internet.host('anna', internet.home(nat));
    let elsewhere = machine.also(internet.home(nat));
    const anna = await person('anna', machine);
    const ben = await person('ben', internet.host('ben', internet.home(nat)));
    await recover(name, await call(anna, ben), { sound: 2_000, picture: 2_500 }, async () => {
      if (gap) machine.cut();
      await pause(gap);
      elsewhere = machine.move(elsewhere);
      return Date.now();
    });
  });
}
