/** After so long without anything from one who sends, the path is in doubt; ICE takes five seconds to say so. */
const STILL = 2_500;
/** Then ICE alone is believed: perhaps the other sends nothing after all. */
const ENOUGH = 10_000;

/** Whether anything comes from the other. */
export class Pulse {
  #movedAt: number | null = null;

  /** ICE has found that the path is there. */
  proved(): void {
    if (this.#movedAt !== null) this.#movedAt = performance.now();
  }

  /** How it is now. `moved`: something has come since the last look; `sends`: something should. */
  look({ moved, sends }: { moved: boolean; sends: boolean }): 'moves' | 'still' {
    const now = performance.now();
    if (moved) this.#movedAt = now;
    if (!sends) this.#movedAt = null;
    if (this.#movedAt === null) return 'moves';
    const still = now - this.#movedAt;
    if (still >= ENOUGH) this.#movedAt = null;
    return still >= STILL && still < ENOUGH ? 'still' : 'moves';
  }
}
