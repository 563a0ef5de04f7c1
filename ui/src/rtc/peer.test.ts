import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PersonState } from './data-channel/messages';
import type { Note, Post } from './data-channel/notes';
import { Pair, type LinkState, type PairOptions, type Safety } from './peer';
import type { LinkProblem, SafetyAlarm } from './problem';
import { strangers } from './safety/trust';
import type { Signal } from './signal';
import { asConstructor, candidate, FakeConnection, FakeStream, sdp, settle, STATE } from './testing';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', FakeStream);
  FakeConnection.made = [];
  FakeConnection.refuses.clear();
});

afterEach(() => {
  expect(vi.getTimerCount(), 'timers left after close').toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A pair, and what it said. It is closed when the test ends. */
function aPair(role: 'offerer' | 'answerer', over: Partial<PairOptions> = {}) {
  const sent: Signal[] = [];
  const problems: LinkProblem[] = [];
  const states: LinkState[] = [];
  const heard: PersonState[] = [];
  const screens: MediaStream[] = [];
  const notes: Note[] = [];
  const posts: Post[] = [];
  const arrived: Post[] = [];
  const streams: MediaStream[] = [];
  const safeties: (Safety | null)[] = [];
  const alarms: SafetyAlarm[] = [];
  const pair = new Pair(
    {
      me: 'b',
      peer: 'a',
      role,
      iceServers: [],
      tracks: {},
      state: STATE,
      RTCPeerConnection: asConstructor,
      ...over,
    },
    {
      send: (signal) => sent.push(signal),
      state: (state) => states.push(state),
      stream: (stream) => streams.push(stream),
      screen: (stream) => screens.push(stream),
      told: (state) => heard.push(state),
      said: (note) => notes.push(note),
      posted: (post) => posts.push(post),
      arrived: (post) => arrived.push(post),
      problem: (code) => problems.push(code),
      safety: (safety) => safeties.push(safety),
      alarm: (alarm) => alarms.push(alarm),
    },
  );
  return { pair, sent, problems, states, heard, streams, screens, notes, posts, arrived, safeties, alarms };
}

const offer = (round = 1, link = 1, fragment = `remote${round}`): Signal => ({
  link,
  round,
  description: { type: 'offer', sdp: sdp(fragment) },
});
const answer = (round = 1, link = 1, fragment = `remote${round}`): Signal => ({
  link,
  round,
  description: { type: 'answer', sdp: sdp(fragment) },
});
const found = (name: string, fragment: string | null = null, link = 1): Signal => ({
  link,
  candidate: candidate(name, fragment),
});
const descriptions = (sent: Signal[]) =>
  sent.flatMap((signal) =>
    'description' in signal ? `${signal.description.type} ${signal.link}.${signal.round}` : [],
  );

/** An offerer whose link is up. */
async function connected(over: Partial<PairOptions> = {}) {
  const made = aPair('offerer', over);
  await settle();
  made.pair.open();
  made.pair.know({ entered: true, reachable: true });
  made.pair.receive(answer());
  await settle();
  FakeConnection.last.become('connected');
  return made;
}

describe('the offerer', () => {
  it('offers at once and holds the answer and the candidates until Enter', async () => {
    const { pair, sent, problems } = aPair('offerer');
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    pair.receive(found('early'));
    pair.receive(answer());
    pair.receive(found('late'));
    pair.receive({ link: 1, candidate: null });
    await settle();
    const { log } = FakeConnection.last;
    expect(log).toEqual([
      expect.stringMatching(/^channel parlour .*"negotiated":true,"id":0/),
      'local offer',
    ]);
    pair.open();
    await settle();
    expect(log.slice(2)).toEqual(['remote answer', 'candidate:early', 'candidate:late', 'end']);
    expect(problems).toEqual([]);
    pair.close();
  });

  it('applies an answer at once when it has entered already', async () => {
    const { pair } = aPair('offerer');
    pair.open();
    await settle();
    pair.receive(answer());
    await settle();
    expect(FakeConnection.last.log).toContain('remote answer');
    pair.close();
  });

  it('ignores an answer that comes twice, or that belongs to an earlier offer', async () => {
    const { pair, sent, problems } = await connected();
    pair.receive(answer());
    vi.advanceTimersByTime(2_000);
    pair.hurry();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    pair.receive(answer(1));
    await settle();
    expect(FakeConnection.last.signalingState).toBe('have-local-offer');
    pair.receive(answer(2));
    await settle();
    expect(FakeConnection.last.signalingState).toBe('stable');
    expect(problems).toEqual([]);
    pair.close();
  });

  it('makes an offer when it is asked for one; if one is on its way, after its answer', async () => {
    const { pair, sent } = aPair('offerer');
    pair.open();
    await settle();
    pair.receive({ link: 1, ask: 'offer' });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    pair.receive(answer());
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    pair.close();
  });

  it('sends an offer again that nobody answers, and in the end builds the link anew', async () => {
    const { pair, sent, states } = aPair('offerer');
    await settle();
    pair.open();
    pair.know({ entered: true, reachable: true });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.1']);
    await vi.advanceTimersByTimeAsync(4_000 + 8_000);
    expect(descriptions(sent)).toHaveLength(4);
    expect(states).toEqual(['failed']);
    await vi.advanceTimersByTimeAsync(15_000);
    await settle();
    expect(descriptions(sent).at(-1)).toBe('offer 2.1');
    expect(FakeConnection.made).toHaveLength(2);
    pair.close();
  });

  it('waits patiently for one who is still in the lobby', async () => {
    const { pair, sent } = aPair('offerer');
    await settle();
    pair.open();
    pair.know({ entered: false, reachable: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    pair.close();
  });
});

describe('the answerer', () => {
  it('keeps all that comes until it enters, then answers', async () => {
    const { pair, sent, problems } = aPair('answerer');
    pair.receive(found('early'));
    pair.receive(offer());
    pair.receive(found('late'));
    await settle();
    expect(FakeConnection.made).toHaveLength(0);
    pair.open();
    await settle();
    expect(FakeConnection.last.log).toEqual([
      'remote offer',
      expect.stringMatching(/^channel/),
      'local answer',
      'candidate:early',
      'candidate:late',
    ]);
    expect(descriptions(sent)).toEqual(['answer 1.1']);
    expect(problems).toEqual([]);
    pair.close();
  });

  it('sends in every place that the offer has, also a track that was there before', async () => {
    const microphone = { kind: 'audio' } as MediaStreamTrack;
    const { pair } = aPair('answerer', { tracks: { microphone } });
    pair.open();
    pair.receive(offer());
    await settle();
    expect(FakeConnection.last.getTransceivers().map(({ direction }) => direction)).toEqual(
      Array.from({ length: 4 }, () => 'sendrecv'),
    );
    expect(FakeConnection.last.sent).toEqual({ 0: microphone });
    pair.send('camera', null);
    expect(FakeConnection.last.sent).toEqual({ 0: microphone, 1: null });
    pair.close();
  });

  it('asks for an offer, and never makes one', async () => {
    const { pair, sent } = aPair('answerer');
    pair.open();
    pair.receive(offer());
    await settle();
    FakeConnection.last.onnegotiationneeded?.();
    expect(sent.at(-1)).toEqual({ link: 1, ask: 'offer' });
    pair.close();
  });

  it('answers an offer that comes again with the same answer', async () => {
    const { pair, sent } = aPair('answerer');
    pair.open();
    pair.receive(offer());
    pair.receive(offer());
    await settle();
    expect(descriptions(sent)).toEqual(['answer 1.1', 'answer 1.1']);
    expect(FakeConnection.last.log.filter((step) => step === 'remote offer')).toHaveLength(1);
    pair.close();
  });

  it('builds its link anew for a newer offer, with candidates that came before it, and forgets the older', async () => {
    const { pair, sent, problems } = aPair('answerer');
    pair.open();
    pair.receive(offer());
    await settle();
    pair.receive(found('early', null, 2));
    pair.receive(offer(1, 2));
    pair.receive(found('stale', null, 1));
    pair.receive({ link: 1, ask: 'restart' });
    await settle();
    expect(FakeConnection.made.map(({ connectionState }) => connectionState)).toEqual(['closed', 'new']);
    expect(FakeConnection.last.log).toContain('candidate:early');
    expect(FakeConnection.last.log).not.toContain('candidate:stale');
    expect(descriptions(sent)).toEqual(['answer 1.1', 'answer 2.1']);
    expect(problems).toEqual([]);
    pair.close();
  });

  it('keeps candidates of a restart until the offer they belong to', async () => {
    const { pair, problems } = aPair('answerer');
    pair.open();
    pair.receive(offer(1));
    pair.receive(found('new', 'remote2'));
    pair.receive(found('old', 'remote1'));
    await settle();
    const { log } = FakeConnection.last;
    expect(log.slice(-1)).toEqual(['candidate:old']);
    pair.receive(offer(2));
    await settle();
    expect(log.slice(-3)).toEqual(['remote offer', 'local answer', 'candidate:new']);
    expect(problems).toEqual([]);
    pair.close();
  });

  it('tells of a flood, and keeps no more than it needs', () => {
    const { pair, problems } = aPair('answerer');
    for (let n = 0; n < 200; n += 1) pair.receive(found(`${n}`));
    expect(problems[0]).toBe('signal_flood');
    expect(problems).toHaveLength(200 - 128);
    pair.close();
  });
});

describe('two offers that meet', () => {
  it('leave the smaller id its own', async () => {
    const { pair, sent } = aPair('offerer', { me: 'a', peer: 'b' });
    await settle();
    pair.receive(offer());
    pair.open();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    expect(FakeConnection.made).toHaveLength(1);
    pair.close();
  });

  it('make the other build its link anew and answer, after Enter', async () => {
    const { pair, sent } = aPair('offerer', { me: 'b', peer: 'a' });
    await settle();
    pair.receive(offer());
    await settle();
    expect(FakeConnection.made.map(({ connectionState }) => connectionState)).toEqual(['closed']);
    pair.open();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'answer 1.1']);
    expect(FakeConnection.made[0]?.log).not.toContain('local answer');
    pair.close();
  });
});

describe('two who wait for the other to offer', () => {
  it('ask for an offer, and the smaller id makes one', async () => {
    const [small, large] = [aPair('answerer', { me: 'a', peer: 'b' }), aPair('answerer')];
    for (const { pair } of [small, large]) {
      pair.open();
      pair.know({ entered: true, reachable: true });
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(small.sent).toEqual([{ link: 1, ask: 'restart' }]);
    expect(large.sent).toEqual(small.sent);
    large.pair.receive(small.sent[0]);
    small.pair.receive(large.sent[0]);
    await settle();
    expect(descriptions(small.sent)).toEqual(['offer 2.1']);
    expect(large.sent).toHaveLength(1);
    for (const signal of small.sent.slice(1)) large.pair.receive(signal);
    await settle();
    expect(descriptions(large.sent)).toEqual(['answer 2.1']);
    small.pair.close();
    large.pair.close();
  });
});

describe('one who was thought to have left', () => {
  it('is asked for a link anew when it goes on with one that is not there any more', async () => {
    const { pair, sent } = aPair('answerer');
    pair.open();
    pair.receive(offer(2));
    await settle();
    expect(sent).toEqual([{ link: 2, ask: 'offer' }]);
    expect(FakeConnection.made).toHaveLength(0);
    pair.receive(offer(1, 2));
    await settle();
    expect(descriptions(sent)).toEqual(['answer 2.1']);
    pair.close();
  });

  it('makes one, once', async () => {
    const { pair, sent } = await connected();
    for (let n = 0; n < 2; n += 1) pair.receive({ link: 2, ask: 'restart' });
    expect(FakeConnection.made).toHaveLength(1);
    pair.receive({ link: 2, ask: 'offer' });
    await settle();
    pair.receive({ link: 2, ask: 'offer' });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 2.1']);
    pair.close();
  });

  it('is offered a link with a number of its own', async () => {
    const trust = strangers();
    const before = aPair('offerer', { trust });
    await settle();
    before.pair.close();
    const { pair, sent } = aPair('offerer', { trust });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 2.1']);
    pair.close();
  });
});

describe('a link in trouble', () => {
  it('restarts ICE when it was shaky for half a second, not when it heals before', async () => {
    const { pair, sent, states } = await connected();
    FakeConnection.last.become('disconnected');
    await vi.advanceTimersByTimeAsync(400);
    FakeConnection.last.become('connected');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    FakeConnection.last.become('disconnected');
    await vi.advanceTimersByTimeAsync(500);
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    expect(states).toEqual(['connected', 'reconnecting', 'connected', 'reconnecting']);
    pair.close();
  });

  it('restarts ICE at once when it has failed, also when only one of the two states says so', async () => {
    const { pair, sent } = await connected();
    FakeConnection.last.become('disconnected', 'failed');
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    pair.close();
  });

  it('goes on for ever, one attempt at a time, with pauses that grow to fifteen seconds', async () => {
    const { pair, sent } = await connected();
    const times: number[] = [];
    const start = performance.now();
    FakeConnection.last.become('failed');
    let said = descriptions(sent).length;
    for (let second = 0; second < 120; second += 1) {
      await settle();
      for (; said < descriptions(sent).length; said += 1)
        times.push(Math.round((performance.now() - start) / 1_000));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(times).toEqual([0, 2, 6, 14, 29, 44, 59, 74, 89, 104, 119]);
    pair.close();
  });

  it('is built anew at once when no restart can help', async () => {
    const { pair, sent, streams } = await connected();
    FakeConnection.last.become('failed', 'connected');
    await settle();
    expect(descriptions(sent).at(-1)).toBe('offer 2.1');
    expect(streams.length).toBeLessThanOrEqual(1);
    pair.close();
  });

  it('is not built anew without end for one that keeps asking', async () => {
    const { pair, problems } = await connected();
    FakeConnection.last.become('failed', 'connected');
    for (let second = 0; second < 60; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      FakeConnection.last.become('failed', 'connected');
      pair.receive({ link: FakeConnection.made.length, ask: 'restart' });
      await settle();
    }
    expect(FakeConnection.made.length).toBeLessThanOrEqual(1 + 8 + 6);
    expect(problems).toEqual([]);
    pair.close();
  });

  it('asks for a restart when it is not the offerer', async () => {
    const { pair, sent } = aPair('answerer');
    pair.open();
    pair.receive(offer());
    await settle();
    FakeConnection.last.become('connected');
    FakeConnection.last.become('failed');
    expect(sent.at(-1)).toEqual({ link: 1, ask: 'restart' });
    expect(FakeConnection.last.log).not.toContain('restart');
    pair.close();
  });

  it('waits while the peer cannot be reached, and tries the moment it can', async () => {
    const { pair, sent } = await connected();
    pair.know({ entered: true, reachable: false });
    FakeConnection.last.become('failed');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    pair.know({ entered: true, reachable: true });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    pair.close();
  });

  it('restarts at once when the network changes, though all seems well, and once for a burst', async () => {
    const { pair, sent } = await connected();
    vi.advanceTimersByTime(5_000);
    pair.hurry();
    pair.hurry();
    pair.receive({ link: 1, ask: 'restart' });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    pair.close();
  });

  it('that ICE has found again is not built anew, however often that was tried before', async () => {
    const { pair, states } = await connected();
    openChannel();
    hear({ type: 'state', ...STATE });
    const { last } = FakeConnection;
    // Something comes, then nothing more; the server goes and comes back as the path does.
    const came = (bytesReceived: number) =>
      (last.stats = new Map([['T', { type: 'transport', bytesReceived }]]));
    came(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(states).toEqual(['connected', 'reconnecting']);
    last.become('disconnected');
    await vi.advanceTimersByTimeAsync(3_000);
    pair.know({ entered: true, reachable: false });
    last.become('connected');
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    for (let n = 0; n < 6; n += 1) {
      pair.know({ entered: true, reachable: false });
      pair.know({ entered: true, reachable: true });
      await vi.advanceTimersByTimeAsync(600);
    }
    expect(FakeConnection.made).toHaveLength(1);
    pair.close();
  });

  it('remembers a change of network that came while the server was away', async () => {
    const { pair, sent } = await connected();
    pair.know({ entered: true, reachable: false });
    pair.hurry();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    pair.know({ entered: true, reachable: true });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    pair.close();
  });
});

/** What the other says on the channel of the link in use. */
const hear = (message: object) => FakeConnection.last.channel?.onmessage?.({ data: JSON.stringify(message) });
const chat = (text: string): Post => ({ type: 'chat', id: `an-id-of-${text}`, text });

/** The channel of the link in use opens. */
function openChannel(): string[] {
  const { channel } = FakeConnection.last;
  if (!channel) throw new Error('no channel');
  channel.readyState = 'open';
  channel.onopen?.();
  return channel.said;
}
const ofType = (said: string[], type: string) =>
  said.map((text) => JSON.parse(text) as { type: string }).filter((message) => message.type === type);

describe('what people tell each other', () => {
  it('in passing goes to who is connected, and is lost on others', async () => {
    const { pair, notes } = await connected();
    const said = openChannel();
    pair.say({ type: 'reaction', emoji: 'heart' });
    FakeConnection.last.become('disconnected');
    pair.say({ type: 'reaction', emoji: 'clap' });
    expect(ofType(said, 'note')).toEqual([{ type: 'note', note: { type: 'reaction', emoji: 'heart' } }]);
    hear({ type: 'note', note: { type: 'reaction', emoji: 'wow' } });
    expect(notes).toEqual([{ type: 'reaction', emoji: 'wow' }]);
    pair.close();
  });

  it('to last waits for a link, and goes over the next one if the first has not brought it', async () => {
    const { pair, arrived } = await connected();
    expect(pair.post(chat('early'))).toBe(true);
    const said = openChannel();
    pair.post(chat('second'));
    expect(ofType(said, 'post')).toEqual([
      { type: 'post', n: 1, post: chat('early') },
      { type: 'post', n: 2, post: chat('second') },
    ]);
    hear({ type: 'got', n: 1 });
    expect(arrived).toEqual([chat('early')]);
    FakeConnection.last.become('failed', 'connected');
    await settle();
    pair.post(chat('third'));
    expect(ofType(openChannel(), 'post')).toMatchObject([{ n: 2 }, { n: 3 }]);
    hear({ type: 'got', n: 3 });
    expect(arrived).toHaveLength(3);
    pair.close();
    expect(pair.post(chat('late'))).toBe(false);
  });

  it('is taken once, and acknowledged every time', async () => {
    const { pair, posts, problems } = await connected();
    const said = openChannel();
    for (const n of [1, 1, 2]) hear({ type: 'post', n, post: chat(`${n}`) });
    hear({ type: 'post', n: 3, post: { type: 'later' } });
    expect(posts).toEqual([chat('1'), chat('2')]);
    expect(ofType(said, 'got').map((got) => (got as unknown as { n: number }).n)).toEqual([1, 1, 2, 3]);
    expect(problems).toEqual(['message_invalid']);
    pair.close();
  });

  it('is not heard any more when it floods; that is told once, and the link goes on', async () => {
    const { pair, notes, heard, problems, states } = await connected();
    openChannel();
    for (let n = 0; n < 2_000; n += 1) hear({ type: 'note', note: { type: 'reaction', emoji: 'party' } });
    expect(notes).toHaveLength(240);
    expect(problems).toEqual(['talk_flood']);
    await vi.advanceTimersByTimeAsync(1_000);
    hear({ type: 'state', ...STATE, hand: true });
    expect(heard).toEqual([{ ...STATE, hand: true }]);
    expect(states).toEqual(['connected']);
    pair.close();
  });
});

describe('signals over the data channel', () => {
  /** Seals and opens nothing, but counts. */
  const sealing = () => {
    let number = 0;
    return {
      seal: async (signal: Signal) => ({ number: (number += 1), envelope: JSON.stringify(signal) }),
      open: async (envelope: string) => ({ signal: JSON.parse(envelope) as unknown }),
    };
  };

  it('go there and to the server when a restart is under way, and there alone while all is well', async () => {
    const { pair, sent } = await connected({ sealing: sealing() });
    const said = openChannel();
    await vi.advanceTimersByTimeAsync(6_000);
    pair.hurry();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    expect(ofType(said, 'signal')).toHaveLength(1);
    pair.receive(answer(2));
    await vi.advanceTimersByTimeAsync(10_000);
    const before = sent.length;
    FakeConnection.last.onicecandidate?.({ candidate: { toJSON: () => candidate('late') } });
    await settle();
    expect(ofType(said, 'signal')).toHaveLength(2);
    hear({ type: 'signal_got', n: 2 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(before);
    pair.close();
  });

  it('are heard as those of the server are', async () => {
    const { pair } = await connected({ sealing: sealing() });
    const said = openChannel();
    hear({ type: 'signal', n: 7, envelope: JSON.stringify(found('past')) });
    await settle();
    expect(FakeConnection.last.log).toContain('candidate:past');
    expect(ofType(said, 'signal_got')).toEqual([{ type: 'signal_got', n: 7 }]);
    pair.close();
  });
});

describe('candidates', () => {
  it('of an earlier description are left alone, and so are more than a machine has', async () => {
    const { pair, problems } = await connected();
    const { log } = FakeConnection.last;
    vi.advanceTimersByTime(5_000);
    pair.hurry();
    await settle();
    pair.receive(answer(2));
    pair.receive(found('late', 'remote1'));
    for (let n = 0; n < 300; n += 1) pair.receive(found(`${n}`, 'remote2'));
    await vi.advanceTimersByTimeAsync(0);
    for (let turn = 0; turn < 40; turn += 1) await settle();
    expect(log).not.toContain('candidate:late');
    expect(log.filter((step) => step.startsWith('candidate'))).toHaveLength(128);
    expect(new Set(problems)).toEqual(new Set(['signal_flood']));
    pair.close();
  });
});

describe('problems', () => {
  it('are told by closed codes, and the link goes on', async () => {
    const { pair, sent, problems } = aPair('answerer');
    pair.open();
    pair.receive({ link: 1, round: 1, description: { type: 'pranswer', sdp: '' } });
    pair.receive({ hello: 'world' });
    FakeConnection.refuses.add(sdp('bad')).add('candidate:bad');
    pair.receive(offer(1, 1, 'bad'));
    await settle();
    pair.receive(offer(2));
    pair.receive(found('bad'));
    pair.receive(found('good'));
    await settle();
    expect(problems).toEqual([
      'description_unknown',
      'signal_invalid',
      'description_failed',
      'candidate_failed',
    ]);
    expect(descriptions(sent)).toEqual(['answer 1.2']);
    expect(FakeConnection.last.log).toContain('candidate:good');
    pair.close();
  });

  it('tell of a peer that wants link after link, which would use up the connections of all', async () => {
    const { pair, problems } = aPair('answerer');
    pair.know({ entered: true, reachable: true });
    pair.open();
    for (let link = 1; link <= 1_000; link += 1) pair.receive(offer(1, link));
    await settle();
    expect(FakeConnection.made).toHaveLength(8);
    expect(new Set(problems)).toEqual(new Set(['signal_flood']));
    await vi.advanceTimersByTimeAsync(10_000);
    pair.receive(offer(1, 2_000));
    await settle();
    expect(FakeConnection.made).toHaveLength(9);
    expect(FakeConnection.last.log).toContain('local answer');
    pair.close();
  });

  it('tell when no connection can be made', () => {
    const { pair, problems } = aPair('offerer', {
      RTCPeerConnection: function refuse() {
        throw new DOMException('no more', 'UnknownError');
      } as unknown as typeof RTCPeerConnection,
    });
    expect(problems).toEqual(['link_failed']);
    pair.close();
  });
});

it('tells the state of microphone and camera when the channel opens and when it changes, and checks what comes', async () => {
  const { pair, heard, problems } = await connected();
  const { channel } = FakeConnection.last;
  pair.tell({ ...STATE, mic: false });
  expect(channel?.said).toEqual([]);
  Object.assign(channel ?? {}, { readyState: 'open' });
  channel?.onopen?.();
  pair.tell({ ...STATE, mic: false, camera: false });
  const said = channel?.said.filter((text) => text.includes('state'));
  expect(said?.map((text) => JSON.parse(text) as unknown)).toEqual([
    { type: 'state', ...STATE, mic: false },
    { type: 'state', ...STATE, mic: false, camera: false },
  ]);
  channel?.onmessage?.({ data: '{"type":"state","mic":false,"camera":true,"screen":false,"hand":true}' });
  channel?.onmessage?.({ data: '{"type":"later"}' });
  channel?.onmessage?.({ data: 'garbage' });
  expect(heard).toEqual([{ mic: false, camera: true, screen: false, hand: true }]);
  expect(problems).toEqual(['message_invalid']);
  pair.close();
});

it('tells what has been posted and what has arrived', async () => {
  const { pair, posts, arrived } = await connected();
  const { channel } = FakeConnection.last;
  Object.assign(channel ?? {}, { readyState: 'open' });
  const post: Post = { type: 'chat', id: '0123-abcd', text: 'hello' };
  expect(pair.post(post)).toBe(true);
  expect(arrived).toEqual([]);
  channel?.onmessage?.({ data: '{"type":"got","n":1}' });
  channel?.onmessage?.({ data: '{"type":"got","n":1}' });
  expect(arrived).toEqual([post]);
  channel?.onmessage?.({ data: JSON.stringify({ type: 'post', n: 1, post }) });
  expect(posts).toEqual([post]);
  pair.close();
});

it('says nothing more once it is closed', async () => {
  const { pair, sent, problems } = aPair('offerer');
  pair.close();
  pair.receive(offer());
  pair.receive('garbage');
  await settle();
  expect(sent).toEqual([]);
  expect(problems).toEqual([]);
});
