import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PeerView } from '../backend/generated';
import { aPeer, aRoom, aView } from '../backend/fake/views';
import { anError, FakeBackend } from '../backend/fake/backend';
import type { PeerEvents, RemotePeerOptions } from '../rtc/peer';
import type { UserMessage } from '../rtc/data-channel/messages';
import type { LinkEncodings } from '../rtc/quality/share-uplink';
import type { VideoWish } from '../rtc/quality/wish';
import type { NetworkReport } from '../types';
import { FakeStream, settle, STATE } from '../rtc/testing';
import { App } from './app.svelte';
import type { RemotePeerLike } from './call.svelte';

/** A peer that only records the calls. */
class LoggedPeer implements RemotePeerLike {
  static made: LoggedPeer[] = [];
  readonly log: string[] = [];
  readonly signals: unknown[] = [];
  audioLevel = 0;

  constructor(
    readonly options: RemotePeerOptions,
    readonly events: PeerEvents,
  ) {
    LoggedPeer.made.push(this);
  }
  enter = () => void this.log.push('enter');
  close = () => void this.log.push('close');
  restartIce = () => void this.log.push('restart ICE');
  confirmSafety = () => void this.log.push('confirm safety');
  rejectSafety = () => void this.log.push('reject safety');
  send = (message: UserMessage) =>
    this.log.push(`send ${message.type === 'chat' ? message.text : message.emoji}`) > 0;
  receiveSignal = (raw: unknown) => void this.signals.push(raw);
  update = ({ entered, reachable }: { entered: boolean; reachable: boolean }) =>
    void this.log.push(`update ${entered ? 'in' : 'lobby'} ${reachable ? 'reachable' : 'unreachable'}`);
  replaceTrack = (source: string, track: unknown) =>
    void this.log.push(`track ${source} ${track ? 'track' : 'none'}`);
  sendState = ({ mic, camera }: { mic: boolean; camera: boolean }) =>
    void this.log.push(`state ${mic} ${camera}`);
  setIceServers = (servers: RTCIceServer[]) => void this.log.push(`ICE servers ${servers.length}`);
  stats = async () => null;
  readonly wishes: VideoWish[] = [];
  encodings: LinkEncodings | null = null;
  sendVideoWish = (wish: VideoWish) => void this.wishes.push(wish);
  setEncodings = (encodings: LinkEncodings) => void (this.encodings = encodings);
  measure = async () => null;
  sendNetworkReport = ({ udp, nat }: NetworkReport) => void this.log.push(`report ${udp} ${nat}`);
}

/** Dispatches the window's events. */
let page: EventTarget;

beforeEach(() => {
  vi.useFakeTimers();
  LoggedPeer.made = [];
  page = new EventTarget();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('MediaStream', FakeStream);
});

