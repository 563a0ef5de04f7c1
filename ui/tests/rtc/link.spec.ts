/** A link in a real browser: what a call needs beyond the W3C example. */
import { expect, test } from './test';

test('video and audio go both ways', async ({ page }) => {
  const stats = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet({
      newcomer: { tracks: await lab.tracks() },
      member: { tracks: await lab.tracks() },
    });
    lab.enter(meeting);
    const sides = [meeting.newcomer, meeting.member];
    await lab.until(async () => {
      const all = await Promise.all(sides.map(({ peer }) => peer.stats()));
      return all.every(
        (stats) =>
          stats?.video?.width === 320 &&
          stats.video.framesDecoded >= 30 &&
          (stats?.audio?.energy ?? 0) > 0 &&
          stats?.path,
      );
    });
    await lab.until(() => sides.every(({ peer }) => peer.audioLevel > 0.02));
    return Promise.all(sides.map(({ peer }) => peer.stats()));
  });
  for (const side of stats) {
    expect(side?.video).toMatchObject({ width: 320, height: 240 });
    expect(side?.path).toMatchObject({ protocol: 'udp', relayProtocol: null });
    expect(['host', 'prflx']).toContain(side?.path?.local);
  }
});

test('nothing connects and nothing is sent before Enter; then no more signals are needed', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet({
      newcomer: { tracks: await lab.tracks() },
      member: { tracks: await lab.tracks() },
    });
    const { newcomer, member, signaling } = meeting;
    const done = (side: typeof newcomer) =>
      side.sent.some((signal) => 'candidate' in signal && signal.candidate === null);
    await lab.until(() => done(newcomer) && done(member));
    // The negotiation is as far as it can be. The member's connection gets time to try.
    await lab.until(() => member.pc.iceConnectionState !== 'new');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = {
      signaling: newcomer.pc.signalingState,
      connected: [newcomer, member].some(({ pc }) => pc.connectionState === 'connected'),
      bytes: (await newcomer.sentMedia()) + (await member.sentMedia()),
      shown: newcomer.shown + member.shown,
    };
    signaling.drops = () => true;
    const entered = performance.now();
    newcomer.peer.enter();
    await lab.until(() => newcomer.shown > 0 && member.shown > 0);
    return { before, took: performance.now() - entered };
  });
  expect(seen.before).toEqual({
    signaling: 'have-local-offer',
    connected: false,
    bytes: 0,
    shown: 0,
  });
  test.info().annotations.push({ type: 'Enter to first frame', description: `${Math.round(seen.took)} ms` });
});

test('a peer in the lobby keeps an offer and answers it on Enter', async ({ page }) => {
  const { early, problems } = await page.evaluate(async () => {
    const { lab } = window;
    const tracks = await lab.tracks();
    const { newcomer, member: waiting } = lab.meet({
      newcomer: { tracks },
      member: { tracks },
      memberWaits: true,
    });
    newcomer.peer.enter();
    await lab.until(() => newcomer.sent.some((signal) => 'candidate' in signal && signal.candidate === null));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const early = { sent: waiting.sent.length, made: waiting.connections.length };
    waiting.peer.enter();
    await lab.until(() => newcomer.shown > 5 && waiting.shown > 5);
    return { early, problems: [...newcomer.problems, ...waiting.problems] };
  });
  expect(early).toEqual({ sent: 0, made: 0 });
  expect(problems).toEqual([]);
});

test('a camera that opens after the link is connected arrives without another offer', async ({ page }) => {
  const descriptions = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet();
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => newcomer.state === 'connected' && member.state === 'connected');
    const { microphone, camera } = await lab.tracks();
    for (const { peer } of [newcomer, member]) {
      peer.replaceTrack('microphone', microphone);
      peer.replaceTrack('camera', camera);
    }
    await lab.until(() => newcomer.shown > 5 && member.shown > 5);
    await lab.until(() => newcomer.peer.audioLevel > 0.02 && member.peer.audioLevel > 0.02);
    return [...newcomer.sent, ...member.sent].filter((signal) => 'description' in signal).length;
  });
  expect(descriptions).toBe(2);
});

test('the states of microphone and camera arrive at the start and when they change', async ({ page }) => {
  const states = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet({
      newcomer: { state: { mic: false, camera: true, screen: false, hand: false } },
    });
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => member.peerStates.length > 0 && newcomer.peerStates.length > 0);
    newcomer.peer.sendState({ mic: true, camera: false, screen: false, hand: true });
    await lab.until(() => member.peerStates.length > 1);
    return member.peerStates;
  });
  expect(states).toEqual([
    { mic: false, camera: true, screen: false, hand: false },
    { mic: true, camera: false, screen: false, hand: true },
  ]);
});

