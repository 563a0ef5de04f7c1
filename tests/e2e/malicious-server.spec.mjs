import { forgedHello, secretOf } from './proxy/forged-hello.mjs';
import { goHome, meet, noCrash, onlyTheTwo, TAMPERING } from './proxy/steps.mjs';
import { expect, test } from './proxy/fixtures.mjs';
import * as tricks from './proxy/attacks.mjs';

/**
 * The peer id under which one page knows the other.
 *
 * @param {import('./harness/call-page.mjs').CallPage} page
 */
const otherOf = (page) => page.page.locator('[data-peer]').getAttribute('data-peer');

test('a server that lies brings nobody into a call and keeps nobody out, and is told of once', async ({
  relay,
  startAt,
}) => {
  const anna = await startAt(relay.address, { profile: 'anna' });
  const ben = await startAt(relay.address, { profile: 'ben' });

  const first =
    await test.step('invented peers, swapped hellos, damaged, replayed and reflected envelopes', async () => {
      relay.play(
        tricks.inventPeers(),
        tricks.swapHellos(),
        tricks.damageEnvelopes(),
        tricks.replayEnvelopes(),
        tricks.reflectEnvelopes(),
        tricks.reverseEnvelopes(),
      );
      const { a, b } = await meet(anna, ben);
      await expect(b.page.getByText('Anna is here.')).toBeVisible();
      await b.enter('Ben');
      await onlyTheTwo(a, b);
      for (const { page } of [a, b]) await expect(page.getByText(TAMPERING)).toHaveCount(1);
      await a.page.getByRole('button', { name: 'Dismiss' }).click();
      const last = relay.wires.flatMap(({ hello, peer }) => ({ hello, peer }));
      await goHome(ben, anna);
      return last;
    });

  await test.step('in a second room: what was said in the first, and hellos that somebody with the link makes', async () => {
    relay.play();
    const said = relay.heard
      .filter(({ way }) => way === 'down')
      .map(({ text }) => JSON.parse(text))
      .filter(({ type }) => type === 'signal');
    expect(said.length).toBeGreaterThan(4);
    const { a, b, invite } = await meet(anna, ben);
    const [toAnna, toBen] = relay.wires;
    if (!toAnna || !toBen) throw new Error('not both are connected');
    const forged = await Promise.all(
      [toBen.peer, toAnna.peer, tricks.randomId()].map(async (peer) => ({
        peer,
        hello: await forgedHello(secretOf(invite), peer, 'Eve'),
        entered: true,
      })),
    );
    for (const wire of [toAnna, toBen]) {
      for (const type of ['peer_joined', 'peer_entered']) {
        for (const one of [...forged, ...first]) wire.tell({ type, entered: true, ...one });
      }
      const other = wire === toAnna ? toBen : toAnna;
      for (const { envelope, from } of said.slice(-20)) {
        for (const as of [other.peer, wire.peer, from])
          wire.tell({ type: 'signal', from: as, seq: 1, envelope });
      }
    }
    await expect(b.page.getByText('Anna is here.')).toBeVisible();
    await b.enter('Ben');
    await onlyTheTwo(a, b);
    await expect(a.page.getByText('Eve')).toHaveCount(0);
    await expect(b.page.getByText('Eve')).toHaveCount(0);
    for (const { page } of [a, b]) await expect(page.getByText(TAMPERING)).toHaveCount(1);
  });
  noCrash(anna, ben);
});

test('a server that holds back what is said, and who is there, wedges nothing', async ({
  relay,
  startAt,
}) => {
  // Much of it is waiting, as links in trouble are given time before they are helped.
  test.setTimeout(150_000);
  const anna = await startAt(relay.address, { profile: 'anna' });
  const ben = await startAt(relay.address, { profile: 'ben' });

  await test.step('no signal arrives, nor who enters; then all do', async () => {
    const lost = tricks.drop('signal', 'peer_entered');
    relay.play(lost);
    const { a, b } = await meet(anna, ben);
    await b.enter('Ben');
    await expect(async () => expect(lost.count).toBeGreaterThan(4)).toPass();
    relay.play();
    await onlyTheTwo(a, b);
    await goHome(ben, anna);
  });

  await test.step('everybody is hidden; then nobody is', async () => {
    relay.play(tricks.hidePeers());
    const { a, b } = await meet(anna, ben);
    await expect(b.page.getByText('Nobody else is here yet.')).toBeVisible();
    await b.enter('Ben');
    await expect(b.button('Leave')).toBeVisible();
    for (const page of [a, b]) {
      expect(await page.links()).toEqual([]);
      await expect(page.page.locator('[data-peer]')).toHaveCount(0);
    }
    relay.play();
    relay.cut();
    await onlyTheTwo(a, b);
  });

  await test.step('Ben is said to be away, then gone, then to have left, while he is there; then he is back', async () => {
    const [a, b] = [await anna.page(), await ben.page()];
    const [toAnna, toBen] = [relay.wireOf(await otherOf(b)), relay.wireOf(await otherOf(a))];
    const { peer, hello } = toBen;
    toAnna.tell({ type: 'peer_away', peer });
    await onlyTheTwo(a, b);
    // Given up by the server, not by Anna: the link is up.
    toAnna.tell({ type: 'peer_left', peer, reason: 'gone' });
    await onlyTheTwo(a, b);
    toAnna.tell({ type: 'peer_left', peer, reason: 'left' });
    await expect(a.page.locator('[data-peer]')).toHaveCount(0);
    toAnna.tell({ type: 'peer_joined', peer, hello, entered: true });
    await onlyTheTwo(a, b);
    for (const { page } of [a, b]) await expect(page.getByText(TAMPERING)).toHaveCount(0);
  });
  noCrash(anna, ben);
});
