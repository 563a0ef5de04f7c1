import { hostRoom, joinRoom } from "../e2e/harness/steps.mjs";
import { sleep, waitFor } from "../e2e/harness/wait.mjs";
import { expect, test } from "./fixtures.mjs";
import { waitForBothMedia } from "./steps.mjs";

/** @typedef {import('./lab/nostr-relay.mjs').NostrRelay} NostrRelay */
/** @typedef {import('./lab/internet.mjs').Internet} Internet */

/**
 * The distinct events that were published since the last call.
 *
 * @param {NostrRelay[]} relays
 */
async function takeEvents(relays) {
  const counts = await Promise.all(relays.map((relay) => relay.takeCounts()));
  const bytes = counts.flatMap((count) => count.bytes);
  return { events: new Set(counts.flatMap((count) => count.events)).size, largest: Math.max(0, ...bytes) };
}

/** @type {(internet: Internet, name: string, nat?: import('./lab/router.mjs').Nat) => import('./lab/host.mjs').Host} */
const atHome = (internet, name, nat = "cone") => internet.addHost(name, internet.addHome(nat));

test("two homes find each other by relays, with nobody's server, and are silent then", async ({
  internet,
  relays,
  startRelayedApp,
}) => {
  const anna = await startRelayedApp("anna", atHome(internet, "anna"));
  const ben = await startRelayedApp("ben", atHome(internet, "ben"));
  const a = await hostRoom(anna, "Anna");
  const invite = await anna.invite();
  for (const relay of relays) expect(invite).toContain(`~${relay.address}`);
  await takeEvents(relays);
  const clicked = Date.now();
  const b = await joinRoom(ben, invite);
  await expect(b.page.getByText("Anna is here")).toBeVisible({ timeout: 10_000 });
  console.log(`from Join to the lobby that shows who is there: ${Date.now() - clicked} ms`);
  const entered = Date.now();
  await b.enter("Ben");
  await waitForBothMedia(a, b);
  console.log(`from Enter to both pictures: ${Date.now() - entered} ms`);
  const { events, largest } = await takeEvents(relays);
  console.log(`events of the pair: ${events}, the largest frame ${largest} bytes`);
  expect(await a.linkStats()).toMatchObject([{ candidatePair: expect.not.stringContaining("relay") }]);
  await sleep(8_000);
  await takeEvents(relays);
  await sleep(60_000);
  expect((await takeEvents(relays)).events).toBe(0);
});
