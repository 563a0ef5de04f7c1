import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PeerState } from './data-channel/messages';
import type { EphemeralMessage, ReliableMessage } from './data-channel/messages';
import { toInit } from './description/candidate';
import { writeSdp } from './description/sdp-writer';
import { RemotePeer, type RemotePeerOptions } from './peer';
import type { LinkProblem, LinkState, Safety, SafetyAlarm } from '../types';
import { newTrust } from './safety/trust';
import type { Signal } from './signal';
import {
  asConstructor,
  BINDING,
  candidate,
  description,
  FakePeerConnection,
  FakeStream,
  settle,
  STATE,
} from './testing';

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

/** A peer and everything that it emits. */
function aPeer(role: 'offerer' | 'answerer', over: Partial<RemotePeerOptions> = {}) {
  const sent: Signal[] = [];
  const problems: LinkProblem[] = [];
  const states: LinkState[] = [];
  const peerStates: PeerState[] = [];
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
      safetyBinding: BINDING,
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
      onState: (state) => peerStates.push(state),
      onVideoWish: () => undefined,
      onMessage: (message) => void (message.type === 'chat' ? chats.push(message) : reactions.push(message)),
      onDelivered: (message) => delivered.push(message),
      onProblem: (code) => problems.push(code),
      onSafety: (safety) => safeties.push(safety),
      onUnchecked: () => undefined,
      onAlarm: (alarm) => alarms.push(alarm),
      onNetworkReport: () => undefined,
    },
  );
  return {
    peer,
    sent,
    problems,
    states,
    peerStates,
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
  description: description('offer', fragment),
});
const answer = (round = 1, link = 1, fragment = `remote${round}`): Signal => ({
  link,
  round,
  description: description('answer', fragment),
});
const found = (name: string, fragment?: string, link = 1): Signal => ({
  link,
  candidate: candidate(name, fragment),
});
const descriptions = (sent: Signal[]) =>
  sent.flatMap((signal) =>
    'description' in signal ? `${signal.description.type} ${signal.link}.${signal.round}` : [],
  );

