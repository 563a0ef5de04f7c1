import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitControlBar, isRoomy } from './control-bar';

interface Item {
  id: string;
  rank?: number | undefined;
}

const item = (id: string, rank?: number): Item => ({ id, rank });
const ids = (items: readonly Item[]): string => items.map(({ id }) => id).join('');
/** As in a call: two fixed controls, three that the bar shows by rank, and one in the menu. */
const ITEMS = [item('m', 0), item('c', 0), item('s', 3), item('t', 2), item('h', 4), item('d')];

describe('fitControlBar', () => {
  it('keeps every item once and in order, fixed ones in the bar and unranked ones in the menu', () => {
    const ranks = fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }), { maxLength: 12 });
    const scenario = fc.record({
      ranks,
      others: fc.integer({ min: 0, max: 5 }),
      width: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(scenario, ({ ranks, others, width }) => {
        const items = ranks.map((rank, index) => ({ index, rank }));
        const { bar, menu } = fitControlBar(items, others, width);
        const inOrder = (part: typeof items) =>
          part.every((one, n) => n === 0 || (part[n - 1]?.index ?? 0) < one.index);
        expect(inOrder(bar) && inOrder(menu)).toBe(true);
        expect([...bar, ...menu].sort((a, b) => a.index - b.index)).toEqual(items);
        expect(menu.some(({ rank }) => rank === 0)).toBe(false);
        expect(bar.some(({ rank }) => rank === undefined)).toBe(false);
        const worst = Math.max(...bar.map(({ rank }) => rank ?? 0));
        for (const { rank } of menu) if (rank !== undefined) expect(rank).toBeGreaterThanOrEqual(worst);
      }),
    );
  });

  it('shows by rank what the width has room for', () => {
    const bar = (width: number): string => ids(fitControlBar(ITEMS, 2, width).bar);
    expect(bar(0)).toBe('mc');
    expect(bar(5 * 56 - 1)).toBe('mc');
    expect(bar(5 * 56)).toBe('mct');
    expect(bar(6 * 56)).toBe('mcst');
    expect(bar(7 * 56)).toBe('mcsth');
    expect(ids(fitControlBar(ITEMS, 2, 7 * 56).menu)).toBe('d');
  });

  it('leaves space for labels once the bar is roomy', () => {
    expect([isRoomy(543), isRoomy(544)]).toEqual([false, true]);
    expect(ids(fitControlBar(ITEMS, 4, 543).bar)).toBe('mcsth');
    expect(ids(fitControlBar(ITEMS, 4, 544).bar)).toBe('mct');
  });
});
