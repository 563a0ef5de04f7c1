import { table } from './markdown.mjs';
import { median, range, verdict } from './statistics.mjs';

/** @typedef {import('../processes.mjs').Kind} Kind */
/** @typedef {import('../processes.mjs').Usage} Usage */

/**
 * What was measured on the app. A comparison has a value of the app and one of what it is beside, for each round.
 *
 * @typedef {object} AppFigures
 * @property {Comparison} start in milliseconds
 * @property {Comparison} soundOnlyCpu in percent of a core
 * @property {{ phase: string, kinds: Map<Kind, Usage> }[]} phases
 * @property {{ file: string, bytes: number }[]} sizes
 */

/** @typedef {{ app: number[], beside: number[] }} Comparison */

const MAX_START = 1.2;
const MAX_SOUND_ONLY_CPU = 1.3;
const MIB = 1_024 * 1_024;

/**
 * The tables of a run.
 *
 * @param {AppFigures} figures
 */
export function appReport({ start, soundOnlyCpu, phases, sizes }) {
  return [
    table(
      ['', 'Parlour', 'beside', 'ratio', 'goal', ''],
      [
        comparisonRow('start, beside a bare Tauri window', start, 'ms', 0, MAX_START),
        comparisonRow(
          'CPU of the browser, cameras off, beside a bare connection with sound',
          soundOnlyCpu,
          '% of a core',
          1,
          MAX_SOUND_ONLY_CPU,
        ),
      ],
    ),
    '',
    table(
      ['', 'app', 'its webview', 'call page', 'rest of the browser', 'together'],
      phases.map(({ phase, kinds }) => phaseRow(phase, kinds)),
    ),
    '',
    sizes.length === 0
      ? 'No release has been built.'
      : table(
          ['file', 'size'],
          sizes.map(({ file, bytes }) => [`\`${file}\``, `${(bytes / MIB).toFixed(1)} MiB`]),
        ),
  ].join('\n');
}

/**
 * @param {string} name
 * @param {Comparison} comparison
 * @param {string} unit
 * @param {number} digits
 * @param {number} limit
 */
function comparisonRow(name, { app, beside }, unit, digits, limit) {
  const value = (/** @type {number[]} */ values) => `${median(values).toFixed(digits)} ${unit}`;
  const times = app.map((figure, i) => figure / Number(beside[i]));
  return [name, value(app), value(beside), range(times), `${limit.toFixed(1)} ×`, verdict(times, limit)];
}

/**
 * @param {string} phase
 * @param {Map<Kind, Usage>} kinds
 */
function phaseRow(phase, kinds) {
  const all = [...kinds.values()];
  const sum = {
    cpu: all.reduce((cpu, usage) => cpu + usage.cpu, 0),
    memory: all.reduce((memory, usage) => memory + usage.memory, 0),
  };
  const cell = (/** @type {Usage | undefined} */ usage) =>
    usage && usage.memory > 0 ? `${usage.cpu.toFixed(1)} %, ${Math.round(usage.memory)} MiB` : '–';
  const order = /** @type {const} */ (['app', 'webview', 'page', 'browser']);
  return [phase, ...order.map((kind) => cell(kinds.get(kind))), cell(sum)];
}
