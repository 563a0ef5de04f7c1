import { hostRoom } from '../e2e/harness/steps.mjs';
import { waitFor } from '../e2e/harness/wait.mjs';
import { Miniupnpd } from './lab/miniupnpd.mjs';
import { invitationTo, PORT } from './steps.mjs';

/** @typedef {import('./lab/internet.mjs').Internet} Internet */
/** @typedef {import('./lab/router.mjs').Nat} Nat */
/** @typedef {import('./lab/stun-server.mjs').StunServer} StunServer */
/** @typedef {import('./fixtures.mjs').Fixtures} Fixtures */

/**
 * A person at home whose router passes the app's port on hosts a room, and nothing else on this internet is a STUN or
 * TURN server.
 *
 * @param {Internet} internet
 * @param {Fixtures['startAppOn']} startAppOn
 */
export async function openHost(internet, startAppOn) {
  const router = internet.addHome('cone');
  const machine = internet.addHost('anna', router);
  router.forwardTo(PORT, machine.address);
  const app = await startAppOn('anna', machine, {
    hostsOwnRooms: true,
    forwardedAddress: router.publicAddress,
  });
  const page = await hostRoom(app, 'Anna');
  const invite = (await app.invite()).replace(`${machine.address}:`, `${router.publicAddress}:`);
  return { app, page, invite };
}

/**
 * A person at home whose router opens ports for the app hosts a room, and nothing else on this internet is a TURN server.
 *
 * @param {Internet} internet
 * @param {StunServer} stun
 * @param {Fixtures['startAppOn']} startAppOn
 * @param {string} folder
 */
export async function mappedHost(internet, stun, startAppOn, folder) {
  const router = internet.addHome('cone');
  const daemon = await new Miniupnpd(router, folder, ['pcp', 'upnp']).start();
  const app = await startAppOn('anna', internet.addHost('anna', router), {
    hostsOwnRooms: true,
    reach: 'open',
    settings: { ice_servers: [{ urls: [stun.url] }] },
  });
  const page = await hostRoom(app, 'Anna');
  const invite = await invitationTo(app, router.publicAddress);
  const openPorts = () => daemon.rules().match(new RegExp(`dport ${PORT} `, 'g'))?.length;
  await waitFor('the router has opened the port for TCP and UDP', () => openPorts() === 2);
  return { app, page, invite, router };
}

/**
 * A guest behind that NAT.
 *
 * @param {Internet} internet
 * @param {Fixtures['startAppOn']} startAppOn
 * @param {string} name
 * @param {Nat} nat
 */
export const guest = (internet, startAppOn, name, nat) =>
  startAppOn(name, internet.addHost(name, internet.addHome(nat)), { hostsOwnRooms: true, reach: 'open' });
