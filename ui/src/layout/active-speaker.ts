/** The active speaker is shown for at least this long, unless they leave. */
const MIN_SHOWN_MS = 2_000;
/** Shorter sounds, such as a cough or a "yes", are not speech. */
const MIN_SPEECH_MS = 600;

/** Chooses the active speaker. Pure: time is an argument, and the time of the next update is the result. */
export class ActiveSpeaker {
  current: string | null = null;
  #since = -Infinity;
  /** When each person who speaks now began. */
  #speakingSince = new Map<string, number>();

  /** `present` is in order. Returns when to update again if nothing changes until then. */
  update(present: readonly string[], speaking: ReadonlySet<string>, now: number): number | null {
    for (const id of this.#speakingSince.keys()) if (!speaking.has(id)) this.#speakingSince.delete(id);
    for (const id of speaking) if (!this.#speakingSince.has(id)) this.#speakingSince.set(id, now);

    if (this.current === null || !present.includes(this.current)) {
      this.#switchTo(this.#longestSpeaking(present) ?? present[0] ?? null, now);
      return null;
    }
    // The others wait for a pause.
    if (this.#speakingSince.has(this.current)) return null;
    const next = this.#longestSpeaking(present);
    if (next === null) return null;
    const due = Math.max(this.#since + MIN_SHOWN_MS, (this.#speakingSince.get(next) ?? now) + MIN_SPEECH_MS);
    if (now < due) return due;
    this.#switchTo(next, now);
    return null;
  }

  #longestSpeaking(present: readonly string[]): string | null {
    let longest: string | null = null;
    for (const id of present) {
      const since = this.#speakingSince.get(id);
      if (since === undefined) continue;
      if (longest === null || since < (this.#speakingSince.get(longest) ?? Infinity)) longest = id;
    }
    return longest;
  }

  #switchTo(id: string | null, now: number): void {
    if (id === this.current) return;
    this.current = id;
    this.#since = now;
  }
}
