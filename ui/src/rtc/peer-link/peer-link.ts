import { limitCamera, limitScreen } from './bitrate';
import { RemoteCandidates } from './candidates';
import { PeerChannel } from '../data-channel/channel';
import { ReceivedCounter } from '../recovery/heard';
import { sendKeyFrame } from './key-frame';
import type { PeerMessage, PeerState } from '../data-channel/messages';
import type { LinkProblem, SafetyAlarm } from '../problem';
import { SafetyCheck, type SafetyCode } from '../safety/check';
import type { SafetyMessage } from '../safety/exchange';
import { compareFingerprints, readLiveCertificates } from '../safety/fingerprints';
import type { Description, Signal } from '../signal';
import { TRACK_KINDS, TRACK_SOURCES, type TrackSource, type OutgoingTracks } from './transceivers';
import { readStats, type LinkStats } from './stats';

/** Who makes the offers of a link, for its whole life: the newcomer. So offers never collide. */
export type Role = 'offerer' | 'answerer';

/** How the connection is doing. `shaky` may heal by itself, `down` does not. */
export type LinkHealth = 'starting' | 'up' | 'shaky' | 'down';

export interface PeerLinkOptions {
  /** The two peers' ids. */
  me: string;
  peer: string;
  /** Which of the pair's connections this is. */
  number: number;
  role: Role;
  configuration: RTCConfiguration;
  /** What is sent from the start; more may come later. */
  tracks: OutgoingTracks;
  state: PeerState;
  /** Where what comes of the other is put. */
  streams: RemoteStreams;
  /** For tests. */
  RTCPeerConnection?: typeof RTCPeerConnection;
}

/** The other's microphone and camera, and the screen it shares with its sound. */
export interface RemoteStreams {
  person: MediaStream;
  screen: MediaStream;
}

/** What a link is told besides what concerns only itself. */
export type Told = Exclude<PeerMessage, SafetyMessage>;

/** What a link tells its owner. */
export interface PeerLinkEvents {
  send(signal: Signal): void;
  /** The health may have changed. */
  changed(): void;
  /** One of the other's streams has its tracks. */
  streamed(which: keyof RemoteStreams): void;
  /** The data channel is open. */
  opened(): void;
  /** The other says something. */
  told(message: Told): void;
  /** Whether the other may say one thing more. */
  allows(): boolean;
  problem(code: LinkProblem): void;
  /** The emoji of this link are there. */
  checked(code: SafetyCode): void;
  /** This link is not safe. It should be ended. */
  alarm(alarm: SafetyAlarm): void;
}

/**
 * One RTCPeerConnection and what belongs to it.
 *
 * The offerer offers at once and holds the answer until `open()`: nothing connects and nothing is sent before. The
 * answerer answers at once. Nothing is ever rolled back.
 */
export class PeerLink {
  readonly number: number;
  #role: Role;
  #pc: RTCPeerConnection;
  #events: PeerLinkEvents;
  #streams: RemoteStreams;
  #tracks: OutgoingTracks;
  #state: PeerState;
  #candidates: RemoteCandidates;
  #channel: PeerChannel | null = null;
  #check: SafetyCheck;
  /** The last descriptions that went out and that were applied, as they were sealed. */
  #sealedSdp = { local: '', remote: '' };
  #senders = new Map<TrackSource, RTCRtpSender>();
  /** Offers made, or the last one answered. */
  #round = 0;
  #acceptsAnswers = false;
  #heldAnswer: Description | null = null;
  /** A new path is looked for, and the other has not answered that yet. */
  #isRestarting = false;
  #heard: ReceivedCounter;
  /** The other has asked for an offer while one was on its way. */
  #needsOffer = false;
  #steps: Promise<void> = Promise.resolve();
  #closed = false;

