/** On the scale of `AudioLevelMeter`. */
const SPEECH_LEVEL = 0.4;
/** The longest pause between two words. */
const SPEECH_PAUSE_MS = 300;
/** Longer than a cough. */
const MIN_SPEECH_MS = 400;
const HINT_DURATION_MS = 4_000;
/** The hint is not repeated sooner: the person may talk to somebody nearby. */
const HINT_INTERVAL_MS = 60_000;

/** Decides when to tell a muted person that nobody hears them. */
export class MutedHint {
  #since: number | null = null;
  #heardAt = -Infinity;
  #shownAt = -Infinity;

  update(level: number, muted: boolean, now: number): boolean {
    if (!muted) {
      this.#since = null;
      this.#shownAt = Math.min(this.#shownAt, now - HINT_DURATION_MS);
      return false;
    }
    if (now - this.#shownAt < HINT_DURATION_MS) return true;
    if (level > SPEECH_LEVEL) {
      this.#since ??= now;
      this.#heardAt = now;
    } else if (now - this.#heardAt > SPEECH_PAUSE_MS) {
      this.#since = null;
    }
    if (
      this.#since === null ||
      this.#heardAt - this.#since < MIN_SPEECH_MS ||
      now - this.#shownAt < HINT_INTERVAL_MS
    )
      return false;
    this.#since = null;
    this.#shownAt = now;
    return true;
  }
}
