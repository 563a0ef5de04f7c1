import { hostRoom, joinRoom } from './harness/steps.mjs';
import { waitFor } from './harness/wait.mjs';
import {
  findPlaintext,
  secretEncodings,
  DESCRIPTION_MARKERS,
  sensitiveSdpValues,
} from './harness/plaintext-search.mjs';
import { expect, test } from './harness/fixtures.mjs';

const NAMES = { anna: 'Annabel Quillfeather', ben: 'Бенджамин 梅子酒' };

test('nobody can read the signaling that passes a server on plain ws://', async ({
  signalingProxy,
  startAppUsingServer,
}) => {
  const anna = await startAppUsingServer(signalingProxy.address, { profile: 'anna' });
  const ben = await startAppUsingServer(signalingProxy.address, { profile: 'ben' });
  const a = await hostRoom(anna, NAMES.anna);
  const invite = await anna.invite();
  let b = await joinRoom(ben, invite);
  await b.enter(NAMES.ben);
  await Promise.all([a.waitForMedia(1, 10), b.waitForMedia(1, 10)]);
  // Reconnecting, and a new session after a reload, belong to the recorded traffic.
  signalingProxy.disconnectAll();
  await waitFor(
    'both have reconnected',
    () => signalingProxy.connections.filter(({ isWelcomed }) => isWelcomed).length === 2,
  );
  await b.page.reload();
  await Promise.all([a.waitForMedia(1, 10), b.waitForMedia(1, 10)]);
  await b.button('Mute').click();
  await expect(a.tile(NAMES.ben).getByText('Muted')).toHaveCount(1);
  const descriptions = (await Promise.all([a.descriptions(), b.descriptions()])).flat();
  await b.leave();
  await expect(a.tile(NAMES.ben)).toHaveCount(0);

  const { addresses, secrets } = sensitiveSdpValues(descriptions);
  expect(addresses.length, 'the call had candidates').toBeGreaterThan(0);
  const code = String(invite.split('/').at(-1));
  const secret = Buffer.from(code, 'base64url').subarray(1, 17);
  const needles = [
    ...[...DESCRIPTION_MARKERS, ...Object.values(NAMES), ...addresses, ...secrets, ...secretEncodings(code)],
    secret.toString('latin1'),
  ];

  await test.step('the recorded traffic is complete, and nothing in it is readable', () => {
    const types = new Set(
      signalingProxy.recordedFrames.map(({ direction, text }) => `${direction} ${JSON.parse(text).type}`),
    );
    expect([...types]).toEqual(
      expect.arrayContaining([
        ...['up join', 'up enter', 'up signal', 'up leave'],
        ...['down welcome', 'down peer_joined', 'down peer_entered', 'down signal', 'down peer_left'],
      ]),
    );
    expect(
      findPlaintext(
        signalingProxy.recordedFrames.map(({ text }) => text),
        needles,
      ),
    ).toEqual([]);
  });

  await test.step('the search finds the same values where they are not sealed, in every encoding', () => {
    const description = descriptions.find((sdp) => sensitiveSdpValues([sdp]).addresses.length > 0) ?? '';
    const values = sensitiveSdpValues([description]);
    const expected = [...DESCRIPTION_MARKERS, ...values.addresses, ...values.secrets];
    /** @param {Buffer | string} plain */
    const envelope = (plain) => {
      const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), Buffer.from(plain)]);
      return JSON.stringify({ type: 'signal', to: 'x', envelope: bytes.toString('base64url') });
    };
    const [fingerprint] = values.secrets.filter((value) => /^[\da-f]{64}$/.test(value));
    const transport = { ufrag: 'abcd', pwd: 'efgh', fingerprint };
    const typed = { transport, candidates: [{ foundation: '1' }] };
    const signal = JSON.stringify({ description: { type: 'offer', sdp: description, ...typed } });
    for (const sample of [signal, envelope(signal), envelope(envelope(signal))]) {
      expect(findPlaintext([sample], expected).length).toBe(expected.length);
    }
    for (const name of Object.values(NAMES)) {
      for (const sample of [name, envelope(JSON.stringify({ name })), Buffer.from(name).toString('hex')]) {
        expect(findPlaintext([sample], needles)).toEqual([name]);
      }
    }
    for (const encoding of secretEncodings(code)) {
      expect(findPlaintext([`x=${encoding};`], needles)).toContain(encoding);
    }
    expect(findPlaintext([envelope(secret)], needles)).toContain(secret.toString('latin1'));
  });
});
