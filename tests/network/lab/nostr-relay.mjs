import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { waitFor } from '../../e2e/harness/wait.mjs';
import { run } from './namespace.mjs';

const ROOT = path.join(import.meta.dirname, '../../..');
/** A Python environment of its own, below the folder that is not part of the repository. */
const ENVIRONMENT = path.join(ROOT, 'target/nostr-relay');
const REQUIREMENTS = path.join(import.meta.dirname, 'nostr-relay-requirements.txt');
const PROXY_PROGRAM = path.join(import.meta.dirname, '../../e2e/proxy/nostr-relay-proxy-process.mjs');

/** The port of the relay itself, on 127.0.0.1 of its machine. */
const INNER_PORT = 6969;
/** The port of the proxy before it. */
const PORT = 7777;

/** Installs the relay from PyPI, once. */
export function installNostrRelay() {
  const installed = path.join(ENVIRONMENT, 'requirements.txt');
  const wanted = fs.readFileSync(REQUIREMENTS, 'utf8');
  if (fs.existsSync(installed) && fs.readFileSync(installed, 'utf8') === wanted) return;
  run('python3', ['-m', 'venv', '--clear', ENVIRONMENT]);
  run(path.join(ENVIRONMENT, 'bin/pip'), ['install', '--quiet', '--requirement', REQUIREMENTS]);
  fs.writeFileSync(installed, wanted);
}

/**
 * A real Nostr relay, the PyPI package nostr-relay, on a machine of its own. The proxy before it counts the events, and
 * misbehaves on request.
 */
export class NostrRelay {
  #relay;
  #proxy;

  /**
   * @param {import('node:child_process').ChildProcess} relay
   * @param {import('node:child_process').ChildProcess} proxy
   * @param {string} address
   */
  constructor(relay, proxy, address) {
    this.#relay = relay;
    this.#proxy = proxy;
    /** As in the settings. */
    this.address = `ws+${address}:${PORT}`;
  }

  /**
   * @param {import('./host.mjs').Host} machine
   * @param {string} folder
   * @param {number} [delayMs] the time from any machine to the relay, and back
   */
  static async start(machine, folder, delayMs = 0) {
    installNostrRelay();
    fs.mkdirSync(folder, { recursive: true });
    const config = path.join(folder, 'config.yaml');
    fs.writeFileSync(config, configuration(folder));
    const log = fs.openSync(path.join(folder, 'relay.log'), 'a');
    const relay = spawn(
      ...machine.command(path.join(ENVIRONMENT, 'bin/nostr-relay'), ['-c', config, 'serve']),
      { stdio: ['ignore', log, log], cwd: folder },
    );
    fs.closeSync(log);
    const listening = `127.0.0.1:${INNER_PORT}`;
    await waitFor('the relay listens', () => run(...machine.command('ss', ['-lnt'])).includes(listening));
    const args = [PROXY_PROGRAM, machine.address, PORT, INNER_PORT, delayMs].map(String);
    const proxy = spawn(...machine.command(process.execPath, args), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(proxy, 'message');
    return new NostrRelay(relay, proxy, machine.address);
  }

  /** @param {import('../../e2e/proxy/nostr-relay-proxy-process.mjs').Manner} manner applies from now on */
  setManner(manner) {
    return this.#ask({ manner });
  }

  /**
   * The events that were published since the last call, by their ids: the same one at several relays has one id.
   *
   * @returns {Promise<{ events: string[], bytes: number[], connections: number }>}
   */
  takeCounts() {
    return this.#ask({ takeCounts: true });
  }

  /** @param {object} request */
  async #ask(request) {
    const reply = once(this.#proxy, 'message');
    this.#proxy.send(request);
    return (await reply)[0];
  }

  stop() {
    this.#proxy.kill();
    this.#relay.kill();
  }
}

/** @param {string} folder */
const configuration = (folder) => `
relay_name: the lab's relay
storage:
  sqlalchemy.url: sqlite+aiosqlite:///${path.join(folder, 'events.sqlite3')}
  validators:
    - nostr_relay.validators.is_not_too_large
    - nostr_relay.validators.is_signed
    - nostr_relay.validators.is_recent
gunicorn:
  bind: 127.0.0.1:${INNER_PORT}
  workers: 1
  loglevel: info
authentication:
  enabled: false
subscription_limit: 32
`;
