import { hostRoom, joinRoom } from '../e2e/harness/steps.mjs';
import { sleep, waitFor } from '../e2e/harness/wait.mjs';
import { measureRecovery, extendTimeout } from './disturbance.mjs';
import { expect, test } from './fixtures.mjs';
import { startAudioSampling } from './measure.mjs';
import { atHome, takeEvents, waitForBothMedia } from './steps.mjs';

/** @typedef {import('./lab/host.mjs').Host} Host */

test('a call that was made by relays tells them nothing for a minute', async ({
  internet,
  relays,
  startRelayedApp,
}) => {
  const anna = await startRelayedApp('anna', atHome(internet, 'anna'));
  const ben = await startRelayedApp('ben', atHome(internet, 'ben'));
  const a = await hostRoom(anna, 'Anna');
  const b = await joinRoom(ben, await anna.invite());
  await b.enter('Ben');
  await waitForBothMedia(a, b);
  // Events that were sent for the call may still be confirmed.
  await waitFor('the relays are told no more', async () => {
    await takeEvents(relays);
    await sleep(4_000);
    return (await takeEvents(relays)).events === 0;
  });
  await sleep(60_000);
  expect((await takeEvents(relays)).events).toBe(0);
});

test('one at home and one by relays are in one room with the host, and a fourth comes when the host has left', async ({
  internet,
  startRelayedApp,
}) => {
  const home = internet.addHome('cone');
  const anna = await startRelayedApp('anna', internet.addHost('anna', home));
  const cleo = await startRelayedApp('cleo', internet.addHost('cleo', home));
  const ben = await startRelayedApp('ben', atHome(internet, 'ben'));
  const dan = await startRelayedApp('dan', atHome(internet, 'dan'));
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const b = await joinRoom(ben, invite);
  await b.enter('Ben');
  await waitForBothMedia(a, b);
  const c = await joinRoom(cleo, invite);
  await c.enter('Cleo');
  await Promise.all([a, b, c].map((page) => page.waitForMedia(2, 15)));
  await a.leave();
  await waitFor('the others are told that Anna has left', async () => (await b.linkStats()).length === 1);
  const d = await joinRoom(dan, invite);
  await d.enter('Dan');
  await Promise.all([b, c, d].map((page) => page.waitForMedia(2, 15)));
});

test('relays that lie, lose and delay cost nobody the call', async ({
  internet,
  relays,
  startRelayedApp,
}) => {
  const manners = /** @type {const} */ (['lying', 'dropping', { delayMs: 1_000 }]);
  for (const [nth, manner] of manners.entries()) await relays[nth]?.setManner(manner);
  const anna = await startRelayedApp('anna', atHome(internet, 'anna'));
  const ben = await startRelayedApp('ben', atHome(internet, 'ben'));
  const a = await hostRoom(anna, 'Anna');
  const b = await joinRoom(ben, await anna.invite());
  await b.enter('Ben');
  await waitForBothMedia(a, b);
});

test('a call goes on when all relays die, and through a cut then', async ({
  internet,
  relays,
  startRelayedApp,
}) => {
  const anna = await startRelayedApp('anna', atHome(internet, 'anna'));
  const machine = atHome(internet, 'ben');
  const ben = await startRelayedApp('ben', machine);
  const a = await hostRoom(anna, 'Anna');
  const b = await joinRoom(ben, await anna.invite());
  await b.enter('Ben');
  await waitForBothMedia(a, b);
  for (const relay of relays) relay.stop();
  await waitForBothMedia(a, b);
  machine.setInterfaceDown();
  await sleep(10_000);
  machine.setInterfaceUp();
  await waitForBothMedia(a, b);
});

test('a call that was made by relays goes on when either side changes its network, and the room is still found', async ({
  internet,
  relays,
  startRelayedApp,
}) => {
  extendTimeout();
  const machines = [atHome(internet, 'anna'), atHome(internet, 'ben')];
  const others = machines.map((machine) => machine.addInterface(internet.addHome('cone')));
  const [anna, ben] = await Promise.all(
    ['anna', 'ben'].map((name, i) => startRelayedApp(name, /** @type {Host} */ (machines[i]))),
  );
  if (!anna || !ben) throw new Error('not started');
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const b = await joinRoom(ben, invite);
  await b.enter('Ben');
  await waitForBothMedia(a, b);
  await Promise.all([a, b].map(startAudioSampling));
  const name = 'change of network, met by relays';
  await measureRecovery(name, [a, b], { sound: 5_000, picture: 5_000 }, (nth) => {
    const [machine, other] = [machines[nth % 2], others[nth % 2]];
    if (machine && other) others[nth % 2] = machine.switchTo(other);
    return Promise.resolve(Date.now());
  });
  expect((await takeEvents(relays)).events).toBeGreaterThan(0);
  const c = await joinRoom(await startRelayedApp('cleo', atHome(internet, 'cleo')), invite);
  await c.enter('Cleo');
  await Promise.all([a, b, c].map((page) => page.waitForMedia(2, 15)));
});