afterEach(() => {
  expect(vi.getTimerCount(), 'timers left after close').toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function anApp(backend = new FakeBackend(aView({ room: aRoom() }))) {
  const world = {
    createPeer: (options: RemotePeerOptions, events: PeerEvents) => new LoggedPeer(options, events),
  };
  const app = new App(backend, world, true);
  await app.start();
  const call = () => {
    if (!app.call) throw new Error('no call');
    return app.call;
  };
  return { app, backend, call };
}

const peerOf = (n: number) => {
  const found = LoggedPeer.made.filter(({ options }) => options.peer === aPeer(n).id).at(-1);
  if (!found) throw new Error(`no peer with ${n}`);
  return found;
};
const signal = (n: number, what: unknown, to = aRoom().me) => ({ from: aPeer(n).id, to, signal: what });

/** Creates the certificate when the test says so. */
function slowCertificate(): (certificate: string) => void {
  let make: (certificate: string) => void = () => undefined;
  const made = new Promise<string>((resolve) => (make = resolve));
  vi.stubGlobal('RTCPeerConnection', { generateCertificate: () => made });
  return make;
}

describe('entering', () => {
  const inLobby = (peers: PeerView[]) => new FakeBackend(aView({ room: aRoom({ peers }) }));
  const told = (backend: FakeBackend) => backend.calls.filter(({ name }) => name === 'enter').length;

  it('shows the call at once, and tells the app after the first picture', async () => {
    const { app, backend, call } = await anApp(inLobby([aPeer(1)]));
    expect(app.isInside).toBe(false);
    const entering = call().enter('Ada');
    expect(app.isInside).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(told(backend)).toBe(0);
    call().pictureShown();
    expect(await entering).toBe(true);
    expect(told(backend)).toBe(1);
    expect(app.isInside).toBe(true);
    expect(call().isEntering).toBe(false);
    app.stop();
  });

  it('tells the app after 300 ms when no picture comes, and at once when nobody is inside', async () => {
    for (const { peers, afterMs } of [
      { peers: [aPeer(1)], afterMs: 300 },
      { peers: [aPeer(1, { entered: false, role: 'answerer' })], afterMs: 0 },
    ]) {
      const { app, backend, call } = await anApp(inLobby(peers));
      void call().enter('Ada');
      if (afterMs > 0) {
        await vi.advanceTimersByTimeAsync(afterMs - 1);
        expect(told(backend)).toBe(0);
      }
      await vi.advanceTimersByTimeAsync(1);
      expect(told(backend)).toBe(1);
      app.stop();
    }
  });

  it('returns to the lobby when the app refuses, and links that nobody there is seen or heard over take the place of the old', async () => {
    const { app, backend, call } = await anApp(inLobby([aPeer(1)]));
    backend.failing.set('enter', anError('not_in_room'));
    const old = peerOf(1);
    const entering = call().enter('Ada');
    call().pictureShown();
    expect(await entering).toBe(false);
    expect(app.isInside).toBe(false);
    expect(app.lastError).toEqual(anError('not_in_room'));
    expect(old.log.at(-1)).toBe('close');
    expect(peerOf(1)).not.toBe(old);
    expect(peerOf(1).log).toEqual(['update in reachable']);
    backend.failing.clear();
    const again = call().enter('Ada');
    expect(peerOf(1).log).toContain('enter');
    call().pictureShown();
    expect(await again).toBe(true);
    app.stop();
  });

  it('does not tell the app of a person who has left before', async () => {
    const { app, backend, call } = await anApp(inLobby([aPeer(1)]));
    const entering = call().enter('Ada');
    await app.leave();
    expect(await entering).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told(backend)).toBe(0);
    expect(app.isInside).toBe(false);
    app.stop();
  });

  it('goes on in another session that begins meanwhile', async () => {
    const { app, backend, call } = await anApp(inLobby([aPeer(1)]));
    const entering = call().enter('Ada');
    backend.pushRoom({ me: 'f'.repeat(32), peers: [aPeer(2)] });
    expect(peerOf(2).log[0]).toBe('enter');
    call().pictureShown();
    expect(await entering).toBe(true);
    app.stop();
  });
});

describe('links', () => {
  it('are built in the lobby, in the role of the view, and accept answers on Enter, before the server is told', async () => {
    const { app, backend, call } = await anApp();
    backend.pushRoom({
      peers: [aPeer(1), aPeer(2, { entered: false, role: 'answerer' })],
      ice_servers: [{ urls: ['stun:x'] }],
    });
    expect(LoggedPeer.made.map(({ options }) => options.role)).toEqual(['offerer', 'answerer']);
    expect(peerOf(1).options.iceServers).toEqual([{ urls: ['stun:x'] }]);
    expect(peerOf(1).log).toEqual(['update in reachable']);
    const entering = call().enter('Ada');
    expect(peerOf(1).log).toContain('enter');
    call().pictureShown();
    expect(await entering).toBe(true);
    expect(backend.calls.at(-1)).toEqual({ name: 'enter', args: ['Ada'] });
    expect(peerOf(1).log.filter((step) => step === 'enter')).toHaveLength(1);
    backend.pushRoom({
      peers: [aPeer(1), aPeer(2, { role: 'answerer' }), aPeer(3, { role: 'answerer', entered: false })],
    });
    expect(peerOf(3).log[0]).toBe('enter');
    app.stop();
  });

  it('close when the peer leaves, stay while it is away, and are all built anew for a new session', async () => {
    const { app, backend } = await anApp();
    backend.pushRoom({ phase: { kind: 'entered' }, peers: [aPeer(1), aPeer(2)] });
    backend.pushRoom({ peers: [aPeer(1, { presence: 'away' })] });
    expect(peerOf(2).log.at(-1)).toBe('close');
    expect(peerOf(1).log.at(-1)).toBe('update in unreachable');
    backend.pushRoom({ connection: 'reconnecting', peers: [aPeer(1)] });
    expect(peerOf(1).log.at(-1)).toBe('update in unreachable');
    const old = peerOf(1);
    backend.pushRoom({ me: 'f'.repeat(32), connection: 'online' });
    expect(old.log.at(-1)).toBe('close');
    expect(peerOf(1)).not.toBe(old);
    expect(peerOf(1).log).toEqual(['enter', 'update in reachable']);
    app.stop();
  });

  it('get new ICE servers and restart when the network changes', async () => {
    const { app, backend } = await anApp();
    backend.pushRoom({ peers: [aPeer(1)] });
    backend.pushRoom({ ice_servers: [{ urls: ['stun:x'] }] });
    backend.pushRoom({ ice_servers: [{ urls: ['stun:x'] }] });
    page.dispatchEvent(new Event('online'));
    const { log } = peerOf(1);
    expect(log.filter((step) => !step.startsWith('update'))).toEqual(['ICE servers 1', 'restart ICE']);
    expect(backend.calls.map(({ name }) => name)).toContain('reportNetworkChange');
    app.stop();
  });

  it('share one certificate, also those to the peers of the first view', async () => {
    const make = slowCertificate();
    const { app, backend, call } = await anApp(
      new FakeBackend(aView({ room: aRoom({ peers: [aPeer(1)] }) })),
    );
    backend.pushSignal(signal(1, 'early'));
    expect(await call().enter('Ada')).toBe(true);
    make('the one');
    await settle();
    backend.pushRoom({ peers: [aPeer(1), aPeer(2)] });
    expect(LoggedPeer.made.map(({ options }) => options.certificate)).toEqual(['the one', 'the one']);
    expect(peerOf(1).log[0]).toBe('enter');
    expect(peerOf(1).signals).toEqual(['early']);
    app.stop();
  });

  it('are not built when the call has ended while the certificate was created', async () => {
    const make = slowCertificate();
    const { app } = await anApp(new FakeBackend(aView({ room: aRoom({ peers: [aPeer(1)] }) })));
    app.stop();
    make('late');
    await settle();
    expect(LoggedPeer.made).toEqual([]);
  });

  it('go on after a reload, without a lobby', async () => {
    const room = aRoom({ phase: { kind: 'entered' }, peers: [aPeer(1)] });
    const { app } = await anApp(new FakeBackend(aView({ room })));
    expect(peerOf(1).log[0]).toBe('enter');
    app.stop();
    expect(peerOf(1).log.at(-1)).toBe('close');
  });
});

describe('signals', () => {
  it('that come before the view of their peer or session are kept in order', async () => {
    const { app, backend } = await anApp();
    backend.pushSignal(signal(1, 'first'));
    backend.pushSignal(signal(1, 'second'));
    backend.pushSignal(signal(1, 'of the next session', 'e'.repeat(32)));
    backend.pushRoom({ peers: [aPeer(1)] });
    backend.pushSignal(signal(1, 'third'));
    expect(peerOf(1).signals).toEqual(['first', 'second', 'third']);
    backend.pushRoom({ me: 'e'.repeat(32) });
    expect(peerOf(1).signals).toEqual(['of the next session']);
    app.stop();
  });

  it('of unknown peers are dropped after a while and are bounded in number', async () => {
    const { app, backend } = await anApp();
    backend.pushSignal(signal(1, 'old'));
    await vi.advanceTimersByTimeAsync(11_000);
    for (let n = 0; n < 1_000; n += 1) backend.pushSignal(signal(1, n));
    backend.pushRoom({ peers: [aPeer(1)] });
    expect(peerOf(1).signals).toHaveLength(256);
    expect(peerOf(1).signals[0]).toBe(0);
    app.stop();
  });

  it('go to the peer through the backend, and a failure is a problem of the call', async () => {
    const { app, backend, call } = await anApp();
    backend.pushRoom({ peers: [aPeer(1)] });
    const ask = { link: 1, ask: 'offer' } as const;
    peerOf(1).events.sendSignal(ask);
    expect(backend.calls.at(-1)).toEqual({ name: 'sendSignal', args: [aPeer(1).id, ask] });
    backend.failing.set('sendSignal', anError('signal_too_large'));
    peerOf(1).events.sendSignal(ask);
    peerOf(1).events.sendSignal(ask);
    await settle();
    expect(call().problems).toMatchObject([{ code: 'signal_not_sent', peer: aPeer(1).id }]);
    call().dismissProblem(call().problems[0]?.id ?? 0);
    expect(call().problems).toEqual([]);
    app.stop();
  });
});

describe('people', () => {
  it('are in the room or at the door, in the order of the view; a connected peer is in the room', async () => {
    const { app, backend, call } = await anApp();
    const peers = [aPeer(3), aPeer(1, { entered: false }), aPeer(2)];
    backend.pushRoom({ phase: { kind: 'entered' }, peers });
    const names = () => call().participants.map(({ name }) => name);
    expect(names()).toEqual([aPeer(3).name, aPeer(2).name]);
    expect(call().atTheDoor.map(({ name }) => name)).toEqual([aPeer(1).name]);
    peerOf(1).events.onLinkState('connected');
    expect(names()).toEqual(peers.map(({ name }) => name));
    expect(call().atTheDoor).toEqual([]);
    app.stop();
  });

  it('show what their peer sends', async () => {
    const { app, backend, call } = await anApp();
    backend.pushRoom({ phase: { kind: 'entered' }, peers: [aPeer(1)] });
    const { events } = peerOf(1);
    const stream = new MediaStream();
    events.onStream(stream);
    events.onState({ ...STATE, camera: false });
    events.onLinkState('connected');
    events.onProblem('description_unknown');
    events.onProblem('description_unknown');
    const [mei] = call().participants;
    expect(mei).toMatchObject({
      stream,
      micOn: true,
      cameraOn: false,
      linkState: 'connected',
      speaking: false,
    });
    expect(call().problems).toMatchObject([{ code: 'description_unknown' }]);
    peerOf(1).audioLevel = 0.4;
    await vi.advanceTimersByTimeAsync(200);
    expect(mei?.speaking).toBe(true);
    events.onState({ ...STATE, mic: false, camera: false });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(mei?.speaking).toBe(false);
    app.stop();
  });
});

describe('an absent person', () => {
  const peers = (over: Partial<PeerView>) => [aPeer(1, over)];

  it('has no tile after a refused entrance, though the link was there for a moment', async () => {
    const { app, backend, call } = await anApp();
    backend.pushRoom({ phase: { kind: 'entered' }, peers: peers({ entered: false }) });
    const { events } = peerOf(1);
    events.onLinkState('connected');
    expect(call().participants).toHaveLength(1);
    // The server has refused them, and their page has closed the link.
    events.onLinkState('reconnecting');
    expect(call().participants).toEqual([]);
    app.stop();
  });

  it('is absent after a minute without link and signaling, until one of the two is back', async () => {
    const { app, backend, call } = await anApp();
    backend.pushRoom({ phase: { kind: 'entered' }, peers: peers({}) });
    const { events } = peerOf(1);
    events.onLinkState('connected');
    const [mei] = call().participants;
    backend.pushRoom({ peers: peers({ presence: 'away' }) });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(mei?.presence).not.toBe('absent');
    events.onLinkState('reconnecting');
    await vi.advanceTimersByTimeAsync(59_000);
    expect(mei?.presence).not.toBe('absent');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(mei?.presence).toBe('absent');
    expect(call().participants).toEqual([mei]);
    backend.pushRoom({ peers: peers({}) });
    await vi.advanceTimersByTimeAsync(200);
    expect(mei?.presence).not.toBe('absent');
    app.stop();
  });

  it('is absent after a minute when the server has given it up; its peer object stays and learns when it is back', async () => {
    const { app, backend, call } = await anApp();
    backend.pushRoom({ phase: { kind: 'entered' }, peers: peers({}) });
    const { events, log } = peerOf(1);
    events.onLinkState('connected');
    events.onLinkState('reconnecting');
    backend.pushRoom({ peers: peers({ presence: 'lost' }) });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(call().participants[0]?.presence).not.toBe('absent');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(call().participants[0]?.presence).toBe('absent');
    expect(log.at(-1)).toBe('update in unreachable');
    backend.pushRoom({ peers: peers({ presence: 'online' }) });
    expect(log.at(-1)).toBe('update in reachable');
    events.onLinkState('connected');
    await vi.advanceTimersByTimeAsync(200);
    expect(call().participants[0]?.presence).not.toBe('absent');
    expect(LoggedPeer.made).toHaveLength(1);
    app.stop();
  });
});

it('a machine that has slept restarts ICE on all links when it wakes', async () => {
  const { app, backend } = await anApp();
  backend.pushRoom({ peers: [aPeer(1)] });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(peerOf(1).log).not.toContain('restart ICE');
  const { now } = performance;
  const slept = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 60_000);
  await vi.advanceTimersByTimeAsync(150);
  expect(peerOf(1).log.filter((step) => step === 'restart ICE')).toHaveLength(1);
  slept.mockRestore();
  app.stop();
});

