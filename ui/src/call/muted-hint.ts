/** Louder than this is somebody who talks, as the meter counts. */
const SPEECH = 0.4;
/** A pause between two words. */
const BREATH = 300;
/** A cough is shorter. */
const LASTS = 400;
const SHOWN = 4_000;
/** Who talks on with somebody in the room, muted, is not told all the time. */
const REST = 60_000;

/** Whether somebody who is muted is to be told so, because they talk. Time goes in with every level. */
export class MutedHint {
  #since: number | null = null;
  #heardAt = -Infinity;
  #shownAt = -Infinity;

  hear(level: number, muted: boolean, now: number): boolean {
    if (!muted) {
      this.#since = null;
      this.#shownAt = Math.min(this.#shownAt, now - SHOWN);
      return false;
    }
    if (now - this.#shownAt < SHOWN) return true;
    if (level > SPEECH) {
      this.#since ??= now;
      this.#heardAt = now;
    } else if (now - this.#heardAt > BREATH) {
      this.#since = null;
    }
    if (this.#since === null || this.#heardAt - this.#since < LASTS || now - this.#shownAt < REST)
      return false;
    this.#since = null;
    this.#shownAt = now;
    return true;
  }
}
