import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { waitFor } from './wait.mjs';

/** The configuration that the documentation gives to people. */
const DOCUMENTED = path.resolve(import.meta.dirname, '../../../docs/turnserver.conf');

/** The address of coturn: Chromium cannot use a TURN server on the loopback interface. */
const ADDRESS = Object.values(os.networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

/** A real coturn with the documented configuration, on ports of its own. */
export class Coturn {
  #child;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {{ address: string, port: number, tlsPort: number, secret: string, secretFile: string, log: string,
   *   configuration: string }} at
   */
  constructor(child, at) {
    this.#child = child;
    this.address = at.address;
    this.port = at.port;
    this.tlsPort = at.tlsPort;
    this.secretFile = at.secretFile;
    this.secret = at.secret;
    this.log = at.log;
    this.configuration = at.configuration;
  }

  /** Why it cannot run here, or null. */
  static get missing() {
    if (spawnSync('turnserver', ['--version']).error) return 'coturn is not installed';
    return ADDRESS ? null : 'this computer has no network address';
  }

  /**
   * @param {string} folder
   * @returns {Promise<Coturn>}
   */
  static async start(folder) {
    fs.mkdirSync(folder, { recursive: true });
    const inFolder = (/** @type {string} */ name) => path.join(folder, name);
    const address = String(ADDRESS);
    const [port, tlsPort] = [await freePort(), await freePort()];
    const [secret, secretFile, log] = [
      crypto.randomBytes(24).toString('hex'),
      inFolder('turn-secret'),
      inFolder('turnserver.log'),
    ];
    fs.writeFileSync(secretFile, secret, { mode: 0o600 });
    makeCertificate(inFolder('key.pem'), inFolder('certificate.pem'));
    const configuration = changed(fs.readFileSync(DOCUMENTED, 'utf8'), {
      'listening-port': String(port),
      'tls-listening-port': String(tlsPort),
      'static-auth-secret': secret,
      cert: inFolder('certificate.pem'),
      pkey: inFolder('key.pem'),
      'log-file': 'stdout',
    });
    // Both ends of a call use this server, so a relay has to reach the other relay.
    const own = [`listening-ip=${address}`, `relay-ip=${address}`, `allowed-peer-ip=${address}`];
    const files = [`userdb=${inFolder('users')}`, `pidfile=${inFolder('pid')}`];
    fs.writeFileSync(inFolder('turnserver.conf'), [configuration, ...own, ...files].join('\n'), {
      mode: 0o600,
    });
    const output = fs.openSync(log, 'a');
    const child = spawn('turnserver', ['-c', inFolder('turnserver.conf')], {
      stdio: ['ignore', output, output],
    });
    fs.closeSync(output);
    await waitFor('coturn listens', () => accepts(address, port));
    return new Coturn(child, {
      address,
      port,
      tlsPort,
      secret,
      secretFile,
      log,
      configuration: inFolder('turnserver.conf'),
    });
  }

  get url() {
    return `turn:${this.address}:${this.port}`;
  }

  /**
   * A credential as parlour-server makes it.
   *
   * @param {string} name
   */
  credential(name) {
    const username = `${Math.floor(Date.now() / 1000) + 600}:${name}`;
    return { username, password: crypto.createHmac('sha1', this.secret).update(username).digest('base64') };
  }

  stop() {
    this.#child.kill();
  }
}

/**
 * Gives lines of a configuration other values. Each has to be there.
 *
 * @param {string} text
 * @param {Record<string, string>} values
 */
function changed(text, values) {
  return Object.entries(values).reduce((lines, [key, value]) => {
    const line = new RegExp(`^${key}=.*$`, 'm');
    if (!line.test(lines)) throw new Error(`the documented configuration has no ${key}`);
    return lines.replace(line, `${key}=${value}`);
  }, text);
}

/**
 * @param {string} key
 * @param {string} certificate
 */
function makeCertificate(key, certificate) {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-batch'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, ADDRESS, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * @param {string} address
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function accepts(address, port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, address, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
