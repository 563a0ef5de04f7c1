import { hostRoom, joinRoom } from './harness/steps.mjs';
import { until } from './harness/wait.mjs';
import { found, formsOf, SDP, valuesOf } from './harness/plaintext-search.mjs';
import { expect, test } from './proxy/fixtures.mjs';

const NAMES = { anna: 'Annabel Quillfeather', ben: 'Бенджамин 梅子酒' };

test('what passes a server on plain ws:// can be read by nobody', async ({ relay, startAt }) => {
  const anna = await startAt(relay.address, { profile: 'anna' });
  const ben = await startAt(relay.address, { profile: 'ben' });
  const a = await hostRoom(anna, NAMES.anna);
  const invite = await anna.invite();
  let b = await joinRoom(ben, invite);
  await b.enter(NAMES.ben);
  await Promise.all([a.media(1, 10), b.media(1, 10)]);
  // Reconnecting, and a session anew, are part of a call.
  relay.cut();
  await until('both are back', () => relay.wires.filter(({ welcome }) => welcome).length === 2);
  await b.page.reload();
  await Promise.all([a.media(1, 10), b.media(1, 10)]);
  await b.button('Mute').click();
  await expect(a.tile(NAMES.ben).getByText('Muted')).toHaveCount(1);
  const descriptions = (await Promise.all([a.descriptions(), b.descriptions()])).flat();
  await b.leave();
  await expect(a.tile(NAMES.ben)).toHaveCount(0);

  const { addresses, others } = valuesOf(descriptions);
  expect(addresses.length, 'the call had candidates').toBeGreaterThan(0);
  const code = String(invite.split('/').at(-1));
  const secret = Buffer.from(code, 'base64url').subarray(1, 17);
  const needles = [
    ...[...SDP, ...Object.values(NAMES), ...addresses, ...others, ...formsOf(code)],
    secret.toString('latin1'),
  ];

  await test.step('the traffic is all there, and nothing of it is readable', () => {
    const types = new Set(relay.heard.map(({ way, text }) => `${way} ${JSON.parse(text).type}`));
    expect([...types]).toEqual(
      expect.arrayContaining([
        ...['up join', 'up enter', 'up signal', 'up leave'],
        ...['down welcome', 'down peer_joined', 'down peer_entered', 'down signal', 'down peer_left'],
      ]),
    );
    expect(
      found(
        relay.heard.map(({ text }) => text),
        needles,
      ),
    ).toEqual([]);
  });

  await test.step('each of it is found where it is not sealed, however it is packed', () => {
    const description = descriptions.find((one) => valuesOf([one]).addresses.length > 0) ?? '';
    const open = { ...valuesOf([description]) };
    /** @param {Buffer | string} plain */
    const envelope = (plain) => {
      const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), Buffer.from(plain)]);
      return JSON.stringify({ type: 'signal', to: 'x', envelope: bytes.toString('base64url') });
    };
    const signal = JSON.stringify({ description: { type: 'offer', sdp: description } });
    for (const sample of [signal, envelope(signal), envelope(envelope(signal))]) {
      expect(found([sample], [...SDP, ...open.addresses, ...open.others]).length).toBe(
        SDP.length + open.addresses.length + open.others.length,
      );
    }
    for (const name of Object.values(NAMES)) {
      for (const sample of [name, envelope(JSON.stringify({ name })), Buffer.from(name).toString('hex')]) {
        expect(found([sample], needles)).toEqual([name]);
      }
    }
    for (const form of formsOf(code)) expect(found([`x=${form};`], needles)).toContain(form);
    expect(found([envelope(secret)], needles)).toContain(secret.toString('latin1'));
  });
});
