import { Bucket } from './token-bucket';
import type { Sealing } from './data-channel/signal-router';
import { PeerLink, type Health, type LinkOptions, type Role, type Streams } from './peer-link/peer-link';
import { Mail } from './data-channel/reliable-queue';
import type { PersonState } from './data-channel/messages';
import type { Note, Post } from './data-channel/notes';
import type { LinkProblem, SafetyAlarm } from './problem';
import type { SafetyCode } from './safety/check';
import type { Emoji } from './safety/emoji';
import { Pulse } from './recovery/receive-monitor';
import { strangers, type Trust } from './safety/trust';
import { readSignal, type Signal } from './signal';
import type { Slot, Tracks } from './peer-link/transceivers';
import type { LinkStats } from './peer-link/stats';
import { Talk } from './data-channel/data-channel';
import { Watch } from './recovery/ice-restart-policy';

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

export interface PairOptions {
  /** The two peers' ids. */
  me: string;
  peer: string;
  /** Who offers. */
  role: Role;
  iceServers: RTCIceServer[];
  /** No path but through a TURN server: no candidate tells one's own address. */
  relayOnly?: boolean;
  tracks: Tracks;
  state: PersonState;
  /** The posts to and from this peer, if there were some before. */
  mail?: Mail;
  /** Lets signals go over the data channel, too. */
  sealing?: Sealing;
  /** What is known of the peer from earlier in this call; written to. */
  trust?: Trust;
  /** One's own certificate, so that a link that is built anew shows the same. */
  certificate?: RTCCertificate | undefined;
  /** For tests. */
  RTCPeerConnection?: typeof RTCPeerConnection;
}

/** What a pair tells its owner. */
export interface PairEvents {
  /** By way of the server; with its number, when the signal may have gone another way before. */
  send(signal: Signal, number?: number): void;
  state(state: LinkState): void;
  /** The other's microphone and camera. Called once: the stream stays the same whatever happens to the link. */
  stream(stream: MediaStream): void;
  /** The screen that the other shares, and its sound. Called once, too: what is shared comes and goes in it. */
  screen(stream: MediaStream): void;
  /** What the other shows of itself. */
  told(state: PersonState): void;
  said(note: Note): void;
  posted(post: Post): void;
  /** The other has got what was posted. */
  arrived(post: Post): void;
  problem(code: LinkProblem): void;
  /** What can be compared now; null while there is nothing. */
  safety(safety: Safety | null): void;
  /** The link was ended for safety. Final. */
  alarm(alarm: SafetyAlarm): void;
}

/** Signals kept for a link that is not there yet. */
const MOST_KEPT = 128;
/** Links that a peer may have us make one after the other; then one at a time. A browser has some hundreds, for all. */
const MOST_LINKS = 8;
const LINKS_PER_SECOND = 0.1;
/** How often it is looked whether anything comes. */
const FEEL_EVERY = 500;
/** After a signal more may follow, and that they do means that something is in doubt. */
const DOUBT = 5_000;
/** Every so many attempts in vain the offerer builds the link anew. */
const ANEW = 4;
/** After so many attempts in vain a person is told. */
const IN_VAIN = 3;

/**
 * Oneself and one peer: the links between them, one after the other. The offerer counts them; a signal of an older one
 * is ignored, an offer of a newer one makes the answerer build its own anew.
 */
