import { table } from './markdown.mjs';

/** @typedef {import('../room/measure-room.mjs').Room} Room */
/** @typedef {import('../room/measure-room.mjs').Received} Received */

/** Frames a second. A person is seen to move and to speak. */
const MIN_FRAMES = 12;
/** Parts. */
const MAX_FROZEN = 0.02;
const MAX_CONCEALED = 0.02;
/** Milliseconds. */
const MAX_WAIT = 250;

/** Whether one of the others sees and hears the sender. */
const isServed = (/** @type {Received} */ { frames, frozen, concealed, wait }) =>
  frames >= MIN_FRAMES && frozen <= MAX_FROZEN && concealed <= MAX_CONCEALED && wait <= MAX_WAIT;

/**
 * The table of a run. A figure of all the others is that of the one who has it worst.
 *
 * @param {Room[]} rooms
 */
export function roomReport(rooms) {
  const cpuOfTwo = rooms.find(({ people }) => people === 2)?.cpu;
  return table(
    [
      'people',
      'CPU',
      '÷ that of two',
      'uplink',
      'pictures',
      'frames a second',
      'frozen',
      'sound made up',
      'sound waits',
      'seen and heard',
    ],
    rooms.map(({ people, cpu, uplink, received }) => {
      const worst = (/** @type {'frozen' | 'concealed' | 'wait'} */ key) =>
        Math.max(...received.map((one) => one[key]));
      const frames = received.map((one) => Math.round(one.frames));
      const served = received.filter(isServed).length;
      return [
        String(people),
        `${cpu.toFixed(0)} %`,
        cpuOfTwo ? (cpu / cpuOfTwo).toFixed(2) : '',
        `${(uplink / 1e6).toFixed(2)} Mbit/s`,
        [...new Set(received.map(({ picture }) => picture))].join(', '),
        `${Math.min(...frames)} to ${Math.max(...frames)}`,
        `${(100 * worst('frozen')).toFixed(1)} %`,
        `${(100 * worst('concealed')).toFixed(1)} %`,
        `${worst('wait').toFixed(0)} ms`,
        `by ${served} of ${received.length}`,
      ];
    }),
  );
}
