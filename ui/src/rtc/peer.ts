import { DataChannel, type DataChannelEvents } from './data-channel/data-channel';
import type { PeerState, UserMessage } from './data-channel/messages';
import { ReliableQueue } from './data-channel/reliable-queue';
import { SignalRouter, type Sealing } from './data-channel/signal-router';
import type { LinkHealth, PeerLinkOptions, RemoteStreams, Role } from './peer-link/options';
import type { LinkMeasurement } from './peer-link/measure';
import { PeerLink } from './peer-link/peer-link';
import type { LinkStats } from './peer-link/stats';
import type { OutgoingTracks, TrackSource } from './peer-link/transceivers';
import type { LinkState, NetworkReport, Safety, SafetyAlarm, Unchecked } from '../types';
import type { LinkEncodings } from './quality/share-uplink';
import type { VideoWish } from './quality/wish';
import { IceRestartPolicy } from './recovery/ice-restart-policy';
import { ReceiveMonitor } from './recovery/receive-monitor';
import type { SafetyCode } from './safety/check';
import { newTrust, type PeerTrust } from './safety/trust';
import { readSignal, type Signal } from './signal';
import { TokenBucket } from './token-bucket';

export interface RemotePeerOptions {
  /** The two peers' ids. */
  me: string;
  peer: string;
  /** Stands for the version, the room, and both peers' ids and keys; 32 bytes in lower-case hex. */
  safetyBinding: string;
  role: Role;
  iceServers: RTCIceServer[];
  /** Uses no path but through a TURN server, so that no candidate reveals our address. */
  relayOnly?: boolean;
  tracks: OutgoingTracks;
  /** See `PeerLinkOptions`. */
  startBitrate?: number;
  /** Our state as the peer sees it. */
  state: PeerState;
  /** The reliable messages to and from this peer, if there were some before. */
  queue?: ReliableQueue;
  /** Lets signals go over the data channel too. */
  sealing?: Sealing;
  /** Knowledge of the peer from earlier in this call. The `RemotePeer` writes to it. */
  trust?: PeerTrust;
  /** Our certificate, so that a link that is built anew shows the same. */
  certificate?: RTCCertificate | undefined;
  /** For tests. */
  RTCPeerConnection?: typeof RTCPeerConnection;
}

export interface PeerEvents extends DataChannelEvents {
  /** Sends over the server. The number is there when the signal may have gone over the data channel too. */
  sendSignal(signal: Signal, number?: number): void;
  onLinkState(state: LinkState): void;
  /** The peer's microphone and camera. Called once: the stream stays the same over all links. */
  onStream(stream: MediaStream): void;
  /** The peer's screen and its audio. Called once, too: the tracks come and go in it. */
  onScreenStream(stream: MediaStream): void;
  /** The code to compare; null while there is none. */
  onSafety(safety: Safety | null): void;
  /** Why there is no code ten seconds after the link has connected; null when that does not hold any more. */
  onUnchecked(why: Unchecked | null): void;
  /** The peer's report of its network. */
  onNetworkReport(report: NetworkReport): void;
  /** The link was ended for safety. Final. */
  onAlarm(alarm: SafetyAlarm): void;
}

/** Signals that wait for their link. */
const MAX_EARLY_SIGNALS = 128;
/**
 * Links that a peer may have us build in a row, and then in a second. A browser has some hundred connections, for all
 * peers together.
 */
const MAX_LINK_BURST = 8;
const LINKS_PER_SECOND = 0.1;
/** Offers, and requests for one, that a peer may make in a row, and then in a second. Each costs a negotiation. */
const MAX_ROUND_BURST = 16;
const ROUNDS_PER_SECOND = 1;
const RECEIVE_CHECK_INTERVAL_MS = 500;
/** For so long after a signal the path is in doubt: signals come when something changes. */
const SIGNAL_QUIET_MS = 5_000;
/** After so many attempts without success the offerer builds the link anew. */
const REBUILD_EVERY_ATTEMPTS = 4;
const FAILED_AFTER_ATTEMPTS = 3;

