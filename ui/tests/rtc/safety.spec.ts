/** The safety check between real connections: alone, with a person in the middle, and with a transport that lies. */
import { expect, test } from './test';

test('both ends show the same emoji, and each link has other ones', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const meet = async () => {
      const meeting = lab.meet();
      lab.enter(meeting);
      const { newcomer, member } = meeting;
      await lab.until(() => newcomer.safety && member.safety);
      return meeting;
    };
    const { newcomer, member } = await meet();
    const other = await meet();
    const shown = newcomer.safety;
    if (shown) newcomer.peer.confirmSafety(shown);
    return {
      here: newcomer.safety,
      there: member.safety,
      elsewhere: other.newcomer.safety?.emoji,
      alarms: [...newcomer.alarms, ...member.alarms],
    };
  });
  expect(seen.here?.emoji).toHaveLength(7);
  expect(seen.there?.emoji).toEqual(seen.here?.emoji);
  expect(seen.elsewhere).not.toEqual(seen.here?.emoji);
  expect([seen.here?.confirmed, seen.there?.confirmed]).toEqual([true, false]);
  expect(seen.alarms).toEqual([]);
});

test('a restarted link keeps its emoji; a link that is built anew has others and stays confirmed', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const certificate = () =>
      RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as EcKeyGenParams);
    const meeting = lab.meet({
      newcomer: { certificate: await certificate() },
      member: { certificate: await certificate() },
    });
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => newcomer.safety && member.safety);
    const first = newcomer.safety;
    if (first) newcomer.peer.confirmSafety(first);
    const described = () => newcomer.sent.filter((signal) => 'description' in signal).length;
    const before = described();
    newcomer.peer.restartIce();
    await lab.until(() => described() > before && newcomer.pc.signalingState === 'stable');
    await lab.until(() => newcomer.state === 'connected');
    const restarted = newcomer.safety;
    // The member's connection ends; the newcomer's next attempts build it anew.
    const old = newcomer.connections.length;
    newcomer.pc.close();
    newcomer.pc.onconnectionstatechange?.(new Event('connectionstatechange'));
    await lab.until(
      () => newcomer.connections.length > old && newcomer.safety && newcomer.state === 'connected',
      30_000,
    );
    await lab.until(() => member.safety && member.state === 'connected');
    return {
      first: first?.emoji,
      restarted,
      anew: newcomer.safety,
      there: member.safety,
      alarms: [...newcomer.alarms, ...member.alarms],
    };
  });
  expect(seen.restarted?.emoji).toEqual(seen.first);
  expect(seen.anew?.emoji).not.toEqual(seen.first);
  expect(seen.there?.emoji).toEqual(seen.anew?.emoji);
  expect(seen.anew).toMatchObject({ confirmed: true, changed: false });
  expect(seen.alarms).toEqual([]);
});

test('a person in the middle is detected: the two sides show different emoji', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const tracks = await lab.tracks();
    // Ada takes the middle for Mei, and Mei takes it for Ada.
    const ada = lab.meet({ newcomer: { tracks } });
    const mei = lab.meet({ member: { tracks } });
    lab.enter(ada);
    lab.enter(mei);
    // The middle shows Mei what Ada sends, and the other way round: all looks well.
    const relay = (from: (typeof ada)['member'], to: (typeof ada)['member']) => {
      const [camera] = from.streams[0]?.getVideoTracks() ?? [];
      to.peer.replaceTrack('camera', camera ?? null);
    };
    await lab.until(() => ada.member.streams.length > 0 && mei.newcomer.streams.length > 0);
    relay(ada.member, mei.newcomer);
    relay(mei.newcomer, ada.member);
    await lab.until(() => ada.newcomer.shown > 3 && mei.member.shown > 3);
    await lab.until(() => ada.newcomer.safety && mei.member.safety);
    return {
      ada: ada.newcomer.safety?.emoji,
      mei: mei.member.safety?.emoji,
      alarms: [...ada.newcomer.alarms, ...mei.member.alarms],
    };
  });
  expect(seen.alarms).toEqual([]);
  expect(seen.ada).toHaveLength(7);
  expect(seen.mei).toHaveLength(7);
  expect(seen.ada).not.toEqual(seen.mei);
});