it('a change of the network restarts ICE on all links', async () => {
  const { app, backend } = await anApp();
  backend.pushRoom({ peers: [aPeer(1), aPeer(2)] });
  backend.pushNetworkChange('woke');
  expect(LoggedPeer.made.map(({ log }) => log.at(-1))).toEqual(['restart ICE', 'restart ICE']);
  app.stop();
});

describe('safety', () => {
  const safety = { emoji: [], confirmed: false, changed: false };

  it('is shown for each person, and the answer of the person reaches the peer', async () => {
    const { app, backend, call } = await anApp();
    backend.pushRoom({ phase: { kind: 'entered' }, peers: [aPeer(1)] });
    const [mei] = call().participants;
    if (!mei) throw new Error('nobody there');
    expect(peerOf(1).options.safetyBinding).toBe(aPeer(1).safety_binding);
    peerOf(1).events.onSafety(safety);
    expect(mei.safety).toBe(safety);
    peerOf(1).events.onUnchecked('no_answer');
    expect(mei.unchecked).toBe('no_answer');
    call().confirmSafety(mei, safety);
    call().rejectSafety(mei);
    expect(peerOf(1).log.slice(-2)).toEqual(['confirm safety', 'reject safety']);
    app.stop();
  });

  it('is kept for a peer id for the whole call; a person whose link was ended stays visible', async () => {
    const { app, backend, call } = await anApp();
    const peers = [aPeer(1, { entered: false })];
    backend.pushRoom({ phase: { kind: 'entered' }, peers });
    const { options, events } = peerOf(1);
    events.onAlarm('emoji_differ');
    events.onLinkState('ended');
    expect(call().participants).toMatchObject([{ alarm: 'emoji_differ', linkState: 'ended' }]);
    backend.pushRoom({ peers: [] });
    backend.pushRoom({ peers });
    expect(peerOf(1).options.trust).toBe(options.trust);
    backend.pushRoom({ peers: [...peers, aPeer(2)] });
    expect(peerOf(2).options.trust).not.toBe(options.trust);
    app.stop();
  });
});

