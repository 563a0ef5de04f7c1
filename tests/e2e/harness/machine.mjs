/**
 * Where an instance runs: this computer, or something that plays another one.
 *
 * @typedef {object} Machine
 * @property {(program: string, args: string[]) => [string, string[]]} command that runs a program there
 * @property {(port: number) => Promise<number>} reach the port here that leads to a port on its 127.0.0.1
 */

/** @type {Machine} */
export const HERE = {
  command: (program, args) => [program, args],
  reach: (port) => Promise.resolve(port),
};
