/** The safety check in a `RemotePeer`, with fake connections and a channel that the test sends on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RemotePeer, type RemotePeerOptions } from '../peer';
import type { LinkState, Safety, SafetyAlarm, Unchecked } from '../../types';
import type { Signal } from '../signal';
import {
  asConstructor,
  BINDING,
  description,
  FakePeerConnection,
  FakeStream,
  settle,
  STATE,
} from '../testing';
import { commitment } from './exchange';
import { newTrust } from './trust';

const OURS = 'aa'.repeat(32);
const THEIRS = 'bb'.repeat(32);
const NONCE = 'cc'.repeat(32);
const LINK = {
  binding: BINDING,
  local: { id: 'b', fingerprint: OURS },
  remote: { id: 'a', fingerprint: THEIRS },
};
const colons = (hex: string) => hex.replace(/..(?=.)/g, '$&:');

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

/** The answer of a peer with this certificate. */
const answer = (round = 1, link = 1, print = THEIRS): Signal => ({
  link,
  round,
  description: description('answer', 'theirs', print),
});

/** Sets what the transport of the last connection reports; null if nothing. */
function report(remote: string | null, local = OURS): void {
  if (remote === null) return;
  const certificate = (print: string) => ({
    type: 'certificate',
    fingerprint: colons(print),
    fingerprintAlgorithm: 'sha-256',
  });
  FakePeerConnection.last.stats = new Map<string, unknown>([
    ['T', { type: 'transport', localCertificateId: 'L', remoteCertificateId: 'R' }],
    ['L', certificate(local)],
    ['R', certificate(remote)],
  ]);
}

const receive = (message: object) =>
  FakePeerConnection.last.channel?.onmessage?.({ data: JSON.stringify(message) });

function openChannel(): void {
  const { channel } = FakePeerConnection.last;
  Object.assign(channel ?? {}, { readyState: 'open' });
  channel?.onopen?.();
}

const messages = () => FakePeerConnection.last.channel?.sentTexts.join(' ') ?? '';

/** Plays the peer's part of the exchange. */
function exchange(nonce = NONCE): void {
  openChannel();
  receive({ type: 'commit', hash: commitment(LINK, nonce) });
  receive({ type: 'reveal', nonce });
}

function aPeer(over: Partial<RemotePeerOptions>) {
  const sent: Signal[] = [];
  const states: LinkState[] = [];
  const safeties: (Safety | null)[] = [];
  const unchecked: (Unchecked | null)[] = [];
  const alarms: SafetyAlarm[] = [];
  FakePeerConnection.fingerprint = OURS;
  const peer = new RemotePeer(
    {
      me: 'b',
      peer: 'a',
      safetyBinding: BINDING,
      role: 'offerer',
      iceServers: [],
      tracks: {},
      state: STATE,
      RTCPeerConnection: asConstructor,
      ...over,
    },
    {
      sendSignal: (signal) => sent.push(signal),
      onLinkState: (state) => states.push(state),
      onStream: () => undefined,
      onScreenStream: () => undefined,
      onState: () => undefined,
      onVideoWish: () => undefined,
      onMessage: () => undefined,
      onDelivered: () => undefined,
      onProblem: () => undefined,
      onSafety: (safety) => safeties.push(safety),
      onUnchecked: (why) => unchecked.push(why),
      onAlarm: (alarm) => alarms.push(alarm),
      onNetworkReport: () => undefined,
    },
  );
  const now = () => safeties.at(-1) ?? null;
  return { peer, sent, states, safeties, unchecked, alarms, now };
}

/** A peer whose link is connected. */
async function connected(over: Partial<RemotePeerOptions> = {}, live: string | null = THEIRS) {
  const made = aPeer(over);
  const { peer } = made;
  peer.enter();
  peer.update({ entered: true, reachable: true });
  await settle();
  peer.receiveSignal(answer(1, over.trust?.lastLink));
  await settle();
  report(live);
  FakePeerConnection.last.setState('connected');
  await settle();
  return made;
}

