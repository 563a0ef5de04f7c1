/** Limits a rate: allows a burst at once, then a steady rate. */
export class TokenBucket {
  #rate: number;
  #burst: number;
  #tokens: number;
  #refilledAt = performance.now();

  /** `rate` is in tokens a second. */
  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = this.#tokens = burst;
  }

  /** Takes so many tokens, or none and returns false. */
  take(count = 1): boolean {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#refilledAt) / 1_000) * this.#rate);
    this.#refilledAt = now;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
