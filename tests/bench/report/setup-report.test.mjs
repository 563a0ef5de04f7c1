import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AFTER_LOBBY, LIMIT, PEERJS, setupReport } from './setup-report.mjs';

/**
 * @param {string} contender
 * @param {number} round
 * @param {number} delay
 * @param {number} newcomer
 * @param {number} member
 * @returns {import('./setup-report.mjs').Trial}
 */
const trial = (contender, round, delay, newcomer, member) => {
  const side = (/** @type {number} */ shown) => ({
    shown,
    presented: shown,
    connected: null,
    media: null,
    localDescription: null,
    remoteDescription: null,
    width: 640,
  });
  return { contender, round, delay, newcomer: side(newcomer), member: side(member) };
};

/** @param {import('./setup-report.mjs').Trial[]} trials */
const lines = (trials) => setupReport(trials, [AFTER_LOBBY, PEERJS, LIMIT]).split('\n');

test('each side is held against its goal, as a multiple of the limit', () => {
  const trials = [trial(LIMIT, 1, 0, 100, 110), trial(AFTER_LOBBY, 1, 0, 75, 154)];
  assert.equal(
    lines(trials)[2],
    `| 0 ms | ${AFTER_LOBBY} | 75 ms | 0.75 (0.75–0.75) | 0.8 × | kept | 154 ms | 1.40 (1.40–1.40) | 1.2 × | over |`,
  );
});

test('one round behind PeerJS is too many at 50 ms, and not at 0 ms', () => {
  const trials = [0, 50].flatMap((delay) =>
    [90, 90, 110].flatMap((shown, i) => [
      trial(AFTER_LOBBY, i, delay, shown, 100),
      trial(PEERJS, i, delay, 100, 100),
    ]),
  );
  const report = lines(trials);
  const [at0, at50] = report.slice(report.findIndex((line) => line.includes('÷')) + 2);
  assert.equal(at0, '| 0 ms | 0.90 (0.90–1.10) | 2 of 3 | the median | kept |');
  assert.equal(at50, '| 50 ms | 0.90 (0.90–1.10) | 2 of 3 | every round | over |');
});

test('a call that failed is counted and named, and its round has no ratio', () => {
  const report = lines([
    trial(LIMIT, 1, 0, 100, 100),
    { contender: AFTER_LOBBY, round: 1, delay: 0, failure: 'no remote picture' },
  ]);
  assert.match(String(report[2]), /\| – \| – \| 0\.8 × \|  \|/);
  assert.match(
    report.join('\n'),
    /Calls that failed: 1\.\n- Parlour after a lobby, 0 ms, round 1: no remote picture$/,
  );
});
