/** One link, as its congestion control sees it. In bits a second. */
export interface LinkRate {
  /** What the path carries, as far as the browser knows. */
  available: number;
  /** What the link may send now, voice included. */
  assigned: number;
}

/** Links that carry less of what they may send are short of bandwidth. */
const SHORT_BELOW = 0.9;
/** From one measurement to the next, while no link is short. */
const GROWTH = 1.25;
/** In bits a second. Not even a bad estimate leaves less. */
const MIN_UPLINK = 100_000;

/**
 * The bandwidth of all links together. The links share one uplink, but each has a congestion control of its own, which
 * says little of the whole while it sends less than it may. So the sum is known only while a link is short; afterwards
 * the bound rises again in steps, until there is none.
 */
export class UplinkEstimate {
  /** In bits a second; null while no bound is known. */
  bound: number | null = null;

  /** `wanted`: what all links would send without a bound. */
  update(links: readonly LinkRate[], wanted: number): void {
    const isShort = links.some(({ available, assigned }) => available < SHORT_BELOW * assigned);
    if (isShort) {
      const carried = links.reduce((sum, { available, assigned }) => sum + Math.min(available, assigned), 0);
      this.bound = Math.max(MIN_UPLINK, carried);
    } else if (this.bound !== null) {
      this.bound *= GROWTH;
      if (this.bound >= wanted) this.bound = null;
    }
  }
}
