import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const PROGRAM = path.join(import.meta.dirname, 'lab/faulty-server-process.mjs');

/** A server that can be told to misbehave. */
export class Rogue {
  #child;

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    this.#child = child;
  }

  /**
   * @param {import('./lab/host.mjs').Host} machine
   * @param {number} port
   * @param {number} upstream the real server's, on 127.0.0.1 there
   */
  static async start(machine, port, upstream) {
    const args = [PROGRAM, machine.address, port, upstream].map(String);
    const child = spawn(...machine.command(process.execPath, args), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new Rogue(child);
  }

  /**
   * From now on it is like that. Answers when connections came while it was as it was.
   *
   * @param {import('./lab/faulty-server-process.mjs').Mood} mood
   * @returns {Promise<number[]>}
   */
  async be(mood) {
    const answer = once(this.#child, 'message');
    this.#child.send(mood);
    return (await answer)[0];
  }

  end() {
    this.#child.kill();
  }
}
