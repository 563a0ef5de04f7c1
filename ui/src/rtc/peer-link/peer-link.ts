import type { DataChannel } from '../data-channel/data-channel';
import type { LinkProblem } from '../../types';
import { parseCandidate } from '../description/candidate';
import type { Description } from '../description/types';
import type { ReceiveSource } from '../recovery/receive-monitor';
import type { LinkEncodings } from '../quality/share-uplink';
import { SafetyCheck } from '../safety/check';
import { compareFingerprints, readLiveFingerprints } from '../safety/fingerprints';
import { theTransport } from '../safety/transports';
import type { Signal } from '../signal';
import { RemoteCandidates } from './candidates';
import { Descriptions, FingerprintChanged } from './descriptions';
import { measureLink, type LinkMeasurement } from './measure';
import type { LinkHealth, PeerLinkEvents, PeerLinkOptions, RemoteStreams, Role } from './options';
import { readBytesReceived, readStats, type LinkStats } from './stats';
import { TRACK_KINDS, TRACK_SOURCES, type OutgoingTracks, type TrackSource } from './transceivers';
import { VideoSender } from './video-sender';

/**
 * The camera starts at half its size: with a quarter of the pixels the first picture is there sooner, because encoders
 * and decoders of both sides start at the same moment as everything else.
 */
const FIRST_CAMERA_SCALE = 2;
/** After the link has connected. */
const FULL_SIZE_AFTER_MS = 1_500;

/**
 * One RTCPeerConnection and what belongs to it.
 *
 * The offerer offers at once and holds the answer until `acceptAnswers()`: nothing connects and nothing is sent before.
 * The answerer answers at once. Nothing is ever rolled back.
 */
export class PeerLink implements ReceiveSource {
  readonly number: number;
  #role: Role;
  #pc: RTCPeerConnection;
  #events: PeerLinkEvents;
  #streams: RemoteStreams;
  #tracks: OutgoingTracks;
  #dataChannel: DataChannel;
  #candidates: RemoteCandidates;
  #safetyCheck: SafetyCheck;
  /** The descriptions travel sealed, so their fingerprints are the peer's own. */
  #descriptions: Descriptions;
  #senders = new Map<TrackSource, RTCRtpSender>();
  #encodings: LinkEncodings | null;
  #videoSenders: { camera?: VideoSender; screen?: VideoSender } = {};
  #fullSizeTimer: ReturnType<typeof setTimeout> | undefined;
  #isSetUp = false;
  /** Counts the offers; for the answerer, the last one that it answered. */
  #round = 0;
  #acceptsAnswers = false;
  #heldAnswer: Description | null = null;
  /** An ICE restart is not answered yet. */
  #isRestarting = false;
  /** The peer has asked for an offer while one was on its way. */
  #needsOffer = false;
  /** The steps of the negotiation, one after the other. */
  #steps: Promise<void> = Promise.resolve();
  /** Those that have not begun. */
  #waitingSteps = 0;
  #closed = false;

