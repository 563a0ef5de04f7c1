import fs from 'node:fs';

/** @param {number} pid */
function cmdline(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** All processes with their argument lists, as any local user can read them. */
export function processes() {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), args: cmdline(Number(name)) }));
}

/**
 * The processes whose argument list names this folder; zombies have no argument list.
 *
 * @param {string} dir
 */
export const processesOf = (dir) => processes().filter(({ args }) => args.some((arg) => arg.includes(dir)));

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone already.
  }
}

/** Remembers every argument list that any process had while it watched. */
export class ArgumentWatch {
  /** @type {Map<string, { pid: number, args: string[] }>} */
  #seen = new Map();
  #timer = setInterval(() => this.#look(), 25);

  #look() {
    for (const one of processes()) this.#seen.set(`${one.pid} ${one.args.join('\0')}`, one);
  }

  /** Stops watching and says what was seen. */
  end() {
    clearInterval(this.#timer);
    this.#look();
    return [...this.#seen.values()];
  }
}

/** @param {number} pid */
function parentOf(pid) {
  try {
    // The name before it, in brackets, may have anything in it.
    return Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return 0;
  }
}

/**
 * A process and all that it has started, and they.
 *
 * @param {number} pid
 */
export function descendants(pid) {
  const parents = processes().map((one) => ({ pid: one.pid, parent: parentOf(one.pid) }));
  const all = [pid];
  // Grows while it is gone through.
  for (const one of all)
    all.push(...parents.filter(({ parent }) => parent === one).map((child) => child.pid));
  return all;
}
