import fs from 'node:fs';

/** @typedef {{ openFiles: number, threads: number, memoryMb: number }} ResourceUsage */

/**
 * The resource usage of all these processes. Memory is their anonymous memory in MiB: neither files nor shared memory.
 *
 * @param {number[]} pids
 * @returns {ResourceUsage}
 */
export function resourceUsage(pids) {
  const sum = { openFiles: 0, threads: 0, memoryMb: 0 };
  for (const pid of pids) {
    try {
      const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
      const value = (/** @type {string} */ name) =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
      const openFiles = fs.readdirSync(`/proc/${pid}/fd`).length;
      sum.openFiles += openFiles;
      sum.threads += value('Threads');
      sum.memoryMb += value('RssAnon') / 1024;
    } catch {
      // The process has ended meanwhile.
    }
  }
  return sum;
}
