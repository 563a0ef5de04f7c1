import type { AppError, Backend, PeerView, RoomView, SignalEvent } from '../backend/generated';
import { LinkReports } from './link-reports';
import { ReliableQueue } from '../rtc/data-channel/reliable-queue';
import type { PeerState } from '../rtc/data-channel/messages';
import type { ReliableMessage } from '../rtc/data-channel/messages';
import type { LinkStats } from '../rtc/peer-link/stats';
import { RemotePeer, type PeerEvents, type RemotePeerOptions } from '../rtc/peer';
import { newTrust, type PeerTrust } from '../rtc/safety/trust';
import { resetOnOff } from './media-preferences';
import { Chat, type ChatDelivery } from './chat.svelte';
import { SignalBuffer } from './signal-buffer';
import { RaisedHands } from './raised-hands.svelte';
import { LinkMeter } from './link-meter';
import { LocalMedia } from './local-media.svelte';
import { Participant } from './participant.svelte';
import type { NetworkReport, Safety } from '../types';
import type { CallFeature } from './feature';
import type { Problem, ProblemCode } from './problem';
import { Reactions } from './reactions.svelte';
import { ScreenShare, type ScreenTracks } from './screen-share.svelte';
import { VideoQuality } from './video-quality';

/** A `RemotePeer`, or what a scenario or a test puts in its place. */
export type RemotePeerLike = Pick<RemotePeer, keyof RemotePeer>;

/** The dependencies that a scenario or a test can replace. */
export interface CallDependencies {
  devices?: MediaDevices | undefined;
  createPeer?: (options: RemotePeerOptions, events: PeerEvents) => RemotePeerLike;
  /** How long a person may be unreachable before being absent. */
  absentAfterMs?: number | undefined;
  /** Several attempts did not connect a link. */
  onLinkFailed?: () => void;
}

/** Whether a signal over the server reaches the peer. */
const isReachable = ({ presence }: PeerView, { connection }: RoomView): boolean =>
  connection === 'online' && presence === 'online';

interface PeerEntry {
  view: PeerView;
  peer: RemotePeerLike;
  participant: Participant;
}

const LEVEL_INTERVAL_MS = 150;
/** A timer that was late by so long means that the machine was asleep. */
const SLEEP_GAP_MS = 5_000;
const MAX_PROBLEMS = 8;
/**
 * In kbit a second, for all links together: one begins with a first picture that needs no second to arrive, and many do
 * not begin with more than an uplink has.
 */
const START_BITRATE = 2_000;
/** The bitrate with which browsers begin by themselves. */
const MIN_START_BITRATE = 300;
/** The app hears of *Enter* after the first picture, and after so long at the latest. */
const ENTER_AFTER_MS = 300;

