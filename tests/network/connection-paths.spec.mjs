import { sleep } from '../e2e/harness/wait.mjs';
import { mediaGaps } from './measure.mjs';
import { guest, mappedHost } from './member-turn.mjs';
import { joinAndEnter, PORT, startCall, waitForBothMedia } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

test("a call on a LAN, with the host's app as server, is direct", async ({ internet, startAppOn }) => {
  const home = internet.addHome('cone');
  const anna = await startAppOn('anna', internet.addHost('anna', home), { hostsOwnRooms: true });
  const ben = await startAppOn('ben', internet.addHost('ben', home), { hostsOwnRooms: true });
  const pages = await startCall(anna, ben);
  for (const page of pages)
    expect(await page.linkStats()).toMatchObject([{ candidatePair: 'host/host', protocol: 'udp' }]);
});

test('a call between a home whose router opens ports and a symmetric NAT needs no server of others', async ({
  internet,
  stun,
  startAppOn,
}, info) => {
  const { page, invite, router } = await mappedHost(internet, stun, startAppOn, info.outputPath('router'));
  const ben = await joinAndEnter(await guest(internet, startAppOn, 'ben', 'symmetric'), invite, 'Ben');
  await waitForBothMedia(page, ben);
  for (const one of [page, ben])
    expect(await one.linkStats()).toMatchObject([{ candidatePair: 'relay/relay', relayProtocol: 'udp' }]);
  const urls = (await ben.iceServers()).flatMap((server) => server.urls);
  expect(urls).toContain(`turn:${router.publicAddress}:${PORT}`);
});

/** @typedef {import('./lab/router.mjs').Nat} Nat */
/** @type {{ name: string, nats: [Nat, Nat], ice: ('stun' | 'udp' | 'tcp' | 'tls')[], anna: object, ben: object }[]} */
const PATHS = [
  {
    name: 'a call between two cone NATs with STUN is direct',
    nats: ['cone', 'cone'],
    ice: ['stun'],
    anna: { candidatePair: expect.not.stringContaining('relay'), protocol: 'udp' },
    ben: { candidatePair: expect.not.stringContaining('relay'), protocol: 'udp' },
  },
  {
    name: 'a call between two symmetric NATs is relayed by TURN',
    nats: ['symmetric', 'symmetric'],
    ice: ['stun', 'udp'],
    anna: { candidatePair: expect.stringContaining('relay') },
    ben: { candidatePair: expect.stringContaining('relay') },
  },
  {
    name: 'a call with UDP blocked is relayed by TURN over TCP',
    nats: ['no_udp', 'cone'],
    ice: ['stun', 'tcp'],
    anna: { candidatePair: expect.stringMatching(/^relay/), relayProtocol: 'tcp' },
    ben: { candidatePair: expect.stringContaining('relay') },
  },
  {
    name: 'a call with UDP blocked is relayed by TURN over TLS',
    nats: ['no_udp', 'cone'],
    ice: ['stun', 'tls'],
    anna: { candidatePair: expect.stringMatching(/^relay/), relayProtocol: 'tls' },
    ben: { candidatePair: expect.stringContaining('relay') },
  },
];

for (const { name, nats, ice, ...links } of PATHS) {
  test(name, async ({ internet, coturn, startServer, startAppOn }) => {
    await startServer(ice.map((one) => coturn[one]));
    const anna = await startAppOn('anna', internet.addHost('anna', internet.addHome(nats[0])));
    const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome(nats[1])));
    const [a, b] = await startCall(anna, ben);
    expect(await a.linkStats()).toMatchObject([links.anna]);
    expect(await b.linkStats()).toMatchObject([links.ben]);
  });
}

test('picture and sound go on while 5 % of all packets are lost', async ({
  internet,
  coturn,
  startServer,
  startAppOn,
}) => {
  await startServer([coturn.stun]);
  const home = internet.addHome('cone');
  const anna = await startAppOn('anna', internet.addHost('anna', home));
  const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')));
  const pages = await startCall(anna, ben);
  home.dropPackets(5);
  const since = Date.now();
  await sleep(20_000);
  for (const page of pages) {
    const { longestGapMs, soundShare } = await mediaGaps(page, since);
    expect(longestGapMs).toBeLessThan(1_500);
    expect(soundShare).toBeGreaterThan(0.85);
  }
});
