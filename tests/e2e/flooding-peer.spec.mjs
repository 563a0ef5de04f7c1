import { expectNoCrash } from './proxy/steps.mjs';
import { hostRoom, joinRoom } from './harness/steps.mjs';
import { expect, test } from './harness/fixtures.mjs';

test('a flooding peer is limited, and the call with the others goes on', async ({
  signalingProxy,
  startAppUsingServer,
}) => {
  test.setTimeout(150_000);
  const [anna, ben, chen] = await Promise.all(
    ['anna', 'ben', 'chen'].map((profile) => startAppUsingServer(signalingProxy.address, { profile })),
  );
  if (!anna || !ben || !chen) throw new Error('not all instances have started');
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const b = await joinRoom(ben, invite);
  await b.enter('Ben');
  const c = await joinRoom(chen, invite);
  await c.enter('Chen');
  await Promise.all([a, b, c].map((page) => page.waitForMedia(2, 5)));

  await test.step('messages over the data channels', async () => {
    const reaction = JSON.stringify({ type: 'note', note: { type: 'reaction', emoji: '👍' } });
    const junk = JSON.stringify({ type: 'state', mic: 'x'.repeat(500) });
    for (const message of [reaction, junk, 'not JSON']) await b.floodDataChannels(Array(4_000).fill(message));
    await Promise.all([a.waitForVideo('Chen'), c.waitForVideo('Anna')]);
    for (const page of [a, c]) {
      await expect(page.page.getByText(/Ben sends far more messages/)).toHaveCount(1);
      await page.waitForMedia(2, 15);
    }
  });

  await test.step('signals over the server', async () => {
    const [, connectionOfBen] = signalingProxy.connections;
    const others = signalingProxy.connections.filter((connection) => connection !== connectionOfBen);
    const envelope = 'A'.repeat(4_000);
    for (let nth = 0; nth < 3_000; nth += 1) {
      for (const { peer } of others) connectionOfBen?.sendToServer({ type: 'signal', to: peer, envelope });
    }
    await Promise.all([a.waitForVideo('Chen'), c.waitForVideo('Anna')]);
    for (const page of [a, c]) await page.waitForMedia(2, 15);
    await expect(a.tile('Chen')).toHaveCount(1);
    await expect(c.tile('Anna')).toHaveCount(1);
  });
  expectNoCrash(anna, ben, chen);
});