describe('emoji', () => {
  it('are known when both nonces and both fingerprints are, in either order', async () => {
    const { peer, now } = await connected();
    expect(now()).toBeNull();
    exchange();
    expect(now()).toMatchObject({ confirmed: false, changed: false });
    expect(now()?.emoji).toHaveLength(7);
    peer.close();

    const slow = await connected();
    FakePeerConnection.last.setState('connecting');
    exchange();
    FakePeerConnection.last.setState('connected');
    await settle();
    expect(slow.now()?.emoji).toHaveLength(7);
    slow.peer.close();
  });

  it('that match stay confirmed while the certificates are the same, also on a new link and for a new peer object', async () => {
    const trust = newTrust();
    const { peer, now, safeties } = await connected({ trust });
    exchange();
    const first = now();
    if (!first) throw new Error('no emoji');
    peer.confirmSafety(first);
    expect(now()).toEqual({ ...first, confirmed: true });

    FakePeerConnection.last.setState('failed', 'connected');
    await settle();
    expect(now()).toBeNull();
    peer.receiveSignal(answer(1, 2));
    await settle();
    report(THEIRS);
    FakePeerConnection.last.setState('connected');
    await settle();
    exchange('dd'.repeat(32));
    expect(now()).toMatchObject({ confirmed: true, changed: false });
    expect(now()?.emoji).not.toEqual(first.emoji);
    expect(safeties.every((safety) => safety?.changed !== true)).toBe(true);
    peer.close();

    const back = await connected({ trust });
    exchange();
    expect(back.now()).toMatchObject({ confirmed: true });
    back.peer.close();
  });

  it('are reported as changed when a certificate is another, and have to be compared again', async () => {
    const trust = { ...newTrust(), confirmed: `${OURS} ${'ee'.repeat(32)}` };
    const { peer, now } = await connected({ trust });
    exchange();
    expect(now()).toMatchObject({ confirmed: false, changed: true });
    const shown = now();
    if (shown) peer.confirmSafety(shown);
    expect(now()).toMatchObject({ confirmed: true, changed: false });
    peer.close();
  });

  it('that are not shown any more cannot be confirmed', async () => {
    const trust = newTrust();
    const { peer, now } = await connected({ trust });
    exchange();
    const shown = now();
    FakePeerConnection.last.setState('failed', 'connected');
    await settle();
    if (shown) peer.confirmSafety(shown);
    expect(trust.confirmed).toBeNull();
    peer.close();
  });
});

describe('a check that does not come about', () => {
  /** Nothing is said before the ten seconds are over. */
  async function overdue({ unchecked }: Awaited<ReturnType<typeof connected>>): Promise<void> {
    await vi.advanceTimersByTimeAsync(9_900);
    expect(unchecked).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
  }

  it.each([
    ['never opens its channel', () => undefined],
    ['does not commit', openChannel],
    [
      'never reveals',
      () => {
        openChannel();
        receive({ type: 'commit', hash: commitment(LINK, NONCE) });
      },
    ],
  ])('because the peer %s is reported, and the link goes on', async (_, play) => {
    const made = await connected();
    play();
    await overdue(made);
    expect(made.unchecked).toEqual(['no_answer']);
    expect(made.now()).toBeNull();
    expect(made.alarms).toEqual([]);
    expect(made.states.at(-1)).toBe('connected');
    made.peer.close();
  });

  it('is no longer reported when it comes about after all, or on the next link', async () => {
    const made = await connected();
    await overdue(made);
    exchange();
    expect(made.unchecked).toEqual(['no_answer', null]);
    expect(made.now()?.emoji).toHaveLength(7);
    made.peer.close();

    const again = await connected();
    await overdue(again);
    FakePeerConnection.last.setState('failed', 'connected');
    await settle();
    expect(again.unchecked).toEqual(['no_answer', null]);
    again.peer.close();
  });

  it('because the browser does not report the certificate is reported, without emoji and without a commitment', async () => {
    const made = await connected({}, null);
    openChannel();
    receive({ type: 'commit', hash: commitment(LINK, NONCE) });
    await overdue(made);
    expect(made.unchecked).toEqual(['no_certificate']);
    expect(made.now()).toBeNull();
    expect(messages()).not.toContain('commit');
    made.peer.close();
  });

  it('is not reported of a link that was checked, or that is over', async () => {
    const made = await connected();
    exchange();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(made.unchecked).toEqual([]);
    made.peer.close();

    const rejected = await connected();
    rejected.peer.rejectSafety();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(rejected.unchecked).toEqual([]);
    rejected.peer.close();
  });
});

