import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { HERE } from './machine.mjs';
import { BINARY } from './app-instance.mjs';
import { until } from './wait.mjs';

const SERVER = process.env.PARLOUR_SERVER ?? path.join(path.dirname(BINARY), 'parlour-server');

/** A real parlour-server on a port of its own. */
export class Server {
  #child;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} port
   * @param {string} log what it says on standard error
   */
  constructor(child, port, log) {
    this.#child = child;
    this.port = port;
    this.log = log;
  }

  /**
   * @param {{ log: string, listen?: string, args?: string[], env?: Record<string, string>,
   *   machine?: import('./machine.mjs').Machine }} options
   * @returns {Promise<Server>}
   */
  static async start({ log, listen = '127.0.0.1:0', args = [], env = {}, machine = HERE }) {
    const file = fs.openSync(log, 'a');
    const child = spawn(...machine.command(SERVER, ['--listen', listen, ...args]), {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', file],
    });
    fs.closeSync(file);
    let said = '';
    let failed = '';
    child.on('error', (error) => (failed = error.message));
    child.stdout?.on('data', (/** @type {Buffer} */ chunk) => (said += chunk.toString()));
    const port = await until('parlour-server listens', () => {
      if (failed || child.exitCode !== null) throw new Error(failed || `it ended with ${child.exitCode}`);
      return Number(/listening on .*:(\d+)\n/.exec(said)?.[1]);
    });
    return new Server(child, port, log);
  }

  get pid() {
    return Number(this.#child.pid);
  }

  /** It dies without a word. */
  async crash() {
    this.#child.kill('SIGKILL');
    await until('parlour-server is dead', () => this.#gone);
  }

  get #gone() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async end() {
    const gone = () => this.#gone;
    if (!gone()) this.#child.kill('SIGTERM');
    await until('parlour-server ends', gone, 5_000).catch(() => this.#child.kill('SIGKILL'));
  }
}
