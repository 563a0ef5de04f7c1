/** Runs in the page: two peers in one page, joined by a signaling channel that a test can delay, shuffle, cut and read. */
import type { PeerState } from '../../src/rtc/data-channel/messages';
import type { EphemeralMessage, ReliableMessage } from '../../src/rtc/data-channel/messages';
import { cameraConstraints, capture, microphoneConstraints } from '../../src/rtc/media/capture';
import { stillPicture } from '../../src/rtc/media/still-picture';
import { sendKeyFrame } from '../../src/rtc/peer-link/key-frame';
import type { VideoWish } from '../../src/rtc/quality/wish';
import { RemotePeer, type RemotePeerOptions } from '../../src/rtc/peer';
import type { Sealing } from '../../src/rtc/data-channel/signal-router';
import type { LinkState, Safety, SafetyAlarm, Unchecked } from '../../src/types';
import type { Signal } from '../../src/rtc/signal';
import { BINDING, STATE } from '../../src/rtc/testing';
import { LocalMedia } from '../../src/call/local-media.svelte';
import { call, camera, hangUp, reload, show, watched } from './lab-call';
import { applyChangedAnswers, applyChangedOffers } from './lab-description';
import { split } from './split-transport/mallory';

export type Name = 'newcomer' | 'member';

/** One end: a peer, everything that it emits, and a view of the other side. */
export class Side {
  /** Every RTCPeerConnection that it has made. */
  readonly connections: RTCPeerConnection[] = [];
  readonly sent: Signal[] = [];
  readonly problems: string[] = [];
  readonly states: LinkState[] = [];
  readonly peerStates: PeerState[] = [];
  readonly wishes: VideoWish[] = [];
  readonly reactions: EphemeralMessage[] = [];
  readonly chats: ReliableMessage[] = [];
  readonly delivered: ReliableMessage[] = [];
  readonly screens: MediaStream[] = [];
  safety: Safety | null = null;
  unchecked: Unchecked | null = null;
  readonly alarms: SafetyAlarm[] = [];
  /** One for each time that the stream was set. */
  streams: MediaStream[] = [];
  readonly view = document.body.appendChild(document.createElement('video'));
  /** Chromium measures only audio that is played, and the view is muted. So audio has its own element, as in the app. */
  readonly sound = document.body.appendChild(document.createElement('audio'));
  /** Frames shown. */
  shown = 0;
  /** The longest time between two shown frames, in milliseconds, since it was last set to zero. */
  longestGap = 0;
  readonly peer: RemotePeer;

  constructor(signaling: SignalingChannel, name: Name, options: Partial<RemotePeerOptions>) {
    const made = this.connections;
    class Recorded extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        made.push(this);
      }
    }
    this.view.muted = this.view.autoplay = this.sound.autoplay = true;
    let last = performance.now();
    const count = () => {
      this.shown += 1;
      this.longestGap = Math.max(this.longestGap, performance.now() - last);
      last = performance.now();
      this.view.requestVideoFrameCallback(count);
    };
    this.view.requestVideoFrameCallback(count);
    const offers = name === 'newcomer';
    this.peer = new RemotePeer(
      {
        me: offers ? 'b' : 'a',
        peer: offers ? 'a' : 'b',
        safetyBinding: BINDING,
        role: offers ? 'offerer' : 'answerer',
        iceServers: [],
        tracks: {},
        state: STATE,
        RTCPeerConnection: Recorded,
        sealing: signaling.sealing(name),
        ...options,
      },
      {
        sendSignal: (signal, number) => {
          this.sent.push(signal);
          signaling.carry(name, signal, number);
        },
        onLinkState: (state) => this.states.push(state),
        onStream: (stream) => {
          this.streams.push(stream);
          this.view.srcObject = this.sound.srcObject = stream;
        },
        onScreenStream: (stream) => this.screens.push(stream),
        onState: (state) => this.peerStates.push(state),
        onVideoWish: (wish) => this.wishes.push(wish),
        onMessage: (message) => {
          if (message.type === 'chat') this.chats.push(message);
          else this.reactions.push(message);
        },
        onDelivered: (message) => this.delivered.push(message),
        onProblem: (code) => this.problems.push(code),
        onSafety: (safety) => (this.safety = safety),
        onUnchecked: (why) => (this.unchecked = why),
        onAlarm: (alarm) => this.alarms.push(alarm),
        onNetworkReport: () => undefined,
      },
    );
  }

  /** The last connection that was made. */
  get pc(): RTCPeerConnection {
    const pc = this.connections.at(-1);
    if (!pc) throw new Error('no connection was made');
    return pc;
  }

  get state(): LinkState {
    return this.states.at(-1) ?? 'connecting';
  }

  /** The bytes of media that were sent. */
  async sentMedia(): Promise<number> {
    let bytes = 0;
    for (const stats of (await this.pc.getStats()).values() as Iterable<RTCOutboundRtpStreamStats>) {
      if (stats.type === 'outbound-rtp') bytes += stats.bytesSent ?? 0;
    }
    return bytes;
  }
}

