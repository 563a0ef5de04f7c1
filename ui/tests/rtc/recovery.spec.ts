/** Recovery of a link in a real browser. `tests/network` makes real cuts. */
import { expect, test } from './test';

test('an offer that is on its way when the network changes again is replaced, and the picture goes on', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const tracks = await lab.tracks();
    const meeting = lab.meet({ newcomer: { tracks }, member: { tracks } });
    lab.enter(meeting);
    const { newcomer, member, signaling } = meeting;
    const sides = [newcomer, member];
    await lab.until(() => sides.every(({ shown }) => shown > 15));
    for (const side of sides) side.longestGap = 0;
    const rounds = () =>
      newcomer.sent.flatMap((signal) => ('description' in signal ? signal.round : [])).filter((n) => n > 1);
    // The signaling channel drops the signals over the server, and those over the channel do not open.
    signaling.drops = () => true;
    signaling.opens = false;
    newcomer.peer.restartIce();
    await lab.until(() => rounds().length === 1);
    newcomer.peer.restartIce();
    await lab.until(() => rounds().includes(3));
    const waiting = newcomer.pc.signalingState;
    signaling.drops = () => false;
    signaling.opens = true;
    await lab.until(() => newcomer.pc.signalingState === 'stable');
    await lab.until(() => sides.every(({ pc }) => pc.iceConnectionState === 'connected'));
    const shown = sides.map((side) => side.shown);
    await lab.until(() => sides.every((side, index) => side.shown > (shown[index] ?? 0) + 15));
    return {
      waiting,
      made: sides.map(({ connections }) => connections.length),
      gaps: sides.map(({ longestGap }) => longestGap),
    };
  });
  expect(seen).toMatchObject({ waiting: 'have-local-offer', made: [1, 1] });
  for (const gap of seen.gaps) expect(gap).toBeLessThan(2_000);
});

for (const [how, knows] of [
  ['by the option', true],
  ['by starting the encoder anew, where the browser does not know the option', false],
] as const) {
  test(`the next picture can be sent as a key frame: ${how}`, async ({ page }) => {
    const more = await page.evaluate(async (knows) => {
      const { lab } = window;
      const meeting = lab.meet({ newcomer: { tracks: await lab.tracks() } });
      lab.enter(meeting);
      const { newcomer, member } = meeting;
      // The change from the first size to the full one brings a key frame, too.
      await lab.until(() => member.view.videoWidth === 320);
      const small = member.shown;
      await lab.until(() => member.shown > small + 15);
      const sender = newcomer.pc.getSenders()[1];
      if (!sender) throw new Error('no camera');
      const whole = async () => {
        for (const stats of (await sender.getStats()).values()) {
          if (stats.type === 'outbound-rtp') return stats.keyFramesEncoded as number;
        }
        return 0;
      };
      const set = sender.setParameters.bind(sender);
      if (!knows) sender.setParameters = (parameters) => set(parameters);
      const before = await whole();
      await lab.sendKeyFrame(sender);
      await lab.until(async () => (await whole()) > before);
      const shown = member.shown;
      await lab.until(() => member.shown > shown + 10);
      return (await whole()) - before;
    }, knows);
    expect(more).toBe(1);
  });
}
