import { TokenBucket } from '../token-bucket';
import type { ReliableMessage } from './messages';

/** A message that the peer has not acknowledged. Each direction between two peers counts its messages from 1. */
export interface QueuedMessage {
  n: number;
  message: ReliableMessage;
}

const MAX_PENDING = 64;
/** Far below the rate that the other side takes for a flood. */
const MESSAGES_PER_SECOND = 10;
/** A person writes some ten characters a second, and pastes a long text now and then. */
export const TEXT_PER_SECOND = 4_000;
/** In UTF-16 units, as the rate. All that waits fits in, so that it may be sent again at once. */
export const MAX_TEXT_BURST = 64_000;

/**
 * The reliable messages between two peers, over all links of a call. A data channel is ordered and loses nothing while
 * it lives; the messages that were not acknowledged when it ended are sent again over the next one.
 */
export class ReliableQueue {
  #pending: QueuedMessage[] = [];
  #lastSent = 0;
  #lastReceived = 0;
  #bucket = new TokenBucket(MESSAGES_PER_SECOND, MAX_PENDING);
  #textBucket = new TokenBucket(TEXT_PER_SECOND, MAX_TEXT_BURST);

  /** Returns null when too many messages wait already. */
  push(message: ReliableMessage): QueuedMessage | null {
    const waiting = this.#pending.reduce((sum, { message }) => sum + message.text.length, 0);
    const { length } = message.text;
    if (this.#pending.length >= MAX_PENDING || waiting + length > MAX_TEXT_BURST) return null;
    if (!this.#bucket.take() || !this.#textBucket.take(length)) return null;
    const queued = { n: (this.#lastSent += 1), message };
    this.#pending.push(queued);
    return queued;
  }

  /** The messages to send again when a channel opens. */
  get pending(): readonly QueuedMessage[] {
    return this.#pending;
  }

  /** The peer has all messages up to `n`. Returns those that were not acknowledged before. */
  acknowledge(n: number): ReliableMessage[] {
    const delivered = this.#pending.filter((queued) => queued.n <= n);
    this.#pending = this.#pending.slice(delivered.length);
    return delivered.map(({ message }) => message);
  }

  /** Message `n` of the peer has come. Returns whether it is new. */
  receive(n: number): boolean {
    const isNew = n > this.#lastReceived;
    if (isNew) this.#lastReceived = n;
    return isNew;
  }

  /** The number to acknowledge. */
  get lastReceived(): number {
    return this.#lastReceived;
  }
}
