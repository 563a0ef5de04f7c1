import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PeerState } from './data-channel/messages';
import type { EphemeralMessage, ReliableMessage } from './data-channel/messages';
import { RemotePeer, type RemotePeerOptions } from './peer';
import type { LinkProblem, LinkState, Safety, SafetyAlarm } from '../types';
import { newTrust } from './safety/trust';
import type { Signal } from './signal';
import { asConstructor, candidate, FakePeerConnection, FakeStream, sdp, settle, STATE } from './testing';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', FakeStream);
  FakePeerConnection.made = [];
  FakePeerConnection.refuses.clear();
});

afterEach(() => {
  expect(vi.getTimerCount(), 'timers left after close').toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A peer, and what it said. It is closed when the test ends. */
function aPeer(role: 'offerer' | 'answerer', over: Partial<RemotePeerOptions> = {}) {
  const sent: Signal[] = [];
  const problems: LinkProblem[] = [];
  const states: LinkState[] = [];
  const heard: PeerState[] = [];
  const screens: MediaStream[] = [];
  const reactions: EphemeralMessage[] = [];
  const chats: ReliableMessage[] = [];
  const delivered: ReliableMessage[] = [];
  const streams: MediaStream[] = [];
  const safeties: (Safety | null)[] = [];
  const alarms: SafetyAlarm[] = [];
  const peer = new RemotePeer(
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
      sendSignal: (signal) => sent.push(signal),
      onLinkState: (state) => states.push(state),
      onStream: (stream) => streams.push(stream),
      onScreenStream: (stream) => screens.push(stream),
      onState: (state) => heard.push(state),
      onMessage: (message) => void (message.type === 'chat' ? chats.push(message) : reactions.push(message)),
      onDelivered: (message) => delivered.push(message),
      onProblem: (code) => problems.push(code),
      onSafety: (safety) => safeties.push(safety),
      onAlarm: (alarm) => alarms.push(alarm),
    },
  );
  return {
    peer,
    sent,
    problems,
    states,
    heard,
    streams,
    screens,
    reactions,
    chats,
    delivered,
    safeties,
    alarms,
  };
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
async function connected(over: Partial<RemotePeerOptions> = {}) {
  const made = aPeer('offerer', over);
  await settle();
  made.peer.enter();
  made.peer.update({ entered: true, reachable: true });
  made.peer.receiveSignal(answer());
  await settle();
  FakePeerConnection.last.setState('connected');
  return made;
}

describe('the offerer', () => {
  it('offers at once and holds the answer and the candidates until Enter', async () => {
    const { peer, sent, problems } = aPeer('offerer');
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    peer.receiveSignal(found('early'));
    peer.receiveSignal(answer());
    peer.receiveSignal(found('late'));
    peer.receiveSignal({ link: 1, candidate: null });
    await settle();
    const { log } = FakePeerConnection.last;
    expect(log).toEqual([
      expect.stringMatching(/^channel parlour .*"negotiated":true,"id":0/),
      'local offer',
    ]);
    peer.enter();
    await settle();
    expect(log.slice(2)).toEqual(['remote answer', 'candidate:early', 'candidate:late', 'end']);
    expect(problems).toEqual([]);
    peer.close();
  });

  it('applies an answer at once when it has entered already', async () => {
    const { peer } = aPeer('offerer');
    peer.enter();
    await settle();
    peer.receiveSignal(answer());
    await settle();
    expect(FakePeerConnection.last.log).toContain('remote answer');
    peer.close();
  });

  it('ignores an answer that comes twice, or that belongs to an earlier offer', async () => {
    const { peer, sent, problems } = await connected();
    peer.receiveSignal(answer());
    vi.advanceTimersByTime(2_000);
    peer.restartIce();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.receiveSignal(answer(1));
    await settle();
    expect(FakePeerConnection.last.signalingState).toBe('have-local-offer');
    peer.receiveSignal(answer(2));
    await settle();
    expect(FakePeerConnection.last.signalingState).toBe('stable');
    expect(problems).toEqual([]);
    peer.close();
  });

  it('makes an offer when it is asked for one; if one is on its way, after its answer', async () => {
    const { peer, sent } = aPeer('offerer');
    peer.enter();
    await settle();
    peer.receiveSignal({ link: 1, ask: 'offer' });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    peer.receiveSignal(answer());
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.close();
  });

  it('sends an offer again that nobody answers, and in the end builds the link anew', async () => {
    const { peer, sent, states } = aPeer('offerer');
    await settle();
    peer.enter();
    peer.update({ entered: true, reachable: true });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.1']);
    await vi.advanceTimersByTimeAsync(4_000 + 8_000);
    expect(descriptions(sent)).toHaveLength(4);
    expect(states).toEqual(['failed']);
    await vi.advanceTimersByTimeAsync(15_000);
    await settle();
    expect(descriptions(sent).at(-1)).toBe('offer 2.1');
    expect(FakePeerConnection.made).toHaveLength(2);
    peer.close();
  });

  it('waits patiently for one who is still in the lobby', async () => {
    const { peer, sent } = aPeer('offerer');
    await settle();
    peer.enter();
    peer.update({ entered: false, reachable: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    peer.close();
  });
});

describe('the answerer', () => {
  it('keeps all that comes until it enters, then answers', async () => {
    const { peer, sent, problems } = aPeer('answerer');
    peer.receiveSignal(found('early'));
    peer.receiveSignal(offer());
    peer.receiveSignal(found('late'));
    await settle();
    expect(FakePeerConnection.made).toHaveLength(0);
    peer.enter();
    await settle();
    expect(FakePeerConnection.last.log).toEqual([
      'remote offer',
      expect.stringMatching(/^channel/),
      'local answer',
      'candidate:early',
      'candidate:late',
    ]);
    expect(descriptions(sent)).toEqual(['answer 1.1']);
    expect(problems).toEqual([]);
    peer.close();
  });

  it('sends in every place that the offer has, also a track that was there before', async () => {
    const microphone = { kind: 'audio' } as MediaStreamTrack;
    const { peer } = aPeer('answerer', { tracks: { microphone } });
    peer.enter();
    peer.receiveSignal(offer());
    await settle();
    expect(FakePeerConnection.last.getTransceivers().map(({ direction }) => direction)).toEqual(
      Array.from({ length: 4 }, () => 'sendrecv'),
    );
    expect(FakePeerConnection.last.sent).toEqual({ 0: microphone });
    peer.replaceTrack('camera', null);
    expect(FakePeerConnection.last.sent).toEqual({ 0: microphone, 1: null });
    peer.close();
  });

  it('asks for an offer, and never makes one', async () => {
    const { peer, sent } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal(offer());
    await settle();
    FakePeerConnection.last.onnegotiationneeded?.();
    expect(sent.at(-1)).toEqual({ link: 1, ask: 'offer' });
    peer.close();
  });

  it('answers an offer that comes again with the same answer', async () => {
    const { peer, sent } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal(offer());
    peer.receiveSignal(offer());
    await settle();
    expect(descriptions(sent)).toEqual(['answer 1.1', 'answer 1.1']);
    expect(FakePeerConnection.last.log.filter((step) => step === 'remote offer')).toHaveLength(1);
    peer.close();
  });

  it('builds its link anew for a newer offer, with candidates that came before it, and forgets the older', async () => {
    const { peer, sent, problems } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal(offer());
    await settle();
    peer.receiveSignal(found('early', null, 2));
    peer.receiveSignal(offer(1, 2));
    peer.receiveSignal(found('stale', null, 1));
    peer.receiveSignal({ link: 1, ask: 'restart' });
    await settle();
    expect(FakePeerConnection.made.map(({ connectionState }) => connectionState)).toEqual(['closed', 'new']);
    expect(FakePeerConnection.last.log).toContain('candidate:early');
    expect(FakePeerConnection.last.log).not.toContain('candidate:stale');
    expect(descriptions(sent)).toEqual(['answer 1.1', 'answer 2.1']);
    expect(problems).toEqual([]);
    peer.close();
  });

  it('keeps candidates of a restart until the offer they belong to', async () => {
    const { peer, problems } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal(offer(1));
    peer.receiveSignal(found('new', 'remote2'));
    peer.receiveSignal(found('old', 'remote1'));
    await settle();
    const { log } = FakePeerConnection.last;
    expect(log.slice(-1)).toEqual(['candidate:old']);
    peer.receiveSignal(offer(2));
    await settle();
    expect(log.slice(-3)).toEqual(['remote offer', 'local answer', 'candidate:new']);
    expect(problems).toEqual([]);
    peer.close();
  });

  it('tells of a flood, and keeps no more than it needs', () => {
    const { peer, problems } = aPeer('answerer');
    for (let n = 0; n < 200; n += 1) peer.receiveSignal(found(`${n}`));
    expect(problems[0]).toBe('signal_flood');
    expect(problems).toHaveLength(200 - 128);
    peer.close();
  });
});

describe('two offers that meet', () => {
  it('leave the smaller id its own', async () => {
    const { peer, sent } = aPeer('offerer', { me: 'a', peer: 'b' });
    await settle();
    peer.receiveSignal(offer());
    peer.enter();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    expect(FakePeerConnection.made).toHaveLength(1);
    peer.close();
  });

  it('make the other build its link anew and answer, after Enter', async () => {
    const { peer, sent } = aPeer('offerer', { me: 'b', peer: 'a' });
    await settle();
    peer.receiveSignal(offer());
    await settle();
    expect(FakePeerConnection.made.map(({ connectionState }) => connectionState)).toEqual(['closed']);
    peer.enter();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'answer 1.1']);
    expect(FakePeerConnection.made[0]?.log).not.toContain('local answer');
    peer.close();
  });
});

describe('two who wait for the other to offer', () => {
  it('ask for an offer, and the smaller id makes one', async () => {
    const [small, large] = [aPeer('answerer', { me: 'a', peer: 'b' }), aPeer('answerer')];
    for (const { peer } of [small, large]) {
      peer.enter();
      peer.update({ entered: true, reachable: true });
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(small.sent).toEqual([{ link: 1, ask: 'restart' }]);
    expect(large.sent).toEqual(small.sent);
    large.peer.receiveSignal(small.sent[0]);
    small.peer.receiveSignal(large.sent[0]);
    await settle();
    expect(descriptions(small.sent)).toEqual(['offer 2.1']);
    expect(large.sent).toHaveLength(1);
    for (const signal of small.sent.slice(1)) large.peer.receiveSignal(signal);
    await settle();
    expect(descriptions(large.sent)).toEqual(['answer 2.1']);
    small.peer.close();
    large.peer.close();
  });
});

describe('one who was thought to have left', () => {
  it('is asked for a link anew when it goes on with one that is not there any more', async () => {
    const { peer, sent } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal(offer(2));
    await settle();
    expect(sent).toEqual([{ link: 2, ask: 'offer' }]);
    expect(FakePeerConnection.made).toHaveLength(0);
    peer.receiveSignal(offer(1, 2));
    await settle();
    expect(descriptions(sent)).toEqual(['answer 2.1']);
    peer.close();
  });

  it('makes one, once', async () => {
    const { peer, sent } = await connected();
    for (let n = 0; n < 2; n += 1) peer.receiveSignal({ link: 2, ask: 'restart' });
    expect(FakePeerConnection.made).toHaveLength(1);
    peer.receiveSignal({ link: 2, ask: 'offer' });
    await settle();
    peer.receiveSignal({ link: 2, ask: 'offer' });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 2.1']);
    peer.close();
  });

  it('is offered a link with a number of its own', async () => {
    const trust = newTrust();
    const before = aPeer('offerer', { trust });
    await settle();
    before.peer.close();
    const { peer, sent } = aPeer('offerer', { trust });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 2.1']);
    peer.close();
  });
});

describe('a link in trouble', () => {
  it('restarts ICE when it was shaky for half a second, not when it heals before', async () => {
    const { peer, sent, states } = await connected();
    FakePeerConnection.last.setState('disconnected');
    await vi.advanceTimersByTimeAsync(400);
    FakePeerConnection.last.setState('connected');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    FakePeerConnection.last.setState('disconnected');
    await vi.advanceTimersByTimeAsync(500);
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    expect(states).toEqual(['connected', 'reconnecting', 'connected', 'reconnecting']);
    peer.close();
  });

  it('restarts ICE at once when it has failed, also when only one of the two states says so', async () => {
    const { peer, sent } = await connected();
    FakePeerConnection.last.setState('disconnected', 'failed');
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.close();
  });

  it('goes on for ever, one attempt at a time, with pauses that grow to fifteen seconds', async () => {
    const { peer, sent } = await connected();
    const times: number[] = [];
    const start = performance.now();
    FakePeerConnection.last.setState('failed');
    let said = descriptions(sent).length;
    for (let second = 0; second < 120; second += 1) {
      await settle();
      for (; said < descriptions(sent).length; said += 1)
        times.push(Math.round((performance.now() - start) / 1_000));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(times).toEqual([0, 2, 6, 14, 29, 44, 59, 74, 89, 104, 119]);
    peer.close();
  });

  it('is built anew at once when no restart can help', async () => {
    const { peer, sent, streams } = await connected();
    FakePeerConnection.last.setState('failed', 'connected');
    await settle();
    expect(descriptions(sent).at(-1)).toBe('offer 2.1');
    expect(streams.length).toBeLessThanOrEqual(1);
    peer.close();
  });

  it('is not built anew without end for one that keeps asking', async () => {
    const { peer, problems } = await connected();
    FakePeerConnection.last.setState('failed', 'connected');
    for (let second = 0; second < 60; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      FakePeerConnection.last.setState('failed', 'connected');
      peer.receiveSignal({ link: FakePeerConnection.made.length, ask: 'restart' });
      await settle();
    }
    expect(FakePeerConnection.made.length).toBeLessThanOrEqual(1 + 8 + 6);
    expect(problems).toEqual([]);
    peer.close();
  });

  it('asks for a restart when it is not the offerer', async () => {
    const { peer, sent } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal(offer());
    await settle();
    FakePeerConnection.last.setState('connected');
    FakePeerConnection.last.setState('failed');
    expect(sent.at(-1)).toEqual({ link: 1, ask: 'restart' });
    expect(FakePeerConnection.last.log).not.toContain('restart');
    peer.close();
  });

  it('waits while the peer cannot be reached, and tries the moment it can', async () => {
    const { peer, sent } = await connected();
    peer.update({ entered: true, reachable: false });
    FakePeerConnection.last.setState('failed');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    peer.update({ entered: true, reachable: true });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.close();
  });

  it('restarts at once when the network changes, though all seems well, and once for a burst', async () => {
    const { peer, sent } = await connected();
    vi.advanceTimersByTime(5_000);
    peer.restartIce();
    peer.restartIce();
    peer.receiveSignal({ link: 1, ask: 'restart' });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.close();
  });

  it('that ICE has found again is not built anew, however often that was tried before', async () => {
    const { peer, states } = await connected();
    openChannel();
    hear({ type: 'state', ...STATE });
    const { last } = FakePeerConnection;
    // Something comes, then nothing more; the server goes and comes back as the path does.
    const came = (bytesReceived: number) =>
      (last.stats = new Map([['T', { type: 'transport', bytesReceived }]]));
    came(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(states).toEqual(['connected', 'reconnecting']);
    last.setState('disconnected');
    await vi.advanceTimersByTimeAsync(3_000);
    peer.update({ entered: true, reachable: false });
    last.setState('connected');
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    for (let n = 0; n < 6; n += 1) {
      peer.update({ entered: true, reachable: false });
      peer.update({ entered: true, reachable: true });
      await vi.advanceTimersByTimeAsync(600);
    }
    expect(FakePeerConnection.made).toHaveLength(1);
    peer.close();
  });

  it('remembers a change of network that came while the server was away', async () => {
    const { peer, sent } = await connected();
    peer.update({ entered: true, reachable: false });
    peer.restartIce();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    peer.update({ entered: true, reachable: true });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.close();
  });
});

/** What the other says on the channel of the link in use. */
const hear = (message: object) =>
  FakePeerConnection.last.channel?.onmessage?.({ data: JSON.stringify(message) });
const chat = (text: string): ReliableMessage => ({ type: 'chat', id: `an-id-of-${text}`, text });

/** The channel of the link in use opens. */
function openChannel(): string[] {
  const { channel } = FakePeerConnection.last;
  if (!channel) throw new Error('no channel');
  channel.readyState = 'open';
  channel.onopen?.();
  return channel.said;
}
const ofType = (said: string[], type: string) =>
  said.map((text) => JSON.parse(text) as { type: string }).filter((message) => message.type === type);

describe('what people tell each other', () => {
  it('in passing goes to who is connected, and is lost on others', async () => {
    const { peer, reactions } = await connected();
    const said = openChannel();
    peer.send({ type: 'reaction', emoji: 'heart' });
    FakePeerConnection.last.setState('disconnected');
    peer.send({ type: 'reaction', emoji: 'clap' });
    expect(ofType(said, 'note')).toEqual([{ type: 'note', note: { type: 'reaction', emoji: 'heart' } }]);
    hear({ type: 'note', note: { type: 'reaction', emoji: 'wow' } });
    expect(reactions).toEqual([{ type: 'reaction', emoji: 'wow' }]);
    peer.close();
  });

  it('to last waits for a link, and goes over the next one if the first has not brought it', async () => {
    const { peer, delivered } = await connected();
    expect(peer.send(chat('early'))).toBe(true);
    const said = openChannel();
    peer.send(chat('second'));
    expect(ofType(said, 'post')).toEqual([
      { type: 'post', n: 1, post: chat('early') },
      { type: 'post', n: 2, post: chat('second') },
    ]);
    hear({ type: 'got', n: 1 });
    expect(delivered).toEqual([chat('early')]);
    FakePeerConnection.last.setState('failed', 'connected');
    await settle();
    peer.send(chat('third'));
    expect(ofType(openChannel(), 'post')).toMatchObject([{ n: 2 }, { n: 3 }]);
    hear({ type: 'got', n: 3 });
    expect(delivered).toHaveLength(3);
    peer.close();
    expect(peer.send(chat('late'))).toBe(false);
  });

  it('is taken once, and acknowledged every time', async () => {
    const { peer, chats, problems } = await connected();
    const said = openChannel();
    for (const n of [1, 1, 2]) hear({ type: 'post', n, post: chat(`${n}`) });
    hear({ type: 'post', n: 3, post: { type: 'later' } });
    expect(chats).toEqual([chat('1'), chat('2')]);
    expect(ofType(said, 'got').map((got) => (got as unknown as { n: number }).n)).toEqual([1, 1, 2, 3]);
    expect(problems).toEqual(['message_invalid']);
    peer.close();
  });

  it('is not heard any more when it floods; that is told once, and the link goes on', async () => {
    const { peer, reactions, heard, problems, states } = await connected();
    openChannel();
    for (let n = 0; n < 2_000; n += 1) hear({ type: 'note', note: { type: 'reaction', emoji: 'party' } });
    expect(reactions).toHaveLength(240);
    expect(problems).toEqual(['message_flood']);
    await vi.advanceTimersByTimeAsync(1_000);
    hear({ type: 'state', ...STATE, hand: true });
    expect(heard).toEqual([{ ...STATE, hand: true }]);
    expect(states).toEqual(['connected']);
    peer.close();
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
    const { peer, sent } = await connected({ sealing: sealing() });
    const said = openChannel();
    await vi.advanceTimersByTimeAsync(6_000);
    peer.restartIce();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    expect(ofType(said, 'signal')).toHaveLength(1);
    peer.receiveSignal(answer(2));
    await vi.advanceTimersByTimeAsync(10_000);
    const before = sent.length;
    FakePeerConnection.last.onicecandidate?.({ candidate: { toJSON: () => candidate('late') } });
    await settle();
    expect(ofType(said, 'signal')).toHaveLength(2);
    hear({ type: 'signal_got', n: 2 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(before);
    peer.close();
  });

  it('are heard as those of the server are', async () => {
    const { peer } = await connected({ sealing: sealing() });
    const said = openChannel();
    hear({ type: 'signal', n: 7, envelope: JSON.stringify(found('past')) });
    await settle();
    expect(FakePeerConnection.last.log).toContain('candidate:past');
    expect(ofType(said, 'signal_got')).toEqual([{ type: 'signal_got', n: 7 }]);
    peer.close();
  });
});

describe('candidates', () => {
  it('of an earlier description are left alone, and so are more than a machine has', async () => {
    const { peer, problems } = await connected();
    const { log } = FakePeerConnection.last;
    vi.advanceTimersByTime(5_000);
    peer.restartIce();
    await settle();
    peer.receiveSignal(answer(2));
    peer.receiveSignal(found('late', 'remote1'));
    for (let n = 0; n < 300; n += 1) peer.receiveSignal(found(`${n}`, 'remote2'));
    await vi.advanceTimersByTimeAsync(0);
    for (let turn = 0; turn < 40; turn += 1) await settle();
    expect(log).not.toContain('candidate:late');
    expect(log.filter((step) => step.startsWith('candidate'))).toHaveLength(128);
    expect(new Set(problems)).toEqual(new Set(['signal_flood']));
    peer.close();
  });
});

describe('problems', () => {
  it('are told by closed codes, and the link goes on', async () => {
    const { peer, sent, problems } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal({ link: 1, round: 1, description: { type: 'pranswer', sdp: '' } });
    peer.receiveSignal({ hello: 'world' });
    FakePeerConnection.refuses.add(sdp('bad')).add('candidate:bad');
    peer.receiveSignal(offer(1, 1, 'bad'));
    await settle();
    peer.receiveSignal(offer(2));
    peer.receiveSignal(found('bad'));
    peer.receiveSignal(found('good'));
    await settle();
    expect(problems).toEqual([
      'description_unknown',
      'signal_invalid',
      'description_failed',
      'candidate_failed',
    ]);
    expect(descriptions(sent)).toEqual(['answer 1.2']);
    expect(FakePeerConnection.last.log).toContain('candidate:good');
    peer.close();
  });

  it('tell of a peer that wants link after link, which would use up the connections of all', async () => {
    const { peer, problems } = aPeer('answerer');
    peer.update({ entered: true, reachable: true });
    peer.enter();
    for (let link = 1; link <= 1_000; link += 1) peer.receiveSignal(offer(1, link));
    await settle();
    expect(FakePeerConnection.made).toHaveLength(8);
    expect(new Set(problems)).toEqual(new Set(['signal_flood']));
    await vi.advanceTimersByTimeAsync(10_000);
    peer.receiveSignal(offer(1, 2_000));
    await settle();
    expect(FakePeerConnection.made).toHaveLength(9);
    expect(FakePeerConnection.last.log).toContain('local answer');
    peer.close();
  });

  it('tell when no connection can be made', () => {
    const { peer, problems } = aPeer('offerer', {
      RTCPeerConnection: function refuse() {
        throw new DOMException('no more', 'UnknownError');
      } as unknown as typeof RTCPeerConnection,
    });
    expect(problems).toEqual(['link_failed']);
    peer.close();
  });
});

it('tells the state of microphone and camera when the channel opens and when it changes, and checks what comes', async () => {
  const { peer, heard, problems } = await connected();
  const { channel } = FakePeerConnection.last;
  peer.sendState({ ...STATE, mic: false });
  expect(channel?.said).toEqual([]);
  Object.assign(channel ?? {}, { readyState: 'open' });
  channel?.onopen?.();
  peer.sendState({ ...STATE, mic: false, camera: false });
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
  peer.close();
});

it('tells what has been posted and what has delivered', async () => {
  const { peer, chats, delivered } = await connected();
  const { channel } = FakePeerConnection.last;
  Object.assign(channel ?? {}, { readyState: 'open' });
  const post: ReliableMessage = { type: 'chat', id: '0123-abcd', text: 'hello' };
  expect(peer.send(post)).toBe(true);
  expect(delivered).toEqual([]);
  channel?.onmessage?.({ data: '{"type":"got","n":1}' });
  channel?.onmessage?.({ data: '{"type":"got","n":1}' });
  expect(delivered).toEqual([post]);
  channel?.onmessage?.({ data: JSON.stringify({ type: 'post', n: 1, post }) });
  expect(chats).toEqual([post]);
  peer.close();
});

it('says nothing more once it is closed', async () => {
  const { peer, sent, problems } = aPeer('offerer');
  peer.close();
  peer.receiveSignal(offer());
  peer.receiveSignal('garbage');
  await settle();
  expect(sent).toEqual([]);
  expect(problems).toEqual([]);
});
