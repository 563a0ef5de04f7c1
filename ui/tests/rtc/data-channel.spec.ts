/** Messages and shared screens in a real browser. */
import { expect, test } from './test';

test('both sides share a screen at once without an offer, and each screen arrives in its own stream', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const tracks = await lab.tracks();
    const meeting = lab.meet({ newcomer: { tracks }, member: { tracks } });
    lab.enter(meeting);
    const sides = [meeting.newcomer, meeting.member];
    await lab.until(() => sides.every(({ shown, screens }) => shown > 5 && screens.length === 1));
    const offers = () => sides.flatMap(({ sent }) => sent).filter((signal) => 'description' in signal).length;
    const before = offers();
    const [video, sound] = await lab.screen();
    for (const { peer } of sides) {
      peer.replaceTrack('screen', video);
      peer.replaceTrack('screen_audio', sound);
      peer.sendState({ mic: true, camera: true, screen: true, hand: false });
    }
    await lab.until(() => sides.every(({ peerStates }) => peerStates.at(-1)?.screen));
    const views = sides.map(({ screens }) => lab.play(screens[0]));
    await lab.until(() => views.every(({ videoWidth }) => videoWidth === 640));
    for (const { peer } of sides) peer.replaceTrack('screen', null);
    const shown = sides.map((side) => side.shown);
    await lab.until(() => sides.every((side, index) => side.shown > (shown[index] ?? 0) + 10));
    return {
      offers: offers() - before,
      kinds: sides.map(({ screens }) =>
        screens.map((stream) =>
          stream
            .getTracks()
            .map(({ kind }) => kind)
            .sort(),
        ),
      ),
      person: sides.map(({ streams }) => streams[0]?.getTracks().length),
      problems: sides.flatMap(({ problems }) => problems),
    };
  });
  expect(seen).toEqual({
    offers: 0,
    kinds: [[['audio', 'video']], [['audio', 'video']]],
    person: [2, 2],
    problems: [],
  });
});

test('reliable messages arrive once and in order, also over a link that is built anew', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet();
    const { newcomer, member } = meeting;
    const say = (side: typeof member, text: string) =>
      side.peer.send({ type: 'chat', id: `post-${text.replace(' ', '-')}`, text });
    say(member, 'early');
    lab.enter(meeting);
    await lab.until(() => newcomer.chats.length === 1 && member.state === 'connected');
    say(member, 'second');
    newcomer.pc.close();
    for (let n = 0; n < 20; n += 1) say(member, `lost ${n}`);
    newcomer.peer.restartIce();
    for (let n = 0; n < 20; n += 1) say(newcomer, `back ${n}`);
    await lab.until(() => newcomer.chats.length === 22 && member.chats.length === 20);
    await lab.until(() => member.delivered.length === 22 && newcomer.delivered.length === 20);
    return {
      newcomer: newcomer.chats.map(({ text }) => text),
      member: member.chats.map(({ text }) => text),
      made: newcomer.connections.length,
    };
  });
  const twenty = (what: string) => Array.from({ length: 20 }, (_, n) => `${what} ${n}`);
  expect(seen).toEqual({ newcomer: ['early', 'second', ...twenty('lost')], member: twenty('back'), made: 2 });
});

test('an ICE restart needs no server: its signals go over the data channel, once each', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const tracks = await lab.tracks();
    const meeting = lab.meet({ newcomer: { tracks }, member: { tracks } });
    lab.enter(meeting);
    const { newcomer, member, signaling } = meeting;
    const sides = [newcomer, member];
    await lab.until(() => sides.every(({ shown }) => shown > 15));
    await lab.until(() => sides.every(({ pc }) => pc.iceGatheringState === 'complete'));
    signaling.drops = () => true;
    for (const { peer } of sides) peer.update({ entered: true, reachable: false });
    const fragment = ({ pc }: typeof newcomer) =>
      /a=ice-ufrag:(.+)/.exec(pc.localDescription?.sdp ?? '')?.[1];
    const before = sides.map(fragment);
    member.peer.restartIce();
    await lab.until(() => sides.every((side, index) => fragment(side) !== before[index]));
    await lab.until(() =>
      sides.every(({ pc }) => pc.signalingState === 'stable' && pc.iceConnectionState === 'connected'),
    );
    const shown = sides.map((side) => side.shown);
    await lab.until(() => sides.every((side, index) => side.shown > (shown[index] ?? 0) + 15));
    return {
      kinds: [...new Set(signaling.past.map((signal) => Object.keys(signal).at(-1)))].sort(),
      problems: sides.flatMap(({ problems }) => problems),
      states: sides.map(({ states }) => states),
    };
  });
  expect(seen).toEqual({
    kinds: ['ask', 'candidate', 'description'],
    problems: [],
    states: [['connected'], ['connected']],
  });
});

test('messages of a peer that floods are dropped, and the calls with others go on', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const tracks = await lab.tracks();
    const [flood, calm] = [lab.meet({ newcomer: { tracks } }), lab.meet({ newcomer: { tracks } })];
    for (const meeting of [flood, calm]) lab.enter(meeting);
    await lab.until(() => flood.member.shown > 10 && calm.member.shown > 10);
    const shown = calm.member.shown;
    calm.member.longestGap = 0;
    for (let n = 0; n < 5_000; n += 1) flood.newcomer.peer.send({ type: 'reaction', emoji: 'party' });
    await lab.until(() => flood.member.problems.length > 0);
    await lab.until(() => calm.member.shown > shown + 30);
    calm.newcomer.peer.send({ type: 'reaction', emoji: 'heart' });
    await lab.until(() => calm.member.reactions.length === 1);
    return {
      taken: flood.member.reactions.length,
      problems: [flood.member.problems, calm.member.problems],
      state: flood.member.state,
      gap: calm.member.longestGap,
    };
  });
  expect(seen).toMatchObject({ problems: [['message_flood'], []], state: 'connected' });
  expect(seen.taken).toBeLessThan(600);
  expect(seen.gap).toBeLessThan(1_000);
});
