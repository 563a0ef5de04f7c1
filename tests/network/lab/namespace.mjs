import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { kill } from '../../e2e/harness/processes.mjs';
import { waitFor } from '../../e2e/harness/wait.mjs';

const FORWARDER_PROGRAM = path.join(import.meta.dirname, 'port-forwarder.mjs');
/** The names are the server's, which has the first address of the public network. */
const HOSTS_FILE = '127.0.0.1 localhost\n25.1.1.10 turn.test web.test relay.test\n';
/** The measured programs run before everything else on this computer. */
const NICENESS = '-5';

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {string} [input]
 */
export const run = (program, args, input = '') =>
  execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

/** A network namespace: a machine with its own network that shares this computer's files and processes. */
export class Namespace {
  /** Listeners on this computer, by the port of the namespace that they forward to. @type {Map<number, net.Server>} */
  #listeners = new Map();
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #forwarder;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parlour-forwarder-'));
  /** @param {string} name */
  constructor(name) {
    /** @type {string} */
    this.name = name;
    const etc = `/etc/netns/${name}`;
    fs.mkdirSync(etc, { recursive: true });
    fs.writeFileSync(`${etc}/resolv.conf`, '');
    fs.writeFileSync(`${etc}/hosts`, HOSTS_FILE);
    run('ip', ['netns', 'add', name]);
    this.ip('link set lo up');
    this.sysctl('net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
    this.sysctl('net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0');
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
  sysctl(...values) {
    run(...this.command('sysctl', ['-qw', ...values]));
  }

  /** Lets its interfaces have IPv6 addresses, which count at once. */
  enableIpv6() {
    this.sysctl('net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0');
    this.sysctl('net.ipv6.conf.all.disable_ipv6=0', 'net.ipv6.conf.default.disable_ipv6=0');
  }

  /** The ends of its TCP connections elsewhere, as `ADDRESS:PORT`. */
  connectedTo() {
    const lines = run(...this.command('ss', ['-Htn', 'state', 'established'])).split('\n');
    return lines.map((line) => line.trim().split(/\s+/).at(-1) ?? '').filter(Boolean);
  }

  /**
   * Connects this namespace to another one by a pair of interfaces.
   *
   * @param {string} name of the interface here
   * @param {Namespace} peer
   * @param {string} peerName name of the interface there
   */
  addVethPair(name, peer, peerName) {
    const ends = `link add ${name} netns ${this.name} type veth peer name ${peerName} netns ${peer.name}`;
    run('ip', ends.split(' '));
    this.ip(`link set ${name} up`);
    peer.ip(`link set ${peerName} up`);
  }

  /**
   * @param {string} program
   * @param {string[]} args
   * @returns {[string, string[]]}
   */
  command(program, args) {
    return ['ip', ['netns', 'exec', this.name, 'nice', '-n', NICENESS, program, ...args]];
  }

  /** @param {number} port on 127.0.0.1 of the namespace */
  async forwardPort(port) {
    const socket = await this.#startForwarder();
    let listener = this.#listeners.get(port);
    if (!listener) {
      listener = net.createServer((client) => {
        const forwarder = net.connect(socket);
        forwarder.write(`${port}\n`);
        client.pipe(forwarder).pipe(client);
        client.on('error', () => forwarder.destroy());
        forwarder.on('error', () => client.destroy());
      });
      this.#listeners.set(port, listener);
      await new Promise((done) => listener?.listen(0, '127.0.0.1', () => done(undefined)));
    }
    return /** @type {net.AddressInfo} */ (listener.address()).port;
  }

  /** Starts the process in the namespace that forwards connections of a Unix socket, and returns the socket's path. */
  async #startForwarder() {
    const socket = path.join(this.#folder, 'socket');
    if (!this.#forwarder) {
      this.#forwarder = spawn(...this.command(process.execPath, [FORWARDER_PROGRAM, socket]), {
        stdio: 'ignore',
      });
      await waitFor(`${this.name} can be reached`, () => fs.existsSync(socket));
    }
    return socket;
  }

  remove() {
    for (const listener of this.#listeners.values()) listener.close();
    this.#forwarder?.kill();
    removeNamespace(this.name);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Kills the processes in a namespace, and removes it.
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
