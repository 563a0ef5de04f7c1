import { spawn } from 'node:child_process';
import { waitFor } from './wait.mjs';

/**
 * Starts a program that prints one line when it is ready, and returns that line.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {number} fd the file descriptor that the line is printed to
 */
async function startAndReadLine(command, args, fd) {
  const stdio = /** @type {import('node:child_process').StdioOptions} */ (
    [0, 1, 2, 3].map((n) => (n === fd ? 'pipe' : 'ignore'))
  );
  const child = spawn(command, args, { stdio });
  let output = '';
  child.stdio[fd]?.on('data', (/** @type {Buffer} */ chunk) => (output += chunk.toString()));
  await waitFor(`${command} starts`, () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    return output.includes('\n');
  });
  child.unref();
  /** @type {any} */ (child.stdio[fd]).unref?.();
  return { line: output.trim(), stop: () => void child.kill() };
}

/**
 * Starts a display and a session bus for the tests, also where the person at this computer has their own: no window
 * appears on their screen, and no link goes to the Parlour that they use.
 *
 * @returns {Promise<() => void>} a function that stops both
 */
export async function startVirtualDesktop() {
  const screen = ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'];
  const xvfb = await startAndReadLine('Xvfb', screen, 3);
  process.env.DISPLAY = `:${xvfb.line}`;
  const bus = await startAndReadLine('dbus-daemon', ['--session', '--nofork', '--print-address=1'], 1);
  process.env.DBUS_SESSION_BUS_ADDRESS = bus.line;
  return () => {
    bus.stop();
    xvfb.stop();
  };
}
