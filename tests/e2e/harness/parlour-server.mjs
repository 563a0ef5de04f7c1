import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { LOCAL_MACHINE } from './machine.mjs';
import { APP_BINARY } from './app-instance.mjs';
import { waitFor } from './wait.mjs';

const SERVER_BINARY = process.env.PARLOUR_SERVER ?? path.join(path.dirname(APP_BINARY), 'parlour-server');

/** A process of the real parlour-server. */
export class ParlourServer {
  #child;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} port
   * @param {string} log the file with its standard error
   */
  constructor(child, port, log) {
    this.#child = child;
    this.port = port;
    this.log = log;
  }

  /**
   * @param {{ log: string, listen?: string, args?: string[], env?: Record<string, string>,
   *   machine?: import('./machine.mjs').Machine }} options
   * @returns {Promise<ParlourServer>}
   */
  static async start({ log, listen = '127.0.0.1:0', args = [], env = {}, machine = LOCAL_MACHINE }) {
    const file = fs.openSync(log, 'a');
    const child = spawn(...machine.command(SERVER_BINARY, ['--listen', listen, ...args]), {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', file],
    });
    fs.closeSync(file);
    let output = '';
    let startError = '';
    child.on('error', (error) => (startError = error.message));
    child.stdout?.on('data', (/** @type {Buffer} */ chunk) => (output += chunk.toString()));
    const port = await waitFor('parlour-server listens', () => {
      if (startError || child.exitCode !== null) {
        throw new Error(startError || `it ended with ${child.exitCode}`);
      }
      return Number(/listening on .*:(\d+)\n/.exec(output)?.[1]);
    });
    return new ParlourServer(child, port, log);
  }

  get pid() {
    return Number(this.#child.pid);
  }

  /** Kills the server: its connections end without a close frame. */
  async crash() {
    this.#child.kill('SIGKILL');
    await waitFor('parlour-server has exited', () => this.#hasExited);
  }

  get #hasExited() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async stop() {
    if (!this.#hasExited) this.#child.kill('SIGTERM');
    const hasExited = () => this.#hasExited;
    await waitFor('parlour-server exits', hasExited, 5_000).catch(() => this.#child.kill('SIGKILL'));
  }
}
