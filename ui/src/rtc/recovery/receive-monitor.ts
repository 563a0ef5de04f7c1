/** After so long without anything from one who sends, the path is in doubt; ICE takes five seconds to say so. */
const STALLED_AFTER_MS = 2_500;
/** Then ICE alone is believed: perhaps the other sends nothing after all. */
const MAX_STALLED_MS = 10_000;

/** Whether anything comes from the other. */
export class ReceiveMonitor {
  #receivedAt: number | null = null;

  /** ICE has found that the path is there. */
  onConnected(): void {
    if (this.#receivedAt !== null) this.#receivedAt = performance.now();
  }

  /** How it is now. `moved`: something has come since the last look; `sends`: something should. */
  look({ moved, sends }: { moved: boolean; sends: boolean }): 'moves' | 'still' {
    const now = performance.now();
    if (moved) this.#receivedAt = now;
    if (!sends) this.#receivedAt = null;
    if (this.#receivedAt === null) return 'moves';
    const still = now - this.#receivedAt;
    if (still >= MAX_STALLED_MS) this.#receivedAt = null;
    return still >= STALLED_AFTER_MS && still < MAX_STALLED_MS ? 'still' : 'moves';
  }
}
