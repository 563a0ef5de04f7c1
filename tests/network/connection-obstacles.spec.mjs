/** The connection check in networks that let no call through, one obstacle each. */
import { ConnectionCheck } from '../e2e/harness/connection-check.mjs';
import { hostRoom, startRoom } from '../e2e/harness/steps.mjs';
import { startPortal, startProxy, startWebServer } from './lab/web.mjs';
import { guest, openHost } from './member-turn.mjs';
import { atHome, joinAndEnter, waitForBothMedia } from './steps.mjs';
import { expect, test } from './fixtures.mjs';

/** Until a link counts as failed, it is tried several times. */
const FAILED = { timeout: 60_000 };

/** @typedef {import('./fixtures.mjs').Fixtures} Fixtures */
/** @typedef {import('./lab/router.mjs').Nat} Nat */

/**
 * A call that does not come about: between two homes, with two STUN servers and no TURN server.
 *
 * @param {Pick<Fixtures, 'internet' | 'coturn' | 'stun' | 'startServer' | 'startAppOn'>} lab
 * @param {[Nat, Nat]} nats of Anna's and of Ben's router
 */
async function callWithoutWay({ internet, coturn, stun, startServer, startAppOn }, [ofAnna, ofBen]) {
  await startServer([coturn.stun, stun.url]);
  const anna = await startAppOn('anna', atHome(internet, 'anna', ofAnna));
  const ben = await startAppOn('ben', atHome(internet, 'ben', ofBen));
  const a = await hostRoom(anna, 'Anna');
  const b = await joinAndEnter(ben, await anna.invite(), 'Ben');
  return Promise.all([ConnectionCheck.open(a), ConnectionCheck.open(b)]);
}

test('UDP is blocked on one side: both are told on which, and what helps', async ({
  internet,
  coturn,
  stun,
  startServer,
  startAppOn,
}) => {
  const lab = { internet, coturn, stun, startServer, startAppOn };
  const [a, b] = await callWithoutWay(lab, ['no_udp', 'cone']);
  await a.expectWorst('udp_blocked');
  await expect(a.finding('link_udp_here')).toContainText('your network blocks calls', FAILED);
  await expect(b.finding('link_udp_there')).toContainText("Anna's network blocks calls", FAILED);
  await expect(b.finding('link_udp_there')).toContainText('Ask Anna to use another network');
  await b.expectFindings('udp_works', 'nat_stable');
});

test('symmetric on both sides: both are told that the two cannot meet', async ({
  internet,
  coturn,
  stun,
  startServer,
  startAppOn,
}) => {
  const lab = { internet, coturn, stun, startServer, startAppOn };
  const checks = await callWithoutWay(lab, ['symmetric', 'symmetric']);
  for (const check of checks) {
    await check.expectFindings('udp_works', 'nat_symmetric');
    await expect(check.finding('link_symmetric_both')).toContainText('On both sides', FAILED);
    await expect(check.finding('link_symmetric_both')).toContainText('Enter a TURN server');
    await check.expectWorst('link_symmetric_both');
  }
});

test('no relay answers: the host is told that others may not find the room', async ({
  internet,
  relays,
  startRelayedApp,
}) => {
  for (const relay of relays) relay.stop();
  const anna = await startRelayedApp('anna', atHome(internet, 'anna'));
  const check = await ConnectionCheck.open(await startRoom(anna));
  await check.expectWorst('relays_silent');
  await expect(check.finding('relays_silent')).toContainText('In this network');
  await check.finding('relays_silent').getByText('Details').click();
  await expect(check.finding('relays_silent').getByText('no answer')).toHaveCount(3);
});

for (const manner of /** @type {const} */ (['redirect', 'page'])) {
  test(`a captive portal (${manner}): the person is told to sign in`, async ({
    internet,
    stun,
    startAppOn,
  }) => {
    const hotel = internet.addHome('cone');
    await startPortal(hotel, manner);
    const anna = await startAppOn('anna', internet.addHost('anna', hotel), {
      hostsOwnRooms: true,
      reach: 'anywhere',
      settings: { relays: ['web.test', 'relay.test'], ice_servers: [{ urls: [stun.url] }] },
    });
    const check = await ConnectionCheck.open(await startRoom(anna));
    await check.expectWorst('web_portal');
    await expect(check.finding('web_portal')).toContainText('Open a web page in your browser and sign in');
  });
}

test('a wrong clock: the person is told by how much, and to set it', async ({
  internet,
  stun,
  startAppOn,
}) => {
  // The clock of all machines of the lab is that of this computer, so it is the others that are right.
  await startWebServer(internet.server, -90 * 60);
  const anna = await startAppOn('anna', atHome(internet, 'anna'), {
    hostsOwnRooms: true,
    reach: 'anywhere',
    settings: { relays: ['web.test'], ice_servers: [{ urls: [stun.url] }] },
  });
  const check = await ConnectionCheck.open(await startRoom(anna));
  const sentence = await check.expectWorst('clock_ahead');
  expect(sentence).toMatch(/^This computer's clock is (89|90|91) minutes ahead/);
  await expect(check.finding('clock_ahead')).toContainText('Set the clock of this computer');
  await check.expectFindings('web_works', 'udp_works');
});

test('a proxy is the only way out: the person is told that it carries no calls', async ({
  internet,
  stun,
  startAppOn,
}) => {
  const proxy = internet.addHost('proxy');
  const office = internet.addHome('cone');
  office.allowOnly(proxy.address);
  const anna = await startAppOn('anna', internet.addHost('anna', office), {
    hostsOwnRooms: true,
    reach: 'anywhere',
    settings: { relays: ['web.test'], ice_servers: [{ urls: [stun.url] }] },
    env: { HTTPS_PROXY: await startProxy(proxy) },
  });
  const check = await ConnectionCheck.open(await startRoom(anna));
  await check.expectWorst('web_proxy_only');
  await expect(check.finding('web_proxy_only')).toContainText('In an office, ask the people');
});

test("a call through a member's own TURN server is told to go through that person's Parlour", async ({
  internet,
  startAppOn,
}) => {
  const { page, invite } = await openHost(internet, startAppOn);
  const ben = await joinAndEnter(await guest(internet, startAppOn, 'ben', 'no_udp'), invite, 'Ben');
  await waitForBothMedia(page, ben);
  const [ofAnna, ofBen] = await Promise.all([ConnectionCheck.open(page), ConnectionCheck.open(ben)]);
  await expect(ofBen.dialog.getByText("Through Anna's Parlour, because this network")).toBeVisible();
  await expect(ofAnna.dialog.getByText('Through your own Parlour, because')).toBeVisible();
});
