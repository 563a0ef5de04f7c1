import fs from 'node:fs';
import tls from 'node:tls';
import { Coturn } from './harness/coturn.mjs';
import { expect, test } from './harness/fixtures.mjs';
import { ParlourServer } from './harness/parlour-server.mjs';
import { hostRoom, joinRoom } from './harness/steps.mjs';
import { TurnClient } from './harness/turn-client.mjs';

const QUOTA_REACHED = 486;
const FORBIDDEN = 403;

test.beforeEach(() => test.skip(Coturn.missing !== null, String(Coturn.missing)));

test('a call with relay_only uses coturn, which accepts the credentials of the server', async ({
  startAppUsingServer,
}, info) => {
  const coturn = await Coturn.start(info.outputPath('coturn'));
  const server = await ParlourServer.start({
    log: info.outputPath('parlour-server.log'),
    args: ['--turn', coturn.url, '--turn-secret-file', coturn.secretFile],
  });
  try {
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
    coturn.stop();
    await server.stop();
  }
});

test('the documented coturn relays to the internet, and to nothing near it', async ({}, info) => {
  const coturn = await Coturn.start(info.outputPath('coturn'));
  const client = new TurnClient({ ...coturn, ...coturn.credential('room') });
  try {
    expect(fs.readFileSync(coturn.log, 'utf8')).not.toMatch(/error|warning|wrong|bad|unknown/iu);
    expect(await client.allocate()).toBe(0);
    // A permission sends nothing to the peer.
    for (const peer of ['1.1.1.1', '9.255.255.255', '172.15.255.255', '192.169.0.0', coturn.address]) {
      expect([peer, await client.permit(peer)]).toEqual([peer, 0]);
    }
    const near = [
      ...[
        '0.0.0.1',
        '10.0.0.1',
        '10.255.255.255',
        '127.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
      ],
      ...['100.64.0.1', '100.100.100.200', '169.254.169.254', '168.63.129.16', '192.0.0.192'],
      ...['224.0.0.1', '239.255.255.250', '255.255.255.255'],
    ];
    for (const peer of near) expect([peer, await client.permit(peer)]).toEqual([peer, FORBIDDEN]);
    expect(await speaksTls(coturn)).toBe(true);
  } finally {
    client.close();
    coturn.stop();
  }
});

test('the documented coturn bounds what one room uses', async ({}, info) => {
  const coturn = await Coturn.start(info.outputPath('coturn'));
  const quota = Number(/^user-quota=(\d+)$/mu.exec(fs.readFileSync(coturn.configuration, 'utf8'))?.[1]);
  /** @type {TurnClient[]} */
  const clients = [];
  const allocate = (/** @type {string} */ room) => {
    const client = new TurnClient({ ...coturn, ...coturn.credential(room) });
    clients.push(client);
    return client.allocate();
  };
  try {
    for (let n = 0; n < quota; n += 1) expect(await allocate('one-room')).toBe(0);
    expect(await allocate('one-room')).toBe(QUOTA_REACHED);
    expect(await allocate('another-room')).toBe(0);
  } finally {
    for (const client of clients) client.close();
    coturn.stop();
  }
});

/**
 * @param {Coturn} coturn
 * @returns {Promise<boolean>}
 */
function speaksTls({ address, tlsPort }) {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: address, port: tlsPort, rejectUnauthorized: false });
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
