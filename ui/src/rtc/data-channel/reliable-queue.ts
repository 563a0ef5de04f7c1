import { TokenBucket } from '../token-bucket';
import type { ReliableMessage } from './notes';

/** A post on its way. Posts are numbered 1, 2, 3… for each pair and direction. */
export interface QueuedMessage {
  n: number;
  post: ReliableMessage;
}

/** Posts that may wait for the other. People write no more while somebody is away. */
const MAX_PENDING = 64;
/** What a person may post: far below what the other takes for a flood. */
const MESSAGES_PER_SECOND = 10;

/**
 * The posts between oneself and one peer, over all the links there are in a call, one after the other. A channel is
 * ordered and loses nothing while it lives; what was not acknowledged when it ended is sent again over the next one.
 */
export class ReliableQueue {
  #pending: QueuedMessage[] = [];
  #lastSent = 0;
  #lastReceived = 0;
  #bucket = new TokenBucket(MESSAGES_PER_SECOND, MAX_PENDING);

  /** Takes a post, to be sent now if there is a way. Null when too much waits already. */
  push(post: ReliableMessage): QueuedMessage | null {
    if (this.#pending.length >= MAX_PENDING || !this.#bucket.take()) return null;
    const message = { n: (this.#lastSent += 1), post };
    this.#pending.push(message);
    return message;
  }

  /** What the other may not have: to be sent when a channel opens. */
  get pending(): readonly QueuedMessage[] {
    return this.#pending;
  }

  /** The other has all up to this one. Answers the posts of which that was not known. */
  acknowledge(n: number): ReliableMessage[] {
    const arrived = this.#pending.filter((message) => message.n <= n);
    this.#pending = this.#pending.slice(arrived.length);
    return arrived.map(({ post }) => post);
  }

  /** A post of the other came. Whether it is new. */
  receive(n: number): boolean {
    const isNew = n > this.#lastReceived;
    if (isNew) this.#lastReceived = n;
    return isNew;
  }

  /** The number of the last one received: what is acknowledged. */
  get lastReceived(): number {
    return this.#lastReceived;
  }
}
