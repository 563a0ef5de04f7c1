import { TokenBucket } from './token-bucket';
import type { Sealing } from './data-channel/signal-router';
import {
  PeerLink,
  type LinkHealth,
  type PeerLinkOptions,
  type Role,
  type RemoteStreams,
} from './peer-link/peer-link';
import { ReliableQueue } from './data-channel/reliable-queue';
import type { PeerState } from './data-channel/messages';
import type { EphemeralMessage, ReliableMessage } from './data-channel/notes';
import type { LinkProblem, SafetyAlarm } from './problem';
import type { SafetyCode } from './safety/check';
import type { Emoji } from './safety/emoji';
import { ReceiveMonitor } from './recovery/receive-monitor';
import { newTrust, type PeerTrust } from './safety/trust';
import { readSignal, type Signal } from './signal';
import type { TrackSource, OutgoingTracks } from './peer-link/transceivers';
import type { LinkStats } from './peer-link/stats';
import { Talk } from './data-channel/data-channel';
import { IceRestartPolicy } from './recovery/ice-restart-policy';

/**
 * How the link to a person is doing. `failed`: it was never up, after several attempts; they go on. `ended`: it was
 * ended for safety, and nothing goes on.
 */
export type LinkState = 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'ended';

/** What two people compare aloud. */
export interface Safety {
  readonly emoji: readonly Emoji[];
  /** *They match* was said of these very certificates. */
  readonly confirmed: boolean;
  /** It was said of others, earlier in this call. */
  readonly changed: boolean;
}

export interface RemotePeerOptions {
  /** The two peers' ids. */
  me: string;
  peer: string;
  /** Who offers. */
  role: Role;
  iceServers: RTCIceServer[];
  /** No path but through a TURN server: no candidate tells one's own address. */
  relayOnly?: boolean;
  tracks: OutgoingTracks;
  state: PeerState;
  /** The posts to and from this peer, if there were some before. */
  queue?: ReliableQueue;
  /** Lets signals go over the data channel, too. */
  sealing?: Sealing;
  /** What is known of the peer from earlier in this call; written to. */
  trust?: PeerTrust;
  /** One's own certificate, so that a link that is built anew shows the same. */
  certificate?: RTCCertificate | undefined;
  /** For tests. */
  RTCPeerConnection?: typeof RTCPeerConnection;
}

/** What a pair tells its owner. */
export interface PeerEvents {
  /** By way of the server; with its number, when the signal may have gone another way before. */
  sendSignal(signal: Signal, number?: number): void;
  onLinkState(state: LinkState): void;
  /** The other's microphone and camera. Called once: the stream stays the same whatever happens to the link. */
  onStream(stream: MediaStream): void;
  /** The screen that the other shares, and its sound. Called once, too: what is shared comes and goes in it. */
  onScreenStream(stream: MediaStream): void;
  /** What the other shows of itself. */
  onState(state: PeerState): void;
  said(note: EphemeralMessage): void;
  posted(post: ReliableMessage): void;
  /** The other has got what was posted. */
  onDelivered(post: ReliableMessage): void;
  onProblem(code: LinkProblem): void;
  /** What can be compared now; null while there is nothing. */
  onSafety(safety: Safety | null): void;
  /** The link was ended for safety. Final. */
  onAlarm(alarm: SafetyAlarm): void;
}

/** Signals kept for a link that is not there yet. */
const MAX_EARLY_SIGNALS = 128;
/** Links that a peer may have us make one after the other; then one at a time. A browser has some hundreds, for all. */
const MAX_LINK_BURST = 8;
const LINKS_PER_SECOND = 0.1;
/** How often it is looked whether anything comes. */
const RECEIVE_CHECK_INTERVAL_MS = 500;
/** After a signal more may follow, and that they do means that something is in doubt. */
const SIGNAL_QUIET_MS = 5_000;
/** Every so many attempts in vain the offerer builds the link anew. */
const REBUILD_EVERY_ATTEMPTS = 4;
/** After so many attempts in vain a person is told. */
const FAILED_AFTER_ATTEMPTS = 3;

/**
 * Oneself and one peer: the links between them, one after the other. The offerer counts them; a signal of an older one
 * is ignored, an offer of a newer one makes the answerer build its own anew.
 */