export class Pair {
  #options: PairOptions;
  #events: PairEvents;
  #role: Role;
  #link: PeerLink | null = null;
  #number = 0;
  #opened = false;
  #entered = false;
  /** Signals that came before their link. An answerer that has not entered keeps all. */
  #kept: Signal[] = [];
  #links = new Bucket(LINKS_PER_SECOND, MOST_LINKS);
  #talk: Talk;
  /** When the last signal came. */
  #signaled = -Infinity;
  #streams: Streams | null = null;
  /** The streams that were handed over. */
  #streamed = new Set<keyof Streams>();
  #wasUp = false;
  #state: LinkState = 'connecting';
  #watch = new Watch({
    help: (attempt, fresh) => this.#help(attempt, fresh),
    isSettled: () => this.#link?.isSettled ?? true,
    canTell: () => this.#link?.isOpen ?? false,
  });
  #pulse = new Pulse();
  #feeling: ReturnType<typeof setInterval> | undefined;
  /** The link's health, as ICE sees it. */
  #heard: Health = 'down';
  /** Nothing comes, though ICE has not noticed yet. */
  #still = false;
  #trust: Trust;
  #code: SafetyCode | null = null;
  #closed = false;

  constructor(options: PairOptions, events: PairEvents) {
    this.#options = { ...options, tracks: { ...options.tracks } };
    this.#events = events;
    this.#role = options.role;
    this.#trust = options.trust ?? strangers();
    this.#talk = new Talk(
      {
        isOpen: () => this.#link?.isOpen ?? false,
        say: (message) => this.#link?.say(message) ?? false,
      },
      {
        told: (state) => this.#events.told(state),
        said: (note) => this.#events.said(note),
        posted: (post) => this.#events.posted(post),
        arrived: (post) => this.#events.arrived(post),
        signaled: (signal) => this.receive(signal),
        send: (signal, number) => this.#events.send(signal, number),
        problem: (code) => !this.#closed && this.#events.problem(code),
      },
      options.mail ?? new Mail(),
      options.sealing ?? null,
    );
    if (this.#trust.alarm) this.#end(this.#trust.alarm);
    else if (this.#role === 'offerer') this.#build(this.#trust.link + 1);
  }

  get level(): number {
    return this.#link?.level ?? 0;
  }

  async stats(): Promise<LinkStats | null> {
    return (await this.#link?.stats()) ?? null;
  }

  /** The person has pressed *Enter*. */
  open(): void {
    if (this.#opened || this.#closed) return;
    this.#opened = true;
    this.#link?.open();
    const newest = Math.max(...this.#kept.map(({ link }) => link));
    for (const signal of this.#kept.splice(0)) if (signal.link === newest) this.#route(signal);
    if (this.#entered) this.#watch.start();
  }

  /** What is known of the other: whether it has entered, and whether a signal would reach it. */
  know({ entered, reachable }: { entered: boolean; reachable: boolean }): void {
    if (this.#closed) return;
    this.#entered = entered;
    this.#talk.reach(reachable);
    this.#watch.reach(reachable);
    if (entered && this.#opened) this.#watch.start();
  }

  /** Something the peer has sent. */
  receive(raw: unknown): void {
    if (this.#closed) return;
    this.#signaled = performance.now();
    const signal = readSignal(raw);
    if (typeof signal === 'string') this.#events.problem(signal);
    else this.#route(signal);
  }

  send(slot: Slot, track: MediaStreamTrack | null): void {
    this.#options.tracks[slot] = track;
    this.#link?.send(slot, track);
  }

  tell(state: PersonState): void {
    this.#options.state = state;
    this.#link?.tell(state);
  }

  /** Said in passing: nobody hears it while the link is not up. */
  say(note: Note): void {
    if (this.#link?.health === 'up') this.#talk.say(note);
  }

  /** Said to last: sent now or over a later link. False when too much waits already. */
  post(post: Post): boolean {
    return this.#talk.post(post);
  }

  configure(iceServers: RTCIceServer[]): void {
    this.#options.iceServers = iceServers;
    this.#link?.configure(this.#configuration);
  }

  /** The network has changed: a new path is looked for at once. */
  hurry(): void {
    this.#watch.hurry();
  }

  /** *They match*: said of what was shown, not of what came meanwhile. */
  confirm(shown: Safety): void {
    if (!this.#code || shown.emoji !== this.#code.emoji) return;
    this.#trust.confirmed = this.#code.certificates;
    this.#tell();
  }

  /** *They don't match*. */
  refuse(): void {
    if (!this.#closed) this.#end('emoji_differ');
  }

  close(): void {
    this.#closed = true;
    this.#watch.stop();
    this.#talk.close();
    clearInterval(this.#feeling);
    this.#link?.close();
    this.#link = null;
    this.#kept = [];
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
  #end(alarm: SafetyAlarm): void {
    if (this.#link && alarm !== 'ended_there') this.#events.send({ link: this.#number, end: 'safety' });
    this.#trust.alarm = alarm;
    this.close();
    this.#state = 'ended';
    this.#code = null;
    this.#tell();
    this.#events.alarm(alarm);
    this.#events.state('ended');
  }

  #tell(): void {
    const { confirmed } = this.#trust;
    const code = this.#code;
    this.#events.safety(
      code && {
        emoji: code.emoji,
        confirmed: confirmed === code.certificates,
        changed: confirmed !== null && confirmed !== code.certificates,
      },
    );
  }

  #route(signal: Signal): void {
    if (signal.link < this.#number) return;
    if ('end' in signal) return this.#end('ended_there');
    const isOffer = 'description' in signal && signal.description.type === 'offer';
    if (this.#role === 'offerer') {
      if (isOffer) this.#meet(signal);
      else if (signal.link > this.#number) this.#renew(signal);
      else if ('ask' in signal && signal.ask === 'restart') this.#watch.asked();
      else this.#link?.receive(signal);
    } else if (this.#opened && 'ask' in signal) {
      this.#lead(signal);
    } else if (!this.#opened || (signal.link > this.#number && !isOffer)) {
      this.#keep(signal);
    } else if (isOffer && signal.link > this.#number && signal.round > 1) {
      // The other goes on with a link that is not there any more: a server has said in between that it had left.
      this.#send({ link: signal.link + 1, ask: 'offer' });
    } else {
      if (signal.link > this.#number && !this.#buildFor(signal.link)) return;
      this.#link?.receive(signal);
      if (isOffer) for (const kept of this.#kept.splice(0)) this.#route(kept);
    }
  }

  /** Two offers meet, which only a broken server brings about. The smaller id's stays, the other side answers it. */
  #meet(offer: Signal): void {
    if (this.#options.me < this.#options.peer) return;
    this.#role = 'answerer';
    this.#link?.close();
    this.#link = null;
    this.#number = 0;
    this.#route(offer);
  }

  /**
   * Asked for an offer by one who waits for it as well: a broken server has hidden the two from each other, so that
   * each takes the other for the newcomer. The smaller id offers.
   */
  #lead(ask: Signal): void {
    if (this.#options.me > this.#options.peer) return;
    this.#role = 'offerer';
    this.#build(Math.max(this.#trust.link, ask.link) + 1);
  }

  /** An offer of a newer link is asked for: the other has lost this one. */
  #renew(signal: Signal): void {
    if ('ask' in signal && signal.ask === 'offer') this.#buildFor(this.#number + 1);
  }

  #keep(signal: Signal): void {
    this.#kept.push(signal);
    if (this.#kept.length <= MOST_KEPT) return;
    this.#kept.pop();
    this.#events.problem('signal_flood');
  }

  /** A link that the peer wants. One that wants them without end gets none of the others'. */
  #buildFor(number: number): boolean {
    const affords = this.#links.take();
    if (affords) this.#build(number);
    else this.#events.problem('signal_flood');
    return affords;
  }

  #build(number: number): void {
    this.#link?.close();
    this.#link = null;
    this.#number = this.#trust.link = number;
    this.#still = false;
    this.#streams ??= { person: new MediaStream(), screen: new MediaStream() };
    if (this.#code) {
      this.#code = null;
      this.#tell();
    }
    const { me, peer, tracks, state } = this.#options;
    const options: LinkOptions = {
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
        send: (signal) => this.#send(signal),
        changed: () => this.#see(),
        streamed: (which) => this.#show(which),
        opened: () => this.#talk.opened(),
        told: (message) => this.#talk.hear(message),
        allows: () => this.#talk.allows(),
        problem: (code) => this.#events.problem(code),
        checked: (code) => {
          this.#code = code;
          this.#tell();
        },
        alarm: (alarm) => this.#end(alarm),
      });
      this.#link = link;
      if (this.#opened) link.open();
    } catch {
      this.#events.problem('link_failed');
    }
    this.#see();
  }

  #help(attempt: number, fresh: boolean): void {
    // A link whose path ICE has found again, or may still find, is never thrown away.
    const inVain = attempt % ANEW === 0 && (this.#heard === 'down' || this.#heard === 'starting');
    const anew = this.#role === 'offerer' && (!this.#link || this.#link.spent || inVain);
    // Also one that keeps asking gets no more of them than others.
    if (anew && this.#links.take()) {
      this.#build(this.#number + 1);
    } else if (this.#link) {
      this.#link.renew(fresh);
    } else {
      this.#send({ link: 1, ask: 'restart' });
    }
    this.#see();
  }

  #send(signal: Signal): void {
    const { attempts } = this.#watch;
    const quiet = performance.now() - this.#signaled > DOUBT;
    this.#talk.send(signal, this.#link?.health !== 'up' || attempts > 0 || !quiet);
  }

  #see(): void {
    if (this.#closed) return;
    const heard = this.#link?.health ?? 'down';
    if (heard === 'up' && this.#heard !== 'up') {
      this.#still = false;
      this.#pulse.proved();
    }
    this.#heard = heard;
    const health = heard === 'up' && this.#still ? 'shaky' : heard;
    if (health === 'up') {
      this.#wasUp = true;
      this.#feeling ??= setInterval(() => void this.#feel(), FEEL_EVERY);
      // Who is connected has entered, even if the server has not said so yet.
      this.#watch.start();
    }
    this.#watch.see(health);
    const state = this.#judge(health === 'up');
    if (state === this.#state) return;
    if (this.#state === 'reconnecting' && state === 'connected') this.#link?.refresh();
    this.#state = state;
    this.#events.state(state);
  }

  /** ICE takes some seconds to notice that nothing comes any more; a new path is looked for before. */
  async #feel(): Promise<void> {
    const link = this.#link;
    if (!link || link.health !== 'up') return;
    const moved = await link.hasHeard().catch(() => true);
    if (this.#closed || link !== this.#link) return;
    this.#still = this.#pulse.look({ moved, sends: this.#talk.sends }) === 'still';
    this.#see();
  }

  #judge(up: boolean): LinkState {
    if (up) return 'connected';
    if (this.#wasUp) return 'reconnecting';
    return this.#watch.attempts >= IN_VAIN ? 'failed' : 'connecting';
  }

  #show(which: keyof Streams): void {
    if (this.#streamed.has(which) || !this.#streams) return;
    this.#streamed.add(which);
    const stream = this.#streams[which];
    if (which === 'person') this.#events.stream(stream);
    else this.#events.screen(stream);
  }
}
