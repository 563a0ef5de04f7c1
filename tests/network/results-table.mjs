import fs from 'node:fs';
import path from 'node:path';

const FILE = path.join(import.meta.dirname, '../../target/network/figures.jsonl');

/**
 * One thing that is measured: what, how long it may take, and how long it took each time, in milliseconds.
 *
 * @typedef {{ what: string, limit: number, took: number[] }} Figure
 */

/** Forgets the figures of the last run. */
export function forget() {
  fs.mkdirSync(path.dirname(FILE), { recursive: true });
  fs.writeFileSync(FILE, '');
}

/** @param {Figure} figure */
export function note(figure) {
  fs.mkdirSync(path.dirname(FILE), { recursive: true });
  const took = figure.took.map((one) => (Number.isFinite(one) ? Math.round(one) : null));
  fs.appendFileSync(FILE, `${JSON.stringify({ ...figure, took })}\n`);
  console.log(row({ ...figure, took }));
}

/** A table of all that was noted. */
export function table() {
  const rows = fs.readFileSync(FILE, 'utf8').split('\n').filter(Boolean);
  if (rows.length === 0) return '';
  const head =
    '| from the end of the disturbance, in seconds | at most | min | median | max | each |\n|---|---|---|---|---|---|';
  return [head, ...rows.map((line) => row(JSON.parse(line)))].join('\n');
}

/** @param {{ what: string, limit: number, took: (number | null)[] }} figure */
function row({ what, limit, took }) {
  const sorted = took.map((one) => one ?? Infinity).sort((a, b) => a - b);
  const some = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)].map(seconds);
  return `| ${[what, seconds(limit), ...some, took.map((one) => seconds(one ?? Infinity)).join(' ')].join(' | ')} |`;
}

/** @param {number | undefined} ms */
const seconds = (ms) => (ms !== undefined && Number.isFinite(ms) ? (ms / 1_000).toFixed(2) : 'never');