describe('an alarm', () => {
  /** Nothing restarts the link: no time-out, no network change, no signal. */
  async function isOver({ peer, sent, states }: Awaited<ReturnType<typeof connected>>): Promise<void> {
    expect(states.at(-1)).toBe('ended');
    const { made } = FakePeerConnection;
    expect(made.at(-1)?.log.at(-1)).toBe('close');
    const before = [made.length, sent.length, states.length];
    peer.update({ entered: true, reachable: false });
    peer.update({ entered: true, reachable: true });
    peer.restartIce();
    peer.enter();
    peer.receiveSignal({ link: 9, round: 1, description: description('offer', 'again') });
    peer.receiveSignal({ link: 1, ask: 'restart' });
    peer.sendState(STATE);
    await vi.advanceTimersByTimeAsync(120_000);
    expect([made.length, sent.length, states.length]).toEqual(before);
    peer.close();
  }

  it('is raised when the transport has another certificate than the one that was sealed', async () => {
    const made = await connected({}, 'bc'.repeat(32));
    expect(made.alarms).toEqual(['fingerprint_mismatch']);
    await isOver(made);
  });

  it('is raised when our own certificate is not the one that we sealed', async () => {
    const made = await connected({}, THEIRS);
    report(THEIRS, 'ab'.repeat(32));
    FakePeerConnection.last.setState('connected');
    await settle();
    expect(made.alarms).toEqual(['fingerprint_mismatch']);
    await isOver(made);
  });

  it('is raised when an answer makes another transport, before the link connects', async () => {
    const made = aPeer({});
    made.peer.enter();
    made.peer.update({ entered: true, reachable: true });
    await settle();
    const [first] = FakePeerConnection.last.getTransceivers();
    if (first) first.receiver.transport = {};
    expect(made.alarms).toEqual([]);
    made.peer.receiveSignal(answer());
    await settle();
    expect(made.alarms).toEqual(['transports_differ']);
    await isOver(made);
  });

  it('is raised when an offer makes another transport, before the answer is sent', async () => {
    const made = aPeer({ role: 'answerer' });
    made.peer.enter();
    made.peer.update({ entered: true, reachable: true });
    made.peer.receiveSignal({ ...answer(), description: description('offer', 'split', THEIRS) });
    FakePeerConnection.last.sctp = { transport: {} };
    await settle();
    expect(made.alarms).toEqual(['transports_differ']);
    expect(made.sent.filter((signal) => 'description' in signal)).toEqual([]);
    await isOver(made);
  });

  it('is raised when the statistics show another transport', async () => {
    const made = await connected();
    FakePeerConnection.last.stats.set('U', { type: 'transport' });
    FakePeerConnection.last.setState('connected');
    await settle();
    expect(made.alarms).toEqual(['transports_differ']);
    await isOver(made);
  });

  it('is raised when the certificate changes on the same link, sealed or not', async () => {
    const made = await connected();
    exchange();
    made.peer.restartIce();
    await vi.advanceTimersByTimeAsync(2_000);
    report('dd'.repeat(32));
    made.peer.receiveSignal(answer(2, 1, 'dd'.repeat(32)));
    await settle();
    expect(made.alarms).toEqual(['fingerprint_mismatch']);
    await isOver(made);
  });

  it('is raised when a later description names another certificate, which is never applied', async () => {
    const made = await connected();
    made.peer.restartIce();
    await vi.advanceTimersByTimeAsync(2_000);
    made.peer.receiveSignal(answer(2, 1, 'dd'.repeat(32)));
    await settle();
    expect(made.alarms).toEqual(['fingerprint_mismatch']);
    const { log } = FakePeerConnection.last;
    expect(log.filter((step) => step === 'remote answer')).toHaveLength(1);
    await isOver(made);
  });

  it.each([
    [
      'a nonce that was not committed to',
      [
        { type: 'commit', hash: OURS },
        { type: 'reveal', nonce: NONCE },
      ],
    ],
    ['a nonce before anything', [{ type: 'reveal', nonce: NONCE }]],
    ['a commitment that is none', [{ type: 'commit', hash: 'garbage' }]],
    [
      'another commitment after the end',
      [
        { type: 'commit', hash: commitment(LINK, NONCE) },
        { type: 'reveal', nonce: NONCE },
        { type: 'commit', hash: OURS },
      ],
    ],
  ])('is raised by %s', async (_, messages) => {
    const made = await connected();
    openChannel();
    messages.forEach(receive);
    expect(made.alarms).toEqual(['commitment_broken']);
    expect(made.now()).toBeNull();
    await isOver(made);
  });

  it('is raised by our own commitment sent back', async () => {
    const made = await connected();
    openChannel();
    const sentTexts = FakePeerConnection.last.channel?.sentTexts.find((text) => text.includes('commit'));
    receive(JSON.parse(sentTexts ?? '{}') as object);
    expect(made.alarms).toEqual(['commitment_broken']);
    await isOver(made);
  });

  it('is raised by the person who compares and finds a difference', async () => {
    const made = await connected();
    exchange();
    made.peer.rejectSafety();
    expect(made.alarms).toEqual(['emoji_differ']);
    expect(made.now()).toBeNull();
    await isOver(made);
  });

  it('is sent to the peer, which does not try to connect again', async () => {
    const { peer, sent } = await connected();
    peer.rejectSafety();
    expect(sent.at(-1)).toEqual({ link: 1, end: 'safety' });
    const other = await connected();
    other.peer.receiveSignal(sent.at(-1));
    expect(other.alarms).toEqual(['ended_there']);
    expect(other.sent).not.toContainEqual({ link: 1, end: 'safety' });
    await isOver(other);
  });

  it('holds when the peer leaves and comes back under its id', async () => {
    const trust = { ...newTrust(), alarm: 'fingerprint_mismatch' as const };
    const { peer, states, alarms, sent } = aPeer({ trust });
    peer.enter();
    peer.update({ entered: true, reachable: true });
    peer.receiveSignal(answer());
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ states, alarms, sent }).toEqual({
      states: ['ended'],
      alarms: ['fingerprint_mismatch'],
      sent: [],
    });
    expect(FakePeerConnection.made).toEqual([]);
    peer.close();
  });
});
