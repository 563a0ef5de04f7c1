import { hostRoom, joinRoom } from '../e2e/harness/steps.mjs';
import { expect, test } from './fixtures.mjs';
import { atHome, takeEvents, waitForBothMedia } from './steps.mjs';

test("two homes find each other by relays, with nobody's server", async ({
  internet,
  relays,
  startRelayedApp,
}) => {
  const anna = await startRelayedApp('anna', atHome(internet, 'anna'));
  const ben = await startRelayedApp('ben', atHome(internet, 'ben'));
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  for (const relay of relays) expect(invite).toContain(`~${relay.address.replace('ws+', '')}`);
  await takeEvents(relays);
  const clicked = Date.now();
  const b = await joinRoom(ben, invite);
  await expect(b.page.getByText('Anna is here')).toBeVisible({ timeout: 10_000 });
  console.log(`from Join to the lobby that shows who is there: ${Date.now() - clicked} ms`);
  const entered = Date.now();
  await b.enter('Ben');
  await waitForBothMedia(a, b);
  console.log(`from Enter to both pictures: ${Date.now() - entered} ms`);
  const { events, largest } = await takeEvents(relays);
  console.log(`events of the pair: ${events}, the largest frame ${largest} bytes`);
  expect(await a.linkStats()).toMatchObject([{ candidatePair: expect.not.stringContaining('relay') }]);
  expect(events).toBeLessThanOrEqual(8);
  expect(largest).toBeLessThanOrEqual(4_096);
});
