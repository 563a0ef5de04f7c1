import { hostRoom } from '../e2e/harness/steps.mjs';
import { until } from '../e2e/harness/wait.mjs';
import { listen } from './measure.mjs';

/** @typedef {import('../e2e/harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('../e2e/harness/app-instance.mjs').Parlour} Parlour */

/**
 * Pastes an invite and enters, also when its server was never used before.
 *
 * @param {Parlour} parlour
 * @param {string} invite
 * @param {string} name
 */
export async function come(parlour, invite, name) {
  await parlour.window.fill('Invite link', invite);
  await parlour.window.click('button', 'Join');
  await until('the lobby opens, or a question', async () => {
    if (await parlour.window.has('button', 'Cancel')) await parlour.window.click('button', 'Join');
    return parlour.window.has('button', 'Show call');
  });
  const page = await parlour.page();
  await page.enter(name);
  return page;
}

/**
 * Anna and Ben in a call, each seeing and hearing the other.
 *
 * @param {Parlour} anna
 * @param {Parlour} ben
 * @returns {Promise<[CallPage, CallPage]>}
 */
export async function call(anna, ben) {
  const a = await hostRoom(anna, 'Anna');
  const b = await come(ben, await anna.invite(), 'Ben');
  await together(a, b);
  await Promise.all([a, b].map(listen));
  return [a, b];
}

/**
 * Both see and hear the other.
 *
 * @param {CallPage} a
 * @param {CallPage} b
 */
export const together = (a, b) =>
  Promise.all([a.media(1, 30), b.media(1, 30), a.moves('Ben'), b.moves('Anna')]);