test('a camera that is turned off and on again comes back', async ({ page }) => {
  const goes = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet({ newcomer: { tracks: await lab.tracks() } });
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => member.shown > 5);
    newcomer.peer.replaceTrack('camera', null);
    // Frames that are on their way still arrive.
    let last = -1;
    await lab.until(async () => {
      const before = last;
      last = member.shown;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return before === last;
    });
    newcomer.peer.replaceTrack('camera', (await lab.tracks()).camera);
    await lab.until(() => member.shown > last + 5);
    return newcomer.connections.length;
  });
  expect(goes).toBe(1);
});

test('audio plays in its own element, also while the peer has no camera', async ({ page }) => {
  const playing = await page.evaluate(async () => {
    const { lab } = window;
    const { microphone } = await lab.tracks();
    const meeting = lab.meet({ newcomer: { tracks: { microphone } } });
    lab.enter(meeting);
    const { member } = meeting;
    await lab.until(() => member.streams.length === 1);
    const { sound, view } = member;
    await lab.until(() => !sound.paused && sound.currentTime > 0.2);
    await lab.until(async () => ((await member.peer.stats())?.audio?.energy ?? 0) > 0);
    return { sound: sound.readyState >= 2, picture: view.readyState >= 2 };
  });
  // A <video> would wait for a first frame.
  expect(playing).toEqual({ sound: true, picture: false });
});

for (const [title, delay, shuffled] of [
  ['slow signaling', 150, false],
  ['signals that overtake each other', 5, true],
] as const) {
  test(`${title}: the link connects`, async ({ page }) => {
    const problems = await page.evaluate(
      async ({ delay, shuffled }) => {
        const { lab } = window;
        const tracks = await lab.tracks();
        const meeting = lab.meet({
          newcomer: { tracks },
          member: { tracks },
          signaling: { delay, shuffled },
        });
        lab.enter(meeting);
        const { newcomer, member } = meeting;
        await lab.until(() => newcomer.shown > 5 && member.shown > 5);
        return [...newcomer.problems, ...member.problems];
      },
      { delay, shuffled },
    );
    expect(problems).toEqual([]);
  });
}

test('a lost offer is sent again, and so is a lost answer', async ({ page }) => {
  const counts = await page.evaluate(async () => {
    const { lab } = window;
    const tracks = await lab.tracks();
    const meeting = lab.meet({ newcomer: { tracks }, member: { tracks } });
    const { newcomer, member, signaling } = meeting;
    const lost = { newcomer: 0, member: 0 };
    signaling.drops = (from, signal) => 'description' in signal && (lost[from] += 1) === 1;
    lab.enter(meeting);
    await lab.until(() => newcomer.shown > 5 && member.shown > 5, 30_000);
    return { lost, made: newcomer.connections.length + member.connections.length };
  });
  expect(counts.made).toBe(2);
});

for (const who of ['newcomer', 'member'] as const) {
  test(`an ICE restart by the ${who} keeps the picture going`, async ({ page }) => {
    const after = await page.evaluate(async (who) => {
      const { lab } = window;
      const meeting = lab.meet({
        newcomer: { tracks: await lab.tracks() },
        member: { tracks: await lab.tracks() },
      });
      lab.enter(meeting);
      const { newcomer, member } = meeting;
      const sides = [newcomer, member];
      await lab.until(() => sides.every(({ shown }) => shown > 15));
      const fragment = ({ pc }: typeof newcomer) =>
        /a=ice-ufrag:(.+)/.exec(pc.localDescription?.sdp ?? '')?.[1];
      const before = sides.map(fragment);
      for (const side of sides) side.longestGap = 0;
      meeting[who].peer.restartIce();
      await lab.until(
        () =>
          sides.every((side, index) => fragment(side) !== before[index]) &&
          sides.every(({ pc }) => pc.signalingState === 'stable' && pc.iceConnectionState === 'connected'),
      );
      const shown = sides.map((side) => side.shown);
      await lab.until(() => sides.every((side, index) => side.shown > (shown[index] ?? 0) + 30));
      return {
        gaps: sides.map(({ longestGap }) => longestGap),
        made: sides.map(({ connections }) => connections.length),
        streams: sides.map(({ streams }) => streams.length),
        states: sides.map(({ states }) => states),
        problems: sides.flatMap(({ problems }) => problems),
      };
    }, who);
    expect(after.made).toEqual([1, 1]);
    expect(after.streams).toEqual([1, 1]);
    expect(after.states).toEqual([['connected'], ['connected']]);
    expect(after.problems).toEqual([]);
    for (const gap of after.gaps) expect(gap).toBeLessThan(1_500);
  });
}

