/** Louder than this is somebody who talks, as the meter counts. */
const SPEECH_LEVEL = 0.4;
/** A pause between two words. */
const SPEECH_PAUSE_MS = 300;
/** A cough is shorter. */
const MIN_SPEECH_MS = 400;
const HINT_DURATION_MS = 4_000;
/** Who talks on with somebody in the room, muted, is not told all the time. */
const HINT_INTERVAL_MS = 60_000;

/** Whether somebody who is muted is to be told so, because they talk. Time goes in with every level. */
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
