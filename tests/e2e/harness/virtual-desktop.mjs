import { spawn } from 'node:child_process';
import { until } from './wait.mjs';

/**
 * Starts a program that prints one line when it is ready, and answers with that line.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {number} fd where the line is printed
 */
async function startAndHear(command, args, fd) {
  const stdio = /** @type {import('node:child_process').StdioOptions} */ (
    [0, 1, 2, 3].map((n) => (n === fd ? 'pipe' : 'ignore'))
  );
  const child = spawn(command, args, { stdio });
  let said = '';
  child.stdio[fd]?.on('data', (/** @type {Buffer} */ chunk) => (said += chunk.toString()));
  await until(`${command} starts`, () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    return said.includes('\n');
  });
  child.unref();
  /** @type {any} */ (child.stdio[fd]).unref?.();
  return { line: said.trim(), stop: () => void child.kill() };
}

/**
 * A display and a session bus of the tests' own, also where the person has some: no window comes up on their screen, and
 * no link goes to the Parlour that they use. Answers how to end them.
 *
 * @returns {Promise<() => void>}
 */
export async function desk() {
  const screen = ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'];
  const xvfb = await startAndHear('Xvfb', screen, 3);
  process.env.DISPLAY = `:${xvfb.line}`;
  const bus = await startAndHear('dbus-daemon', ['--session', '--nofork', '--print-address=1'], 1);
  process.env.DBUS_SESSION_BUS_ADDRESS = bus.line;
  return () => {
    bus.stop();
    xvfb.stop();
  };
}
