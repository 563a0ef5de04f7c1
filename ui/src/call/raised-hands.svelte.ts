import type { CallFeature } from './feature';
import type { Participant } from './participant.svelte';

/** Raised hands, in the order in which they were raised: oneself is null. */
export class RaisedHands implements CallFeature {
  raised = $state.raw<readonly (string | null)[]>([]);
  #onChange: () => void;

  /** `changed`: the others have to be told. */
  constructor(changed: () => void) {
    this.#onChange = changed;
  }

  get isRaised(): boolean {
    return this.raised.includes(null);
  }

  /** Raises one's own hand, or lowers it. */
  toggle(): void {
    this.#set(null, !this.isRaised);
    this.#onChange();
  }

  /** Which in the row: 1 was first; 0 if it is down. */
  position(of: string | null): number {
    return this.raised.indexOf(of) + 1;
  }

  onState({ id, handRaised }: Participant): void {
    this.#set(id, handRaised);
  }

  onLeave({ id }: Participant): void {
    this.#set(id, false);
  }

  #set(whose: string | null, raised: boolean): void {
    if (this.raised.includes(whose) === raised) return;
    this.raised = raised ? [...this.raised, whose] : this.raised.filter((one) => one !== whose);
  }
}
