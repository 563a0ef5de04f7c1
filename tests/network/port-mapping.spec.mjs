import path from 'node:path';
import { waitFor } from '../e2e/harness/wait.mjs';
import { run } from './lab/namespace.mjs';
import { Miniupnpd } from './lab/miniupnpd.mjs';
import { OpenPorts, ask } from './lab/open-ports.mjs';
import { expect, test } from './fixtures.mjs';

/** The app's port. */
const PORT = 18_420;

/** @typedef {import('./lab/miniupnpd.mjs').PortProtocol} PortProtocol */
/** @typedef {import('./lab/internet.mjs').Internet} Internet */

/**
 * A home with a router, and Anna's machine in it.
 *
 * @param {Internet} internet
 */
function home(internet) {
  const router = internet.addHome('cone');
  return { router, anna: internet.addHost('anna', router) };
}

/** @type {[PortProtocol, RegExp][]} */
const PROTOCOLS = [
  ['pcp', /method: Pcp/],
  ['nat-pmp', /method: NatPmp/],
  ['upnp', /method: Upnp/],
];

/** @type {(internet: Internet, router: import('./lab/router.mjs').Router) => boolean} */
const answers = (internet, router) => ask(internet.server, 'tcp', router.publicAddress, PORT) === 'tcp';

for (const [protocol, method] of PROTOCOLS) {
  test(`a router with ${protocol} alone opens both ports within 1.5 s, and closes them again`, async ({
    internet,
    coturn,
  }, info) => {
    const { router, anna } = home(internet);
    const daemon = await new Miniupnpd(router, info.outputPath('router'), [protocol]).start();
    const ports = new OpenPorts(anna, coturn.stunAddress, PORT, info.outputPath('ports.log'));
    const state = await ports.waitFor('ipv4', method);
    expect(Date.now() - ports.startedAt).toBeLessThan(1_500);
    expect(state).toContain(`tcp: Some(${router.publicAddress}:${PORT})`);
    expect(state).toContain(`udp: Some(${router.publicAddress}:${PORT})`);
    for (const kind of /** @type {const} */ (['tcp', 'udp'])) {
      expect(ask(internet.server, kind, router.publicAddress, PORT)).toBe(kind);
    }
    await ports.release();
    expect(daemon.rules()).not.toContain(`${PORT}`);
  });
}

test('a router that opens no ports is said to be so', async ({ internet, coturn }, info) => {
  const { anna } = home(internet);
  const ports = new OpenPorts(anna, coturn.stunAddress, PORT, info.outputPath('ports.log'));
  await ports.waitFor('ipv4', /Unavailable\(NoAnswer\)/);
  await ports.release();
});

test('behind two routers nothing is opened, and the reason is known', async ({ internet, coturn }, info) => {
  const outer = internet.addHome('cone');
  const inner = internet.addHome('cone', outer);
  await new Miniupnpd(inner, info.outputPath('router'), ['pcp', 'nat-pmp', 'upnp']).start();
  const anna = internet.addHost('anna', inner);
  const ports = new OpenPorts(anna, coturn.stunAddress, PORT, info.outputPath('ports.log'));
  await ports.waitFor('ipv4', /Unavailable\(BehindAnotherRouter\)/);
  await ports.release();
});

test('an address that the internet does not see is not ours', async ({ internet, coturn }, info) => {
  const { router, anna } = home(internet);
  const options = { externalAddress: '25.1.1.99' };
  const daemon = await new Miniupnpd(router, info.outputPath('router'), ['pcp'], options).start();
  const ports = new OpenPorts(anna, coturn.stunAddress, PORT, info.outputPath('ports.log'));
  await ports.waitFor('ipv4', /Unavailable\(BehindAnotherRouter\)/);
  expect(daemon.rules()).not.toContain(`${PORT}`);
  await ports.release();
});

test('an address that no STUN server confirms does not count', async ({ internet }, info) => {
  const { router, anna } = home(internet);
  await new Miniupnpd(router, info.outputPath('router'), ['pcp']).start();
  const nobody = `${internet.server.address}:9`;
  const ports = new OpenPorts(anna, nobody, PORT, info.outputPath('ports.log'));
  await ports.waitFor('ipv4', /Unavailable\(NotConfirmed\)/);
  await ports.release();
});

test('a router that restarts and announces itself is asked again at once', async ({
  internet,
  coturn,
}, info) => {
  const { router, anna } = home(internet);
  const daemon = await new Miniupnpd(router, info.outputPath('router'), ['pcp', 'nat-pmp', 'upnp']).start();
  const ports = new OpenPorts(anna, coturn.stunAddress, PORT, info.outputPath('ports.log'));
  await ports.waitFor('ipv4', /Mapped/);
  await daemon.restart();
  await waitFor('the port is open again', () => answers(internet, router), 8_000);
  await ports.release();
  expect(daemon.rules()).not.toContain(`${PORT}`);
});

for (const protocol of /** @type {const} */ (['pcp', 'upnp'])) {
  test(`a firewall for IPv6 opens a pinhole by ${protocol}`, async ({ internet, coturn }, info) => {
    const { router, anna } = home(internet);
    const address = internet.addIpv6(router, anna);
    const daemon = await new Miniupnpd(router, info.outputPath('router'), [protocol]).start();
    const ports = new OpenPorts(anna, coturn.stunAddress, PORT, info.outputPath('ports.log'));
    await ports.waitFor('ipv6', /Mapped/);
    expect(daemon.pinholes()).toContain(`${PORT}`);
    for (const kind of /** @type {const} */ (['tcp', 'udp'])) {
      // The first packet may be lost while machines that are new to IPv6 look for each other.
      await waitFor(`${kind} is let in`, () => ask(internet.server, kind, address, PORT) === kind, 8_000);
      expect(ask(internet.server, kind, address, 5351)).toBe('');
    }
    await ports.release();
    expect(daemon.pinholes()).not.toContain(`${PORT}`);
  });
}

test('another computer at home can neither take the mapping over nor end it', async ({
  internet,
  coturn,
}, info) => {
  const { router, anna } = home(internet);
  const eve = internet.addHost('eve', router);
  const daemon = await new Miniupnpd(router, info.outputPath('router'), ['pcp', 'nat-pmp', 'upnp']).start();
  const ports = new OpenPorts(anna, coturn.stunAddress, PORT, info.outputPath('ports.log'));
  await ports.waitFor('ipv4', /Mapped/);
  const attacks = [
    ['upnpc', '-a', eve.address, `${PORT}`, `${PORT}`, 'tcp'],
    ['upnpc', '-d', `${PORT}`, 'tcp'],
    ['natpmpc', '-a', `${PORT}`, `${PORT}`, 'tcp', '60'],
  ];
  for (const [program, ...args] of attacks) {
    try {
      run(...eve.command(String(program), args));
    } catch {
      // Refused.
    }
  }
  const rules = daemon.rules().split('\n');
  const own = rules.filter((rule) => rule.includes(` dport ${PORT} `));
  expect(own).toHaveLength(2);
  for (const rule of own) expect(rule).toContain(`dnat ip to ${anna.address}:${PORT}`);
  expect(answers(internet, router)).toBe(true);
  await ports.release();
});
