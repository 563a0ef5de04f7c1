import { hostRoom } from '../e2e/harness/steps.mjs';
import { waitFor } from '../e2e/harness/wait.mjs';
import { Miniupnpd } from './lab/miniupnpd.mjs';
import { invitationTo, PORT, startCall, waitForBothMedia, joinAndEnter } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

test("two homes talk through the host's router, and no server is anywhere", async ({
  internet,
  stun,
  startAppOn,
}, info) => {
  const home = internet.addHome('cone');
  const daemon = await new Miniupnpd(home, info.outputPath('router'), ['pcp', 'upnp']).start();
  const settings = { ice_servers: [{ urls: [stun.url] }] };
  const options = /** @type {const} */ ({ hostsOwnRooms: true, reach: 'open', settings });
  const anna = await startAppOn('anna', internet.addHost('anna', home), options);
  const ben = await startAppOn('ben', internet.addHost('ben', internet.addHome('cone')), options);
  const [a, b] = await startCall(anna, ben);
  for (const page of [a, b]) {
    expect(await page.linkStats()).toMatchObject([{ candidatePair: expect.not.stringContaining('relay') }]);
  }
  expect(daemon.rules()).toContain('dnat ip to 192.168.1.10');
  await anna.window.click('button', 'Leave');
  await waitFor('the port is closed', () => !daemon.rules().includes('dnat'));
});

test('two homes that have nothing but IPv6 talk through a pinhole in the firewall of the host', async ({
  internet,
  startAppOn,
}, info) => {
  const [home, other] = [internet.addHome('cone'), internet.addHome('cone')];
  const machines = { anna: internet.addHost('anna', home), ben: internet.addHost('ben', other) };
  const address = internet.addIpv6(home, machines.anna);
  internet.addIpv6(other, machines.ben);
  other.denyIpv6FromOutside();
  for (const machine of Object.values(machines)) machine.removeIpv4();
  const daemon = await new Miniupnpd(home, info.outputPath('router'), ['pcp']).start();
  const options = /** @type {const} */ ({ hostsOwnRooms: true, reach: 'open' });
  const anna = await startAppOn('anna', machines.anna, options);
  const ben = await startAppOn('ben', machines.ben, options);
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  expect(invite).toContain(`/[${address}]:${PORT}/`);
  await waitFor('the firewall has a pinhole', () => daemon.pinholes().includes(`${PORT}`));
  const b = await joinAndEnter(ben, invite, 'Ben');
  await waitForBothMedia(a, b);
  for (const page of [a, b]) {
    expect(await page.linkStats()).toMatchObject([{ candidatePair: expect.not.stringContaining('relay') }]);
  }
  await anna.window.click('button', 'Leave');
  await waitFor('the pinhole is closed', () => !daemon.pinholes().includes(`${PORT}`));
});

test('a stranger who knows the open port but not the room gets no room of their own there', async ({
  internet,
  stun,
  startAppOn,
}, info) => {
  const home = internet.addHome('cone');
  await new Miniupnpd(home, info.outputPath('router'), ['pcp']).start();
  const settings = { ice_servers: [{ urls: [stun.url] }] };
  const anna = await startAppOn('anna', internet.addHost('anna', home), {
    hostsOwnRooms: true,
    reach: 'open',
    settings,
  });
  const a = await hostRoom(anna, 'Anna');
  await invitationTo(anna, home.publicAddress);
  const hosting = { kind: 'server', address: `ws+${home.publicAddress}:${PORT}` };
  const stranger = await startAppOn('mallory', internet.addHost('mallory', internet.addHome('cone')), {
    settings: { hosting },
  });
  await stranger.window.click('button', 'Start a room');
  await stranger.window.waitForText('The room is not open on any of the computers in this invite.');
  expect(await a.linkStats()).toEqual([]);
});