describe('the app', () => {
  it('ignores a view that is older than the one it has', async () => {
    const { app, backend } = await anApp();
    const old = backend.view;
    backend.pushRoom({ peers: [aPeer(1)] });
    backend.pushOld(old);
    expect(app.view?.room?.peers).toHaveLength(1);
    app.stop();
  });

  it('has no call if another page runs it, nor after a failure', async () => {
    const { app, backend } = await anApp();
    expect(app.call).not.toBeNull();
    backend.pushRoom({ phase: { kind: 'failed', code: 'server_unreachable' } });
    expect(app.call).toBeNull();
    backend.push({ engine: { kind: 'browser', name: 'Chromium', page: 'open' }, room: aRoom() });
    expect(app.call).toBeNull();
    expect(app.isEngine).toBe(false);
    app.stop();
  });

  it('keeps the last error until the next action', async () => {
    const { app, backend } = await anApp(new FakeBackend());
    expect(await app.joinRoom('hello')).toBe(false);
    expect(app.lastError?.code).toBe('invite_not_a_link');
    expect(await app.startRoom()).toBe(true);
    expect(app.lastError).toBeNull();
    backend.failing.set('enter', anError('internal'));
    expect(await app.call?.enter('Ada')).toBe(false);
    expect(app.lastError?.code).toBe('internal');
    app.stop();
  });

  it('ends the call when the page loses the app', async () => {
    const { app, backend } = await anApp();
    backend.pushRoom({ peers: [aPeer(1)] });
    backend.pushDisconnected('second_page');
    expect(app.disconnected).toBe('second_page');
    expect(app.call).toBeNull();
    expect(peerOf(1).log.at(-1)).toBe('close');
  });
});
