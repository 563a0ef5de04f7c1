import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { waitFor } from '../../e2e/harness/wait.mjs';
import { run } from './namespace.mjs';

const PROGRAM = path.join(import.meta.dirname, '../../../target/debug/examples/open_ports');
const ECHO = path.join(import.meta.dirname, 'echo.mjs');

/** @typedef {import('./namespace.mjs').Namespace} Namespace */

/** The app's port mapper without the app, for one TCP and one UDP port with the same number, on which something answers. */
export class OpenPorts {
  #child;
  #echo;
  state = '';

  /**
   * @param {Namespace} machine
   * @param {string} stun `ADDRESS:PORT`
   * @param {number} port
   * @param {string} log
   */
  constructor(machine, stun, port, log) {
    const file = fs.openSync(log, 'a');
    this.#echo = spawn(...machine.command(process.execPath, [ECHO, 'serve', `${port}`]), { stdio: 'ignore' });
    this.#child = spawn(...machine.command(PROGRAM, [stun, `${port}`, `${port}`]), {
      stdio: ['pipe', 'pipe', file],
    });
    fs.closeSync(file);
    this.startedAt = Date.now();
    const { stdout } = this.#child;
    if (stdout) readline.createInterface({ input: stdout }).on('line', (line) => (this.state = line));
  }

  /**
   * Waits for a state of one address family.
   *
   * @param {'ipv4' | 'ipv6'} family
   * @param {RegExp} pattern
   * @param {number} [timeoutMs]
   */
  async waitFor(family, pattern, timeoutMs = 10_000) {
    const part = () => new RegExp(`${family}: (.*?)(, ipv6:| }$)`).exec(this.state)?.[1] ?? '';
    await waitFor(`${family} is ${pattern}`, () => pattern.test(part()) || this.#fail(), timeoutMs);
    return part();
  }

  /** @returns {never} */
  #fail() {
    throw new Error(this.state);
  }

  /** Ends the mappings, and waits until that is done. */
  async release() {
    this.#child.stdin?.end();
    await waitFor('the mappings are released', () => this.state === 'released');
    this.#echo.kill();
  }

  /** Ends it as a crash would. */
  kill() {
    this.#child.kill('SIGKILL');
    this.#echo.kill();
  }
}

/**
 * The answer at this address, asked from that machine: `tcp`, `udp` or nothing.
 *
 * @param {Namespace} machine
 * @param {'tcp' | 'udp'} protocol
 * @param {string} address
 * @param {number} port
 */
export const ask = (machine, protocol, address, port) =>
  run(...machine.command(process.execPath, [ECHO, 'ask', protocol, address, `${port}`]));
