import type { EphemeralMessage, Reaction } from '../rtc/data-channel/notes';
import type { CallFeature } from './feature';
import type { Participant } from './participant.svelte';

export { REACTIONS, type Reaction } from '../rtc/data-channel/notes';

/** A reaction that is on its way up. */
export interface FloatingReaction {
  readonly id: number;
  /** The peer; null for oneself. */
  readonly from: string | null;
  readonly emoji: Reaction;
}

/** How long one is to be seen. */
export const REACTION_DURATION_MS = 4_000;
/** So many at once of each person, and then one in so long. */
const BURST = 4;
const EVERY = 700;

/** Short applause and laughter over people's tiles. Each person's are limited, one's own too. */
export class Reactions implements CallFeature {
  shown = $state.raw<readonly FloatingReaction[]>([]);
  #send: (note: EphemeralMessage) => void;
  #lastId = 0;
  /** Until when each person's reactions are paid for, if each costs `EVERY`. */
  // Nothing of it is shown.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #paidUntil = new Map<string | null, number>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #timers = new Set<ReturnType<typeof setTimeout>>();

  /** `say`: to everyone who is connected. */
  constructor(say: (note: EphemeralMessage) => void) {
    this.#send = say;
  }

  /** Answers whether it was sent: too many at once are not. */
  send(emoji: Reaction): boolean {
    if (!this.#show(null, emoji)) return false;
    this.#send({ type: 'reaction', emoji });
    return true;
  }

  said({ id }: Participant, { emoji }: EphemeralMessage): void {
    this.#show(id, emoji);
  }

  onLeave({ id }: Participant): void {
    this.#paidUntil.delete(id);
    this.shown = this.shown.filter(({ from }) => from !== id);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.shown = [];
  }

  #show(from: string | null, emoji: Reaction): boolean {
    const now = performance.now();
    const paid = Math.max(this.#paidUntil.get(from) ?? 0, now) + EVERY;
    if (paid - now > BURST * EVERY) return false;
    this.#paidUntil.set(from, paid);
    const id = (this.#lastId += 1);
    this.shown = [...this.shown, { id, from, emoji }];
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.shown = this.shown.filter((one) => one.id !== id);
    }, REACTION_DURATION_MS);
    this.#timers.add(timer);
    return true;
  }
}
