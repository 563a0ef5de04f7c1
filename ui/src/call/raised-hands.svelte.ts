import type { Part } from './feature';
import type { Participant } from './participant.svelte';

/** Raised hands, in the order in which they were raised: oneself is null. */
export class Hands implements Part {
  raised = $state.raw<readonly (string | null)[]>([]);
  #changed: () => void;

  /** `changed`: the others have to be told. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get mine(): boolean {
    return this.raised.includes(null);
  }

  /** Raises one's own hand, or lowers it. */
  toggle(): void {
    this.#set(null, !this.mine);
    this.#changed();
  }

  /** Which in the row: 1 was first; 0 if it is down. */
  place(of: string | null): number {
    return this.raised.indexOf(of) + 1;
  }

  told({ id, hand }: Participant): void {
    this.#set(id, hand);
  }

  left({ id }: Participant): void {
    this.#set(id, false);
  }

  #set(whose: string | null, raised: boolean): void {
    if (this.raised.includes(whose) === raised) return;
    this.raised = raised ? [...this.raised, whose] : this.raised.filter((one) => one !== whose);
  }
}
