import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const KIND = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-batch'];

/** @param {string[]} args */
function openssl(...args) {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
}

/**
 * Makes a certificate authority, and a certificate of it for this computer.
 *
 * @param {string} dir
 */
export function makeCertificate(dir) {
  const file = (/** @type {string} */ name) => path.join(dir, name);
  const [ca, caKey, cert, key, request, extensions] = [
    file('ca.pem'),
    file('ca.key'),
    file('cert.pem'),
    file('cert.key'),
    file('cert.csr'),
    file('cert.ext'),
  ];
  fs.writeFileSync(extensions, 'subjectAltName = DNS:localhost, IP:127.0.0.1\n');
  openssl('req', '-x509', ...KIND, '-subj', '/CN=Test authority', '-keyout', caKey, '-out', ca);
  openssl('req', ...KIND, '-subj', '/CN=localhost', '-keyout', key, '-out', request);
  openssl(
    ...['x509', '-req', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial'],
    ...['-days', '2', '-extfile', extensions, '-out', cert],
  );
  return { ca, cert, key };
}
