import fs from 'node:fs';

/** What a process, or several, has of the system. @typedef {{ files: number, threads: number, memory: number }} Holdings */

/**
 * Memory in megabytes is what is the process's own: neither files nor what it shares.
 *
 * @param {number[]} pids
 * @returns {Holdings}
 */
export function holdings(pids) {
  const sum = { files: 0, threads: 0, memory: 0 };
  for (const pid of pids) {
    try {
      const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
      const value = (/** @type {string} */ name) =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
      const files = fs.readdirSync(`/proc/${pid}/fd`).length;
      sum.files += files;
      sum.threads += value('Threads');
      sum.memory += value('RssAnon') / 1024;
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum;
}
