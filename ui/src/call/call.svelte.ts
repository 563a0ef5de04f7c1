import type { Backend } from '../backend/backend';
import type { AppError, PeerView, RoomView, SignalEvent } from '../backend/bindings';
import { Mail } from '../rtc/data-channel/reliable-queue';
import type { PersonState } from '../rtc/data-channel/messages';
import type { Post } from '../rtc/data-channel/notes';
import type { LinkStats } from '../rtc/peer-link/stats';
import { Pair, type PairEvents, type PairOptions } from '../rtc/peer';
import { strangers, type Trust } from '../rtc/safety/trust';
import { forgetOn } from './media-preferences';
import { Chat, type Posted } from './chat.svelte';
import { EarlySignals } from './signal-buffer';
import { Hands } from './raised-hands.svelte';
import { LocalMedia } from './local-media.svelte';
import { Participant, type Safety } from './participant.svelte';
import type { Part } from './feature';
import type { Problem, ProblemCode } from './problem';
import { Reactions } from './reactions.svelte';
import { ScreenShare, type Shared } from './screen-share.svelte';

/** A `Pair`, or what a scenario plays in its place. */
export type AnyPair = Pick<Pair, keyof Pair>;

/** What a call needs of the world; a scenario or a test gives it another. */
export interface World {
  devices?: MediaDevices | undefined;
  pair?: (options: PairOptions, events: PairEvents) => AnyPair;
  /** How long somebody may be absent before being gone. */
  goneAfter?: number | undefined;
}

/** Whether a signal would reach a peer by way of the server. */
const isReachable = ({ away, lost }: PeerView, { connection }: RoomView): boolean =>
  connection === 'online' && !away && !lost;

/** One other peer: the links to it, and the person once it has entered. */
interface Other {
  view: PeerView;
  pair: AnyPair;
  person: Participant;
}

const LISTEN_EVERY = 150;
/** Who was not asked for so long has slept. */
const SLEPT = 5_000;
const MOST_PROBLEMS = 8;

