import type { SignalEvent } from '../backend/bindings';

const MAX_SIGNALS = 256;
const MAX_AGE_MS = 10_000;

/** Signals of peers that no view has named yet: views and signals come in any order. Kept briefly. */
export class SignalBuffer {
  #signals: { event: SignalEvent; at: number }[] = [];

  push(event: SignalEvent): void {
    this.#expire();
    if (this.#signals.length < MAX_SIGNALS) this.#signals.push({ event, at: performance.now() });
  }

  /** Takes out those that have found their peer, in order. */
  take(found: (event: SignalEvent) => boolean): SignalEvent[] {
    this.#expire();
    const taken = this.#signals.filter(({ event }) => found(event));
    this.#signals = this.#signals.filter((early) => !taken.includes(early));
    return taken.map(({ event }) => event);
  }

  #expire(): void {
    const now = performance.now();
    this.#signals = this.#signals.filter(({ at }) => now - at < MAX_AGE_MS);
  }
}
