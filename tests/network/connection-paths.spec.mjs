import { pause } from '../e2e/harness/wait.mjs';
import { gaps } from './measure.mjs';
import { call } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

test('on a LAN, with the host’s app for a server', async ({ internet, person }) => {
  const home = internet.home('cone');
  const anna = await person('anna', internet.host('anna', home), { alone: true });
  const ben = await person('ben', internet.host('ben', home), { alone: true });
  const pages = await call(anna, ben);
  for (const page of pages)
    expect(await page.links()).toMatchObject([{ pair: 'host/host', protocol: 'udp' }]);
});

/** @typedef {import('./lab/router.mjs').Nat} Nat */
/** @type {{ name: string, nats: [Nat, Nat], ice: ('stun' | 'udp' | 'tcp' | 'tls')[], anna: object, ben: object }[]} */
const PATHS = [
  {
    name: 'two cone NATs with STUN: straight',
    nats: ['cone', 'cone'],
    ice: ['stun'],
    anna: { pair: expect.not.stringContaining('relay'), protocol: 'udp' },
    ben: { pair: expect.not.stringContaining('relay'), protocol: 'udp' },
  },
  {
    name: 'two symmetric NATs with TURN: through the relay',
    nats: ['symmetric', 'symmetric'],
    ice: ['stun', 'udp'],
    anna: { pair: expect.stringContaining('relay') },
    ben: { pair: expect.stringContaining('relay') },
  },
  {
    name: 'UDP blocked, TURN over TCP',
    nats: ['no_udp', 'cone'],
    ice: ['stun', 'tcp'],
    anna: { pair: expect.stringMatching(/^relay/), relay: 'tcp' },
    ben: { pair: expect.stringContaining('relay') },
  },
  {
    name: 'UDP blocked, TURN over TLS',
    nats: ['no_udp', 'cone'],
    ice: ['stun', 'tls'],
    anna: { pair: expect.stringMatching(/^relay/), relay: 'tls' },
    ben: { pair: expect.stringContaining('relay') },
  },
];

for (const { name, nats, ice, ...links } of PATHS) {
  test(name, async ({ internet, turn, serve, person }) => {
    await serve(ice.map((one) => turn[one]));
    const anna = await person('anna', internet.host('anna', internet.home(nats[0])));
    const ben = await person('ben', internet.host('ben', internet.home(nats[1])));
    const [a, b] = await call(anna, ben);
    expect(await a.links()).toMatchObject([links.anna]);
    expect(await b.links()).toMatchObject([links.ben]);
  });
}

test('a twentieth of all packets is lost: picture and sound go on', async ({
  internet,
  turn,
  serve,
  person,
}) => {
  await serve([turn.stun]);
  const home = internet.home('cone');
  const anna = await person('anna', internet.host('anna', home));
  const ben = await person('ben', internet.host('ben', internet.home('cone')));
  const pages = await call(anna, ben);
  home.lose(5);
  const since = Date.now();
  await pause(20_000);
  for (const page of pages) {
    const { picture, heard } = await gaps(page, since);
    expect(picture).toBeLessThan(1_500);
    expect(heard).toBeGreaterThan(0.85);
  }
});
