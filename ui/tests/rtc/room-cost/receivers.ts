/** Runs in a page of another browser: light receivers. They send nothing and show the picture of the measured page. */
import { FakeBackend } from '../../../src/backend/fake/backend';
import { aRoom, aView } from '../../../src/backend/fake/views';
import { App } from '../../../src/call/app.svelte';
import { RemotePeer } from '../../../src/rtc/peer';
import { layoutStage } from '../../../src/layout/stage';
import { HOST, person, type Carried } from '../main-thread/signaling';

interface Receiver {
  app: App;
  backend: FakeBackend;
  connections: RTCPeerConnection[];
}
const people: Receiver[] = [];

/** No devices. */
const devices = {
  getUserMedia: async () => Promise.reject(new DOMException('none', 'NotFoundError')),
  enumerateDevices: async () => [],
} as unknown as MediaDevices;

/** The size of a tile in a window of 1280 by 800 with so many people. */
function tileSize(count: number): { width: number; height: number } {
  const keys = Array.from({ length: count - 1 }, (_, n) => `person ${n}`);
  const tiles = [
    ...keys.map((key) => ({ key, kind: 'person' as const })),
    { key: 'self', kind: 'self' as const },
  ];
  const choice = { layoutMode: 'auto', pinned: null, activeSpeaker: null, corner: 'bottom-right' } as const;
  const box = layoutStage(tiles, choice, new Map(), { width: 1256, height: 700 }).boxes.get('person 0');
  return box ?? { width: 320, height: 180 };
}

export const receivers = {
  async come(n: number, count: number): Promise<void> {
    const { id, name } = person(n);
    const host = { ...person(0), id: HOST, name: 'Ada', role: 'offerer' as const };
    const backend = new FakeBackend(
      aView({ room: aRoom({ me: id, name, phase: { kind: 'entered' }, peers: [host] }) }),
    );
    backend.sendSignal = async (to, signal) => window.carry({ from: id, to, signal });
    const connections: RTCPeerConnection[] = [];
    class Recorded extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
      }
    }
    const app = new App(
      backend,
      {
        devices,
        createPeer: (options, events) => new RemotePeer({ ...options, RTCPeerConnection: Recorded }, events),
      },
      true,
    );
    people.push({ app, backend, connections });
    await app.start();
    // All tiles lie over each other in one place, so that each is on the screen.
    const tile = document.body.appendChild(document.createElement('div'));
    const { width, height } = tileSize(count);
    tile.style.cssText = `position: fixed; inset: 0 auto auto 0; width: ${width}px; height: ${height}px; overflow: hidden`;
    const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true });
    video.style.cssText = 'width: 100%; height: 100%; object-fit: cover';
    tile.append(video);
    // Older versions have nothing that follows the size.
    const quality = (app.call as unknown as { videoQuality?: { shown: { element: Follow } } } | null)
      ?.videoQuality;
    quality?.shown.element(HOST, 'camera')(tile);
    const poll = setInterval(() => {
      const stream = app.call?.participants[0]?.stream;
      if (!stream) return;
      clearInterval(poll);
      video.srcObject = stream;
    }, 50);
  },
  receiveSignal: (event: Carried) =>
    people.find(({ backend }) => backend.view.room?.me === event.to)?.backend.pushSignal(event),
  connected: () => people.filter(({ app }) => app.call?.participants[0]?.linkState === 'connected').length,
  /** The received media of each link since it was made. */
  arrived: () => Promise.all(people.map(({ connections }) => readArrived(connections.at(-1)))),
};

/** Times in seconds. */
export interface Arrived {
  width: number;
  height: number;
  frames: number;
  frozen: number;
  /** Samples of sound that were played, those of them that were made up, and how long all of them waited. */
  samples: number;
  concealed: number;
  emitted: number;
  waited: number;
}

async function readArrived(pc: RTCPeerConnection | undefined): Promise<Arrived> {
  const got = { width: 0, height: 0, frames: 0, frozen: 0, samples: 0, concealed: 0, emitted: 0, waited: 0 };
  for (const stats of ((await pc?.getStats()) ?? new Map()).values()) {
    if (stats.type !== 'inbound-rtp') continue;
    if (stats.kind === 'video' && stats.framesDecoded) {
      got.width = stats.frameWidth;
      got.height = stats.frameHeight;
      got.frames = stats.framesDecoded;
      got.frozen = stats.totalFreezesDuration;
    } else if (stats.kind === 'audio' && stats.packetsReceived) {
      got.samples = stats.totalSamplesReceived;
      got.concealed = stats.concealedSamples;
      got.emitted = stats.jitterBufferEmittedCount;
      got.waited = stats.jitterBufferDelay;
    }
  }
  return got;
}

type Follow = (peer: string, source: 'camera') => (element: HTMLElement) => () => void;

declare global {
  interface Window {
    receivers: typeof receivers;
  }
}
window.receivers = receivers;