/** An offerer whose link is connected. */
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

  it('makes an offer on request; if one is on its way, after its answer', async () => {
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

  it('sends an unanswered offer again, and in the end builds the link anew', async () => {
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

  it('does not send again while the peer is in the lobby', async () => {
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

  it('sends on every transceiver of the offer, also a track that was there before', async () => {
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

  it('builds its link anew for a newer offer, with candidates that came before it, and ignores the older link', async () => {
    const { peer, sent, problems } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal(offer());
    await settle();
    peer.receiveSignal(found('early', undefined, 2));
    peer.receiveSignal(offer(1, 2));
    peer.receiveSignal(found('stale', undefined, 1));
    peer.receiveSignal({ link: 1, ask: 'restart' });
    await settle();
    expect(FakePeerConnection.made.map(({ connectionState }) => connectionState)).toEqual(['closed', 'new']);
    expect(FakePeerConnection.last.log).toContain('candidate:early');
    expect(FakePeerConnection.last.log).not.toContain('candidate:stale');
    expect(descriptions(sent)).toEqual(['answer 1.1', 'answer 2.1']);
    expect(problems).toEqual([]);
    peer.close();
  });

  it('keeps candidates of a restart until their offer comes', async () => {
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
    expect(log.slice(-3)).toEqual(['remote offer', 'candidate:new', 'local answer']);
    expect(problems).toEqual([]);
    peer.close();
  });

  it('reports a flood of signals and keeps a bounded number', () => {
    const { peer, problems } = aPeer('answerer');
    for (let n = 0; n < 200; n += 1) peer.receiveSignal(found(`${n}`));
    expect(problems[0]).toBe('signal_flood');
    expect(problems).toHaveLength(200 - 128);
    peer.close();
  });
});

describe('an offer collision', () => {
  it('leaves the offer of the smaller id in place', async () => {
    const { peer, sent } = aPeer('offerer', { me: 'a', peer: 'b' });
    await settle();
    peer.receiveSignal(offer());
    peer.enter();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    expect(FakePeerConnection.made).toHaveLength(1);
    peer.close();
  });

  it('makes the other peer build its link anew and answer, after Enter', async () => {
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

describe('two answerers', () => {
  it('ask each other for an offer, and the smaller id makes one', async () => {
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

describe('a peer that the server wrongly reported as left', () => {
  it('is asked for a new link when it goes on with one that was closed', async () => {
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

  it('makes one new link', async () => {
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

  it('is offered a link with a new number', async () => {
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

describe('STUN and TURN servers that come later', () => {
  const turn: RTCIceServer[] = [{ urls: ['turn:x'], username: 'u', credential: 'c' }];

  it('are used at once by an offer that nobody has answered yet', async () => {
    const { peer, sent } = aPeer('offerer');
    await settle();
    peer.setIceServers(turn);
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    const { log } = FakePeerConnection.last;
    expect(log.indexOf('configure 1')).toBeLessThan(log.lastIndexOf('local offer'));
    peer.enter();
    peer.receiveSignal(answer(1));
    await settle();
    expect(log).not.toContain('remote answer');
    peer.receiveSignal(answer(2));
    await settle();
    expect(log).toContain('remote answer');
    peer.close();
  });

  it('need no second offer when they come before the first', async () => {
    const { peer, sent } = aPeer('offerer');
    peer.setIceServers(turn);
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    peer.close();
  });

  it('are used at once by a link that is answered and not yet connected', async () => {
    const { peer, sent } = aPeer('offerer');
    await settle();
    peer.enter();
    peer.receiveSignal(answer());
    await settle();
    peer.setIceServers(turn);
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.close();
  });

  it('make an answerer that is not yet connected ask for a restart', async () => {
    const { peer, sent } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal(offer());
    await settle();
    peer.setIceServers(turn);
    expect(sent.at(-1)).toEqual({ link: 1, ask: 'restart' });
    peer.close();
  });

  it('leave a link alone that is connected or was', async () => {
    const { peer, sent } = await connected();
    peer.setIceServers(turn);
    FakePeerConnection.last.setState('disconnected');
    peer.setIceServers([]);
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1']);
    peer.close();
  });
});

describe('a link in trouble', () => {
  it('restarts ICE when it was disconnected for half a second, not when it heals before', async () => {
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

  it('restarts ICE at once when it has failed, also when only one of the two states reports it', async () => {
    const { peer, sent } = await connected();
    FakePeerConnection.last.setState('disconnected', 'failed');
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.close();
  });

  it('makes attempts for ever, one at a time, with pauses that grow to fifteen seconds', async () => {
    const { peer, sent } = await connected();
    const times: number[] = [];
    const start = performance.now();
    FakePeerConnection.last.setState('failed');
    let seen = descriptions(sent).length;
    for (let second = 0; second < 120; second += 1) {
      await settle();
      for (; seen < descriptions(sent).length; seen += 1)
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

  it('is not built anew without limit for a peer that keeps asking', async () => {
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

  it('waits while the peer is unreachable, and restarts as soon as it is reachable', async () => {
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

  it('restarts at once when the network changes, although it is connected, and once for a burst', async () => {
    const { peer, sent } = await connected();
    vi.advanceTimersByTime(5_000);
    peer.restartIce();
    peer.restartIce();
    peer.receiveSignal({ link: 1, ask: 'restart' });
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    peer.close();
  });

  it('is not built anew when ICE has connected it again, whatever the number of attempts before', async () => {
    const { peer, states } = await connected();
    openChannel();
    receive({ type: 'state', ...STATE });
    const { last } = FakePeerConnection;
    // Data arrives, then nothing more. The server becomes unreachable and reachable again, and the path comes back.
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

  it('restarts after a change of network that came while the server was unreachable', async () => {
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

/** The peer sends on the channel of the last link. */
const receive = (message: object) =>
  FakePeerConnection.last.channel?.onmessage?.({ data: JSON.stringify(message) });
const chat = (text: string): ReliableMessage => ({ type: 'chat', id: `an-id-of-${text}`, text });

/** Opens the channel of the last link and returns what is sent on it. */
function openChannel(): string[] {
  const { channel } = FakePeerConnection.last;
  if (!channel) throw new Error('no channel');
  channel.readyState = 'open';
  channel.onopen?.();
  return channel.sentTexts;
}
const ofType = (sentTexts: string[], type: string) =>
  sentTexts.map((text) => JSON.parse(text) as { type: string }).filter((message) => message.type === type);

describe('messages', () => {
  it('that are ephemeral go to a connected peer only', async () => {
    const { peer, reactions } = await connected();
    const sentTexts = openChannel();
    peer.send({ type: 'reaction', emoji: 'heart' });
    FakePeerConnection.last.setState('disconnected');
    peer.send({ type: 'reaction', emoji: 'clap' });
    expect(ofType(sentTexts, 'note')).toEqual([{ type: 'note', note: { type: 'reaction', emoji: 'heart' } }]);
    receive({ type: 'note', note: { type: 'reaction', emoji: 'wow' } });
    expect(reactions).toEqual([{ type: 'reaction', emoji: 'wow' }]);
    peer.close();
  });

  it('that are reliable wait for a link, and are sent again over the next one without acknowledgement', async () => {
    const { peer, delivered } = await connected();
    expect(peer.send(chat('early'))).toBe(true);
    const sentTexts = openChannel();
    peer.send(chat('second'));
    expect(ofType(sentTexts, 'post')).toEqual([
      { type: 'post', n: 1, post: chat('early') },
      { type: 'post', n: 2, post: chat('second') },
    ]);
    receive({ type: 'got', n: 1 });
    expect(delivered).toEqual([chat('early')]);
    FakePeerConnection.last.setState('failed', 'connected');
    await settle();
    peer.send(chat('third'));
    expect(ofType(openChannel(), 'post')).toMatchObject([{ n: 2 }, { n: 3 }]);
    receive({ type: 'got', n: 3 });
    expect(delivered).toHaveLength(3);
    peer.close();
    expect(peer.send(chat('late'))).toBe(false);
  });

  it('are taken once and acknowledged every time', async () => {
    const { peer, chats, problems } = await connected();
    const sentTexts = openChannel();
    for (const n of [1, 1, 2]) receive({ type: 'post', n, post: chat(`${n}`) });
    receive({ type: 'post', n: 3, post: { type: 'later' } });
    expect(chats).toEqual([chat('1'), chat('2')]);
    expect(ofType(sentTexts, 'got').map((got) => (got as unknown as { n: number }).n)).toEqual([1, 1, 2, 3]);
    expect(problems).toEqual(['message_invalid']);
    peer.close();
  });

  it('are dropped when they flood; that is reported once, and the link goes on', async () => {
    const { peer, reactions, peerStates, problems, states } = await connected();
    openChannel();
    for (let n = 0; n < 2_000; n += 1) receive({ type: 'note', note: { type: 'reaction', emoji: 'party' } });
    expect(reactions).toHaveLength(240);
    expect(problems).toEqual(['message_flood']);
    await vi.advanceTimersByTimeAsync(1_000);
    receive({ type: 'state', ...STATE, hand: true });
    expect(peerStates).toEqual([{ ...STATE, hand: true }]);
    expect(states).toEqual(['connected']);
    peer.close();
  });
});

describe('signals over the data channel', () => {
  /** Counts, but does not encrypt. */
  const sealing = () => {
    let number = 0;
    return {
      seal: async (signal: Signal) => ({ number: (number += 1), envelope: JSON.stringify(signal) }),
      open: async (envelope: string) => ({ signal: JSON.parse(envelope) as unknown }),
    };
  };

  it('go over the server too while a restart is under way, and over the channel alone while all is well', async () => {
    const { peer, sent } = await connected({ sealing: sealing() });
    const sentTexts = openChannel();
    await vi.advanceTimersByTimeAsync(6_000);
    peer.restartIce();
    await settle();
    expect(descriptions(sent)).toEqual(['offer 1.1', 'offer 1.2']);
    expect(ofType(sentTexts, 'signal')).toHaveLength(1);
    peer.receiveSignal(answer(2));
    await vi.advanceTimersByTimeAsync(10_000);
    const before = sent.length;
    FakePeerConnection.last.onicecandidate?.({ candidate: toInit(candidate('late')) });
    await settle();
    expect(ofType(sentTexts, 'signal')).toHaveLength(2);
    receive({ type: 'signal_got', n: 2 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(before);
    peer.close();
  });

  it('are applied like those of the server', async () => {
    const { peer } = await connected({ sealing: sealing() });
    const sentTexts = openChannel();
    receive({ type: 'signal', n: 7, envelope: JSON.stringify(found('past')) });
    await settle();
    expect(FakePeerConnection.last.log).toContain('candidate:past');
    expect(ofType(sentTexts, 'signal_got')).toEqual([{ type: 'signal_got', n: 7 }]);
    peer.close();
  });
});

describe('candidates', () => {
  it('of an earlier description are ignored, and their number is bounded', async () => {
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
    expect(log.filter((step) => step.startsWith('candidate'))).toHaveLength(64);
    expect(new Set(problems)).toEqual(new Set(['signal_flood']));
    peer.close();
  });
});

describe('descriptions of the peer', () => {
  const twofold = (link = 1) => ({
    ...{ link, round: 1 },
    description: { ...description('offer', 'remote'), transport: [{ ufrag: 'abcd' }, { ufrag: 'efgh' }] },
  });

  it('that could mean two things end the link for good, and the peer is told', async () => {
    const { peer, sent, alarms, states } = await connected();
    peer.receiveSignal(twofold());
    expect(alarms).toEqual(['description_refused']);
    expect(states.at(-1)).toBe('ended');
    expect(sent.at(-1)).toEqual({ link: 1, end: 'safety' });
    expect(FakePeerConnection.last.log.at(-1)).toBe('close');
    peer.close();
  });

  it('that could mean two things are refused in the lobby already, before there is a link', async () => {
    const { peer, sent, alarms } = aPeer('answerer');
    peer.receiveSignal(twofold(7));
    expect(alarms).toEqual(['description_refused']);
    expect(sent).toEqual([{ link: 7, end: 'safety' }]);
    peer.enter();
    peer.receiveSignal(offer(1, 8));
    await settle();
    expect(FakePeerConnection.made).toEqual([]);
    peer.close();
  });

  it('are written anew: the connection gets nothing as it came', async () => {
    const { peer } = aPeer('answerer');
    peer.enter();
    const made = { ...description('offer', 'remote'), sdp: 'v=0', groups: ['0 1 2 3', '4'] };
    peer.receiveSignal({ link: 1, round: 1, description: made });
    await settle();
    expect(FakePeerConnection.last.remoteDescription).toEqual({
      type: 'offer',
      sdp: writeSdp(description('offer', 'remote')),
    });
    peer.close();
  });

  it('may come in a burst, and then once in a second', async () => {
    const { peer, sent, problems } = aPeer('answerer');
    peer.enter();
    for (let round = 1; round <= 100; round += 1) peer.receiveSignal(offer(round));
    for (let turn = 0; turn < 10; turn += 1) await settle();
    expect(descriptions(sent)).toHaveLength(16);
    expect(problems).toEqual(Array.from({ length: 84 }, () => 'signal_flood'));
    await vi.advanceTimersByTimeAsync(3_000);
    for (let round = 101; round <= 110; round += 1) peer.receiveSignal(offer(round));
    for (let turn = 0; turn < 10; turn += 1) await settle();
    expect(descriptions(sent)).toHaveLength(19);
    peer.close();
  });

  it('count the candidates inside together with those that follow', async () => {
    const { peer, problems } = aPeer('answerer');
    peer.enter();
    const inside = Array.from({ length: 60 }, (_, n) => candidate(`in${n}`));
    const first = { ...description('offer', 'remote1'), candidates: inside };
    peer.receiveSignal({ link: 1, round: 1, description: first });
    for (let n = 0; n < 10; n += 1) peer.receiveSignal(found(`in${n}`, 'remote1'));
    for (let n = 0; n < 10; n += 1) peer.receiveSignal(found(`out${n}`, 'remote1'));
    for (let turn = 0; turn < 4; turn += 1) await settle();
    const added = FakePeerConnection.last.log.filter((step) => step.startsWith('candidate'));
    expect(added).toEqual(['candidate:out0', 'candidate:out1', 'candidate:out2', 'candidate:out3']);
    expect(problems).toEqual(Array.from({ length: 6 }, () => 'signal_flood'));
    peer.close();
  });
});

it('a description of the own browser that cannot be sent is reported, not sent', async () => {
  const { fingerprint } = FakePeerConnection;
  FakePeerConnection.fingerprint = 'ab';
  const { peer, sent, problems } = aPeer('offerer');
  await settle();
  FakePeerConnection.fingerprint = fingerprint;
  expect(sent).toEqual([]);
  expect(problems).toEqual(['link_failed']);
  peer.close();
});

describe('problems', () => {
  it('are reported as codes, and the link goes on', async () => {
    const { peer, sent, problems } = aPeer('answerer');
    peer.enter();
    peer.receiveSignal({ link: 1, round: 1, description: { type: 'pranswer', sdp: '' } });
    peer.receiveSignal({ hello: 'world' });
    FakePeerConnection.refuses.add('badd').add('candidate:bad');
    peer.receiveSignal(offer(1, 1, 'badd'));
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

  it('report a peer that wants link after link, which would use up the connections of all', async () => {
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

  it('report that no connection can be made', () => {
    const { peer, problems } = aPeer('offerer', {
      RTCPeerConnection: function refuse() {
        throw new DOMException('no more', 'UnknownError');
      } as unknown as typeof RTCPeerConnection,
    });
    expect(problems).toEqual(['link_failed']);
    peer.close();
  });
});

it('sends the own state when the channel opens and when it changes, and checks the state of the peer', async () => {
  const { peer, peerStates, problems } = await connected();
  const { channel } = FakePeerConnection.last;
  peer.sendState({ ...STATE, mic: false });
  expect(channel?.sentTexts).toEqual([]);
  Object.assign(channel ?? {}, { readyState: 'open' });
  channel?.onopen?.();
  peer.sendState({ ...STATE, mic: false, camera: false });
  const sentTexts = channel?.sentTexts.filter((text) => text.includes('state'));
  expect(sentTexts?.map((text) => JSON.parse(text) as unknown)).toEqual([
    { type: 'state', ...STATE, mic: false },
    { type: 'state', ...STATE, mic: false, camera: false },
  ]);
  channel?.onmessage?.({ data: '{"type":"state","mic":false,"camera":true,"screen":false,"hand":true}' });
  channel?.onmessage?.({ data: '{"type":"later"}' });
  channel?.onmessage?.({ data: 'garbage' });
  expect(peerStates).toEqual([{ mic: false, camera: true, screen: false, hand: true }]);
  expect(problems).toEqual(['message_invalid']);
  peer.close();
});

it('reports messages of the peer, and our own when they are delivered', async () => {
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

it('emits nothing after it is closed', async () => {
  const { peer, sent, problems } = aPeer('offerer');
  peer.close();
  peer.receiveSignal(offer());
  peer.receiveSignal('garbage');
  await settle();
  expect(sent).toEqual([]);
  expect(problems).toEqual([]);
});