test('a closed connection is built anew, and the same stream shows the new picture', async ({ page }) => {
  const after = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet({
      newcomer: { tracks: await lab.tracks() },
      member: { tracks: await lab.tracks() },
    });
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => newcomer.shown > 5 && member.shown > 5);
    // A closed connection fires no event; the newcomer notices it when it restarts ICE.
    newcomer.pc.close();
    newcomer.peer.restartIce();
    const shown = [newcomer.shown, member.shown];
    await lab.until(() => newcomer.shown > (shown[0] ?? 0) + 30 && member.shown > (shown[1] ?? 0) + 30);
    await lab.until(() => newcomer.peer.audioLevel > 0.02 && member.peer.audioLevel > 0.02);
    return {
      made: [newcomer.connections.length, member.connections.length],
      streams: [newcomer.streams.length, member.streams.length],
      tracks: newcomer.streams[0]?.getTracks().map(({ readyState }) => readyState),
      links: [...new Set(member.sent.map(({ link }) => link))],
      problems: [...newcomer.problems, ...member.problems],
    };
  });
  expect(after).toEqual({
    made: [2, 2],
    streams: [1, 1],
    tracks: ['live', 'live'],
    links: [1, 2],
    problems: [],
  });
});

test('in an offer collision the smaller id keeps its offer, and nothing is rolled back', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const tracks = await lab.tracks();
    const meeting = lab.meet({
      newcomer: { tracks },
      member: { tracks, role: 'offerer' },
      signaling: { delay: 50 },
    });
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => newcomer.shown > 5 && member.shown > 5);
    return {
      made: { newcomer: newcomer.connections.length, member: member.connections.length },
      closed: newcomer.connections[0]?.connectionState,
      problems: [...newcomer.problems, ...member.problems],
    };
  });
  expect(seen).toEqual({ made: { newcomer: 2, member: 1 }, closed: 'closed', problems: [] });
});

test('closing leaves nothing behind', async ({ page }) => {
  const left = await page.evaluate(async () => {
    const { lab } = window;
    const timers = new Set<unknown>();
    const { setTimeout: set, clearTimeout: clear } = window;
    const meeting = lab.meet({
      newcomer: { tracks: await lab.tracks() },
      member: { tracks: await lab.tracks() },
    });
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => newcomer.shown > 5 && member.shown > 5);
    Object.assign(window, {
      setTimeout: (work: () => void, pause?: number) => {
        const id = set(() => (timers.delete(id), work()), pause);
        timers.add(id);
        return id;
      },
      clearTimeout: (id: number) => (timers.delete(id), clear(id)),
    });
    newcomer.peer.restartIce();
    member.peer.restartIce();
    const armed = timers.size;
    for (const { peer } of [newcomer, member]) peer.close();
    const counts = [newcomer.sent.length, member.sent.length];
    const pcs = [newcomer.pc, member.pc];
    // Signals that are still on their way come to closed peers.
    await new Promise((resolve) => set(resolve, 300));
    return {
      armed: armed > 0,
      timers: timers.size,
      states: pcs.map(({ connectionState }) => connectionState),
      handlers: pcs.map((pc) => [
        pc.ontrack,
        pc.onicecandidate,
        pc.onnegotiationneeded,
        pc.onconnectionstatechange,
      ]),
      sent: [newcomer.sent.length, member.sent.length].map((count, index) => count - (counts[index] ?? 0)),
      problems: [...newcomer.problems, ...member.problems],
    };
  });
  const none = [null, null, null, null];
  expect(left).toEqual({
    armed: true,
    timers: 0,
    states: ['closed', 'closed'],
    handlers: [none, none],
    sent: [0, 0],
    problems: [],
  });
});

test('the camera starts at half its size and is whole soon after', async ({ page }) => {
  const sizes = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet({
      newcomer: { tracks: await lab.tracks() },
      member: { tracks: await lab.tracks() },
    });
    const sides = [meeting.newcomer, meeting.member];
    const sizes: number[][] = [[], []];
    sides.forEach(({ view }, index) => {
      const seen = sizes[index] ?? [];
      const look: VideoFrameRequestCallback = (_, { width }) => {
        if (width !== seen.at(-1)) seen.push(width);
        view.requestVideoFrameCallback(look);
      };
      view.requestVideoFrameCallback(look);
    });
    lab.enter(meeting);
    await lab.until(() => sizes.every((seen) => seen.at(-1) === 320));
    return sizes;
  });
  for (const seen of sizes) expect(seen).toEqual([160, 320]);
});
