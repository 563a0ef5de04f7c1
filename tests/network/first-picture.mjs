import { sleep, waitFor } from '../e2e/harness/wait.mjs';
import { REPETITIONS, recordAndCheck } from './disturbance.mjs';
import { expect } from './fixtures.mjs';
import { traceSince } from './measure.mjs';

/** @typedef {import('../e2e/harness/call-page.mjs').CallPage} CallPage */
/** @typedef {import('../e2e/harness/app-instance.mjs').AppInstance} AppInstance */

/** From *Join* until the lobby says who is there. */
const LOBBY_LIMIT_MS = 2_000;
/** A relay is sent six events in this time at most; the host of a room needs two or three for each newcomer. */
const RELAY_WINDOW_MS = 10_000;

/**
 * A way to a room and through it to one of its members.
 *
 * @typedef {object} Way
 * @property {string} name
 * @property {string} invite
 * @property {(profile: string) => Promise<AppInstance>} startGuest starts an app that was never in the room
 * @property {{ name: string, page: CallPage }} member the one whose picture is waited for
 * @property {number} [count] the number of members
 * @property {Record<string, unknown>} link what the guest's links are like
 * @property {number} pictureLimitMs from *Enter*
 * @property {boolean} [isByRelays] newcomers come as slowly as the budget of the relays allows
 */

/**
 * A newcomer joins, enters, and leaves again, five times. Measures the time from *Join* to a lobby that shows who is there,
 * and from *Enter* until the newcomer and the member each see the other.
 *
 * @param {Way} way
 */
export async function measureWay({
  name,
  invite,
  startGuest,
  member,
  count = 1,
  link,
  pictureLimitMs,
  isByRelays = false,
}) {
  /** @type {{ lobby: number[], newcomer: number[], member: number[] }} */
  const timesMs = { lobby: [], newcomer: [], member: [] };
  for (let nth = 1; nth <= REPETITIONS; nth += 1) {
    const guest = await startGuest(`guest${nth}`);
    await guest.window.fill('Invite link', invite);
    const clickedAt = Date.now();
    await guest.window.click('button', 'Join');
    const page = await guest.callPage();
    timesMs.lobby.push((await lobbyShowsAt(page, member.name)) - clickedAt);
    await page.enter(`Guest${nth}`);
    timesMs.newcomer.push(await firstPicture(page, member.name, await enteredAt(page)));
    timesMs.member.push(await firstPicture(member.page, `Guest${nth}`, await enteredAt(page)));
    await page.waitForMedia(count, 15);
    for (const one of await page.linkStats()) expect(one, name).toMatchObject(link);
    await page.leave();
    await waitFor('the others are told', async () => (await member.page.linkStats()).length === count - 1);
    await guest.stop();
    if (isByRelays) await sleep(RELAY_WINDOW_MS);
  }
  recordAndCheck(`${name}: lobby`, LOBBY_LIMIT_MS, timesMs.lobby);
  recordAndCheck(`${name}: newcomer's picture`, pictureLimitMs, timesMs.newcomer);
  recordAndCheck(`${name}: member's picture`, pictureLimitMs, timesMs.member);
}

/**
 * When the lobby says that this person is there, to a frame.
 *
 * @param {CallPage} page
 * @param {string} name
 */
async function lobbyShowsAt({ page }, name) {
  return page.evaluate(
    (pattern) =>
      /** @type {Promise<number>} */ (
        new Promise((done) => {
          const look = () => {
            if (new RegExp(pattern).test(document.body.innerText)) done(Date.now());
            else requestAnimationFrame(look);
          };
          look();
        })
      ),
    `\\b${name}\\b.* (is|are) here`,
  );
}

/** When *Enter* was clicked. @param {CallPage} page */
const enteredAt = async (page) =>
  Number((await page.events()).find(({ what }) => what === 'Enter')?.at ?? Number.NaN);

/**
 * The time until the first frame of that person was shown.
 *
 * @param {CallPage} page
 * @param {string} name
 * @param {number} since
 */
async function firstPicture(page, name, since) {
  const peer = await page.tile(name).getAttribute('data-peer');
  const shownAt = await waitFor(
    `${name} is seen`,
    async () => (await traceSince(page, since)).frames.find((frame) => frame.peer === peer)?.at,
  );
  return shownAt - since;
}
