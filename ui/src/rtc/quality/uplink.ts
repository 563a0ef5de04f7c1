/** One link, as its congestion control sees it. In bits a second. */
export interface LinkRate {
  /** What the path carries, as far as the browser knows; null while it does not. */
  available: number | null;
  /** What the link may send now, voice included. */
  assigned: number;
}

/** A link that carries less of what it may send is short of bandwidth. */
const SHORT_BELOW = 0.85;
/** In bits a second. Not even a bad estimate leaves less. */
const MIN_UPLINK = 100_000;
/** A bound stays for so long, then for twice as long each time when more was too much. */
const FIRST_HOLD_MS = 20_000;
const MAX_HOLD_MS = 160_000;
/** From then on more is tried, one step after the other. A step shows after some ten seconds whether it is too much. */
const GROWTH = 1.1;
const GROWTH_PAUSE_MS = 20_000;

/**
 * The bandwidth of all links together. Each link has a congestion control of its own, which finds out its share of the
 * uplink, but not that others are short. When most links are short, the uplink is; a single one has a bad path of its
 * own, which is no reason to send less over the others. Each change makes browsers probe the path with bursts, so the
 * bound changes seldom.
 */
export class UplinkEstimate {
  /** In bits a second; null while no bound is known. */
  bound: number | null = null;
  #holdMs = FIRST_HOLD_MS;
  #growsAt = 0;

  /** `wanted`: what all links would send without a bound. `now` in milliseconds. */
  update(links: readonly LinkRate[], wanted: number, now: number): void {
    const short = links.filter(
      ({ available, assigned }) => available !== null && available < SHORT_BELOW * assigned,
    );
    if (links.length > 1 && 2 * short.length > links.length) {
      const carried = links.reduce(
        (sum, { available, assigned }) => sum + Math.min(available ?? Infinity, assigned),
        0,
      );
      this.bound = Math.max(MIN_UPLINK, carried);
      this.#growsAt = now + this.#holdMs;
      this.#holdMs = Math.min(MAX_HOLD_MS, 2 * this.#holdMs);
    } else if (this.bound !== null && now >= this.#growsAt) {
      this.bound *= GROWTH;
      this.#growsAt = now + GROWTH_PAUSE_MS;
      if (this.bound < wanted) return;
      this.bound = null;
      this.#holdMs = FIRST_HOLD_MS;
    }
  }
}
