import { noCrash } from './proxy/steps.mjs';
import { hostRoom, joinRoom } from './harness/steps.mjs';
import { expect, test } from './proxy/fixtures.mjs';

test('a peer that floods is limited, and the call with the others goes on', async ({ relay, startAt }) => {
  test.setTimeout(150_000);
  const [anna, ben, chen] = await Promise.all(
    ['anna', 'ben', 'chen'].map((profile) => startAt(relay.address, { profile })),
  );
  if (!anna || !ben || !chen) throw new Error('not all have started');
  const a = await hostRoom(anna, 'Anna');
  const invite = await anna.invite();
  const b = await joinRoom(ben, invite);
  await b.enter('Ben');
  const c = await joinRoom(chen, invite);
  await c.enter('Chen');
  await Promise.all([a, b, c].map((page) => page.media(2, 5)));

  await test.step('with messages on the data channels', async () => {
    const reaction = JSON.stringify({ type: 'note', note: { type: 'reaction', emoji: '👍' } });
    const junk = JSON.stringify({ type: 'state', mic: 'x'.repeat(500) });
    for (const message of [reaction, junk, 'not JSON']) await b.pour(Array(4_000).fill(message));
    await Promise.all([a.moves('Chen'), c.moves('Anna')]);
    for (const page of [a, c]) {
      await expect(page.page.getByText(/Ben sends far more messages/)).toHaveCount(1);
      await page.media(2, 15);
    }
  });

  await test.step('with signals, by way of the server', async () => {
    const [, wire] = relay.wires;
    const others = relay.wires.filter((one) => one !== wire);
    const envelope = 'A'.repeat(4_000);
    for (let nth = 0; nth < 3_000; nth += 1) {
      for (const { peer } of others) wire?.ask({ type: 'signal', to: peer, envelope });
    }
    await Promise.all([a.moves('Chen'), c.moves('Anna')]);
    for (const page of [a, c]) await page.media(2, 15);
    await expect(a.tile('Chen')).toHaveCount(1);
    await expect(c.tile('Anna')).toHaveCount(1);
  });
  noCrash(anna, ben, chen);
});
