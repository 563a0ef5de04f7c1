import { hostRoom } from '../e2e/harness/steps.mjs';
import { waitFor } from '../e2e/harness/wait.mjs';
import { extendTimeout } from './disturbance.mjs';
import { measureWay } from './first-picture.mjs';
import { guest, mappedHost } from './member-turn.mjs';
import { Miniupnpd } from './lab/miniupnpd.mjs';
import { atHome, joinAndEnter, PORT } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

/** A link without TURN. */
const DIRECT = { candidatePair: expect.not.stringContaining('relay'), protocol: 'udp' };
const RELAYED = { candidatePair: 'relay/relay' };

test.beforeEach(extendTimeout);

test('the first picture on a LAN', async ({ internet, startAppOn }) => {
  const home = internet.addHome('cone');
  const options = { hostsOwnRooms: true };
  const anna = await startAppOn('anna', internet.addHost('anna', home), options);
  const page = await hostRoom(anna, 'Anna');
  const machine = internet.addHost('guest', home);
  await measureWay({
    name: 'LAN',
    invite: await anna.invite(),
    startGuest: (profile) => startAppOn(profile, machine, options),
    member: { name: 'Anna', page },
    link: DIRECT,
    pictureLimitMs: 1_000,
  });
});

test('the first picture by the port that a router opens', async ({ internet, stun, startAppOn }, info) => {
  const { page, invite } = await mappedHost(internet, stun, startAppOn, info.outputPath('router'));
  const machine = atHome(internet, 'guest');
  const settings = { ice_servers: [{ urls: [stun.url] }] };
  await measureWay({
    name: 'mapped port',
    invite,
    startGuest: (profile) => startAppOn(profile, machine, { hostsOwnRooms: true, reach: 'open', settings }),
    member: { name: 'Anna', page },
    link: DIRECT,
    pictureLimitMs: 1_000,
  });
});

test('the first picture by IPv6 alone', async ({ internet, startAppOn }, info) => {
  const [home, other] = [internet.addHome('cone'), internet.addHome('cone')];
  const [host, machine] = [internet.addHost('anna', home), internet.addHost('guest', other)];
  internet.addIpv6(home, host);
  internet.addIpv6(other, machine);
  other.denyIpv6FromOutside();
  for (const one of [host, machine]) one.removeIpv4();
  const daemon = await new Miniupnpd(home, info.outputPath('router'), ['pcp']).start();
  const options = /** @type {const} */ ({ hostsOwnRooms: true, reach: 'open' });
  const anna = await startAppOn('anna', host, options);
  const page = await hostRoom(anna, 'Anna');
  await waitFor('the firewall has a pinhole', () => daemon.pinholes().includes(`${PORT}`));
  await measureWay({
    name: 'IPv6 pinhole',
    invite: await anna.invite(),
    startGuest: (profile) => startAppOn(profile, machine, options),
    member: { name: 'Anna', page },
    link: DIRECT,
    pictureLimitMs: 1_000,
  });
});

for (const { name, delayMs } of [
  { name: 'relays', delayMs: 0 },
  { name: 'relays, 100 ms one way', delayMs: 100 },
]) {
  test.describe(() => {
    test.use({ relayDelayMs: delayMs });
    test(`the first picture by ${name}`, async ({ internet, startRelayedApp }) => {
      const anna = await startRelayedApp('anna', atHome(internet, 'anna'));
      const page = await hostRoom(anna, 'Anna');
      const machine = atHome(internet, 'guest');
      await measureWay({
        name,
        invite: await anna.invite(),
        startGuest: (profile) => startRelayedApp(profile, machine),
        member: { name: 'Anna', page },
        link: DIRECT,
        pictureLimitMs: 1_000,
        isByRelays: true,
      });
    });
  });
}

test("the first picture by relays, from a symmetric NAT through the newcomer's open home", async ({
  internet,
  startRelayedApp,
}, info) => {
  const anna = await startRelayedApp('anna', atHome(internet, 'anna', 'symmetric'));
  const page = await hostRoom(anna, 'Anna');
  const home = internet.addHome('cone');
  await new Miniupnpd(home, info.outputPath('router'), ['pcp', 'upnp']).start();
  const machine = internet.addHost('guest', home);
  await measureWay({
    name: "relays, symmetric NAT and the newcomer's open home",
    invite: await anna.invite(),
    startGuest: (profile) => startRelayedApp(profile, machine),
    member: { name: 'Anna', page },
    link: RELAYED,
    pictureLimitMs: 2_000,
    isByRelays: true,
  });
});

for (const { protocol, nat } of /** @type {const} */ ([
  { protocol: 'udp', nat: 'symmetric' },
  { protocol: 'tcp', nat: 'no_udp' },
])) {
  test(`the first picture through a third member's app by ${protocol}`, async ({
    internet,
    stun,
    startAppOn,
  }, info) => {
    const { page, invite } = await mappedHost(internet, stun, startAppOn, info.outputPath('router'));
    const ben = await joinAndEnter(await guest(internet, startAppOn, 'ben', 'symmetric'), invite, 'Ben');
    await Promise.all([page, ben].map((one) => one.waitForMedia(1, 15)));
    const machine = atHome(internet, 'guest', nat);
    await measureWay({
      name: `TURN in a third member's app by ${protocol.toUpperCase()}`,
      invite,
      startGuest: (profile) => startAppOn(profile, machine, { hostsOwnRooms: true, reach: 'open' }),
      member: { name: 'Ben', page: ben },
      count: 2,
      link: { ...RELAYED, relayProtocol: protocol },
      pictureLimitMs: 2_000,
    });
  });
}