  /** Throws when the browser refuses the configuration or any more connections. */
  constructor(options: PeerLinkOptions, events: PeerLinkEvents) {
    const { me, peer, number, role, configuration, tracks, state, streams } = options;
    this.number = number;
    this.#role = role;
    this.#events = events;
    this.#streams = streams;
    this.#tracks = { ...tracks };
    this.#state = state;
    const pc = (this.#pc = new (options.RTCPeerConnection ?? RTCPeerConnection)(configuration));
    this.#heard = new ReceivedCounter(pc);
    this.#candidates = new RemoteCandidates(pc, (code) => this.#problem(code));
    this.#check = new SafetyCheck({
      me,
      peer,
      send: (message) => void this.#channel?.say(message),
      onCode: (code) => events.checked(code),
      onAlarm: (alarm) => events.alarm(alarm),
    });
    pc.onicecandidate = ({ candidate }) =>
      events.send({ link: number, candidate: candidate?.toJSON() ?? null });
    pc.onnegotiationneeded = () => this.#negotiate();
    pc.ontrack = ({ transceiver, track }) => this.#addRemoteTrack(transceiver, track);
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = () => {
      events.changed();
      void this.#checkFingerprints();
    };
    if (role === 'offerer') {
      for (const slot of TRACK_SOURCES) pc.addTransceiver(TRACK_KINDS[slot], { direction: 'sendrecv' });
      this.#setUpTransceivers();
    }
  }

  /** Both states are asked: one can say `failed` while the other stays `disconnected`. */
  get health(): LinkHealth {
    const states: string[] = [this.#pc.connectionState, this.#pc.iceConnectionState];
    if (states.includes('failed') || states.includes('closed')) return 'down';
    if (states.includes('disconnected')) return 'shaky';
    return this.#pc.connectionState === 'connected' ? 'up' : 'starting';
  }

  /** Whether no ICE restart can help any more: the connection is closed, or what failed is not ICE. */
  get needsRebuild(): boolean {
    const { connectionState, iceConnectionState } = this.#pc;
    const iceIsFine = iceConnectionState === 'connected' || iceConnectionState === 'completed';
    return connectionState === 'closed' || (connectionState === 'failed' && iceIsFine);
  }

  /** Whether the last call for a new path was answered. */
  get isRestartAnswered(): boolean {
    return !this.#isRestarting;
  }

  /** How loud the other is, 0 to 1. */
  get audioLevel(): number {
    return this.#microphone?.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  /** Whether anything has come since this was last asked. */
  hasHeard(): Promise<boolean> {
    return this.#heard.more(this.#microphone);
  }

  /** The other may have missed pictures: the next ones are sent whole. */
  sendKeyFrames(): void {
    for (const slot of ['camera', 'screen'] as const) {
      const sender = this.#senders.get(slot);
      // One that cannot do it goes on; the other asks by itself, only later.
      if (sender && this.#tracks[slot]) sendKeyFrame(sender).catch(() => undefined);
    }
  }

  stats(): Promise<LinkStats> {
    return readStats(this.#pc);
  }

  /** The person has entered: the held answer is applied, and with it the other's candidates. */
  acceptAnswers(): void {
    this.#acceptsAnswers = true;
    const held = this.#heldAnswer;
    this.#heldAnswer = null;
    if (held) this.#enqueue('description_failed', () => this.#applyAnswer(held));
  }

  /** A signal for this link. */
  receive(signal: Signal): void {
    if ('candidate' in signal) {
      this.#enqueue('candidate_failed', () => this.#candidates.add(signal.candidate));
    } else if ('ask' in signal) {
      if (signal.ask === 'restart') this.restartIce();
      else this.#negotiate();
    } else if ('description' in signal) {
      const { round, description } = signal;
      this.#enqueue('description_failed', () =>
        description.type === 'offer'
          ? this.#receiveOffer(round, description)
          : this.#receiveAnswer(round, description),
      );
    }
  }

  /** Sends a track, or none, in a place; no negotiation is needed for it. */
  replaceTrack(slot: TrackSource, track: MediaStreamTrack | null): void {
    this.#tracks[slot] = track;
    this.#senders
      .get(slot)
      ?.replaceTrack(track)
      .catch(() => this.#problem('track_failed'));
    if (slot === 'screen') this.#limitBitrates(track);
  }

  /** Screen and camera share the way. Bounds that a browser does not take change nothing else. */
  #limitBitrates(screen: MediaStreamTrack | null): void {
    const bound = (slot: TrackSource, change: (now: RTCRtpSendParameters) => RTCRtpSendParameters): void => {
      const sender = this.#senders.get(slot);
      sender?.setParameters(change(sender.getParameters())).catch(() => undefined);
    };
    bound('camera', (now) => limitCamera(now, screen !== null));
    if (screen) bound('screen', (now) => limitScreen(now, screen.contentHint));
  }

  /** Tells the other what is shown of oneself. */
  sendState(state: PeerState): void {
    this.#state = state;
    this.#channel?.tell(state);
  }

  /** Whether there is a way to say something. */
  get hasOpenChannel(): boolean {
    return this.#channel?.isOpen ?? false;
  }

  /** Says something to the other, if there is a way. */
  say(message: Told): boolean {
    return this.#channel?.say(message) ?? false;
  }

  /** New STUN and TURN servers; they are used from the next restart on. */
  setConfiguration(configuration: RTCConfiguration): void {
    try {
      this.#pc.setConfiguration(configuration);
    } catch {
      this.#problem('link_failed');
    }
  }

  /**
   * Looks for a new path: by an ICE restart, or by sending an offer that was not answered yet once more. `fresh`: what
   * that offer says of the network may not hold any more, so another takes its place.
   */
  restartIce(fresh = false): void {
    if (this.#closed) return;
    this.#isRestarting = true;
    if (this.#role === 'answerer') this.#events.send({ link: this.number, ask: 'restart' });
    else if (this.#pc.signalingState !== 'have-local-offer') this.#pc.restartIce();
    else if (fresh) this.#enqueue('description_failed', () => this.#replaceOffer());
    else this.#sendDescription();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const pc = this.#pc;
    pc.onicecandidate = pc.onnegotiationneeded = pc.ontrack = null;
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
    this.#channel?.close();
    pc.close();
  }

  get #microphone(): RTCRtpReceiver | undefined {
    return this.#pc.getTransceivers()[TRACK_SOURCES.indexOf('microphone')]?.receiver;
  }

  /** Puts tracks and data channel in their places, once these are there. */
  #setUpTransceivers(): void {
    this.#pc.getTransceivers().forEach((transceiver, index) => {
      const slot = TRACK_SOURCES[index];
      if (!slot || transceiver.receiver.track.kind !== TRACK_KINDS[slot]) return;
      transceiver.direction = 'sendrecv';
      this.#senders.set(slot, transceiver.sender);
      const track = this.#tracks[slot];
      if (track) this.replaceTrack(slot, track);
    });
    this.#channel = new PeerChannel(this.#pc, this.#state, {
      opened: () => {
        this.#check.start();
        this.#events.opened();
      },
      heard: (message) => {
        if (message.type === 'commit' || message.type === 'reveal') this.#check.receive(message);
        else this.#events.told(message);
      },
      allows: () => this.#events.allows(),
      problem: (code) => {
        if (code === 'safety_invalid') this.#check.fail('commitment_broken');
        else this.#problem(code);
      },
    });
  }

  #negotiate(): void {
    if (this.#role === 'answerer') this.#events.send({ link: this.number, ask: 'offer' });
    else this.#enqueue('description_failed', () => this.#sendOffer());
  }

  async #sendOffer(): Promise<void> {
    this.#needsOffer = this.#pc.signalingState !== 'stable';
    if (this.#needsOffer) return;
    this.#round += 1;
    await this.#pc.setLocalDescription();
    this.#sendDescription();
  }

  /** In place of an offer that is on its way. It is not rolled back: the connection goes on as it was. */
  async #replaceOffer(): Promise<void> {
    this.#pc.restartIce();
    if (this.#pc.signalingState !== 'have-local-offer') return;
    this.#round += 1;
    this.#heldAnswer = null;
    await this.#pc.setLocalDescription();
    this.#sendDescription();
  }

  /** Offerer: an answer came. One that is late or came twice belongs to no offer that still waits. */
  async #receiveAnswer(round: number, answer: Description): Promise<void> {
    if (this.#role !== 'offerer' || round !== this.#round) return;
    if (this.#acceptsAnswers) await this.#applyAnswer(answer);
    else this.#heldAnswer = answer;
  }

  async #applyAnswer(answer: Description): Promise<void> {
    if (this.#pc.signalingState !== 'have-local-offer') return;
    await this.#applyDescription(answer);
    this.#isRestarting = false;
    await this.#candidates.flush();
    void this.#checkFingerprints();
    if (this.#needsOffer) await this.#sendOffer();
  }

  /** Answerer: an offer came. If it is the last one once more, its answer was lost and is sent again. */
  async #receiveOffer(round: number, offer: Description): Promise<void> {
    if (this.#role !== 'answerer' || round < this.#round) return;
    if (round > this.#round) {
      await this.#applyDescription(offer);
      if (!this.#channel) this.#setUpTransceivers();
      await this.#pc.setLocalDescription();
      this.#round = round;
      this.#isRestarting = false;
    }
    this.#sendDescription();
    await this.#candidates.flush();
    void this.#checkFingerprints();
  }

  async #applyDescription(description: Description): Promise<void> {
    await this.#pc.setRemoteDescription(description);
    this.#sealedSdp.remote = description.sdp;
  }

  /** Sends the offer or answer as it stands now, with all candidates found so far. */
  #sendDescription(): void {
    const { type, sdp } = this.#pc.localDescription ?? {};
    if ((type !== 'offer' && type !== 'answer') || sdp === undefined) return;
    this.#sealedSdp.local = sdp;
    this.#events.send({ link: this.number, round: this.#round, description: { type, sdp } });
  }

  /** Holds the live certificates against the sealed ones: when the link is up, and again after each negotiation. */
  async #checkFingerprints(): Promise<void> {
    if (this.#pc.connectionState !== 'connected') return;
    const live = await readLiveCertificates(this.#pc);
    if (!this.#closed) this.#check.setFingerprints(compareFingerprints(live, this.#sealedSdp));
  }

  /** The other's streams get the tracks of their places, instead of those of an earlier link. */
  #addRemoteTrack(transceiver: RTCRtpTransceiver, track: MediaStreamTrack): void {
    const slot = TRACK_SOURCES[this.#pc.getTransceivers().indexOf(transceiver)];
    if (!slot) return;
    const which = slot === 'screen' || slot === 'screen_audio' ? 'screen' : 'person';
    const stream = this.#streams[which];
    for (const old of stream.getTracks()) {
      if (old.kind === track.kind && old !== track) stream.removeTrack(old);
    }
    stream.addTrack(track);
    this.#events.streamed(which);
  }

  /** Steps that change the negotiation's state go one after the other. */
  #enqueue(code: LinkProblem, step: () => Promise<void>): void {
    this.#steps = this.#steps.then(async () => {
      if (this.#closed) return;
      try {
        await step();
      } catch {
        this.#problem(code);
      }
    });
  }

  #problem(code: LinkProblem): void {
    if (!this.#closed) this.#events.problem(code);
  }
}
