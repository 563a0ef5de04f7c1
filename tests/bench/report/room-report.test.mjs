import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomReport } from './room-report.mjs';

const well = { picture: '640×360', frames: 20, frozen: 0, concealed: 0.001, wait: 60 };

/** @param {Partial<typeof well>[]} others */
const lastCells = (...others) => {
  const received = others.map((one) => ({ ...well, ...one }));
  const room = { people: others.length + 1, cpu: 60, uplink: 2_500_000, received };
  const two = { people: 2, cpu: 30, uplink: 1_000_000, received: [well] };
  return (roomReport([two, room]).split('\n').at(-1) ?? '').split('|').map((cell) => cell.trim());
};

test('the figures are those of the one who has it worst', () => {
  assert.deepEqual(
    lastCells({}, { frames: 14, wait: 90 }, { frozen: 0.01, picture: '320×180' }).slice(1, -1),
    [
      ...['4', '60 %', '2.00', '2.50 Mbit/s', '640×360, 320×180', '14 to 20'],
      ...['1.0 %', '0.1 %', '90 ms', 'by 3 of 3'],
    ],
  );
});

test('somebody who is served badly is not counted', () => {
  for (const bad of [{ frames: 10 }, { frozen: 0.1 }, { concealed: 0.05 }, { wait: 900 }]) {
    assert.equal(lastCells({}, bad).at(-2), 'by 1 of 2');
  }
});
