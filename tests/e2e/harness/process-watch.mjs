import fs from 'node:fs';
import { processes } from './processes.mjs';

/** @param {number} pid */
function environment(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Remembers arguments and environment of every process there was while it watched. */
export class ProcessWatch {
  /** @type {Map<string, { pid: number, args: string[], env: string[] }>} */
  #seen = new Map();
  #timer = setInterval(() => this.#look(), 40);

  #look() {
    for (const { pid, args } of processes()) {
      const key = `${pid} ${args.join('\0')}`;
      if (!this.#seen.has(key)) this.#seen.set(key, { pid, args, env: environment(pid) });
    }
  }

  /** Stops watching and says what was seen. */
  end() {
    clearInterval(this.#timer);
    this.#look();
    return [...this.#seen.values()];
  }
}
