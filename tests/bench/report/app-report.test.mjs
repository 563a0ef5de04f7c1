import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appReport } from './app-report.mjs';

/** @type {import('./app-report.mjs').AppFigures} */
const FIGURES = {
  start: { app: [300, 660, 330], beside: [300, 600, 300] },
  soundOnlyCpu: { app: [8, 9], beside: [5, 6] },
  phases: [
    {
      phase: 'at home',
      kinds: new Map([
        ['app', { cpu: 0.2, memory: 40 }],
        ['webview', { cpu: 0, memory: 60 }],
        ['page', { cpu: 0, memory: 0 }],
      ]),
    },
  ],
  sizes: [{ file: 'parlour', bytes: 12 * 1_024 * 1_024 }],
};

test('a comparison is judged by the ratios of its rounds', () => {
  const [, , start, sound] = appReport(FIGURES).split('\n');
  assert.equal(
    start,
    '| start, beside a bare Tauri window | 330 ms | 300 ms | 1.10 (1.00–1.10) | 1.2 × | kept |',
  );
  assert.match(
    String(sound),
    /\| 8\.5 % of a core \| 5\.5 % of a core \| 1\.55 \(1\.50–1\.60\) \| 1\.3 × \| over \|$/,
  );
});

test('a phase names each kind of process that is there, and their sum', () => {
  assert.match(
    appReport(FIGURES),
    /\| at home \| 0\.2 %, 40 MiB \| 0\.0 %, 60 MiB \| – \| – \| 0\.2 %, 100 MiB \|/,
  );
});

test('sizes are given where there is a release', () => {
  assert.match(appReport(FIGURES), /\| `parlour` \| 12\.0 MiB \|/);
  assert.match(appReport({ ...FIGURES, sizes: [] }), /No release has been built/);
});
