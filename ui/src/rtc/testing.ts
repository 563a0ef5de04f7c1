/** For tests: an RTCPeerConnection that checks the order of calls and keeps a log. */

import type { PeerState } from './data-channel/messages';
import type { Candidate } from './description/candidate';
import { writeSdp } from './description/sdp-writer';
import type { Description } from './description/types';

/** The safety binding of the two peers. */
export const BINDING = 'b1'.repeat(32);

export const STATE: PeerState = { mic: true, camera: true, screen: false, hand: false };

const TRANSCEIVER_KINDS = ['audio', 'video', 'video', 'audio'];

interface FakeTransceiver {
  direction: string;
  receiver: { track: { kind: string }; transport: object };
  sender: {
    transport: object;
    replaceTrack(track: unknown): Promise<void>;
    getParameters(): unknown;
    setParameters(parameters: unknown): Promise<void>;
  };
}

/** A description with one codec of each kind. */
export function description(
  type: Description['type'],
  ufrag: string,
  fingerprint = '00'.repeat(32),
): Description {
  const formats = (pt: number, name: string) => ({
    codecs: [{ pt, name }],
    feedback: [],
    extensions: { mid: 4 },
  });
  return {
    type,
    transport: {
      ...{ ufrag, pwd: 'p'.repeat(22), fingerprint },
      setup: type === 'offer' ? 'actpass' : 'active',
    },
    microphone: { formats: formats(111, 'opus') },
    camera: { formats: formats(96, 'VP8') },
    screen: {},
    screen_audio: {},
    data: { port: 5_000, max: 262_144 },
    candidates: [],
  };
}

/** The foundation is its name. */
export const candidate = (foundation: string, ufrag?: string): Candidate => ({
  ...{ type: 'host', address: '192.0.2.1', port: 50_000, priority: 1, foundation },
  ...(ufrag !== undefined && { ufrag }),
});

export class FakePeerConnection {
  static made: FakePeerConnection[] = [];
  /** Descriptions, by their username fragment, and candidates that are refused. */
  static refuses = new Set<string>();
  /** The SHA-256 fingerprint in its own descriptions. */
  static fingerprint = 'aa'.repeat(32);