/** The call in a room, as long as this page runs it: from the lobby to the click on *Leave*. */
export class Call {
  readonly media: LocalMedia;
  /** The other people who have entered, in the order in which they came. */
  participants = $state.raw<Participant[]>([]);
  /** Who is in the lobby. */
  atTheDoor = $state.raw<PeerView[]>([]);
  problems = $state.raw<Problem[]>([]);
  readonly chat = new Chat((post) => this.#post(post));
  readonly reactions = new Reactions((note) => this.#each(({ pair }) => pair.say(note)));
  readonly hands = new Hands(() => this.#tell());
  readonly screen: ScreenShare;
  /** What lives on what people tell each other. */
  readonly parts: readonly Part[];

  #backend: Backend;
  #failed: (error: AppError) => void;
  #pair: (options: PairOptions, events: PairEvents) => AnyPair;
  #goneAfter: number | undefined;
  #room: RoomView | null = null;
  /** *Enter* was pressed, in this session. */
  #entered = false;
  // What is shown of it is copied into the states above.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #others = new Map<string, Other>();
  /** Who was confirmed, and whom there is no talking to, also when they go and come back under their id. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #trust = new Map<string, Trust>();
  /** Posts to and from each peer id, also when it goes and comes back. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #mail = new Map<string, Mail>();
  #shared: Shared = {};
  #certificate: RTCCertificate | undefined;
  /** A room that waits for the certificate. */
  #waiting: RoomView | null = null;
  #certified = false;
  #early = new EarlySignals();
  #lastProblem = 0;
  #listening: ReturnType<typeof setInterval>;
  #listened = performance.now();

  constructor(backend: Backend, failed: (error: AppError) => void, world: World = {}) {
    this.#backend = backend;
    this.#failed = failed;
    this.#goneAfter = world.goneAfter;
    this.#pair = world.pair ?? ((options, events) => new Pair(options, events));
    this.media = new LocalMedia(
      {
        track: (source, track) => this.#each(({ pair }) => pair.send(source, track)),
        state: () => this.#tell(),
      },
      world.devices,
    );
    this.screen = new ScreenShare((shared) => this.#share(shared), world.devices);
    this.parts = [this.chat, this.reactions, this.hands, this.screen];
    void this.media.start();
    void this.#certify();
    this.#listening = setInterval(() => this.#listen(), LISTEN_EVERY);
    addEventListener('online', this.#online);
  }

  /** Into the room. The links open at once; the server hears of it at the same time. */
  async enter(name: string): Promise<boolean> {
    performance.mark('enter-clicked');
    this.#open();
    try {
      await this.#backend.enter(name);
      return true;
    } catch (error) {
      this.#failed(error as AppError);
      return false;
    }
  }

  /** The person has compared: what was shown matches. */
  confirm({ id }: Participant, shown: Safety): void {
    this.#others.get(id)?.pair.confirm(shown);
  }

  /** The person has compared, and it does not match. The link ends. */
  refuse({ id }: Participant): void {
    this.#others.get(id)?.pair.refuse();
  }

  dismissProblem(id: number): void {
    this.problems = this.problems.filter((problem) => problem.id !== id);
  }

  /** The room has changed. With another `me` it is another session, and all links are built anew. */
  update(room: RoomView): void {
    if (!this.#certified) {
      this.#waiting = room;
      return;
    }
    if (room.me !== this.#room?.me) this.#forgetAll();
    const servers = JSON.stringify(room.ice_servers);
    if (this.#room && servers !== JSON.stringify(this.#room.ice_servers)) {
      this.#each(({ pair }) => pair.configure(room.ice_servers));
    }
    this.#room = room;
    if (room.phase.kind === 'entered') this.#open();
    for (const [id] of this.#others) if (!room.peers.some((peer) => peer.id === id)) this.#forget(id);
    for (const peer of room.peers) this.#know(peer, room);
    for (const { from, signal } of this.#early.take(
      ({ from, to }) => to === room.me && this.#others.has(from),
    )) {
      this.#others.get(from)?.pair.receive(signal);
    }
    this.#show();
  }

  /** A peer says something. The view that names the peer may come later. */
  hear(event: SignalEvent): void {
    const other = event.to === this.#room?.me ? this.#others.get(event.from) : undefined;
    if (other) other.pair.receive(event.signal);
    else this.#early.keep(event);
  }

  /** The machine has another network, or one again. */
  networkChanged = (): void => this.#each(({ pair }) => pair.hurry());

  /** The browser knows of a cable that is plugged in again; the app may not. Signals need both. */
  #online = (): void => {
    this.networkChanged();
    this.#backend.networkChanged().catch(() => undefined);
  };

  /** What is measured of each person's link. */
  async stats(): Promise<{ id: string; name: string; state: string; stats: LinkStats | null }[]> {
    return Promise.all(
      [...this.#others.values()].map(async ({ pair, person: { id, name, state } }) => {
        return { id, name, state, stats: await pair.stats() };
      }),
    );
  }

  /** Ends everything that the call has started. */
  close(): void {
    clearInterval(this.#listening);
    removeEventListener('online', this.#online);
    this.#waiting = null;
    this.#forgetAll();
    for (const part of this.parts) part.close?.();
    this.media.close();
    forgetOn();
    this.#show();
  }

  /**
   * One certificate for the call, so that who was confirmed stays so when a link is built anew. The first room waits
   * for it, some milliseconds: it may name people already. Where there can be none, each link has its own.
   */
  async #certify(): Promise<void> {
    try {
      this.#certificate = await RTCPeerConnection.generateCertificate({
        name: 'ECDSA',
        namedCurve: 'P-256',
      } as EcKeyGenParams);
    } catch {
      this.#certificate = undefined;
    }
    this.#certified = true;
    if (this.#waiting) this.update(this.#waiting);
    this.#waiting = null;
  }

  #open(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#each(({ pair }) => pair.open());
  }

  #know(view: PeerView, room: RoomView): void {
    let other = this.#others.get(view.id);
    if (other) {
      other.view = view;
      other.person.know(view);
    } else {
      other = this.#meet(view, room);
    }
    other.pair.know({ entered: view.entered, reachable: isReachable(view, room) });
  }

  #meet(view: PeerView, room: RoomView): Other {
    const person = new Participant(view, this.#goneAfter);
    const trust = this.#trust.get(view.id) ?? strangers();
    this.#trust.set(view.id, trust);
    const mail = this.#mail.get(view.id) ?? new Mail();
    this.#mail.set(view.id, mail);
    const pair = this.#pair(
      {
        me: room.me,
        peer: view.id,
        role: view.offer ? 'offerer' : 'answerer',
        iceServers: room.ice_servers,
        relayOnly: room.relay_only,
        tracks: { ...this.media.tracks, ...this.#shared },
        state: this.#state,
        mail,
        sealing: {
          seal: (signal) => this.#backend.sealSignal(view.id, signal),
          open: (envelope) => this.#backend.openSignal(view.id, envelope),
        },
        trust,
        certificate: this.#certificate,
      },
      {
        send: (signal, number) => {
          this.#backend
            .sendSignal(view.id, signal, number)
            .catch(() => this.#problem('signal_not_sent', view.id));
        },
        state: (state) => {
          person.state = state;
          this.#show();
        },
        stream: (stream) => (person.stream = stream),
        screen: (stream) => person.sharesIn(stream),
        told: (state) => {
          person.told(state);
          this.#parts((part) => part.told?.(person));
        },
        said: (note) => this.#parts((part) => part.said?.(person, note)),
        posted: (post) => this.#parts((part) => part.posted?.(person, post)),
        arrived: (post) => this.#parts((part) => part.arrived?.(person, post)),
        problem: (code) => this.#problem(code, view.id),
        safety: (safety) => (person.safety = safety),
        alarm: (alarm) => (person.alarm = alarm),
      },
    );
    if (this.#entered) pair.open();
    const other = { view, pair, person };
    this.#others.set(view.id, other);
    return other;
  }

  #forget(id: string): void {
    const other = this.#others.get(id);
    if (!other) return;
    other.pair.close();
    this.#others.delete(id);
    this.#parts((part) => part.left?.(other.person));
    this.problems = this.problems.filter(({ peer }) => peer !== id);
  }

  #forgetAll(): void {
    for (const id of [...this.#others.keys()]) this.#forget(id);
    this.#mail.clear();
    this.#entered = false;
  }

  /** What the others should see of oneself. */
  get #state(): PersonState {
    return { ...this.media.state, screen: (this.#shared.screen ?? null) !== null, hand: this.hands.mine };
  }

  get #inOrder(): Other[] {
    return this.#room?.peers.flatMap(({ id }) => this.#others.get(id) ?? []) ?? [];
  }

  get #inside(): Other[] {
    return this.#inOrder.filter(
      ({ view, person }) => view.entered || ['connected', 'reconnecting', 'ended'].includes(person.state),
    );
  }

  /** To all who are in, also to those who are reconnecting. */
  #post(post: Post): Posted {
    const inside = this.#inside.map(({ pair, person }) => ({ person, taken: pair.post(post) }));
    const people = (taken: boolean) =>
      inside.filter((one) => one.taken === taken).map(({ person }) => person);
    return { waits: people(true), missed: people(false) };
  }

  /** A screen for all, or none any more. */
  #share(shared: Shared): void {
    this.#shared = shared;
    const { screen = null, screen_sound = null } = shared;
    this.#each(({ pair }) => {
      pair.send('screen', screen);
      pair.send('screen_sound', screen_sound);
    });
    this.#tell();
  }

  #tell(): void {
    const state = this.#state;
    this.#each(({ pair }) => pair.tell(state));
  }

  #parts(act: (part: Part) => void): void {
    for (const part of this.parts) act(part);
  }

  #listen(): void {
    const now = performance.now();
    if (now - this.#listened > SLEPT) this.networkChanged();
    this.#listened = now;
    this.#each(({ pair, person }) => person.hear(pair.level));
  }

  /** Sorts the others into the room and the lobby. Who is connected counts as entered: the server may be slower. */
  #show(): void {
    const inside = this.#inside;
    this.participants = inside.map(({ person }) => person);
    this.atTheDoor = this.#inOrder.filter((other) => !inside.includes(other)).map(({ view }) => view);
    this.media.fit(this.participants.length + 1);
  }

  #problem(code: ProblemCode, peer: string): void {
    if (this.problems.some((problem) => problem.code === code && problem.peer === peer)) return;
    const problem = { id: (this.#lastProblem += 1), code, peer };
    this.problems = [...this.problems.slice(1 - MOST_PROBLEMS), problem];
  }

  #each(act: (other: Other) => void): void {
    for (const other of this.#others.values()) act(other);
  }
}
