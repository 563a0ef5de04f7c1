import type { EphemeralMessage, UserMessage } from '../rtc/data-channel/messages';
import type { Reaction } from '../types';
import { TokenBucket } from '../rtc/token-bucket';
import type { CallFeature } from './feature';
import type { Participant } from './participant.svelte';

/** A reaction that rises over a tile. */
export interface FloatingReaction {
  readonly id: number;
  /** The peer's id; null for our own. */
  readonly from: string | null;
  readonly emoji: Reaction;
}

export const REACTION_DURATION_MS = 4_000;
const MAX_BURST = 4;
const REACTIONS_PER_SECOND = 1 / 0.7;

/** Reactions over the tiles of those who send them. Each person's are limited, our own too. */
export class Reactions implements CallFeature {
  shown = $state.raw<readonly FloatingReaction[]>([]);
  #send: (message: EphemeralMessage) => void;
  #lastId = 0;
  // The views show neither of the two.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #buckets = new Map<string | null, TokenBucket>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #timers = new Set<ReturnType<typeof setTimeout>>();

  /** `send`: sends to all participants that are connected. */
  constructor(send: (message: EphemeralMessage) => void) {
    this.#send = send;
  }

  /** Returns false, and sends nothing, for too many in a row. */
  send(emoji: Reaction): boolean {
    if (!this.#show(null, emoji)) return false;
    this.#send({ type: 'reaction', emoji });
    return true;
  }

  onMessage({ id }: Participant, message: UserMessage): void {
    if (message.type === 'reaction') this.#show(id, message.emoji);
  }

  onLeave({ id }: Participant): void {
    this.#buckets.delete(id);
    this.shown = this.shown.filter(({ from }) => from !== id);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.shown = [];
  }

  #show(from: string | null, emoji: Reaction): boolean {
    const bucket = this.#buckets.get(from) ?? new TokenBucket(REACTIONS_PER_SECOND, MAX_BURST);
    this.#buckets.set(from, bucket);
    if (!bucket.take()) return false;
    const id = (this.#lastId += 1);
    this.shown = [...this.shown, { id, from, emoji }];
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.shown = this.shown.filter((reaction) => reaction.id !== id);
    }, REACTION_DURATION_MS);
    this.#timers.add(timer);
    return true;
  }
}