/** Carries signals as text like a server. */
export class SignalingChannel {
  delay = 0;
  /** Later signals may overtake earlier ones. */
  shuffled = false;
  /** Signals for which this is true are dropped. */
  drops: (from: Name, signal: Signal) => boolean = () => false;
  /** Whether signals over the data channel can be opened. */
  opens = true;
  /** Signals that went over the data channel. */
  readonly past: Signal[] = [];
  #ends = new Map<Name, Side>();
  #number = 0;
  #taken = new Set<number>();
  #turn = 0;

  join(name: Name, side: Side): void {
    this.#ends.set(name, side);
  }

  /** Seals and opens signals for the data channel, without encryption. */
  sealing(from: Name): Sealing {
    return {
      seal: async (signal) => {
        const number = (this.#number += 1);
        this.past.push(signal);
        return { number, envelope: JSON.stringify({ from, number, signal }) };
      },
      open: async (envelope) => {
        if (!this.opens) throw new Error('does not open');
        const { number, signal } = JSON.parse(envelope) as { number: number; signal: unknown };
        return { signal: this.#takes(number) ? signal : null };
      },
    };
  }

  carry(from: Name, signal: Signal, number = (this.#number += 1)): void {
    if (this.drops(from, signal)) return;
    const text = JSON.stringify(signal);
    const other = from === 'newcomer' ? 'member' : 'newcomer';
    // Not random, so that a failure can be reproduced.
    const detour = this.shuffled ? [90, 0, 40, 10, 70][(this.#turn += 1) % 5] : 0;
    setTimeout(
      () => this.#takes(number) && this.#ends.get(other)?.peer.receiveSignal(JSON.parse(text)),
      this.delay + (detour ?? 0),
    );
  }

  /** Whether the number is new. */
  #takes(number: number): boolean {
    const isNew = !this.#taken.has(number);
    this.#taken.add(number);
    return isNew;
  }
}

export interface Meeting {
  signaling: SignalingChannel;
  newcomer: Side;
  member: Side;
}

interface Plan {
  newcomer?: Partial<RemotePeerOptions>;
  member?: Partial<RemotePeerOptions>;
  /** The member is in the lobby too. */
  memberWaits?: boolean;
  signaling?: Partial<Pick<SignalingChannel, 'delay' | 'shuffled' | 'drops'>>;
}

/** A newcomer in the lobby and a member in the room. */
function meet({ newcomer = {}, member = {}, memberWaits = false, signaling: more = {} }: Plan = {}): Meeting {
  const signaling = Object.assign(new SignalingChannel(), more);
  const there = new Side(signaling, 'member', member);
  signaling.join('member', there);
  if (!memberWaits) there.peer.enter();
  there.peer.update({ entered: false, reachable: true });
  const here = new Side(signaling, 'newcomer', newcomer);
  signaling.join('newcomer', here);
  here.peer.update({ entered: true, reachable: true });
  return { signaling, newcomer: here, member: there };
}

/** Both enter. */
function enter({ newcomer, member }: Meeting): void {
  newcomer.peer.enter();
  member.peer.update({ entered: true, reachable: true });
}

/** Pictures are small: the tests share the machine. */
async function tracks(): Promise<Record<'microphone' | 'camera', MediaStreamTrack>> {
  const small = { width: 320, height: 240, frameRate: 15 };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: small });
  const [microphone] = stream.getAudioTracks();
  const [camera] = stream.getVideoTracks();
  if (!microphone || !camera) throw new Error('no fake devices');
  return { microphone, camera };
}

/** A painted screen and a tone. */
async function screen(): Promise<[MediaStreamTrack, MediaStreamTrack]> {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
  const pen = canvas.getContext('2d');
  setInterval(() => pen?.fillRect(Math.random() * 600, Math.random() * 400, 40, 40), 100);
  const context = new AudioContext();
  const sound = context.createMediaStreamDestination();
  const tone = new OscillatorNode(context);
  tone.connect(sound);
  tone.start();
  const [video] = canvas.captureStream(10).getVideoTracks();
  const [audio] = sound.stream.getAudioTracks();
  if (!video || !audio) throw new Error('nothing to share');
  return [video, audio];
}

function play(stream: MediaStream | undefined): HTMLVideoElement {
  const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true });
  video.srcObject = stream ?? null;
  return document.body.appendChild(video);
}

const frame = () => new Promise((resolve) => setTimeout(resolve, 20));

async function until(what: () => unknown, patience = 15_000): Promise<void> {
  const end = performance.now() + patience;
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`not in time: ${String(what)}`);
    await frame();
  }
}

export const lab = {
  meet,
  enter,
  tracks,
  screen,
  play,
  until,
  LocalMedia,
  stillPicture,
  sendKeyFrame,
  applyChangedAnswers,
  applyChangedOffers,
  call,
  camera,
  watched,
  hangUp,
  reload,
  show,
  split,
  capture,
  cameraConstraints,
  microphoneConstraints,
};

declare global {
  interface Window {
    lab: typeof lab;
  }
}

window.lab = lab;
