/** Lets so much through: a burst at once, then a steady rate. */
export class Bucket {
  #rate: number;
  #burst: number;
  #left: number;
  #at = performance.now();

  /** `rate` is a second's share. */
  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = this.#left = burst;
  }

  /** Whether one more is let through. */
  take(): boolean {
    const now = performance.now();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / 1_000) * this.#rate);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
