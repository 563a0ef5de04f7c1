/** Every part of the W3C example (WebRTC, section 10.1) in a real browser. */
import { expect, test } from './test';

test('constraints ask for microphone and camera together, with audio processing and a good size', async ({
  page,
}) => {
  const { asked, camera, sound } = await page.evaluate(async () => {
    const { lab } = window;
    const asked: unknown[] = [];
    const devices = {
      getUserMedia: (constraints: MediaStreamConstraints) => {
        asked.push(constraints);
        return navigator.mediaDevices.getUserMedia(constraints);
      },
    } as MediaDevices;
    const got: Partial<Record<string, MediaTrackSettings>> = {};
    await lab.capture(
      { microphone: lab.microphoneConstraints(null), camera: lab.cameraConstraints(null, 2) },
      {
        signal: new AbortController().signal,
        onResult: (source, result) => {
          if ('track' in result) got[source] = result.track.getSettings();
        },
        onLate: () => undefined,
        onPrompt: () => undefined,
      },
      devices,
    );
    return { asked, camera: got['camera'], sound: got['microphone'] };
  });
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ audio: { echoCancellation: true }, video: { width: { ideal: 1280 } } });
  expect(camera).toMatchObject({ width: 1280, height: 720 });
  expect(sound).toMatchObject({ echoCancellation: true });
});

test('STUN and TURN servers reach the RTCPeerConnection, also those that come later', async ({ page }) => {
  const [first, later] = await page.evaluate(() => {
    const stun = { urls: ['stun:127.0.0.1:3478'] };
    const turn = { urls: ['turn:127.0.0.1:3478?transport=tcp'], username: 'u', credential: 'c' };
    const { newcomer, member } = window.lab.meet({ newcomer: { iceServers: [stun, turn] } });
    const first = newcomer.pc.getConfiguration().iceServers;
    newcomer.peer.setIceServers([turn]);
    const later = newcomer.pc.getConfiguration().iceServers;
    newcomer.peer.close();
    member.peer.close();
    return [first, later];
  });
  expect(first).toMatchObject([
    { urls: ['stun:127.0.0.1:3478'] },
    { urls: ['turn:127.0.0.1:3478?transport=tcp'], username: 'u', credential: 'c' },
  ]);
  expect(later).toHaveLength(1);
});

test('with relay only and without a TURN server no candidate is sent and the offer has no address', async ({
  page,
}) => {
  const sent = await page.evaluate(async () => {
    const { lab } = window;
    const { newcomer, member } = lab.meet({
      newcomer: { relayOnly: true },
      signaling: { drops: () => true },
    });
    await lab.until(() => newcomer.sent.some((signal) => 'candidate' in signal && signal.candidate === null));
    newcomer.peer.close();
    member.peer.close();
    return newcomer.sent;
  });
  expect(sent.filter((signal) => 'candidate' in signal)).toEqual([{ link: 1, candidate: null }]);
  for (const signal of sent) {
    if (!('description' in signal)) continue;
    expect(signal.description.candidates).toEqual([]);
    expect(JSON.stringify(signal)).not.toMatch(/\d+\.\d+\.\d+\.\d+|\.local/);
  }
});

test('onnegotiationneeded makes one offer at once with all transceivers, then candidates and their end', async ({
  page,
}) => {
  const sent = await page.evaluate(async () => {
    const { lab } = window;
    const { newcomer } = lab.meet({ signaling: { drops: () => true } });
    await lab.until(() => newcomer.sent.some((signal) => 'candidate' in signal && signal.candidate === null));
    return newcomer.sent;
  });
  const [offer, ...candidates] = sent;
  if (!offer || !('description' in offer)) throw new Error('the first signal is no description');
  const sections = { microphone: {}, camera: {}, screen: {}, screen_audio: {}, data: {} };
  expect(offer).toMatchObject({ link: 1, round: 1, description: { type: 'offer', ...sections } });
  expect(candidates.length).toBeGreaterThan(1);
  for (const signal of candidates) expect(signal).toHaveProperty('candidate');
});

test('offer, answer, candidates and ontrack set the stream once, with microphone and camera', async ({
  page,
}) => {
  const { newcomer, member } = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet({
      newcomer: { tracks: await lab.tracks() },
      member: { tracks: await lab.tracks() },
    });
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => newcomer.shown > 10 && member.shown > 10);
    // Another offer does not set it again.
    newcomer.peer.restartIce();
    await lab.until(() => member.sent.filter((signal) => 'description' in signal).length === 2);
    const read = ({ sent, streams, problems }: typeof newcomer) => ({
      descriptions: sent.flatMap((signal) => ('description' in signal ? signal.description.type : [])),
      streams: streams.map((stream) => stream.getTracks().map(({ kind }) => kind)),
      problems,
    });
    return { newcomer: read(newcomer), member: read(member) };
  });
  const streams = [['audio', 'video']];
  expect(newcomer).toEqual({ descriptions: ['offer', 'offer'], streams, problems: [] });
  expect(member).toEqual({ descriptions: ['answer', 'answer'], streams, problems: [] });
});

test('the local view shows the own camera without sound', async ({ page }) => {
  const view = await page.evaluate(async () => {
    const { lab } = window;
    const media = new lab.LocalMedia({ onTrack: () => undefined, onStateChange: () => undefined });
    await media.start();
    const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true });
    document.body.append(video);
    video.srcObject = media.stream;
    await lab.until(() => video.videoWidth > 0);
    await lab.until(() => media.micLevel > 0);
    const kinds = media.stream?.getTracks().map(({ kind }) => kind);
    media.close();
    return { width: video.videoWidth, kinds, named: media.cameras.some(({ id }) => id === media.cameraId) };
  });
  expect(view).toEqual({ width: 1280, kinds: ['video'], named: true });
});

test('an unknown description type, garbage and wrong candidates are reported, and the call goes on', async ({
  page,
}) => {
  const { problems, goesOn, member } = await page.evaluate(async () => {
    const { lab } = window;
    const meeting = lab.meet({ newcomer: { tracks: await lab.tracks() } });
    lab.enter(meeting);
    const { newcomer, member } = meeting;
    await lab.until(() => member.shown > 5);
    const { peer, problems } = member;
    const hears = async (raw: unknown, count: number) => {
      peer.receiveSignal(raw);
      await lab.until(() => problems.length === count);
    };
    await hears({ link: 1, round: 2, description: { type: 'pranswer', sdp: '' } }, 1);
    await hears('garbage', 2);
    await hears({ link: 1, candidate: { candidate: 'candidate:garbage', sdpMid: '0' } }, 3);
    const outside = { type: 'host', address: 'example.org', port: 50_000, priority: 1, foundation: '1' };
    await hears({ link: 1, candidate: outside }, 4);
    const before = member.shown;
    await lab.until(() => member.shown > before + 5);
    newcomer.peer.restartIce();
    await lab.until(() => newcomer.sent.filter((signal) => 'description' in signal).length === 2);
    return { problems, goesOn: member.shown > before, member: member.state };
  });
  expect(problems).toEqual(['description_unknown', 'signal_invalid', 'signal_invalid', 'signal_invalid']);
  expect(goesOn).toBe(true);
  expect(member).toBe('connected');
});