test('a middle that forwards every message of the check ends both links', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const channels: RTCDataChannel[] = [];
    const passed: string[] = [];
    /** Its channel only forwards what comes on the other one. */
    class Passing extends RTCPeerConnection {
      override createDataChannel(label: string, options?: RTCDataChannelInit): RTCDataChannel {
        const real = super.createDataChannel(label, options);
        const early: string[] = [];
        const next = () => channels.find((channel) => channel !== real && channel.readyState === 'open');
        const flush = () => {
          for (const text of next() ? early.splice(0) : []) {
            passed.push((JSON.parse(text) as { type: string }).type);
            next()?.send(text);
          }
        };
        channels.push(real);
        real.onmessage = ({ data }: MessageEvent<string>) => (early.push(data), flush());
        const flushing = setInterval(flush, 20);
        real.onclose = () => clearInterval(flushing);
        return { readyState: 'connecting', close: () => real.close() } as RTCDataChannel;
      }
    }
    const ada = lab.meet({ member: { RTCPeerConnection: Passing } });
    const mei = lab.meet({ newcomer: { RTCPeerConnection: Passing } });
    lab.enter(ada);
    lab.enter(mei);
    await lab.until(() => [ada.newcomer, mei.member].every(({ alarms }) => alarms.length > 0));
    return {
      alarms: [ada.newcomer.alarms, mei.member.alarms],
      emoji: [ada.newcomer.safety, mei.member.safety],
      passed: passed.filter((type) => !type.startsWith('signal')).sort(),
    };
  });
  expect(seen.passed).toEqual(['commit', 'commit', 'reveal', 'reveal', 'state', 'state']);
  // A commitment is to the two certificates of its own link.
  expect(seen.alarms).toEqual([['commitment_broken'], ['commitment_broken']]);
  expect(seen.emoji).toEqual([null, null]);
});

for (const where of ['the certificate', 'the statistics', 'our own statistics'] as const) {
  test(`a transport that reports another certificate (${where}) ends the link finally`, async ({ page }) => {
    const seen = await page.evaluate(async (where) => {
      const { lab } = window;
      const made: RTCPeerConnection[] = [];
      class Lying extends RTCPeerConnection {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          made.push(this);
        }
        override get sctp() {
          const real = super.sctp;
          if (!real || where === 'our own statistics') return real;
          // Senders, receivers and the data channel share this object.
          const { transport } = real;
          const [certificate] = RTCDtlsTransport.prototype.getRemoteCertificates.call(transport);
          const other = new Uint8Array(certificate?.slice(0) ?? []);
          other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
          const certificates = where === 'the certificate' && certificate ? [other.buffer] : [];
          Object.assign(transport, { getRemoteCertificates: () => certificates });
          return real;
        }
        override async getStats(): Promise<RTCStatsReport> {
          const real = await super.getStats();
          if (where === 'the certificate') return real;
          const certificates = [...real.values()].filter(({ type }) => type === 'certificate');
          const transport = [...real.values()].find(({ type }) => type === 'transport');
          const lied = where === 'the statistics' ? 'remoteCertificateId' : 'localCertificateId';
          return new Map<string, unknown>(
            [...certificates, transport].map((stats) => [
              stats.id,
              stats.id === transport[lied]
                ? { ...stats, fingerprint: stats.fingerprint.replace(/^../, '00') }
                : stats,
            ]),
          ) as unknown as RTCStatsReport;
        }
      }
      const meeting = lab.meet({ newcomer: { RTCPeerConnection: Lying, tracks: await lab.tracks() } });
      lab.enter(meeting);
      const { newcomer, member } = meeting;
      await lab.until(() => newcomer.alarms.length > 0);
      const sent = newcomer.sent.length;
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      return {
        alarms: newcomer.alarms,
        state: newcomer.state,
        safety: newcomer.safety,
        made: made.map(({ connectionState }) => connectionState),
        sent: newcomer.sent.length - sent,
        there: member.state,
      };
    }, where);
    expect(seen).toEqual({
      alarms: ['fingerprint_mismatch'],
      state: 'ended',
      safety: null,
      made: ['closed'],
      sent: 0,
      // The peer has been told and does not try to connect again.
      there: 'ended',
    });
  });
}
