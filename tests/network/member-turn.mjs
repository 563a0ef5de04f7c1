import { hostRoom } from '../e2e/harness/steps.mjs';

/** The app's port. */
const PORT = 18_420;

/** @typedef {import('./lab/internet.mjs').Internet} Internet */
/** @typedef {import('./lab/router.mjs').Nat} Nat */
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
 * A guest behind that NAT.
 *
 * @param {Internet} internet
 * @param {Fixtures['startAppOn']} startAppOn
 * @param {string} name
 * @param {Nat} nat
 */
export const guest = (internet, startAppOn, name, nat) =>
  startAppOn(name, internet.addHost(name, internet.addHome(nat)), { hostsOwnRooms: true, reach: 'open' });
