import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const PROGRAM = path.join(import.meta.dirname, 'lab/faulty-server-process.mjs');

/** A proxy before parlour-server that misbehaves on request; it runs on another machine. */
export class FaultyServer {
  #child;

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    this.#child = child;
  }

  /**
   * @param {import('./lab/host.mjs').Host} machine
   * @param {number} port
   * @param {number} upstream the port of the real server, on 127.0.0.1 of that machine
   */
  static async start(machine, port, upstream) {
    const args = [PROGRAM, machine.address, port, upstream].map(String);
    const child = spawn(...machine.command(process.execPath, args), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new FaultyServer(child);
  }

  /**
   * @param {import('./lab/faulty-server-process.mjs').Mode} mode
   * @returns {Promise<number>} the number of connections since the last change
   */
  async setMode(mode) {
    const reply = once(this.#child, 'message');
    this.#child.send(mode);
    return (await reply)[0];
  }

  stop() {
    this.#child.kill();
  }
}
