import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { waitFor } from './harness/wait.mjs';
import { hostRoom, joinRoom } from './harness/steps.mjs';
import { ParlourServer } from './harness/parlour-server.mjs';
import { expect, test } from './harness/fixtures.mjs';

/** The address of coturn: Chromium cannot use a TURN server on the loopback interface. */
const ADDRESS = Object.values(os.networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

test('a call with relay_only uses coturn, which accepts the credentials of the server', async ({
  startAppUsingServer,
}, info) => {
  test.skip(spawnSync('turnserver', ['--version']).error !== undefined, 'coturn is not installed');
  test.skip(!ADDRESS, 'this computer has no network address');
  const port = await freePort();
  const secret = crypto.randomBytes(24).toString('hex');
  const secretFile = info.outputPath('turn-secret');
  fs.writeFileSync(secretFile, secret, { mode: 0o600 });
  const configuration = info.outputPath('turnserver.conf');
  const lines = [
    ...[`listening-ip=${ADDRESS}`, `relay-ip=${ADDRESS}`, `listening-port=${port}`, 'realm=parlour'],
    ...['use-auth-secret', `static-auth-secret=${secret}`, 'no-tls', 'no-dtls', 'no-cli', 'log-file=stdout'],
    `userdb=${info.outputPath('turndb')}`,
  ];
  fs.writeFileSync(configuration, lines.join('\n'), { mode: 0o600 });
  const log = fs.openSync(info.outputPath('turnserver.log'), 'a');
  const coturn = spawn('turnserver', ['-c', configuration], { stdio: ['ignore', log, log] });
  const server = await ParlourServer.start({
    log: info.outputPath('parlour-server.log'),
    args: ['--turn', `turn:${ADDRESS}:${port}`, '--turn-secret-file', secretFile],
  });
  try {
    await waitFor('coturn listens', () => acceptsConnections(port));
    const address = `ws+127.0.0.1:${server.port}`;
    const relayOnly = { relay_only: true };
    const anna = await startAppUsingServer(address, { profile: 'anna' }, relayOnly);
    const ben = await startAppUsingServer(address, { profile: 'ben' }, relayOnly);
    const a = await hostRoom(anna, 'Anna');
    const b = await joinRoom(ben, await anna.invite());
    await b.enter('Ben');
    for (const page of [a, b]) {
      await page.waitForMedia(1, 30);
      expect((await page.linkStats()).map(({ candidatePair }) => candidatePair)).toEqual(['relay/relay']);
    }
  } finally {
    coturn.kill();
    await server.stop();
  }
});

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
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function acceptsConnections(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, ADDRESS, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