/** The call in a room, from the lobby to *Leave*, in the page that runs it. */
export class Call {
  readonly media: LocalMedia;
  /** The other people who have entered, in the order in which they joined. */
  participants = $state.raw<Participant[]>([]);
  /** The same with those in the lobby. */
  everyone = $state.raw<Participant[]>([]);
  /** The person has pressed *Enter*, and the app has not answered yet. */
  isEntering = $state(false);
  /** The peers in the lobby. */
  atTheDoor = $state.raw<PeerView[]>([]);
  problems = $state.raw<Problem[]>([]);
  readonly chat = new Chat((message) => this.#sendChat(message));
  readonly reactions = new Reactions((message) => this.#eachPeer(({ peer }) => void peer.send(message)));
  readonly raisedHands = new RaisedHands(() => this.#sendState());
  readonly screenShare: ScreenShare;
  readonly features: readonly CallFeature[];
  readonly videoQuality = new VideoQuality();

  #backend: Backend;
  #linkReports: LinkReports;
  #onError: (error: AppError) => void;
  #createPeer: (options: RemotePeerOptions, events: PeerEvents) => RemotePeerLike;
  #absentAfterMs: number | undefined;
  #onLinkFailed: (() => void) | undefined;
  #room: RoomView | null = null;
  /** The person has pressed *Enter* in this session. */
  #hasEntered = false;
  #onPicture: (() => void) | null = null;
  #isClosed = false;
  // The states above hold what is shown of it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #peers = new Map<string, PeerEntry>();
  /** By peer id. It outlives the peer: one that comes back under its id stays confirmed, or ended. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #trust = new Map<string, PeerTrust>();
  /** By peer id. It outlives the peer, too: what waits is sent when the peer comes back under its id. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #queues = new Map<string, ReliableQueue>();
  #screenTracks: ScreenTracks = {};
  #certificate: RTCCertificate | undefined;
  /** Waits for the certificate. */
  #pendingRoom: RoomView | null = null;
  #isCertificateReady = false;
  #earlySignals = new SignalBuffer();
  #lastProblemId = 0;
  #meter = new LinkMeter(() => this.#enteredOrFailed);
  /** Ours, when it was asked for. */
  #networkReport: NetworkReport | null = null;
  #levelTimer: ReturnType<typeof setInterval>;
  #lastTickAt = performance.now();

  constructor(
    backend: Backend,
    onError: (error: AppError) => void,
    { devices, createPeer, absentAfterMs, onLinkFailed }: CallDependencies = {},
  ) {
    this.#backend = backend;
    this.#linkReports = new LinkReports(
      (peer, up) => void backend.reportLink(peer, up).catch(() => undefined),
    );
    this.#onError = onError;
    this.#absentAfterMs = absentAfterMs;
    this.#onLinkFailed = onLinkFailed;
    this.#createPeer = createPeer ?? ((options, events) => new RemotePeer(options, events));
    this.media = new LocalMedia(
      {
        onTrack: (source, track) => {
          this.#eachPeer(({ peer }) => peer.replaceTrack(source, track));
          if (source === 'camera') this.videoQuality.setTrack('camera', track);
        },
        onStateChange: () => this.#sendState(),
      },
      devices,
    );
    this.screenShare = new ScreenShare((tracks) => this.#sendScreen(tracks), devices);
    this.features = [this.chat, this.reactions, this.raisedHands, this.screenShare];
    void this.media.start();
    void this.#createCertificate();
    this.#levelTimer = setInterval(() => this.#tick(), LEVEL_INTERVAL_MS);
    addEventListener('online', this.#handleOnline);
  }

  /**
   * The links connect at once. The app is told when the first picture is there, because what follows from it would take
   * the processor away from that picture. Returns false when the person stays in the lobby.
   */
  async enter(name: string): Promise<boolean> {
    performance.mark('enter-clicked');
    this.#enterPeers();
    this.isEntering = true;
    try {
      if (this.participants.length > 0) await this.#waitForPicture();
      if (this.#isClosed) return false;
      // The view that follows says `entered`.
      await this.#backend.enter(name);
      return true;
    } catch (error) {
      this.#onError(error as AppError);
      this.#stayOutside();
      return false;
    }
  }

  /** The view shows the first picture of another person. */
  pictureShown(): void {
    this.#onPicture?.();
  }

  /** The person has compared the emoji that were shown, and they match. */
  confirmSafety({ id }: Participant, shown: Safety): void {
    this.#peers.get(id)?.peer.confirmSafety(shown);
  }

  /** The person has compared, and they differ. The link ends. */
  rejectSafety({ id }: Participant): void {
    this.#peers.get(id)?.peer.rejectSafety();
  }

  /** Whether a link does not come about, so that it is of use to know why. */
  get hasFailedLink(): boolean {
    return [...this.#peers.values()].some(({ participant }) => participant.linkState === 'failed');
  }

  /** This side's check has an outcome. The peers whose links fail are told. */
  setNetworkReport(report: NetworkReport): void {
    if (JSON.stringify(report) === JSON.stringify(this.#networkReport)) return;
    this.#networkReport = report;
    this.#eachPeer((entry) => this.#reportNetwork(entry));
  }

  dismissProblem(id: number): void {
    this.problems = this.problems.filter((problem) => problem.id !== id);
  }

  /** Another `me` is another session: all links are built anew. */
  update(room: RoomView): void {
    if (!this.#isCertificateReady) {
      this.#pendingRoom = room;
      return;
    }
    if (room.me !== this.#room?.me) this.#removeAllPeers();
    const servers = JSON.stringify(room.ice_servers);
    if (this.#room && servers !== JSON.stringify(this.#room.ice_servers)) {
      this.#eachPeer(({ peer }) => peer.setIceServers(room.ice_servers));
    }
    this.#room = room;
    if (room.phase.kind === 'entered') this.isEntering = false;
    if (room.phase.kind === 'entered' || this.isEntering) this.#enterPeers();
    for (const [id] of this.#peers) if (!room.peers.some((peer) => peer.id === id)) this.#removePeer(id);
    for (const peer of room.peers) this.#updatePeer(peer, room);
    for (const { from, signal } of this.#earlySignals.take(
      ({ from, to }) => to === room.me && this.#peers.has(from),
    )) {
      this.#peers.get(from)?.peer.receiveSignal(signal);
    }
    this.#updateParticipants();
  }

  /** A signal may come before the view that names its peer. */
  receiveSignal(event: SignalEvent): void {
    const entry = event.to === this.#room?.me ? this.#peers.get(event.from) : undefined;
    if (entry) entry.peer.receiveSignal(event.signal);
    else this.#earlySignals.push(event);
  }

  /** The machine has another network, or has one again. */
  networkChanged = (): void => this.#eachPeer(({ peer }) => peer.restartIce());

  /** The browser may notice a cable that is plugged in before the app does. Signals need both. */
  #handleOnline = (): void => {
    this.networkChanged();
    this.#backend.reportNetworkChange().catch(() => undefined);
  };

  async stats(): Promise<{ id: string; name: string; state: string; stats: LinkStats | null }[]> {
    return Promise.all(
      [...this.#peers.values()].map(async ({ peer, participant: { id, name, linkState } }) => {
        return { id, name, state: linkState, stats: await peer.stats() };
      }),
    );
  }

  close(): void {
    clearInterval(this.#levelTimer);
    this.#meter.close();
    removeEventListener('online', this.#handleOnline);
    this.#pendingRoom = null;
    this.#isClosed = true;
    this.#onPicture?.();
    this.#removeAllPeers();
    for (const feature of this.features) feature.close?.();
    this.videoQuality.close();
    this.media.close();
    resetOnOff();
    this.#updateParticipants();
  }

  /**
   * All links of the call share one certificate, so that a confirmed person stays confirmed when a link is built anew.
   * The first room waits some milliseconds for it. Where the browser makes none, each link has its own.
   */
  async #createCertificate(): Promise<void> {
    try {
      this.#certificate = await RTCPeerConnection.generateCertificate({
        name: 'ECDSA',
        namedCurve: 'P-256',
      } as EcKeyGenParams);
    } catch {
      this.#certificate = undefined;
    }
    this.#isCertificateReady = true;
    if (this.#pendingRoom) this.update(this.#pendingRoom);
    this.#pendingRoom = null;
  }

  #waitForPicture(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#onPicture = null;
        resolve();
      };
      const timer = setTimeout(end, ENTER_AFTER_MS);
      this.#onPicture = end;
    });
  }

  /** The links are built anew, because nobody in the lobby is seen or heard. */
  #stayOutside(): void {
    this.isEntering = false;
    if (this.#isClosed || !this.#room) return;
    this.#removeAllPeers();
    this.update(this.#room);
  }

  #enterPeers(): void {
    if (this.#hasEntered) return;
    this.#hasEntered = true;
    this.#eachPeer(({ peer }) => peer.enter());
  }

  #updatePeer(view: PeerView, room: RoomView): void {
    let entry = this.#peers.get(view.id);
    if (entry) {
      entry.view = view;
      entry.participant.update(view);
    } else {
      entry = this.#addPeer(view, room);
    }
    entry.peer.update({ entered: view.entered, reachable: isReachable(view, room) });
  }

  #addPeer(view: PeerView, room: RoomView): PeerEntry {
    const participant = new Participant(view, this.#absentAfterMs);
    const trust = this.#trust.get(view.id) ?? newTrust();
    this.#trust.set(view.id, trust);
    const queue = this.#queues.get(view.id) ?? new ReliableQueue();
    this.#queues.set(view.id, queue);
    const peer = this.#createPeer(
      {
        me: room.me,
        peer: view.id,
        safetyBinding: view.safety_binding,
        role: view.role,
        iceServers: room.ice_servers,
        relayOnly: room.relay_only,
        tracks: { ...this.media.tracks, ...this.#screenTracks },
        startBitrate: Math.max(MIN_START_BITRATE, Math.round(START_BITRATE / room.peers.length)),
        state: this.#state,
        queue,
        sealing: {
          seal: (signal) => this.#backend.sealSignal(view.id, signal),
          open: (envelope) => this.#backend.openSignal(view.id, envelope),
        },
        trust,
        certificate: this.#certificate,
      },
      {
        sendSignal: (signal, number) => {
          this.#backend
            .sendSignal(view.id, signal, number)
            .catch(() => this.#addProblem('signal_not_sent', view.id));
        },
        onLinkState: (state) => {
          participant.linkState = state;
          this.#linkReports.update(view.id, state);
          this.#updateParticipants();
          const entry = this.#peers.get(view.id);
          if (state === 'failed' && entry) {
            this.#reportNetwork(entry);
            this.#onLinkFailed?.();
          }
        },
        onStream: (stream) => (participant.stream = stream),
        onScreenStream: (stream) => participant.setScreenStream(stream),
        onVideoWish: (wish) => this.videoQuality.setWish(view.id, wish),
        onState: (state) => {
          participant.setState(state);
          this.#eachFeature((feature) => feature.onState?.(participant));
        },
        onMessage: (message) => this.#eachFeature((feature) => feature.onMessage?.(participant, message)),
        onDelivered: (message) => this.#eachFeature((feature) => feature.onDelivered?.(participant, message)),
        onProblem: (code) => this.#addProblem(code, view.id),
        onSafety: (safety) => (participant.safety = safety),
        onUnchecked: (why) => (participant.unchecked = why),
        onAlarm: (alarm) => (participant.alarm = alarm),
        onNetworkReport: (report) => (participant.networkReport = report),
      },
    );
    if (this.#hasEntered) peer.enter();
    const entry = { view, peer, participant };
    this.#peers.set(view.id, entry);
    this.videoQuality.addPeer(view.id, peer);
    return entry;
  }

  #reportNetwork({ peer, participant }: PeerEntry): void {
    if (this.#networkReport && participant.linkState === 'failed') {
      peer.sendNetworkReport(this.#networkReport);
    }
  }

  #removePeer(id: string): void {
    const entry = this.#peers.get(id);
    if (!entry) return;
    entry.peer.close();
    this.#linkReports.remove(id);
    this.#peers.delete(id);
    this.videoQuality.removePeer(id);
    this.#eachFeature((feature) => feature.onLeave?.(entry.participant));
    this.problems = this.problems.filter(({ peer }) => peer !== id);
  }

  #removeAllPeers(): void {
    for (const id of [...this.#peers.keys()]) this.#removePeer(id);
    this.#queues.clear();
    this.#hasEntered = false;
  }

  /** Our state as the others see it. */
  get #state(): PeerState {
    return {
      ...this.media.state,
      screen: (this.#screenTracks.screen ?? null) !== null,
      hand: this.raisedHands.isRaised,
    };
  }

  get #orderedPeers(): PeerEntry[] {
    return this.#room?.peers.flatMap(({ id }) => this.#peers.get(id) ?? []) ?? [];
  }

  get #enteredPeers(): PeerEntry[] {
    return this.#orderedPeers.filter(
      ({ view, participant }) => view.entered || ['connected', 'ended'].includes(participant.linkState),
    );
  }

  /** The links of which there is something to measure. */
  get #enteredOrFailed(): PeerEntry[] {
    return this.#hasEntered ? this.#enteredPeers : [];
  }

  /** Sends to everyone in the room, also to those who are reconnecting. */
  #sendChat(message: ReliableMessage): ChatDelivery {
    const inside = this.#enteredPeers.map(({ peer, participant }) => ({
      participant,
      taken: peer.send(message),
    }));
    const people = (taken: boolean) =>
      inside.filter((one) => one.taken === taken).map(({ participant }) => participant);
    return { pending: people(true), failed: people(false) };
  }

  #sendScreen(tracks: ScreenTracks): void {
    this.#screenTracks = tracks;
    const { screen = null, screen_audio = null } = tracks;
    this.#eachPeer(({ peer }) => {
      peer.replaceTrack('screen', screen);
      peer.replaceTrack('screen_audio', screen_audio);
    });
    this.videoQuality.setTrack('screen', screen);
    this.#sendState();
  }

  #sendState(): void {
    const state = this.#state;
    this.#eachPeer(({ peer }) => peer.sendState(state));
  }

  #eachFeature(act: (feature: CallFeature) => void): void {
    for (const feature of this.features) act(feature);
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#lastTickAt > SLEEP_GAP_MS) this.networkChanged();
    this.#lastTickAt = now;
    this.#eachPeer(({ peer, participant }) => participant.tick(peer.audioLevel));
    this.videoQuality.tick();
  }

  /** A connected peer counts as entered: the server may be slower. */
  #updateParticipants(): void {
    const inside = this.#enteredPeers;
    const all = this.#orderedPeers;
    this.everyone = all.map(({ participant }) => participant);
    this.participants = inside.map(({ participant }) => participant);
    this.atTheDoor = all.filter((entry) => !inside.includes(entry)).map(({ view }) => view);
    this.media.setPeopleCount(this.participants.length + 1);
  }

  #addProblem(code: ProblemCode, peer: string): void {
    if (this.problems.some((problem) => problem.code === code && problem.peer === peer)) return;
    const problem = { id: (this.#lastProblemId += 1), code, peer };
    this.problems = [...this.problems.slice(1 - MAX_PROBLEMS), problem];
  }

  #eachPeer(act: (entry: PeerEntry) => void): void {
    for (const entry of this.#peers.values()) act(entry);
  }
}
