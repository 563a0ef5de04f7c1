import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byRound, median, range, ratios, verdict } from './statistics.mjs';

/** @param {[number, number][]} figures round and value */
const rounds = (...figures) => byRound(figures.map(([round, value]) => ({ round, value })));

test('the median is the middle whatever the order', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 2, 9]), 3);
  assert.equal(median([7]), 7);
});

test('a ratio is that of one round and not of the medians', () => {
  // The second round was measured on a busy machine.
  const own = rounds([1, 12], [2, 36], [3, 13]);
  const limit = rounds([1, 10], [2, 30], [3, 10]);
  assert.deepEqual(ratios(own, limit), [1.2, 1.2, 1.3]);
});

test('a round without its reference has no ratio', () => {
  assert.deepEqual(ratios(rounds([1, 12], [2, 30]), rounds([2, 20])), [1.5]);
});

test('several calls of one round count as their mean', () => {
  assert.deepEqual(ratios(rounds([1, 30]), rounds([1, 10], [1, 20])), [2]);
});

test('a range has the median, the lowest and the highest', () => {
  assert.equal(range([1.3, 0.9, 1]), '1.00 (0.90–1.30)');
  assert.equal(range([]), '–');
});

test('a limit is kept by the median alone', () => {
  assert.equal(verdict([0.7, 0.8, 1.9], 0.8), 'kept');
  assert.equal(verdict([0.7, 0.81, 0.9], 0.8), 'over');
  assert.equal(verdict([0.7], undefined), '');
  assert.equal(verdict([], 0.8), '');
});
