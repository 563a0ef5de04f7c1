/** How good a link is, from what is measured of it every two seconds. */

/** Counters as the browser keeps them: they grow from the start of the link. */
export interface Measurement {
  /** In milliseconds, by the clock of the statistics. */
  at: number;
  /** In milliseconds. */
  roundTripTime: number | null;
  bytesReceived: number;
  bytesSent: number;
  packetsReceived: number;
  packetsLost: number;
  /** The shorter side of the picture that arrives, in pixels; null while none does. */
  height: number | null;
}

/** A point of the graphs. Null: not known. */
export interface Sample {
  /** In seconds. */
  readonly at: number;
  /** In milliseconds. */
  readonly roundTripTime: number | null;
  /** In percent of the packets that should have arrived. */
  readonly loss: number | null;
  /** In kbit a second. */
  readonly received: number | null;
  readonly sent: number | null;
  /** In pixels. */
  readonly height: number | null;
}

export type QualityLevel = 'good' | 'medium' | 'weak';

/** Two minutes. */
export const MAX_SAMPLES = 60;
/** A worse level counts after so many samples in a row, a better one after more: a mark must not flicker. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 4;
/** From here on people notice; and from here on they interrupt each other (ITU-T G.114: 400 ms there and back). */
const MEDIUM = { roundTripTime: 250, loss: 3 };
const WEAK = { roundTripTime: 500, loss: 10 };

/** The counters of a link that was built anew begin at 0: there is no difference then. */
export function sampleOf(before: Measurement | null, now: Measurement): Sample {
  const { at, roundTripTime, height } = now;
  const seconds = before ? (at - before.at) / 1_000 : 0;
  const isSameLink = before !== null && seconds > 0 && now.bytesReceived >= before.bytesReceived;
  const rate = (field: 'bytesReceived' | 'bytesSent'): number | null =>
    isSameLink ? Math.max(0, Math.round(((now[field] - before[field]) * 8) / 1_000 / seconds)) : null;
  return {
    at: at / 1_000,
    roundTripTime,
    loss: isSameLink ? lossBetween(before, now) : null,
    received: rate('bytesReceived'),
    sent: rate('bytesSent'),
    height,
  };
}

function lossBetween(before: Measurement, now: Measurement): number | null {
  const lost = Math.max(0, now.packetsLost - before.packetsLost);
  const arrived = Math.max(0, now.packetsReceived - before.packetsReceived);
  return lost + arrived === 0 ? null : Math.round((lost / (lost + arrived)) * 1_000) / 10;
}

export function levelOf({ roundTripTime, loss }: Sample): QualityLevel {
  const exceeds = (limit: typeof WEAK) =>
    (roundTripTime ?? 0) >= limit.roundTripTime || (loss ?? 0) >= limit.loss;
  return exceeds(WEAK) ? 'weak' : exceeds(MEDIUM) ? 'medium' : 'good';
}

const RANK: Record<QualityLevel, number> = { good: 0, medium: 1, weak: 2 };

/** The level that is shown. */
export class SteadyLevel {
  #shown: QualityLevel = 'good';
  /** The last samples that differ from what is shown, all to the same side. */
  #others: QualityLevel[] = [];

  update(level: QualityLevel): QualityLevel {
    const isWorse = RANK[level] > RANK[this.#shown];
    const wasWorse = this.#others[0] !== undefined && RANK[this.#others[0]] > RANK[this.#shown];
    if (level === this.#shown) this.#others = [];
    else if (isWorse === wasWorse) this.#others.push(level);
    else this.#others = [level];
    if (this.#others.length >= (isWorse ? WORSE_AFTER : BETTER_AFTER)) {
      // The mildest of them: one bad moment does not make it worse than the others were.
      const byDistance = this.#others.toSorted((a, b) => distance(a, this.#shown) - distance(b, this.#shown));
      this.#shown = byDistance[0] ?? this.#shown;
      this.#others = [];
    }
    return this.#shown;
  }
}

const distance = (a: QualityLevel, b: QualityLevel): number => Math.abs(RANK[a] - RANK[b]);