/**
 * One other peer and the links to it, one after the other. The offerer numbers the links: a signal of an older one is
 * ignored, an offer of a newer one makes the answerer build its own anew.
 */
export class RemotePeer {
  #options: RemotePeerOptions;
  #events: PeerEvents;
  #role: Role;
  #link: PeerLink | null = null;
  #linkNumber = 0;
  #linkBudget = new TokenBucket(LINKS_PER_SECOND, MAX_LINK_BURST);
  #roundBudget = new TokenBucket(ROUNDS_PER_SECOND, MAX_ROUND_BURST);
  #hasEntered = false;
  #peerHasEntered = false;
  /** Signals that came before their link. An answerer that has not entered keeps all. */
  #earlySignals: Signal[] = [];
  #lastSignalAt = -Infinity;
  #dataChannel: DataChannel;
  #signalRouter: SignalRouter;
  #streams: RemoteStreams | null = null;
  /** For the links to come, too. */
  #encodings: LinkEncodings | null = null;
  #announcedStreams = new Set<keyof RemoteStreams>();
  #wasConnected = false;
  #state: LinkState = 'connecting';
  #restartPolicy = new IceRestartPolicy({
    attempt: (attempt, isPathNew) => this.#attemptRestart(attempt, isPathNew),
    isAnswered: () => this.#link?.isRestartAnswered ?? true,
    canSignal: () => this.#dataChannel.isOpen,
  });
  #receiveMonitor = new ReceiveMonitor();
  #receiveTimer: ReturnType<typeof setInterval> | undefined;
  /** The link's health, as ICE sees it. */
  #health: LinkHealth = 'failed';
  /** Nothing arrives, though ICE has not noticed yet. */
  #isStalled = false;
  #trust: PeerTrust;
  #safetyCode: SafetyCode | null = null;
  #unchecked: Unchecked | null = null;
  #closed = false;

  constructor(options: RemotePeerOptions, events: PeerEvents) {
    this.#options = { ...options, tracks: { ...options.tracks } };
    this.#events = events;
    this.#role = options.role;
    this.#trust = options.trust ?? newTrust();
    this.#dataChannel = new DataChannel(
      options.state,
      options.queue ?? new ReliableQueue(),
      events,
      (message) => void this.#signalRouter.receive(message),
    );
    this.#signalRouter = new SignalRouter({
      sealing: options.sealing ?? null,
      sendToServer: (signal, number) => events.sendSignal(signal, number),
      hasOpenChannel: () => this.#dataChannel.isOpen,
      sendToPeer: (message) => this.#dataChannel.transmit(message),
      onSignal: (signal) => this.receiveSignal(signal),
      onProblem: (code) => events.onProblem(code),
    });
    if (this.#trust.alarm) this.#endForSafety(this.#trust.alarm);
    else if (this.#role === 'offerer') this.#buildLink(this.#trust.lastLink + 1);
  }

  get audioLevel(): number {
    return this.#link?.audioLevel ?? 0;
  }

  async stats(): Promise<LinkStats | null> {
    return (await this.#link?.stats()) ?? null;
  }

  /** Null while there is no link. */
  async measure(): Promise<LinkMeasurement | null> {
    return (await this.#link?.measure()) ?? null;
  }

  /** Tells the peer about our network. */
  sendNetworkReport(network: NetworkReport): void {
    if (!this.#closed && this.#linkNumber > 0) this.#sendSignal({ link: this.#linkNumber, network });
  }

  /** The person has pressed *Enter*. */
  enter(): void {
    if (this.#hasEntered || this.#closed) return;
    this.#hasEntered = true;
    this.#link?.acceptAnswers();
    const newest = Math.max(...this.#earlySignals.map(({ link }) => link));
    for (const signal of this.#earlySignals.splice(0)) if (signal.link === newest) this.#routeSignal(signal);
    if (this.#peerHasEntered) this.#restartPolicy.start();
  }

  /** `reachable`: a signal over the server reaches the peer. */
  update({ entered, reachable }: { entered: boolean; reachable: boolean }): void {
    if (this.#closed) return;
    this.#peerHasEntered = entered;
    this.#signalRouter.setReachable(reachable);
    this.#restartPolicy.setReachable(reachable);
    if (entered && this.#hasEntered) this.#restartPolicy.start();
  }

  /** A signal of the peer, by either route. */
  receiveSignal(raw: unknown): void {
    if (this.#closed) return;
    this.#lastSignalAt = performance.now();
    const signal = readSignal(raw);
    if (typeof signal === 'string') this.#events.onProblem(signal);
    else if ('network' in signal) this.#events.onNetworkReport(signal.network);
    else if ('refused' in signal) this.#endForSafety('description_refused', signal.link);
    else if (startsRound(signal) && !this.#roundBudget.take()) this.#events.onProblem('signal_flood');
    else this.#routeSignal(signal);
  }

  replaceTrack(source: TrackSource, track: MediaStreamTrack | null): void {
    this.#options.tracks[source] = track;
    this.#link?.replaceTrack(source, track);
  }

  /** How our pictures are sent to the peer from now on. */
  setEncodings(encodings: LinkEncodings): void {
    this.#encodings = encodings;
    this.#link?.setEncodings(encodings);
  }

  sendState(state: PeerState): void {
    this.#dataChannel.sendState(state);
  }

  /** The sizes at which the peer's pictures are shown here. */
  sendVideoWish(wish: VideoWish): void {
    this.#dataChannel.sendVideoWish(wish);
  }

  /** Returns false if the message was not taken: see `EphemeralMessage` and `ReliableMessage`. */
  send(message: UserMessage): boolean {
    if (message.type === 'reaction' && this.#link?.health !== 'connected') return false;
    return this.#dataChannel.send(message);
  }

  setIceServers(iceServers: RTCIceServer[]): void {
    this.#options.iceServers = iceServers;
    this.#link?.setConfiguration(this.#configuration);
  }

  /** The network has changed: looks for a new path at once. */
  restartIce(): void {
    this.#restartPolicy.restartNow();
  }

  /** The person says *They match* of what was shown, not of a code that came meanwhile. */
  confirmSafety(shown: Safety): void {
    if (!this.#safetyCode || shown.emoji !== this.#safetyCode.emoji) return;
    this.#trust.confirmed = this.#safetyCode.certificates;
    this.#emitSafety();
  }

  /** The person says *They don't match*. */
  rejectSafety(): void {
    if (!this.#closed) this.#endForSafety('emoji_differ');
  }

  close(): void {
    this.#closed = true;
    this.#restartPolicy.stop();
    this.#signalRouter.close();
    this.#dataChannel.close();
    clearInterval(this.#receiveTimer);
    this.#link?.close();
    this.#link = null;
    this.#earlySignals = [];
  }

  get #configuration(): RTCConfiguration {
    const { iceServers, relayOnly, certificate } = this.#options;
    return {
      iceServers,
      iceTransportPolicy: relayOnly ? 'relay' : 'all',
      bundlePolicy: 'max-bundle',
      ...(certificate && { certificates: [certificate] }),
    };
  }

  /** Ends the link for good: nothing is received, sent or tried any more. The peer is told over the server. */
  #endForSafety(alarm: SafetyAlarm, link = this.#linkNumber): void {
    if (link > 0 && this.#trust.alarm === null && alarm !== 'ended_there') {
      this.#events.sendSignal({ link, end: 'safety' });
    }
    this.#trust.alarm = alarm;
    this.close();
    this.#state = 'ended';
    this.#setSafety(null);
    this.#events.onAlarm(alarm);
    this.#events.onLinkState('ended');
  }

  #setSafety(code: SafetyCode | null, unchecked: Unchecked | null = null): void {
    const isNew = { code: code !== this.#safetyCode, unchecked: unchecked !== this.#unchecked };
    this.#safetyCode = code;
    this.#unchecked = unchecked;
    if (isNew.code) this.#emitSafety();
    if (isNew.unchecked) this.#events.onUnchecked(unchecked);
  }

  #emitSafety(): void {
    const { confirmed } = this.#trust;
    const code = this.#safetyCode;
    this.#events.onSafety(
      code && {
        emoji: code.emoji,
        confirmed: confirmed === code.certificates,
        changed: confirmed !== null && confirmed !== code.certificates,
      },
    );
  }

  #routeSignal(signal: Signal): void {
    if (signal.link < this.#linkNumber) return;
    if ('end' in signal) return this.#endForSafety('ended_there');
    const isNewer = signal.link > this.#linkNumber;
    const isOffer = 'description' in signal && signal.description.type === 'offer';
    if (this.#role === 'offerer') {
      if (isOffer) this.#resolveOfferCollision(signal);
      else if (isNewer) this.#rebuildIfAsked(signal);
      else if ('ask' in signal && signal.ask === 'restart') this.#restartPolicy.handleRequest();
      else this.#link?.receiveSignal(signal);
    } else if (this.#hasEntered && 'ask' in signal) {
      this.#becomeOfferer(signal);
    } else if (!this.#hasEntered || (isNewer && !isOffer)) {
      this.#keepSignal(signal);
    } else if (isOffer && isNewer && signal.round > 1) {
      // The peer goes on with a link that we closed when the server said that the peer had left.
      this.#sendSignal({ link: signal.link + 1, ask: 'offer' });
    } else {
      if (isNewer && !this.#buildRequestedLink(signal.link)) return;
      this.#link?.receiveSignal(signal);
      if (isOffer) for (const early of this.#earlySignals.splice(0)) this.#routeSignal(early);
    }
  }

  /** Two offers meet only if a server is broken. The smaller id keeps its offer, the other side answers it. */
  #resolveOfferCollision(offer: Signal): void {
    if (this.#options.me < this.#options.peer) return;
    this.#role = 'answerer';
    this.#link?.close();
    this.#link = null;
    this.#linkNumber = 0;
    this.#routeSignal(offer);
  }

  /**
   * The peer asks for an offer and waits for one as we do: a broken server has hidden the two from each other, so that
   * each takes the other for the newcomer. The smaller id offers.
   */
  #becomeOfferer(ask: Signal): void {
    if (this.#options.me > this.#options.peer) return;
    this.#role = 'offerer';
    this.#buildLink(Math.max(this.#trust.lastLink, ask.link) + 1);
  }

  /** A peer that asks for an offer of a newer link has lost this one. */
  #rebuildIfAsked(signal: Signal): void {
    if ('ask' in signal && signal.ask === 'offer') this.#buildRequestedLink(this.#linkNumber + 1);
  }

  #keepSignal(signal: Signal): void {
    this.#earlySignals.push(signal);
    if (this.#earlySignals.length <= MAX_EARLY_SIGNALS) return;
    this.#earlySignals.pop();
    this.#events.onProblem('signal_flood');
  }

  /** Returns false for a peer that wants link after link. */
  #buildRequestedLink(number: number): boolean {
    const isAllowed = this.#linkBudget.take();
    if (isAllowed) this.#buildLink(number);
    else this.#events.onProblem('signal_flood');
    return isAllowed;
  }

  #buildLink(number: number): void {
    this.#link?.close();
    this.#link = null;
    this.#linkNumber = this.#trust.lastLink = number;
    this.#isStalled = false;
    this.#streams ??= { person: new MediaStream(), screen: new MediaStream() };
    this.#setSafety(null);
    const { me, peer, safetyBinding, startBitrate, tracks, RTCPeerConnection } = this.#options;
    const options: PeerLinkOptions = {
      me,
      peer,
      safetyBinding,
      number,
      role: this.#role,
      configuration: this.#configuration,
      startBitrate,
      tracks,
      encodings: this.#encodings,
      streams: this.#streams,
      dataChannel: this.#dataChannel,
      ...(RTCPeerConnection && { RTCPeerConnection }),
    };
    try {
      const link = new PeerLink(options, {
        sendSignal: (signal) => this.#sendSignal(signal),
        onHealthChange: () => this.#updateHealth(),
        onStream: (which) => this.#announceStream(which),
        onProblem: (code) => this.#events.onProblem(code),
        onSafetyCode: (code) => this.#setSafety(code),
        onUnchecked: (why) => this.#setSafety(null, why),
        onAlarm: (alarm) => this.#endForSafety(alarm),
      });
      this.#link = link;
      if (this.#hasEntered) link.acceptAnswers();
    } catch {
      this.#events.onProblem('link_failed');
    }
    this.#updateHealth();
  }

  #attemptRestart(attempt: number, isPathNew: boolean): void {
    // A link whose path ICE has found again, or may still find, is never thrown away.
    const isHopeless =
      attempt % REBUILD_EVERY_ATTEMPTS === 0 && (this.#health === 'failed' || this.#health === 'connecting');
    const needsRebuild = this.#role === 'offerer' && (!this.#link || this.#link.needsRebuild || isHopeless);
    // The budget holds here too: a peer that keeps asking gets no more links than others.
    if (needsRebuild && this.#linkBudget.take()) {
      this.#buildLink(this.#linkNumber + 1);
    } else if (this.#link) {
      this.#link.restartIce(isPathNew);
    } else {
      this.#sendSignal({ link: 1, ask: 'restart' });
    }
    this.#updateHealth();
  }

  #sendSignal(signal: Signal): void {
    const isQuiet = performance.now() - this.#lastSignalAt > SIGNAL_QUIET_MS;
    const isDoubtful = this.#link?.health !== 'connected' || this.#restartPolicy.attempts > 0 || !isQuiet;
    this.#signalRouter.send(signal, isDoubtful);
  }

  #updateHealth(): void {
    if (this.#closed) return;
    const before = this.#health;
    this.#health = this.#link?.health ?? 'failed';
    if (this.#health === 'connected' && before !== 'connected') {
      this.#isStalled = false;
      this.#receiveMonitor.onConnected();
    }
    const health = this.#health === 'connected' && this.#isStalled ? 'disconnected' : this.#health;
    if (health === 'connected') {
      this.#wasConnected = true;
      this.#receiveTimer ??= setInterval(() => void this.#checkReceiving(), RECEIVE_CHECK_INTERVAL_MS);
      // A connected peer has entered, even if the server has not said so yet.
      this.#restartPolicy.start();
    }
    this.#restartPolicy.setHealth(health);
    this.#setState(this.#stateOf(health));
  }

  #stateOf(health: LinkHealth): LinkState {
    if (health === 'connected') return 'connected';
    if (this.#wasConnected) return 'reconnecting';
    return this.#restartPolicy.attempts >= FAILED_AFTER_ATTEMPTS ? 'failed' : 'connecting';
  }

  #setState(state: LinkState): void {
    if (state === this.#state) return;
    if (this.#state === 'reconnecting' && state === 'connected') this.#link?.sendKeyFrames();
    this.#state = state;
    this.#events.onLinkState(state);
  }

  /** ICE needs seconds to notice that nothing arrives any more. A new path is looked for before. */
  async #checkReceiving(): Promise<void> {
    const link = this.#link;
    if (!link || link.health !== 'connected') return;
    const hasReceived = await this.#receiveMonitor.hasReceived(link).catch(() => true);
    if (this.#closed || link !== this.#link) return;
    const isExpected = this.#dataChannel.expectsMedia;
    this.#isStalled = this.#receiveMonitor.isStalled({ hasReceived, isExpected });
    this.#updateHealth();
  }

  #announceStream(which: keyof RemoteStreams): void {
    if (this.#announcedStreams.has(which) || !this.#streams) return;
    this.#announcedStreams.add(which);
    const stream = this.#streams[which];
    if (which === 'person') this.#events.onStream(stream);
    else this.#events.onScreenStream(stream);
  }
}

const startsRound = (signal: Signal): boolean =>
  'ask' in signal || ('description' in signal && signal.description.type === 'offer');
