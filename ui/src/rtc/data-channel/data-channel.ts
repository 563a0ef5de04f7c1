import { TokenBucket } from '../token-bucket';
import { SignalRouter, type Sealing } from './signal-router';
import type { Told } from '../peer-link/peer-link';
import { ReliableQueue, type QueuedMessage } from './reliable-queue';
import type { PeerState } from './messages';
import type { EphemeralMessage, ReliableMessage } from './notes';
import type { LinkProblem } from '../problem';
import type { Signal } from '../signal';

/** What a peer may say: a link that comes back brings the candidates of both, and the posts that waited. */
const MESSAGES_PER_SECOND = 30;
const MOST_MESSAGES = 240;

/** The data channel of whichever link there is. */
export interface Line {
  isOpen(): boolean;
  /** False when it is not open. */
  say(message: Told): boolean;
}

/** What is heard. */
export interface TalkEvents {
  told(state: PeerState): void;
  said(note: EphemeralMessage): void;
  posted(post: ReliableMessage): void;
  arrived(post: ReliableMessage): void;
  /** A signal that came over the channel. */
  signaled(signal: unknown): void;
  /** A signal has to go by way of the server. */
  send(signal: Signal, number?: number): void;
  problem(code: LinkProblem): void;
}

/** What two pages say to each other, over the links of a pair, one after the other. */
export class Talk {
  /** The other sends something, as far as it says. */
  sends = false;
  #line: Line;
  #events: TalkEvents;
  #queue: ReliableQueue;
  #router: SignalRouter;
  #messages = new TokenBucket(MESSAGES_PER_SECOND, MOST_MESSAGES);
  #flooded = false;
  #closed = false;

  constructor(line: Line, events: TalkEvents, queue: ReliableQueue, sealing: Sealing | null) {
    this.#line = line;
    this.#events = events;
    this.#queue = queue;
    this.#router = new SignalRouter({
      hasOpenChannel: () => line.isOpen(),
      sendToPeer: (message) => line.say(message),
      sealing,
      sendToServer: (signal, number) => events.send(signal, number),
      onSignal: (signal) => events.signaled(signal),
      onProblem: (code) => events.problem(code),
    });
  }

  /** A channel is open: what the other may not have goes over it. */
  opened(): void {
    for (const message of this.#queue.pending) this.#deliver(message);
  }

  /** Said in passing. */
  say(note: EphemeralMessage): void {
    this.#line.say({ type: 'note', note });
  }

  /** Said to last: sent now or over a later link. False when too much waits already. */
  post(post: ReliableMessage): boolean {
    const message = this.#closed ? null : this.#queue.push(post);
    if (message) this.#deliver(message);
    return message !== null;
  }

  /** A signal goes its way; in doubt, both ways. */
  send(signal: Signal, doubtful: boolean): void {
    this.#router.send(signal, doubtful);
  }

  /** Whether the server could carry a signal to the peer now. */
  reach(reachable: boolean): void {
    this.#router.setReachable(reachable);
  }

  /** Whether the peer may have one more message read. One that floods is not heard, and that is told once. */
  allows(): boolean {
    const allowed = this.#messages.take();
    if (!allowed && !this.#flooded) {
      this.#flooded = true;
      this.#events.problem('talk_flood');
    }
    return allowed;
  }

  hear(message: Told): void {
    switch (message.type) {
      case 'state': {
        const { mic, camera, screen, hand } = message;
        this.sends = mic || camera || screen;
        return this.#events.told({ mic, camera, screen, hand });
      }
      case 'note':
        return this.#events.said(message.note);
      case 'post':
        return this.#take(message);
      case 'got':
        return this.#queue.acknowledge(message.n).forEach((post) => this.#events.arrived(post));
      case 'signal':
        return void this.#router.receive(message.n, message.envelope);
      case 'signal_got':
        return this.#router.acknowledge(message.n);
    }
  }

  close(): void {
    this.#closed = true;
    this.#router.close();
  }

  #take({ n, post }: { n: number; post: ReliableMessage | null }): void {
    const isNew = this.#queue.receive(n);
    this.#line.say({ type: 'got', n: this.#queue.lastReceived });
    if (!isNew) return;
    if (post) this.#events.posted(post);
    else this.#events.problem('message_invalid');
  }

  #deliver({ n, post }: QueuedMessage): void {
    this.#line.say({ type: 'post', n, post });
  }
}
