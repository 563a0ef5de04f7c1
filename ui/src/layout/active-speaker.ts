/** Who has the floor: input and time go in, who is shown large and when to look again come out. */

/** Nobody is shown for less than this, unless they leave. */
const STAYS = 2_000;
/** A cough or a *yes* is not yet speech. */
const SPEAKS = 600;

export class Floor {
  /** Who is shown. */
  holder: string | null = null;
  #since = -Infinity;
  /** Who speaks, and since when without a pause. */
  #speaking = new Map<string, number>();

  /** Who is there (in order), and who of them speaks, now. The answer: when to ask again, if nothing changes. */
  hear(present: readonly string[], speaking: ReadonlySet<string>, now: number): number | null {
    for (const id of this.#speaking.keys()) if (!speaking.has(id)) this.#speaking.delete(id);
    for (const id of speaking) if (!this.#speaking.has(id)) this.#speaking.set(id, now);

    if (this.holder === null || !present.includes(this.holder)) {
      // Nobody is there to be looked at: whoever speaks, else the first.
      this.#give(this.#longest(present) ?? present[0] ?? null, now);
      return null;
    }
    // Who has the floor keeps it while speaking; others wait until there is a pause.
    if (this.#speaking.has(this.holder)) return null;
    const next = this.#longest(present);
    if (next === null) return null;
    const due = Math.max(this.#since + STAYS, (this.#speaking.get(next) ?? now) + SPEAKS);
    if (now < due) return due;
    this.#give(next, now);
    return null;
  }

  #longest(present: readonly string[]): string | null {
    let first: string | null = null;
    for (const id of present) {
      const since = this.#speaking.get(id);
      if (since === undefined) continue;
      if (first === null || since < (this.#speaking.get(first) ?? Infinity)) first = id;
    }
    return first;
  }

  #give(to: string | null, now: number): void {
    if (to === this.holder) return;
    this.holder = to;
    this.#since = now;
  }
}
