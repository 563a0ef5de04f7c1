/**
 * Where an instance runs: on this computer, or in a network namespace that acts as another one.
 *
 * @typedef {object} Machine
 * @property {(program: string, args: string[]) => [string, string[]]} command the command line that runs a program there
 * @property {(port: number) => Promise<number>} forwardPort a port on this computer that leads to that port of the
 *   machine's 127.0.0.1
 */

/** @type {Machine} */
export const LOCAL_MACHINE = {
  command: (program, args) => [program, args],
  forwardPort: (port) => Promise.resolve(port),
};
