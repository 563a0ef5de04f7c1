import { hostRoom, joinRoom } from '../e2e/harness/steps.mjs';
import { waitFor } from '../e2e/harness/wait.mjs';
import { Miniupnpd } from './lab/miniupnpd.mjs';
import { atHome, invitationTo, PORT, takeEvents } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

test('one on the LAN, one by the mapped port and one by relays are in one room, which outlives its host', async ({
  internet,
  relays,
  startRelayedApp,
}, info) => {
  test.setTimeout(180_000);
  const home = internet.addHome('cone');
  await new Miniupnpd(home, info.outputPath('router'), ['pcp', 'upnp']).start();
  const office = internet.addHome('cone');
  office.denyTcpTo(PORT);
  const machines = {
    anna: internet.addHost('anna', home),
    cleo: internet.addHost('cleo', home),
    ben: atHome(internet, 'ben'),
    dan: internet.addHost('dan', office),
    emil: atHome(internet, 'emil'),
  };
  const start = (/** @type {keyof typeof machines} */ name) => startRelayedApp(name, machines[name]);
  const [anna, cleo, ben, dan] = await Promise.all([
    start('anna'),
    start('cleo'),
    start('ben'),
    start('dan'),
  ]);
  const a = await hostRoom(anna, 'Anna');
  const invite = await invitationTo(anna, home.publicAddress);
  const relaysConnected = (/** @type {import('./lab/host.mjs').Host} */ machine) =>
    machine.connectedTo().filter((end) => relays.some(({ address }) => address.endsWith(end)));

  const c = await joinRoom(cleo, invite);
  await c.enter('Cleo');
  const b = await joinRoom(ben, invite);
  await b.enter('Ben');
  await Promise.all([a, b, c].map((page) => page.waitForMedia(2, 15)));
  expect(machines.cleo.connectedTo()).toContain(`${machines.anna.address}:${PORT}`);
  expect(machines.ben.connectedTo()).toContain(`${home.publicAddress}:${PORT}`);
  for (const machine of [machines.cleo, machines.ben]) expect(relaysConnected(machine)).toEqual([]);
  expect((await takeEvents(relays)).events, 'of a room that nobody looks for by relays').toBe(0);

  const d = await joinRoom(dan, invite);
  await d.enter('Dan');
  await Promise.all([a, b, c, d].map((page) => page.waitForMedia(3, 15, 30_000)));
  for (const name of ['Anna', 'Ben', 'Cleo']) await d.waitForVideo(name);
  for (const page of [a, b, c]) await page.waitForVideo('Dan');
  expect(machines.dan.connectedTo().filter((end) => end.endsWith(`:${PORT}`))).toEqual([]);
  expect(relaysConnected(machines.dan)).toHaveLength(relays.length);
  await d.page.screenshot({ path: info.outputPath('four.png') });
  console.log(`for the third, who came by relays: ${(await takeEvents(relays)).events} events`);

  await a.leave();
  const rest = [b, c, d];
  await waitFor('the others are told that Anna has left', async () => {
    const links = await Promise.all(rest.map((page) => page.linkStats()));
    return links.every(({ length }) => length === 2);
  });
  const e = await joinRoom(await start('emil'), invite);
  await e.enter('Emil');
  await Promise.all([...rest, e].map((page) => page.waitForMedia(3, 15, 30_000)));
  for (const name of ['Ben', 'Cleo', 'Dan']) await e.waitForVideo(name);
  await e.page.screenshot({ path: info.outputPath('host-has-left.png') });
  console.log(`for the end of the host, and the fourth: ${(await takeEvents(relays)).events} events`);
});
