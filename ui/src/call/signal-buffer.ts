import type { SignalEvent } from '../backend/generated';

const MAX_SIGNALS = 256;
const MAX_AGE_MS = 10_000;

/** Keeps signals of peers that no view has named yet: views and signals come in any order. */
export class SignalBuffer {
  #signals: { event: SignalEvent; at: number }[] = [];

  push(event: SignalEvent): void {
    this.#expire();
    if (this.#signals.length < MAX_SIGNALS) this.#signals.push({ event, at: performance.now() });
  }

  /** Removes and returns the signals whose peer is known now, in order. */
  take(isKnown: (event: SignalEvent) => boolean): SignalEvent[] {
    this.#expire();
    const taken = this.#signals.filter(({ event }) => isKnown(event));
    this.#signals = this.#signals.filter((early) => !taken.includes(early));
    return taken.map(({ event }) => event);
  }

  #expire(): void {
    const now = performance.now();
    this.#signals = this.#signals.filter(({ at }) => now - at < MAX_AGE_MS);
  }
}
