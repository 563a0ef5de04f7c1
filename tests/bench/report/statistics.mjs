/**
 * The middle value, or the mean of the two in the middle.
 *
 * @param {number[]} values
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Figures of the rounds: those of one round stand together.
 *
 * @typedef {Map<number, number[]>} Rounds
 */

/**
 * @param {{ round: number, value: number }[]} figures
 * @returns {Rounds}
 */
export function byRound(figures) {
  /** @type {Rounds} */
  const rounds = new Map();
  for (const { round, value } of figures) rounds.set(round, [...(rounds.get(round) ?? []), value]);
  return rounds;
}

/**
 * The ratio of each round that has both: what disturbs the machine disturbs both halves of a round. Several figures of
 * one round count as their mean.
 *
 * @param {Rounds} figures
 * @param {Rounds} reference
 */
export function ratios(figures, reference) {
  return [...figures].flatMap(([round, values]) => {
    const divisors = reference.get(round);
    return divisors ? [mean(values) / mean(divisors)] : [];
  });
}

/**
 * The median of ratios with the lowest and the highest.
 *
 * @param {number[]} ratios
 */
export function range(ratios) {
  if (ratios.length === 0) return '–';
  const [middle, lowest, highest] = [median(ratios), Math.min(...ratios), Math.max(...ratios)];
  return `${middle.toFixed(2)} (${lowest.toFixed(2)}–${highest.toFixed(2)})`;
}

/**
 * Whether the median of ratios keeps a limit.
 *
 * @param {number[]} ratios
 * @param {number | undefined} limit
 */
export function verdict(ratios, limit) {
  if (limit === undefined || ratios.length === 0) return '';
  return median(ratios) <= limit ? 'kept' : 'over';
}
