import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { waitFor } from '../../e2e/harness/wait.mjs';
import { run } from './namespace.mjs';

const PORT = 3478;
const TLS_PORT = 5349;
/** The server's name in the hosts file of every namespace. */
const SERVER_NAME = 'turn.test';

/** A real coturn: STUN, and TURN over UDP, TCP and TLS. */
export class Coturn {
  #child;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} address
   * @param {string} secretFile
   * @param {string} authority the file with the certificate to trust
   */
  constructor(child, address, secretFile, authority) {
    this.#child = child;
    this.secretFile = secretFile;
    this.authority = authority;
    this.stunAddress = `${address}:${PORT}`;
    this.stun = `stun:${address}:${PORT}`;
    this.udp = `turn:${address}:${PORT}?transport=udp`;
    this.tcp = `turn:${address}:${PORT}?transport=tcp`;
    this.tls = `turns:${SERVER_NAME}:${TLS_PORT}?transport=tcp`;
  }

  /**
   * @param {import('./host.mjs').Host} machine
   * @param {string} folder
   */
  static async start(machine, folder) {
    const { address } = machine;
    const inFolder = (/** @type {string} */ name) => path.join(folder, name);
    const secret = crypto.randomBytes(24).toString('hex');
    const { authority, certificate, key } = makeCertificates(inFolder);
    fs.writeFileSync(inFolder('secret'), secret, { mode: 0o600 });
    const lines = [
      ...[`listening-ip=${address}`, `relay-ip=${address}`, `listening-port=${PORT}`],
      ...[`tls-listening-port=${TLS_PORT}`, `cert=${certificate}`, `pkey=${key}`],
      ...['realm=parlour', 'use-auth-secret', `static-auth-secret=${secret}`, 'fingerprint'],
      ...['no-cli', 'no-multicast-peers', 'log-file=stdout', 'simple-log', `userdb=${inFolder('users')}`],
      `pidfile=${inFolder('pid')}`,
    ];
    fs.writeFileSync(inFolder('turnserver.conf'), lines.join('\n'), { mode: 0o600 });
    const log = fs.openSync(inFolder('turnserver.log'), 'a');
    const child = spawn(...machine.command('turnserver', ['-c', inFolder('turnserver.conf')]), {
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    const listening = `${address}:${TLS_PORT}`;
    await waitFor('coturn listens', () => run(...machine.command('ss', ['-lnt'])).includes(listening));
    return new Coturn(child, address, inFolder('secret'), authority);
  }

  stop() {
    this.#child.kill();
  }
}

/**
 * Makes a certificate for the server's name, and the authority that signs it.
 *
 * @param {(name: string) => string} inFolder
 */
function makeCertificates(inFolder) {
  const [authority, certificate, key] = ['authority.pem', 'server.pem', 'server.key'].map(inFolder);
  const common = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-batch'];
  const authorityKey = inFolder('authority.key');
  const openssl = (/** @type {string[]} */ ...args) => run('openssl', ['req', '-x509', ...common, ...args]);
  openssl('-subj', '/CN=the lab', '-keyout', authorityKey, '-out', String(authority));
  openssl(
    ...['-subj', `/CN=${SERVER_NAME}`, '-addext', `subjectAltName=DNS:${SERVER_NAME}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-CA', String(authority), '-CAkey', authorityKey],
    ...['-keyout', String(key), '-out', String(certificate)],
  );
  return { authority: String(authority), certificate: String(certificate), key: String(key) };
}

/**
 * Makes Chromium trust that authority.
 *
 * @param {string} home
 * @param {string} authority
 */
export function trustAuthority(home, authority) {
  // The folders of older and of newer versions of Chromium.
  for (const place of ['.pki/nssdb', '.local/share/pki/nssdb']) {
    const store = path.join(home, place);
    fs.mkdirSync(store, { recursive: true });
    run('certutil', ['-N', '--empty-password', '-d', `sql:${store}`]);
    run('certutil', ['-A', '-n', 'lab', '-t', 'C,,', '-i', authority, '-d', `sql:${store}`]);
  }
}
