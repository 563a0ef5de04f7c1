import { forgeHello, secretOfInvite } from './proxy/forged-hello.mjs';
import {
  leaveToHome,
  hostAndJoinLobby,
  expectNoCrash,
  expectCallOfTwo,
  TAMPERING_WARNING,
} from './proxy/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';
import * as attacks from './proxy/attacks.mjs';

/**
 * The peer id of the other participant on this page.
 *
 * @param {import('./harness/call-page.mjs').CallPage} page
 */
const otherPeerOf = (page) => page.page.locator('[data-peer]:visible').getAttribute('data-peer');

test('a server that lies brings nobody into a call and keeps nobody out, and people are warned once', async ({
  signalingProxy,
  startAppUsingServer,
}) => {
  const anna = await startAppUsingServer(signalingProxy.address, { profile: 'anna' });
  const ben = await startAppUsingServer(signalingProxy.address, { profile: 'ben' });

  const firstPeers =
    await test.step('invented peers, swapped hellos; corrupted, replayed, reflected and reordered envelopes', async () => {
      signalingProxy.setAttacks(
        attacks.inventPeers(),
        attacks.swapHellos(),
        attacks.corruptEnvelopes(),
        attacks.replayEnvelopes(),
        attacks.reflectEnvelopes(),
        attacks.reorderEnvelopes(),
      );
      const { a, b } = await hostAndJoinLobby(anna, ben);
      await expect(b.page.getByText('Anna is here.')).toBeVisible();
      await b.enter('Ben');
      await expectCallOfTwo(a, b);
      for (const { page } of [a, b]) await expect(page.getByText(TAMPERING_WARNING)).toHaveCount(1);
      await a.page.getByRole('button', { name: 'Dismiss' }).click();
      const peers = signalingProxy.connections.map(({ hello, peer }) => ({ hello, peer }));
      await leaveToHome(ben, anna);
      return peers;
    });

  await test.step('in a second room: envelopes of the first, and hellos forged with the invite', async () => {
    signalingProxy.setAttacks();
    const recorded = signalingProxy.recordedFrames
      .filter(({ direction }) => direction === 'down')
      .map(({ text }) => JSON.parse(text))
      .filter(({ type }) => type === 'signal');
    expect(recorded.length).toBeGreaterThan(4);
    const { a, b, invite } = await hostAndJoinLobby(anna, ben);
    const [toAnna, toBen] = signalingProxy.connections;
    if (!toAnna || !toBen) throw new Error('not both are connected');
    const forged = await Promise.all(
      [toBen.peer, toAnna.peer, attacks.randomId()].map(async (peer) => ({
        peer,
        hello: await forgeHello(secretOfInvite(invite), peer, 'Eve'),
        entered: true,
      })),
    );
    for (const connection of [toAnna, toBen]) {
      for (const type of ['peer_joined', 'peer_entered']) {
        for (const peer of [...forged, ...firstPeers]) connection.sendToApp({ type, entered: true, ...peer });
      }
      const other = connection === toAnna ? toBen : toAnna;
      for (const { envelope, from } of recorded.slice(-20)) {
        for (const sender of [other.peer, connection.peer, from]) {
          connection.sendToApp({ type: 'signal', from: sender, seq: 1, envelope });
        }
      }
    }
    await expect(b.page.getByText('Anna is here.')).toBeVisible();
    await b.enter('Ben');
    await expectCallOfTwo(a, b);
    await expect(a.page.getByText('Eve')).toHaveCount(0);
    await expect(b.page.getByText('Eve')).toHaveCount(0);
    for (const { page } of [a, b]) await expect(page.getByText(TAMPERING_WARNING)).toHaveCount(1);
  });
  expectNoCrash(anna, ben);
});

test('a call recovers from a server that withheld signals or peers', async ({
  signalingProxy,
  startAppUsingServer,
}) => {
  // Most of it is waiting: links in trouble get some time before they are restarted.
  test.setTimeout(150_000);
  const anna = await startAppUsingServer(signalingProxy.address, { profile: 'anna' });
  const ben = await startAppUsingServer(signalingProxy.address, { profile: 'ben' });

  await test.step('no signal and no peer_entered arrives; then all do', async () => {
    const dropped = attacks.dropFrames('signal', 'peer_entered');
    signalingProxy.setAttacks(dropped);
    const { a, b } = await hostAndJoinLobby(anna, ben);
    await b.enter('Ben');
    await expect(async () => expect(dropped.count).toBeGreaterThan(4)).toPass();
    signalingProxy.setAttacks();
    await expectCallOfTwo(a, b);
    await leaveToHome(ben, anna);
  });

  await test.step('all peers are hidden; then none', async () => {
    signalingProxy.setAttacks(attacks.hidePeers());
    const { a, b } = await hostAndJoinLobby(anna, ben);
    await expect(b.page.getByText('Nobody else is here yet.')).toBeVisible();
    await b.enter('Ben');
    await expect(b.button('Leave')).toBeVisible();
    for (const page of [a, b]) {
      expect(await page.linkStats()).toEqual([]);
      await expect(page.page.locator('[data-peer]')).toHaveCount(0);
    }
    signalingProxy.setAttacks();
    signalingProxy.disconnectAll();
    await expectCallOfTwo(a, b);
  });

  await test.step('the server claims that Ben is away, gone, has left, and is back, while he is there', async () => {
    const [a, b] = [await anna.callPage(), await ben.callPage()];
    const toAnna = signalingProxy.connectionOf(await otherPeerOf(b));
    const toBen = signalingProxy.connectionOf(await otherPeerOf(a));
    const { peer, hello } = toBen;
    toAnna.sendToApp({ type: 'peer_away', peer });
    await expectCallOfTwo(a, b);
    // The server has given Ben up, but not Anna: the link is up.
    toAnna.sendToApp({ type: 'peer_left', peer, reason: 'gone' });
    await expectCallOfTwo(a, b);
    toAnna.sendToApp({ type: 'peer_left', peer, reason: 'left' });
    await expect(a.page.locator('[data-peer]')).toHaveCount(0);
    toAnna.sendToApp({ type: 'peer_joined', peer, hello, entered: true });
    await expectCallOfTwo(a, b);
    for (const { page } of [a, b]) await expect(page.getByText(TAMPERING_WARNING)).toHaveCount(0);
  });
  expectNoCrash(anna, ben);
});
