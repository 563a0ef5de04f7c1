import fs from 'node:fs';

const RECORDING_INTERVAL_MS = 25;

/** @param {number} pid */
const argumentsOf = (pid) => readStrings(`/proc/${pid}/cmdline`);

/** @param {number} pid */
const environmentOf = (pid) => readStrings(`/proc/${pid}/environ`);

/** @param {string} file of strings that end with NUL */
function readStrings(file) {
  try {
    return fs.readFileSync(file, 'utf8').split('\0').slice(0, -1);
  } catch {
    // The process has ended, or belongs to another user.
    return [];
  }
}

/** All processes with their argument lists, as any local user can read them. */
export function allProcesses() {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), args: argumentsOf(Number(name)) }));
}

/**
 * The processes whose argument list names this folder. Zombies have no argument list.
 *
 * @param {string} dir
 */
export const processesNaming = (dir) =>
  allProcesses().filter(({ args }) => args.some((arg) => arg.includes(dir)));

/**
 * Those, and the processes whose environment names the folder: WebKit's have no such argument, and may still write into
 * their home when the app has ended.
 *
 * @param {string} dir
 */
export const processesUsing = (dir) =>
  allProcesses().filter(({ pid, args }) =>
    [...args, ...(args.length > 0 ? environmentOf(pid) : [])].some((text) => text.includes(dir)),
  );

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended already.
  }
}

/** Records arguments and environment of every process that exists between its construction and `stop`. */
export class ProcessRecorder {
  /** @type {Map<string, { pid: number, args: string[], env: string[] }>} */
  #seen = new Map();
  #timer = setInterval(() => this.#record(), RECORDING_INTERVAL_MS);

  #record() {
    for (const { pid, args } of allProcesses()) {
      const key = `${pid} ${args.join('\0')}`;
      if (!this.#seen.has(key)) this.#seen.set(key, { pid, args, env: environmentOf(pid) });
    }
  }

  /** Stops recording and returns every process with every argument list that it had. */
  stop() {
    clearInterval(this.#timer);
    this.#record();
    return [...this.#seen.values()];
  }
}

/** @param {number} pid */
function parentOf(pid) {
  try {
    // The program's name, in brackets before it, may contain any character.
    return Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return 0;
  }
}

/**
 * A process and all its descendants.
 *
 * @param {number} root
 */
export function processTree(root) {
  const parents = allProcesses().map(({ pid }) => ({ pid, parent: parentOf(pid) }));
  const tree = [root];
  // The list grows while it is iterated.
  for (const pid of tree) {
    tree.push(...parents.filter(({ parent }) => parent === pid).map((child) => child.pid));
  }
  return tree;
}
