/** Pixels: from this width on controls have labels, and the layout has a control of its own. */
const ROOMY_WIDTH = 544;
/** Pixels that a control takes, with the gap beside it. */
const CONTROL_WIDTH = 56;
/** Pixels that labels and wider gaps take in a roomy bar. */
const LABELS_WIDTH = 120;

export const isRoomy = (width: number): boolean => width >= ROOMY_WIDTH;

/** Without a rank an item is always in the menu. */
interface Ranked {
  readonly rank?: number | undefined;
}

/**
 * Divides items between the bar and its menu; both keep the order. Rank 0 is always in the bar. The others have a place
 * there by rank, lowest first, as long as there is room beside `others` further controls.
 */
export function fitControlBar<T extends Ranked>(
  items: readonly T[],
  others: number,
  width: number,
): { bar: T[]; menu: T[] } {
  const places = Math.floor((width - (isRoomy(width) ? LABELS_WIDTH : 0)) / CONTROL_WIDTH) - others;
  const fixed = items.filter(({ rank }) => rank === 0);
  const chosen = new Set([
    ...fixed,
    ...items
      .filter(({ rank }) => rank !== undefined && rank > 0)
      .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
      .slice(0, Math.max(0, places - fixed.length)),
  ]);
  return { bar: items.filter((item) => chosen.has(item)), menu: items.filter((item) => !chosen.has(item)) };
}