  readonly log: string[] = [];
  readonly sent: Record<number, unknown> = {};
  signalingState = 'stable';
  connectionState = 'new';
  /** The transport of everything. */
  readonly transport = {};
  sctp: { transport: object } | null = null;
  /** The statistics that it reports. */
  stats = new Map<string, unknown>();
  iceConnectionState = 'new';
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  onicecandidate: ((event: unknown) => void) | null = null;
  onnegotiationneeded: (() => void) | null = null;
  ontrack: ((event: unknown) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  channel: {
    readyState: string;
    sentTexts: string[];
    onopen?: () => void;
    onmessage?: (event: unknown) => void;
  } | null = null;
  #transceivers: FakeTransceiver[] = [];
  #offers = 0;
  #needed = false;

  constructor(readonly configuration?: RTCConfiguration) {
    FakePeerConnection.made.push(this);
  }

  /** The last connection that was made. */
  static get last(): FakePeerConnection {
    const last = FakePeerConnection.made.at(-1);
    if (!last) throw new Error('no connection was made');
    return last;
  }

  /** Like a real connection, it changes both states before it fires the events. */
  setState(connectionState: string, iceConnectionState = connectionState): void {
    Object.assign(this, { connectionState, iceConnectionState });
    this.oniceconnectionstatechange?.();
    this.onconnectionstatechange?.();
  }

  addTransceiver(kind: string): void {
    let parameters: unknown = { encodings: [{ active: true }] };
    const { transport } = this;
    const sender = {
      transport,
      replaceTrack: async (track: unknown) => void (this.sent[index] = track),
      getParameters: () => parameters,
      setParameters: async (wanted: unknown) => void (parameters = wanted),
    };
    const index =
      this.#transceivers.push({ direction: 'sendrecv', receiver: { track: { kind }, transport }, sender }) -
      1;
    this.#need();
  }

  async getStats(): Promise<Map<string, unknown>> {
    return this.stats;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.#transceivers;
  }

  createDataChannel(label: string, options: unknown): unknown {
    this.log.push(`channel ${label} ${JSON.stringify(options)}`);
    const sentTexts: string[] = [];
    return (this.channel = {
      readyState: 'connecting',
      sentTexts,
      ...{ send: (text: string) => sentTexts.push(text), close() {} },
    });
  }

  async setLocalDescription(): Promise<void> {
    await Promise.resolve();
    const answers = this.signalingState === 'have-remote-offer';
    if (!answers) {
      this.#offers += 1;
      this.#needed = false;
    }
    const type = answers ? 'answer' : 'offer';
    const made = description(type, `local${this.#offers}`, FakePeerConnection.fingerprint);
    this.localDescription = { type, sdp: writeSdp(made) };
    this.signalingState = answers ? 'stable' : 'have-local-offer';
    this.log.push(answers ? 'local answer' : 'local offer');
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve();
    const [, ufrag = ''] = /^a=ice-ufrag:(.+)$/m.exec(description.sdp ?? '') ?? [];
    if (FakePeerConnection.refuses.has(ufrag.trim())) throw new DOMException('refused', 'OperationError');
    const expected = description.type === 'answer' ? 'have-local-offer' : 'stable';
    if (this.signalingState !== expected) throw new DOMException(this.signalingState, 'InvalidStateError');
    this.remoteDescription = description;
    this.log.push(`remote ${description.type}`);
    this.signalingState = description.type === 'answer' ? 'stable' : 'have-remote-offer';
    if (description.type === 'offer' && this.#transceivers.length === 0) {
      for (const kind of TRANSCEIVER_KINDS) this.addTransceiver(kind);
      this.#needed = false;
    }
    if (this.signalingState === 'stable' && this.#needed) this.#need();
  }

  async addIceCandidate(init: RTCIceCandidateInit | null): Promise<void> {
    await Promise.resolve();
    const [name = ''] = init?.candidate?.split(' ') ?? ['end'];
    if (FakePeerConnection.refuses.has(name)) throw new DOMException('refused', 'OperationError');
    if (!this.remoteDescription) throw new DOMException('too early', 'InvalidStateError');
    this.log.push(name);
  }

  restartIce(): void {
    this.log.push('restart');
    this.#need();
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.log.push(`configure ${configuration.iceServers?.length ?? 0}`);
  }

  close(): void {
    this.log.push('close');
    this.connectionState = this.iceConnectionState = this.signalingState = 'closed';
  }

  #need(): void {
    this.#needed = true;
    queueMicrotask(() => {
      if (!this.#needed || this.signalingState !== 'stable') return;
      this.#needed = false;
      this.onnegotiationneeded?.();
    });
  }
}

export const asConstructor = FakePeerConnection as unknown as typeof RTCPeerConnection;

export class FakeStream {
  #tracks: MediaStreamTrack[];

  constructor(tracks: MediaStreamTrack[] = []) {
    this.#tracks = [...tracks];
  }
  getTracks(): MediaStreamTrack[] {
    return this.#tracks;
  }
  getAudioTracks(): MediaStreamTrack[] {
    return this.#tracks.filter(({ kind }) => kind === 'audio');
  }
  getVideoTracks(): MediaStreamTrack[] {
    return this.#tracks.filter(({ kind }) => kind === 'video');
  }
  addTrack(track: MediaStreamTrack): void {
    if (!this.#tracks.includes(track)) this.#tracks.push(track);
  }
  removeTrack(track: MediaStreamTrack): void {
    this.#tracks = this.#tracks.filter((kept) => kept !== track);
  }
}

/** Lets all pending microtasks run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}
