import { hostRoom } from '../e2e/harness/steps.mjs';
import { waitFor } from '../e2e/harness/wait.mjs';
import { startAudioSampling } from './measure.mjs';

/** The app's port, where it is free. */
export const PORT = 18_420;

/** @typedef {import('../e2e/harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('../e2e/harness/app-instance.mjs').AppInstance} AppInstance */

/**
 * Joins with an invite, confirms an unknown server, and enters.
 *
 * @param {AppInstance} instance
 * @param {string} invite
 * @param {string} name
 */
export async function joinAndEnter(instance, invite, name) {
  await instance.window.fill('Invite link', invite);
  await instance.window.click('button', 'Join');
  await waitFor('the lobby opens', async () => {
    if (await instance.window.has('button', 'Cancel')) await instance.window.click('button', 'Join');
    return instance.window.has('button', 'Show call');
  });
  const page = await instance.callPage();
  await page.enter(name);
  return page;
}

/**
 * Starts a call between Anna and Ben, and waits until they see and hear each other.
 *
 * @param {AppInstance} anna
 * @param {AppInstance} ben
 * @returns {Promise<[CallPage, CallPage]>}
 */
export async function startCall(anna, ben) {
  const a = await hostRoom(anna, 'Anna');
  const b = await joinAndEnter(ben, await anna.invite(), 'Ben');
  await waitForBothMedia(a, b);
  await Promise.all([a, b].map(startAudioSampling));
  return [a, b];
}

/**
 * Waits until both see and hear each other.
 *
 * @param {CallPage} a
 * @param {CallPage} b
 */
export const waitForBothMedia = (a, b) =>
  Promise.all([a.waitForMedia(1, 30), b.waitForMedia(1, 30), a.waitForVideo('Ben'), b.waitForVideo('Anna')]);

/**
 * Waits until the invite names this address of the host's router, where the port is open.
 *
 * @param {AppInstance} host
 * @param {string} address
 */
export const invitationTo = (host, address) =>
  waitFor('the invite names the open port', async () => {
    const invite = await host.invite();
    return invite.includes(`${address}:`) && invite;
  });

/** @typedef {import('./lab/nostr-relay.mjs').NostrRelay} NostrRelay */
/** @typedef {import('./lab/internet.mjs').Internet} Internet */

/**
 * The distinct events that were published since the last call.
 *
 * @param {NostrRelay[]} relays
 */
export async function takeEvents(relays) {
  const counts = await Promise.all(relays.map((relay) => relay.takeCounts()));
  const bytes = counts.flatMap((count) => count.bytes);
  return { events: new Set(counts.flatMap((count) => count.events)).size, largest: Math.max(0, ...bytes) };
}

/** @type {(internet: Internet, name: string, nat?: import('./lab/router.mjs').Nat) => import('./lab/host.mjs').Host} */
export const atHome = (internet, name, nat = 'cone') => internet.addHost(name, internet.addHome(nat));
