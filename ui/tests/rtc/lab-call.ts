/** Runs in the page: several `App`s, each with a backend in memory. The backends are joined. */
import type { PeerView, RoomView } from '../../src/backend/generated';
import { FakeBackend } from '../../src/backend/fake/backend';
import { aRoom, aView } from '../../src/backend/fake/views';
import { App } from '../../src/call/app.svelte';
import { exposeDiagnostics } from '../../src/call/diagnostics';
import type { Participant } from '../../src/call/participant.svelte';
import { RemotePeer } from '../../src/rtc/peer';
import type { Signal } from '../../src/rtc/signal';

/** A person with an app. */
class Person {
  readonly backend: FakeBackend;
  readonly app: App;
  readonly connections: RTCPeerConnection[] = [];
  readonly tracks: MediaStreamTrack[] = [];

  constructor(
    readonly id: string,
    room: Partial<RoomView>,
    carry: (from: Person, to: string, signal: Signal, number: number) => void,
  ) {
    const { connections, tracks } = this;
    class Recorded extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
      }
    }
    const small = { width: 320, height: 240, frameRate: 15 };
    const devices = {
      getUserMedia: async ({ audio, video }: MediaStreamConstraints) => {
        const stream = await navigator.mediaDevices.getUserMedia({
          ...(audio ? { audio } : {}),
          ...(video ? { video: small } : {}),
        });
        tracks.push(...stream.getTracks());
        return stream;
      },
      enumerateDevices: () => navigator.mediaDevices.enumerateDevices(),
    } as MediaDevices;
    this.backend = new FakeBackend(aView({ room: aRoom({ ...room, me: id }) }));
    this.backend.sendSignal = async (to, signal, number) =>
      carry(this, to, signal as Signal, number ?? this.backend.nextNumber());
    this.app = new App(
      this.backend,
      {
        devices,
        createPeer: (options, events) => new RemotePeer({ ...options, RTCPeerConnection: Recorded }, events),
      },
      true,
    );
  }

  call = () => {
    if (!this.app.call) throw new Error('no call');
    return this.app.call;
  };

  /** Whether all candidates are gathered. */
  signaled = () => this.connections.every(({ iceGatheringState }) => iceGatheringState === 'complete');
}

const people = new Map<string, Person>();

function carry(from: Person, to: string, signal: Signal, number: number): void {
  const text = JSON.stringify(signal);
  setTimeout(() => {
    const backend = people.get(to)?.backend;
    if (backend?.isNew(from.id, number)) backend.pushSignal({ from: from.id, to, signal: JSON.parse(text) });
  }, 10);
}

const peer = (id: string, name: string, over: Partial<PeerView> = {}): PeerView => ({
  id,
  name,
  entered: true,
  presence: 'online',
  role: 'answerer',
  guest: false,
  safety_binding: 'b1'.repeat(32),
  ...over,
});

const MEMBER = 'a'.repeat(32);
const NEWCOMER = 'b'.repeat(32);

/** Ada is in; Mei is in the lobby. `over` changes the room of both. */
export async function call(over: Partial<RoomView> = {}): Promise<{ here: Person; there: Person }> {
  const entered = { kind: 'entered' } as const;
  const there = new Person(MEMBER, { ...over, phase: entered }, carry);
  people.set(MEMBER, there);
  await there.app.start();
  const here = new Person(NEWCOMER, { ...over, peers: [peer(MEMBER, 'Ada', { role: 'offerer' })] }, carry);
  people.set(NEWCOMER, here);
  await here.app.start();
  exposeDiagnostics(here.app);
  there.backend.pushRoom({ peers: [peer(NEWCOMER, 'Mei', { entered: false })] });
  // The server tells the other side of the entry.
  const { enter } = here.backend;
  here.backend.enter = async (name) => {
    await enter.call(here.backend, name);
    there.backend.pushRoom({ peers: [peer(NEWCOMER, 'Mei')] });
  };
  return { here, there };
}

/** Reloads the newcomer's page: the new page is another peer and enters without a lobby. */
export async function reload(old: Person): Promise<Person> {
  old.app.stop();
  people.delete(old.id);
  const id = 'd'.repeat(32);
  const room = { phase: { kind: 'entered' } as const, peers: [peer(MEMBER, 'Ada', { role: 'offerer' })] };
  const again = new Person(id, room, carry);
  people.set(id, again);
  await again.app.start();
  // The signals come before the view.
  setTimeout(() => people.get(MEMBER)?.backend.pushRoom({ peers: [peer(id, 'Mei')] }), 100);
  return again;
}

/** Ends all calls. */
export function hangUp(): void {
  for (const { app } of people.values()) app.stop();
  people.clear();
  delete window.__parlour;
}

/** Makes a tile as the views do. */
export function show({ id, stream }: Participant): void {
  const tile = document.body.appendChild(document.createElement('div'));
  tile.dataset.peer = id;
  const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true });
  const audio = Object.assign(document.createElement('audio'), { autoplay: true });
  tile.append(video, audio);
  video.srcObject = audio.srcObject = stream;
}

/** A call in which Ada shows Mei's picture. `tells`: whether Ada's page knows how large it is. */
export async function watched({ tells = true } = {}) {
  const { here, there } = await call();
  await here.call().enter('Mei');
  const tile = document.body.appendChild(document.createElement('div'));
  tile.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 640px; height: 480px';
  const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true });
  tile.append(video);
  if (tells) there.call().videoQuality.shown.element(here.id, 'camera')(tile);
  const poll = setInterval(() => {
    const stream = there.call().participants[0]?.stream;
    if (!stream) return;
    clearInterval(poll);
    video.srcObject = stream;
  }, 20);
  return { here, there, tile, video };
}

/** The camera's picture as a person sends it on the newest link. */
export async function camera(person: Person): Promise<{ frameWidth: number; framesSent: number }> {
  const sender = person.connections.at(-1)?.getSenders()[1];
  for (const stats of ((await sender?.getStats()) ?? new Map<string, RTCOutboundRtpStreamStats>()).values()) {
    if (stats.type !== 'outbound-rtp') continue;
    const { frameWidth = 0, framesSent = 0 } = stats as RTCOutboundRtpStreamStats;
    return { frameWidth, framesSent };
  }
  return { frameWidth: 0, framesSent: 0 };
}
