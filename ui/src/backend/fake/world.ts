import type { RemotePeerLike } from '../../call/call.svelte';
import { newChatMessage } from '../../rtc/data-channel/messages';
import type { PeerEvents, RemotePeerOptions } from '../../rtc/peer';
import { measurement, type FakeLink } from './link';
import type { LinkProblem, LinkState, NetworkReport, Reaction, SafetyAlarm, Unchecked } from '../../types';
import { EMOJI } from '../../rtc/safety/emoji';
import { paintScreen, Picture } from './picture';

/** The state of a person in a scenario, where it differs from the usual one. */
export interface Fate {
  state?: LinkState;
  mic?: boolean;
  camera?: boolean;
  screen?: boolean;
  hand?: boolean;
  /** Its chat messages, in order. */
  writes?: readonly string[];
  reacts?: readonly Reaction[];
  speaking?: boolean;
  problem?: LinkProblem;
  safety?: 'check' | 'checked' | 'again' | Unchecked;
  alarm?: SafetyAlarm;
  /** The path and what is measured of it. */
  link?: FakeLink;
  report?: NetworkReport;
}

/** Peers with painted pictures and without a connection. */
export function fakePeer(fates: Record<string, Fate>) {
  return (options: RemotePeerOptions, events: PeerEvents): RemotePeerLike => {
    const {
      state = 'connected',
      mic = true,
      camera = true,
      screen = false,
      hand = false,
      writes = [],
      reacts = [],
      speaking = false,
      problem,
      safety = 'check',
      alarm,
      link = {},
      report,
    } = fates[options.peer] ?? {};
    const seed = Number.parseInt(options.peer.slice(-6), 16);
    const picture = new Picture(seed, camera);
    const shared = screen ? new Picture(seed, true, paintScreen) : null;
    const emoji = EMOJI.slice(seed * 7, seed * 7 + 7);
    const end = (why: SafetyAlarm) => {
      picture.stop();
      shared?.stop();
      events.onSafety(null);
      events.onAlarm(why);
      events.onLinkState('ended');
    };
    let hasEntered = false;
    let peerHasEntered = false;
    let isConnected = false;
    let at = 0;
    /** Connects when both are in the room. A real peer never emits an event before its constructor has returned. */
    const connect = () => {
      if (!hasEntered || !peerHasEntered || isConnected) return;
      isConnected = true;
      queueMicrotask(() => {
        if (state === 'connected' || state === 'reconnecting') events.onStream(picture.stream);
        if (shared) events.onScreenStream(shared.stream);
        events.onState({ mic, camera, screen, hand });
        events.onLinkState(state);
        for (const text of writes) {
          const message = newChatMessage(text);
          if (message) events.onMessage(message);
        }
        for (const emoji of reacts) events.onMessage({ type: 'reaction', emoji });
        if (problem) events.onProblem(problem);
        if (safety === 'no_certificate' || safety === 'no_answer') events.onUnchecked(safety);
        else events.onSafety({ emoji, confirmed: safety === 'checked', changed: safety === 'again' });
        if (report) events.onNetworkReport(report);
        if (alarm) end(alarm);
      });
    };
    return {
      audioLevel: speaking ? 0.5 : 0,
      enter: () => {
        hasEntered = true;
        connect();
      },
      close: () => {
        picture.stop();
        shared?.stop();
      },
      stats: async () => null,
      measure: async () => measurement(link, at++),
      sendNetworkReport: () => undefined,
      update: (peer) => {
        peerHasEntered = peer.entered;
        connect();
      },
      receiveSignal: () => undefined,
      replaceTrack: () => undefined,
      sendState: () => undefined,
      sendVideoWish: () => undefined,
      setEncodings: () => undefined,
      send: (message) => {
        if (message.type === 'chat' && state === 'connected')
          queueMicrotask(() => events.onDelivered(message));
        return true;
      },
      setIceServers: () => undefined,
      restartIce: () => undefined,
      confirmSafety: (shown) => events.onSafety({ ...shown, confirmed: true, changed: false }),
      rejectSafety: () => end('emoji_differ'),
    };
  };
}

/** Camera and microphone of a scenario; `refusal` is the name of the error that `getUserMedia` throws, if it does. */
export class FakeDevices extends EventTarget {
  #refusal: string | undefined;

  constructor(refusal?: string) {
    super();
    this.#refusal = refusal;
  }

  async getUserMedia({ audio, video }: MediaStreamConstraints): Promise<MediaStream> {
    if (this.#refusal) throw new DOMException('set by the scenario', this.#refusal);
    const stream = video ? new Picture(0, true).stream : new MediaStream();
    if (audio) {
      const context = new AudioContext();
      const sound = context.createMediaStreamDestination();
      const tone = new OscillatorNode(context, { frequency: 220 });
      tone.connect(new GainNode(context, { gain: 0.1 })).connect(sound);
      tone.start();
      for (const track of sound.stream.getAudioTracks()) stream.addTrack(track);
    }
    return stream;
  }

  /** Shares a painted screen at once. */
  async getDisplayMedia(): Promise<MediaStream> {
    if (this.#refusal) throw new DOMException('Permission denied by system', this.#refusal);
    return new Picture(0, true, paintScreen).stream;
  }

  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    if (this.#refusal === 'NotFoundError') return [];
    const device = (kind: MediaDeviceKind, deviceId: string, label: string) =>
      ({ kind, deviceId, label, groupId: '', toJSON: () => ({}) }) satisfies MediaDeviceInfo;
    return [
      device('videoinput', 'built-in-camera', 'Built-in camera'),
      device('videoinput', 'desk-camera', 'Desk camera (046d:085e)'),
      device('audioinput', 'default', 'Default'),
      device('audioinput', 'headset', 'Headset'),
      device('audiooutput', 'default', 'Default'),
      device('audiooutput', 'headset-out', 'Headset'),
    ];
  }
}