  /** Throws when the browser refuses the configuration or one more connection. */
  constructor(options: PeerLinkOptions, events: PeerLinkEvents) {
    const { me, peer, safetyBinding, number, role, configuration, tracks, encodings, streams, dataChannel } =
      options;
    this.number = number;
    this.#role = role;
    this.#events = events;
    this.#streams = streams;
    this.#tracks = { ...tracks };
    this.#encodings = encodings;
    this.#dataChannel = dataChannel;
    const pc = (this.#pc = new (options.RTCPeerConnection ?? RTCPeerConnection)(configuration));
    this.#candidates = new RemoteCandidates(pc, (code) => this.#emitProblem(code));
    this.#descriptions = new Descriptions(pc, options.startBitrate);
    this.#safetyCheck = new SafetyCheck({
      me,
      peer,
      binding: safetyBinding,
      send: (message) => void dataChannel.transmit(message),
      onCode: (code) => events.onSafetyCode(code),
      onUnchecked: (why) => events.onUnchecked(why),
      onAlarm: (alarm) => events.onAlarm(alarm),
    });
    pc.onicecandidate = ({ candidate }) => this.#sendCandidate(candidate);
    pc.onnegotiationneeded = () => this.#negotiate();
    pc.ontrack = ({ transceiver, track }) => this.#addRemoteTrack(transceiver, track);
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = () => {
      events.onHealthChange();
      void this.#checkTransport();
      if (pc.connectionState === 'connected') this.#sendFullSizeSoon();
    };
    if (role === 'offerer') {
      for (const source of TRACK_SOURCES) pc.addTransceiver(TRACK_KINDS[source], { direction: 'sendrecv' });
      this.#setUpTransceivers();
      this.#announceEarlyTracks();
    }
  }

  /** Reads both states: one can say `failed` while the other stays `disconnected`. */
  get health(): LinkHealth {
    const states: string[] = [this.#pc.connectionState, this.#pc.iceConnectionState];
    if (states.includes('failed') || states.includes('closed')) return 'failed';
    if (states.includes('disconnected')) return 'disconnected';
    return this.#pc.connectionState === 'connected' ? 'connected' : 'connecting';
  }

  /** Whether no ICE restart can help any more: the connection is closed, or what failed is not ICE. */
  get needsRebuild(): boolean {
    const { connectionState, iceConnectionState } = this.#pc;
    const isIceConnected = iceConnectionState === 'connected' || iceConnectionState === 'completed';
    return connectionState === 'closed' || (connectionState === 'failed' && isIceConnected);
  }

  get isRestartAnswered(): boolean {
    return !this.#isRestarting;
  }

  /** How loud the peer is, 0 to 1. */
  get audioLevel(): number {
    return this.#lastAudio?.audioLevel ?? 0;
  }

  get lastAudioAt(): number {
    return this.#lastAudio?.timestamp ?? 0;
  }

  bytesReceived(): Promise<number> {
    return readBytesReceived(this.#pc);
  }

  stats(): Promise<LinkStats> {
    return readStats(this.#pc);
  }

  setEncodings(encodings: LinkEncodings): void {
    this.#encodings = encodings;
    this.#videoSenders.camera?.set(encodings.camera);
    this.#videoSenders.screen?.set(encodings.screen);
  }

  measure(): Promise<LinkMeasurement> {
    return measureLink(this.#pc);
  }

  /** Sends the next pictures as key frames: the peer may have missed those before. */
  sendKeyFrames(): void {
    // A browser that cannot do it goes on; the peer asks by itself, only later.
    for (const source of ['camera', 'screen'] as const) {
      if (this.#tracks[source]) this.#videoSenders[source]?.sendKeyFrame();
    }
  }

  /** The person has entered: the held answer is applied, and with it the peer's candidates. */
  acceptAnswers(): void {
    this.#acceptsAnswers = true;
    const answer = this.#heldAnswer;
    this.#heldAnswer = null;
    if (answer) this.#enqueue('description_failed', () => this.#applyAnswer(answer));
  }

  receiveSignal(signal: Signal): void {
    if ('candidate' in signal) {
      const { candidate } = signal;
      // The browser has its description, and may take long to say so.
      const needsNoStep = this.#waitingSteps === 0 && this.#candidates.isCurrent(candidate);
      if (needsNoStep && !this.#closed) void this.#candidates.add(candidate);
      else this.#enqueue('candidate_failed', () => this.#candidates.add(candidate));
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

  /** Needs no negotiation: all transceivers are in the first offer. */
  replaceTrack(source: TrackSource, track: MediaStreamTrack | null): void {
    this.#tracks[source] = track;
    this.#senders
      .get(source)
      ?.replaceTrack(track)
      .catch(() => this.#emitProblem('track_failed'));
  }

  /**
   * New STUN and TURN servers. A link that was never connected looks for a path through them at once, because without
   * them there may be none; any other uses them from its next restart on.
   */
  setConfiguration(configuration: RTCConfiguration): void {
    try {
      this.#pc.setConfiguration(configuration);
    } catch {
      return this.#emitProblem('link_failed');
    }
    if (this.health === 'connecting') this.restartIce(true);
  }

  /**
   * Restarts ICE, or sends an offer again that was not answered yet. `isPathNew`: what that offer says of the network
   * may not hold any more, so another takes its place.
   */
  restartIce(isPathNew = false): void {
    if (this.#closed) return;
    this.#isRestarting = true;
    if (this.#role === 'answerer') this.#events.sendSignal({ link: this.number, ask: 'restart' });
    else if (this.#pc.signalingState !== 'have-local-offer') this.#pc.restartIce();
    else if (isPathNew) this.#enqueue('description_failed', () => this.#replaceOffer());
    else this.#enqueue('description_failed', async () => this.#sendDescription());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#fullSizeTimer);
    const pc = this.#pc;
    pc.onicecandidate = pc.onnegotiationneeded = pc.ontrack = null;
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
    this.#safetyCheck.close();
    this.#dataChannel.detach();
    pc.close();
  }

  get #lastAudio(): RTCRtpSynchronizationSource | undefined {
    const microphone = this.#pc.getTransceivers()[TRACK_SOURCES.indexOf('microphone')];
    return microphone?.receiver.getSynchronizationSources?.()[0];
  }

  /** The answerer has no transceivers before the first offer is applied. */
  #setUpTransceivers(): void {
    this.#isSetUp = true;
    this.#pc.getTransceivers().forEach((transceiver, index) => {
      const source = TRACK_SOURCES[index];
      if (!source || transceiver.receiver.track.kind !== TRACK_KINDS[source]) return;
      transceiver.direction = 'sendrecv';
      this.#senders.set(source, transceiver.sender);
      if (source === 'camera' || source === 'screen') {
        this.#videoSenders[source] = new VideoSender(transceiver.sender);
      }
      const track = this.#tracks[source];
      if (track) this.replaceTrack(source, track);
    });
    this.#videoSenders.camera?.limitScale(FIRST_CAMERA_SCALE);
    if (this.#encodings) this.setEncodings(this.#encodings);
    this.#dataChannel.attach(this.#pc, this.#safetyCheck);
  }

  /** Called whenever the link is connected; only the first time counts. */
  #sendFullSizeSoon(): void {
    this.#fullSizeTimer ??= setTimeout(() => this.#videoSenders.camera?.limitScale(1), FULL_SIZE_AFTER_MS);
  }

  #negotiate(): void {
    if (this.#role === 'answerer') this.#events.sendSignal({ link: this.number, ask: 'offer' });
    else this.#enqueue('description_failed', () => this.#sendOffer());
  }

  async #sendOffer(): Promise<void> {
    this.#needsOffer = this.#pc.signalingState !== 'stable';
    if (this.#needsOffer) return;
    this.#round += 1;
    await this.#pc.setLocalDescription();
    this.#sendDescription();
  }

  /** Replaces an offer that is on its way. It is not rolled back: the connection goes on as it was. */
  async #replaceOffer(): Promise<void> {
    this.#pc.restartIce();
    if (this.#pc.signalingState !== 'have-local-offer') return;
    this.#round += 1;
    this.#heldAnswer = null;
    await this.#pc.setLocalDescription();
    this.#sendDescription();
  }

  /** An answer of another round is late or came twice, and is ignored. */
  async #receiveAnswer(round: number, answer: Description): Promise<void> {
    if (this.#role !== 'offerer' || round !== this.#round) return;
    if (this.#acceptsAnswers) await this.#applyAnswer(answer);
    else this.#heldAnswer = answer;
  }

  async #applyAnswer(answer: Description): Promise<void> {
    if (this.#pc.signalingState !== 'have-local-offer') return;
    await this.#applyDescription(answer);
    void this.#checkTransport();
    this.#isRestarting = false;
    if (this.#needsOffer) await this.#sendOffer();
  }

  /** An offer that comes again means that its answer was lost: the answer is sent again. */
  async #receiveOffer(round: number, offer: Description): Promise<void> {
    if (this.#role !== 'answerer' || round < this.#round) return;
    if (round > this.#round) {
      await this.#applyDescription(offer);
      if (!this.#isSetUp) this.#setUpTransceivers();
      await this.#pc.setLocalDescription();
      void this.#checkTransport();
      if (this.#closed) return;
      this.#round = round;
      this.#isRestarting = false;
    }
    this.#sendDescription();
  }

  async #applyDescription(description: Description): Promise<void> {
    const applied = this.#descriptions.applyRemote(description);
    this.#candidates.onDescription(description, applied);
    await applied;
  }

  /** Sends the offer or answer as it stands now, with all candidates found so far. */
  #sendDescription(): void {
    try {
      const description = this.#descriptions.readLocal();
      if (description) this.#events.sendSignal({ link: this.number, round: this.#round, description });
    } catch (error) {
      if (error instanceof FingerprintChanged) throw error;
      this.#emitProblem('link_failed');
    }
  }

  /** A candidate that the peer could not use is not sent. */
  #sendCandidate(found: RTCIceCandidate | null): void {
    const candidate = found && parseCandidate(found.candidate, found.usernameFragment);
    if (candidate !== undefined) this.#events.sendSignal({ link: this.number, candidate });
  }

  /** Called when a state changes, and after each negotiation, before its answer is sent. */
  async #checkTransport(): Promise<void> {
    const pc = this.#pc;
    if (this.#closed || pc.signalingState !== 'stable') return;
    const transport = theTransport(pc);
    if (transport === 'transports_differ') return this.#safetyCheck.fail(transport);
    if (pc.connectionState !== 'connected') return;
    const live = await readLiveFingerprints(pc, transport);
    if (this.#closed) return;
    if (live === 'transports_differ') return this.#safetyCheck.fail(live);
    const found = compareFingerprints(live, this.#descriptions.fingerprints);
    if (found === 'mismatch') this.#safetyCheck.fail('fingerprint_mismatch');
    else this.#safetyCheck.setFingerprints(found);
  }

  /**
   * The tracks are there before the answer is. A view that has them can stand ready for the first picture. Those of an
   * earlier link stay until the new ones have something to show.
   */
  #announceEarlyTracks(): void {
    const { person, screen } = this.#streams;
    if (person.getTracks().length > 0 || screen.getTracks().length > 0) return;
    for (const transceiver of this.#pc.getTransceivers()) {
      this.#addRemoteTrack(transceiver, transceiver.receiver.track);
    }
  }

  /** Replaces the track of an earlier link in the peer's stream. */
  #addRemoteTrack(transceiver: RTCRtpTransceiver, track: MediaStreamTrack): void {
    const source = TRACK_SOURCES[this.#pc.getTransceivers().indexOf(transceiver)];
    if (!source) return;
    const which = source === 'screen' || source === 'screen_audio' ? 'screen' : 'person';
    const stream = this.#streams[which];
    for (const old of stream.getTracks()) {
      if (old.kind === track.kind && old !== track) stream.removeTrack(old);
    }
    stream.addTrack(track);
    this.#events.onStream(which);
  }

  #enqueue(code: LinkProblem, step: () => Promise<void>): void {
    this.#waitingSteps += 1;
    this.#steps = this.#steps.then(async () => {
      this.#waitingSteps -= 1;
      if (this.#closed) return;
      try {
        await step();
      } catch (error) {
        if (error instanceof FingerprintChanged) this.#safetyCheck.fail('fingerprint_mismatch');
        else this.#emitProblem(code);
      }
    });
  }

  #emitProblem(code: LinkProblem): void {
    if (!this.#closed) this.#events.onProblem(code);
  }
}
