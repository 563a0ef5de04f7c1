import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { kill } from '../../e2e/harness/processes.mjs';
import { until } from '../../e2e/harness/wait.mjs';

const DOOR = path.join(import.meta.dirname, 'port-forwarder.mjs');
/** The names that are known there. The second is the server's, which has the first address of the open network. */
const HOSTS = '127.0.0.1 localhost\n198.51.100.10 turn.test\n';
/** What is measured goes before what else the computer does. */
const PRIORITY = '-5';

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {string} [input]
 */
export const run = (program, args, input = '') =>
  execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

/** A machine of its own as far as the network goes; files and processes are this computer's. */
export class Namespace {
  /** Ports of this computer by the ports that they lead to. @type {Map<number, net.Server>} */
  #doors = new Map();
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #door;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-door-'));
  /** @param {string} name */
  constructor(name) {
    /** @type {string} */
    this.name = name;
    const etc = `/etc/netns/${name}`;
    fs.mkdirSync(etc, { recursive: true });
    fs.writeFileSync(`${etc}/resolv.conf`, '');
    fs.writeFileSync(`${etc}/hosts`, HOSTS);
    run('ip', ['netns', 'add', name]);
    this.ip('link set lo up');
    this.set('net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
    this.set('net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0');
  }

  /** @param {string} words of a command of ip(8) */
  ip(words) {
    return run('ip', ['-n', this.name, ...words.split(' ')]);
  }

  /** @param {string} rules of nft(8) */
  nft(rules) {
    run(...this.command('nft', ['-f', '-']), rules);
  }

  /** @param {string[]} values of sysctl(8) */
  set(...values) {
    run(...this.command('sysctl', ['-qw', ...values]));
  }

  /**
   * A cable to another one.
   *
   * @param {string} own name of the end here
   * @param {Namespace} other
   * @param {string} its name of the end there
   */
  cable(own, other, its) {
    run('ip', `link add ${own} netns ${this.name} type veth peer name ${its} netns ${other.name}`.split(' '));
    this.ip(`link set ${own} up`);
    other.ip(`link set ${its} up`);
  }

  /**
   * @param {string} program
   * @param {string[]} args
   * @returns {[string, string[]]}
   */
  command(program, args) {
    return ['ip', ['netns', 'exec', this.name, 'nice', '-n', PRIORITY, program, ...args]];
  }

  /** @param {number} port on 127.0.0.1 of the namespace */
  async reach(port) {
    const socket = await this.#open();
    let door = this.#doors.get(port);
    if (!door) {
      door = net.createServer((outside) => {
        const inside = net.connect(socket);
        inside.write(`${port}\n`);
        outside.pipe(inside).pipe(outside);
        for (const [one, other] of [
          [outside, inside],
          [inside, outside],
        ])
          one?.on('error', () => other?.destroy());
      });
      this.#doors.set(port, door);
      await new Promise((done) => door?.listen(0, '127.0.0.1', () => done(undefined)));
    }
    return /** @type {net.AddressInfo} */ (door.address()).port;
  }

  /** The process in the namespace that passes on what comes to a socket in the file system. */
  async #open() {
    const socket = path.join(this.#folder, 'door');
    if (!this.#door) {
      this.#door = spawn(...this.command(process.execPath, [DOOR, socket]), { stdio: 'ignore' });
      await until(`${this.name} can be reached`, () => fs.existsSync(socket));
    }
    return socket;
  }

  remove() {
    for (const door of this.#doors.values()) door.close();
    this.#door?.kill();
    removeNamespace(this.name);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Ends what runs in a namespace, and the namespace.
 *
 * @param {string} name
 */
export function removeNamespace(name) {
  for (const pid of run('ip', ['netns', 'pids', name]).split('\n').filter(Boolean)) {
    kill(Number(pid), 'SIGKILL');
  }
  run('ip', ['netns', 'delete', name]);
  fs.rmSync(`/etc/netns/${name}`, { recursive: true, force: true });
}
