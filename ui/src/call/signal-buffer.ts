import type { SignalEvent } from '../backend/bindings';

const MOST = 256;
const KEEP_FOR = 10_000;

/** Signals of peers that no view has named yet: views and signals come in any order. Kept briefly. */
export class EarlySignals {
  #kept: { event: SignalEvent; at: number }[] = [];

  keep(event: SignalEvent): void {
    this.#expire();
    if (this.#kept.length < MOST) this.#kept.push({ event, at: performance.now() });
  }

  /** Takes out those that have found their peer, in order. */
  take(found: (event: SignalEvent) => boolean): SignalEvent[] {
    this.#expire();
    const taken = this.#kept.filter(({ event }) => found(event));
    this.#kept = this.#kept.filter((early) => !taken.includes(early));
    return taken.map(({ event }) => event);
  }

  #expire(): void {
    const now = performance.now();
    this.#kept = this.#kept.filter(({ at }) => now - at < KEEP_FOR);
  }
}