export class RemotePeer {
  #options: RemotePeerOptions;
  #events: PeerEvents;
  #role: Role;
  #link: PeerLink | null = null;
  #linkNumber = 0;
  #hasEntered = false;
  #peerHasEntered = false;
  /** Signals that came before their link. An answerer that has not entered keeps all. */
  #earlySignals: Signal[] = [];
  #linkBudget = new TokenBucket(LINKS_PER_SECOND, MAX_LINK_BURST);
  #talk: Talk;
  /** When the last signal came. */
  #lastSignalAt = -Infinity;
  #streams: RemoteStreams | null = null;
  /** The streams that were handed over. */
  #announcedStreams = new Set<keyof RemoteStreams>();
  #wasConnected = false;
  #state: LinkState = 'connecting';
  #restartPolicy = new IceRestartPolicy({
    attempt: (attempt, fresh) => this.#attemptRestart(attempt, fresh),
    isAnswered: () => this.#link?.isRestartAnswered ?? true,
    canSignal: () => this.#link?.hasOpenChannel ?? false,
  });
  #receiveMonitor = new ReceiveMonitor();
  #receiveTimer: ReturnType<typeof setInterval> | undefined;
  /** The link's health, as ICE sees it. */
  #health: LinkHealth = 'down';
  /** Nothing comes, though ICE has not noticed yet. */
  #isStalled = false;
  #trust: PeerTrust;
  #safetyCode: SafetyCode | null = null;
  #closed = false;

  constructor(options: RemotePeerOptions, events: PeerEvents) {
    this.#options = { ...options, tracks: { ...options.tracks } };
    this.#events = events;
    this.#role = options.role;
    this.#trust = options.trust ?? newTrust();
    this.#talk = new Talk(
      {
        isOpen: () => this.#link?.hasOpenChannel ?? false,
        say: (message) => this.#link?.say(message) ?? false,
      },
      {
        told: (state) => this.#events.onState(state),
        said: (note) => this.#events.said(note),
        posted: (post) => this.#events.posted(post),
        arrived: (post) => this.#events.onDelivered(post),
        signaled: (signal) => this.receiveSignal(signal),
        send: (signal, number) => this.#events.sendSignal(signal, number),
        problem: (code) => !this.#closed && this.#events.onProblem(code),
      },
      options.queue ?? new ReliableQueue(),
      options.sealing ?? null,
    );
    if (this.#trust.alarm) this.#endForSafety(this.#trust.alarm);
    else if (this.#role === 'offerer') this.#buildLink(this.#trust.lastLink + 1);
  }

  get audioLevel(): number {
    return this.#link?.audioLevel ?? 0;
  }

  async stats(): Promise<LinkStats | null> {
    return (await this.#link?.stats()) ?? null;
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

  /** What is known of the other: whether it has entered, and whether a signal would reach it. */
  update({ entered, reachable }: { entered: boolean; reachable: boolean }): void {
    if (this.#closed) return;
    this.#peerHasEntered = entered;
    this.#talk.reach(reachable);
    this.#restartPolicy.setReachable(reachable);
    if (entered && this.#hasEntered) this.#restartPolicy.start();
  }

  /** Something the peer has sent. */
  receiveSignal(raw: unknown): void {
    if (this.#closed) return;
    this.#lastSignalAt = performance.now();
    const signal = readSignal(raw);
    if (typeof signal === 'string') this.#events.onProblem(signal);
    else this.#routeSignal(signal);
  }

  replaceTrack(slot: TrackSource, track: MediaStreamTrack | null): void {
    this.#options.tracks[slot] = track;
    this.#link?.replaceTrack(slot, track);
  }

  sendState(state: PeerState): void {
    this.#options.state = state;
    this.#link?.sendState(state);
  }

  /** Said in passing: nobody hears it while the link is not up. */
  say(note: EphemeralMessage): void {
    if (this.#link?.health === 'up') this.#talk.say(note);
  }

  /** Said to last: sent now or over a later link. False when too much waits already. */
  post(post: ReliableMessage): boolean {
    return this.#talk.post(post);
  }

  setIceServers(iceServers: RTCIceServer[]): void {
    this.#options.iceServers = iceServers;
    this.#link?.setConfiguration(this.#configuration);
  }

  /** The network has changed: a new path is looked for at once. */
  restartIce(): void {
    this.#restartPolicy.restartNow();
  }

  /** *They match*: said of what was shown, not of what came meanwhile. */
  confirmSafety(shown: Safety): void {
    if (!this.#safetyCode || shown.emoji !== this.#safetyCode.emoji) return;
    this.#trust.confirmed = this.#safetyCode.certificates;
    this.#emitSafety();
  }

  /** *They don't match*. */
  rejectSafety(): void {
    if (!this.#closed) this.#endForSafety('emoji_differ');
  }

  close(): void {
    this.#closed = true;
    this.#restartPolicy.stop();
    this.#talk.close();
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

  /** Ends the link for good: nothing is received, sent or tried any more. The other is told, whatever the link can do. */
  #endForSafety(alarm: SafetyAlarm): void {
    if (this.#link && alarm !== 'ended_there')
      this.#events.sendSignal({ link: this.#linkNumber, end: 'safety' });
    this.#trust.alarm = alarm;
    this.close();
    this.#state = 'ended';
    this.#safetyCode = null;
    this.#emitSafety();
    this.#events.onAlarm(alarm);
    this.#events.onLinkState('ended');
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
    const isOffer = 'description' in signal && signal.description.type === 'offer';
    if (this.#role === 'offerer') {
      if (isOffer) this.#resolveOfferCollision(signal);
      else if (signal.link > this.#linkNumber) this.#rebuildIfAsked(signal);
      else if ('ask' in signal && signal.ask === 'restart') this.#restartPolicy.handleRequest();
      else this.#link?.receive(signal);
    } else if (this.#hasEntered && 'ask' in signal) {
      this.#becomeOfferer(signal);
    } else if (!this.#hasEntered || (signal.link > this.#linkNumber && !isOffer)) {
      this.#keepSignal(signal);
    } else if (isOffer && signal.link > this.#linkNumber && signal.round > 1) {
      // The other goes on with a link that is not there any more: a server has said in between that it had left.
      this.#sendSignal({ link: signal.link + 1, ask: 'offer' });
    } else {
      if (signal.link > this.#linkNumber && !this.#buildRequestedLink(signal.link)) return;
      this.#link?.receive(signal);
      if (isOffer) for (const kept of this.#earlySignals.splice(0)) this.#routeSignal(kept);
    }
  }

  /** Two offers meet, which only a broken server brings about. The smaller id's stays, the other side answers it. */
  #resolveOfferCollision(offer: Signal): void {
    if (this.#options.me < this.#options.peer) return;
    this.#role = 'answerer';
    this.#link?.close();
    this.#link = null;
    this.#linkNumber = 0;
    this.#routeSignal(offer);
  }

  /**
   * Asked for an offer by one who waits for it as well: a broken server has hidden the two from each other, so that
   * each takes the other for the newcomer. The smaller id offers.
   */
  #becomeOfferer(ask: Signal): void {
    if (this.#options.me > this.#options.peer) return;
    this.#role = 'offerer';
    this.#buildLink(Math.max(this.#trust.lastLink, ask.link) + 1);
  }

  /** An offer of a newer link is asked for: the other has lost this one. */
  #rebuildIfAsked(signal: Signal): void {
    if ('ask' in signal && signal.ask === 'offer') this.#buildRequestedLink(this.#linkNumber + 1);
  }

  #keepSignal(signal: Signal): void {
    this.#earlySignals.push(signal);
    if (this.#earlySignals.length <= MAX_EARLY_SIGNALS) return;
    this.#earlySignals.pop();
    this.#events.onProblem('signal_flood');
  }

  /** A link that the peer wants. One that wants them without end gets none of the others'. */
  #buildRequestedLink(number: number): boolean {
    const affords = this.#linkBudget.take();
    if (affords) this.#buildLink(number);
    else this.#events.onProblem('signal_flood');
    return affords;
  }

  #buildLink(number: number): void {
    this.#link?.close();
    this.#link = null;
    this.#linkNumber = this.#trust.lastLink = number;
    this.#isStalled = false;
    this.#streams ??= { person: new MediaStream(), screen: new MediaStream() };
    if (this.#safetyCode) {
      this.#safetyCode = null;
      this.#emitSafety();
    }
    const { me, peer, tracks, state } = this.#options;
    const options: PeerLinkOptions = {
      me,
      peer,
      number,
      role: this.#role,
      configuration: this.#configuration,
      tracks,
      state,
      streams: this.#streams,
    };
    const { RTCPeerConnection } = this.#options;
    if (RTCPeerConnection) options.RTCPeerConnection = RTCPeerConnection;
    try {
      const link = new PeerLink(options, {
        send: (signal) => this.#sendSignal(signal),
        changed: () => this.#updateHealth(),
        streamed: (which) => this.#emitStream(which),
        opened: () => this.#talk.opened(),
        told: (message) => this.#talk.hear(message),
        allows: () => this.#talk.allows(),
        problem: (code) => this.#events.onProblem(code),
        checked: (code) => {
          this.#safetyCode = code;
          this.#emitSafety();
        },
        alarm: (alarm) => this.#endForSafety(alarm),
      });
      this.#link = link;
      if (this.#hasEntered) link.acceptAnswers();
    } catch {
      this.#events.onProblem('link_failed');
    }
    this.#updateHealth();
  }

  #attemptRestart(attempt: number, fresh: boolean): void {
    // A link whose path ICE has found again, or may still find, is never thrown away.
    const inVain =
      attempt % REBUILD_EVERY_ATTEMPTS === 0 && (this.#health === 'down' || this.#health === 'starting');
    const anew = this.#role === 'offerer' && (!this.#link || this.#link.needsRebuild || inVain);
    // Also one that keeps asking gets no more of them than others.
    if (anew && this.#linkBudget.take()) {
      this.#buildLink(this.#linkNumber + 1);
    } else if (this.#link) {
      this.#link.restartIce(fresh);
    } else {
      this.#sendSignal({ link: 1, ask: 'restart' });
    }
    this.#updateHealth();
  }

  #sendSignal(signal: Signal): void {
    const { attempts } = this.#restartPolicy;
    const quiet = performance.now() - this.#lastSignalAt > SIGNAL_QUIET_MS;
    this.#talk.send(signal, this.#link?.health !== 'up' || attempts > 0 || !quiet);
  }

  #updateHealth(): void {
    if (this.#closed) return;
    const heard = this.#link?.health ?? 'down';
    if (heard === 'up' && this.#health !== 'up') {
      this.#isStalled = false;
      this.#receiveMonitor.onConnected();
    }
    this.#health = heard;
    const health = heard === 'up' && this.#isStalled ? 'shaky' : heard;
    if (health === 'up') {
      this.#wasConnected = true;
      this.#receiveTimer ??= setInterval(() => void this.#checkReceiving(), RECEIVE_CHECK_INTERVAL_MS);
      // Who is connected has entered, even if the server has not said so yet.
      this.#restartPolicy.start();
    }
    this.#restartPolicy.setHealth(health);
    const state = this.#linkState(health === 'up');
    if (state === this.#state) return;
    if (this.#state === 'reconnecting' && state === 'connected') this.#link?.sendKeyFrames();
    this.#state = state;
    this.#events.onLinkState(state);
  }

  /** ICE takes some seconds to notice that nothing comes any more; a new path is looked for before. */
  async #checkReceiving(): Promise<void> {
    const link = this.#link;
    if (!link || link.health !== 'up') return;
    const moved = await link.hasHeard().catch(() => true);
    if (this.#closed || link !== this.#link) return;
    this.#isStalled = this.#receiveMonitor.look({ moved, sends: this.#talk.sends }) === 'still';
    this.#updateHealth();
  }

  #linkState(up: boolean): LinkState {
    if (up) return 'connected';
    if (this.#wasConnected) return 'reconnecting';
    return this.#restartPolicy.attempts >= FAILED_AFTER_ATTEMPTS ? 'failed' : 'connecting';
  }

  #emitStream(which: keyof RemoteStreams): void {
    if (this.#announcedStreams.has(which) || !this.#streams) return;
    this.#announcedStreams.add(which);
    const stream = this.#streams[which];
    if (which === 'person') this.#events.onStream(stream);
    else this.#events.onScreenStream(stream);
  }
}
