import type { Note, Reaction } from '../rtc/data-channel/notes';
import type { Part } from './feature';
import type { Participant } from './participant.svelte';

export { REACTIONS, type Reaction } from '../rtc/data-channel/notes';

/** A reaction that is on its way up. */
export interface Shown {
  readonly id: number;
  /** The peer; null for oneself. */
  readonly from: string | null;
  readonly emoji: Reaction;
}

/** How long one is to be seen. */
export const SHOWN_FOR = 4_000;
/** So many at once of each person, and then one in so long. */
const BURST = 4;
const EVERY = 700;

/** Short applause and laughter over people's tiles. Each person's are limited, one's own too. */
export class Reactions implements Part {
  shown = $state.raw<readonly Shown[]>([]);
  #say: (note: Note) => void;
  #last = 0;
  /** Until when each person's reactions are paid for, if each costs `EVERY`. */
  // Nothing of it is shown.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #paidUntil = new Map<string | null, number>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #timers = new Set<ReturnType<typeof setTimeout>>();

  /** `say`: to everyone who is connected. */
  constructor(say: (note: Note) => void) {
    this.#say = say;
  }

  /** Answers whether it was sent: too many at once are not. */
  send(emoji: Reaction): boolean {
    if (!this.#show(null, emoji)) return false;
    this.#say({ type: 'reaction', emoji });
    return true;
  }

  said({ id }: Participant, { emoji }: Note): void {
    this.#show(id, emoji);
  }

  left({ id }: Participant): void {
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
    const id = (this.#last += 1);
    this.shown = [...this.shown, { id, from, emoji }];
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.shown = this.shown.filter((one) => one.id !== id);
    }, SHOWN_FOR);
    this.#timers.add(timer);
    return true;
  }
}
