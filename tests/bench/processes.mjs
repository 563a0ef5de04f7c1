import fs from 'node:fs';
import { processTree } from '../e2e/harness/processes.mjs';
import { sleep } from '../e2e/harness/wait.mjs';

/** The kernel's clock ticks in a second, as it tells them to programs. */
const TICKS_PER_SECOND = 100;

/**
 * CPU in percent of one core, memory as the proportional set size in MiB.
 *
 * @typedef {{ cpu: number, memory: number }} Usage
 */

/** @typedef {'app' | 'webview' | 'page' | 'browser'} Kind */

/**
 * The processes of an app by kind: the app itself, those of its webview, the browser's renderers, and the rest of the
 * browser.
 *
 * @param {import('../e2e/harness/app-instance.mjs').AppInstance} instance
 * @returns {Map<Kind, number[]>}
 */
export function processesByKind(instance) {
  const app = instance.pid();
  const browser = instance.browserPids();
  const isRenderer = (/** @type {number} */ pid) => argumentsOf(pid).includes('--type=renderer');
  return new Map([
    ['app', [app]],
    ['webview', processTree(app).filter((pid) => pid !== app && !browser.includes(pid))],
    ['page', browser.filter(isRenderer)],
    ['browser', browser.filter((pid) => !isRenderer(pid))],
  ]);
}

/** @param {number} pid */
function argumentsOf(pid) {
  // Chromium's children have one string with spaces in it.
  return (read(`/proc/${pid}/cmdline`) ?? '').split(/[\0 ]/);
}

/**
 * Measures the processes of each kind for that time.
 *
 * @template K
 * @param {Map<K, number[]>} kinds
 * @param {number} seconds
 * @returns {Promise<Map<K, Usage>>}
 */
export async function measureUsage(kinds, seconds) {
  const ticksOf = (/** @type {number[]} */ pids) => pids.reduce((sum, pid) => sum + cpuTicks(pid), 0);
  const start = performance.now();
  const before = new Map([...kinds].map(([kind, pids]) => [kind, ticksOf(pids)]));
  await sleep(seconds * 1_000);
  const elapsed = (performance.now() - start) / 1_000;
  return new Map(
    [...kinds].map(([kind, pids]) => {
      const ticks = ticksOf(pids) - Number(before.get(kind));
      const cpu = (100 * ticks) / TICKS_PER_SECOND / elapsed;
      return [kind, { cpu, memory: pids.reduce((sum, pid) => sum + memoryMb(pid), 0) }];
    }),
  );
}

/** @param {number} pid */
function cpuTicks(pid) {
  // The program's name, in brackets before the numbers, may contain any character.
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** @param {number} pid */
const memoryMb = (pid) =>
  Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0) / 1_024;

/** @param {string} file */
function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    // The process has ended.
    return undefined;
  }
}
