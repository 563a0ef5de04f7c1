/** Raised hands, in the order in which they were raised: oneself is null. */
export class Hands {
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

  /** What a peer tells of its own. */
  see(peer: string, raised: boolean): void {
    this.#set(peer, raised);
  }

  left(peer: string): void {
    this.#set(peer, false);
  }

  /** Which in the row: 1 was first; 0 if it is down. */
  place(of: string | null): number {
    return this.raised.indexOf(of) + 1;
  }

  clear(): void {
    this.raised = [];
  }

  #set(whose: string | null, raised: boolean): void {
    if (this.raised.includes(whose) === raised) return;
    this.raised = raised ? [...this.raised, whose] : this.raised.filter((one) => one !== whose);
  }
}
