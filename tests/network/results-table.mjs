import fs from 'node:fs';
import path from 'node:path';

const RESULTS_FILE = path.join(import.meta.dirname, '../../target/network/results.jsonl');

/**
 * The times of one repeated measurement; null (Infinity, before it is recorded) for a call that did not recover.
 *
 * @typedef {{ name: string, limitMs: number, timesMs: (number | null)[] }} Result
 */

/** Removes the results of the last run. */
export function clearResults() {
  fs.mkdirSync(path.dirname(RESULTS_FILE), { recursive: true });
  fs.writeFileSync(RESULTS_FILE, '');
}

/** @param {{ name: string, limitMs: number, timesMs: number[] }} measured */
export function recordResult({ name, limitMs, timesMs }) {
  const rounded = timesMs.map((ms) => (Number.isFinite(ms) ? Math.round(ms) : null));
  const result = { name, limitMs, timesMs: rounded };
  fs.mkdirSync(path.dirname(RESULTS_FILE), { recursive: true });
  fs.appendFileSync(RESULTS_FILE, `${JSON.stringify(result)}\n`);
  console.log(formatRow(result));
}

/** All results as a Markdown table. */
export function formatTable() {
  const lines = fs.readFileSync(RESULTS_FILE, 'utf8').split('\n').filter(Boolean);
  if (lines.length === 0) return '';
  const head =
    '| in seconds, after a disturbance from its end on | at most | min | median | max | each |\n|---|---|---|---|---|---|';
  return [head, ...lines.map((line) => formatRow(JSON.parse(line)))].join('\n');
}

/** @param {Result} result */
function formatRow({ name, limitMs, timesMs }) {
  const sorted = timesMs.map((ms) => ms ?? Infinity).sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  const summary = [limitMs, sorted[0], median, sorted.at(-1)].map(inSeconds);
  const each = timesMs.map((ms) => inSeconds(ms ?? Infinity)).join(' ');
  return `| ${[name, ...summary, each].join(' | ')} |`;
}

/** @param {number | undefined} ms */
const inSeconds = (ms) => (ms !== undefined && Number.isFinite(ms) ? (ms / 1_000).toFixed(2) : 'never');
