import type { CallFeature } from './feature';
import type { Participant } from './participant.svelte';

/** The ids of those who raise a hand, in the order in which they did; our own is null. */
export class RaisedHands implements CallFeature {
  raised = $state.raw<readonly (string | null)[]>([]);
  #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get isRaised(): boolean {
    return this.raised.includes(null);
  }

  toggle(): void {
    this.#set(null, !this.isRaised);
    this.#onChange();
  }

  /** 1 for the first hand that was raised; 0 if it is down. */
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
