import { spawn } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = `${import.meta.dirname}/stun-server-process.mjs`;
const PORT = 3478;

/** Answers STUN binding requests (RFC 8489) on a machine of the internet, and does nothing else. */
export class StunServer {
  #process;

  /**
   * @param {import('node:child_process').ChildProcess} process
   * @param {string} address
   */
  constructor(process, address) {
    this.#process = process;
    this.url = `stun:${address}:${PORT}`;
  }

  /** @param {import('./host.mjs').Host} machine */
  static async start(machine) {
    const started = spawn(...machine.command(process.execPath, [PROGRAM, machine.address, `${PORT}`]), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(started, 'message');
    return new StunServer(started, machine.address);
  }

  stop() {
    this.#process.kill();
  }
}
