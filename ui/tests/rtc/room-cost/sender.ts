/** Runs in the measured page: the whole view of a call, with a camera of 1280 by 720. */
import { mount } from 'svelte';
import AppView from '../../../src/App.svelte';
import { FakeBackend } from '../../../src/backend/fake/backend';
import { aRoom, aView } from '../../../src/backend/fake/views';
import { App } from '../../../src/call/app.svelte';
import { RemotePeer } from '../../../src/rtc/peer';
import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import { HOST, person, type Carried } from '../main-thread/signaling';

const connections: RTCPeerConnection[] = [];
class Recorded extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }
}
const backend = new FakeBackend(aView({ room: aRoom({ me: HOST, phase: { kind: 'entered' } }) }));
backend.sendSignal = async (to, signal) => window.carry({ from: HOST, to, signal });

export const sender = {
  async open(): Promise<void> {
    const app = new App(
      backend,
      {
        devices: navigator.mediaDevices,
        createPeer: (options, events) => new RemotePeer({ ...options, RTCPeerConnection: Recorded }, events),
      },
      true,
    );
    await app.start();
    const target = document.getElementById('app');
    if (target) mount(AppView, { target, props: { app } });
  },
  come: (n: number) => backend.pushRoom({ peers: [...(backend.view.room?.peers ?? []), person(n)] }),
  receiveSignal: (event: Carried) => backend.pushSignal(event),
  /** The sent bytes of all links. */
  async sentBytes(): Promise<number> {
    let bytes = 0;
    for (const pc of connections) {
      for (const stats of (await pc.getStats()).values()) {
        if (stats.type === 'transport') bytes += stats.bytesSent ?? 0;
      }
    }
    return bytes;
  },
};

declare global {
  interface Window {
    sender: typeof sender;
  }
}
window.sender = sender;
