import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantise, SHRINK_AFTER_MS, WishTracker } from './wish';

const LARGE = quantise({ width: 1280, height: 720 });
const SMALL = quantise({ width: 300, height: 170 });

describe('the wished size', () => {
  it('has few steps and is hardly smaller than what is shown', () => {
    const sides = new Set<number>();
    fc.assert(
      fc.property(fc.double({ min: 1, max: 4_000, noNaN: true }), (side) => {
        const { width } = quantise({ width: side, height: side });
        sides.add(width);
        expect(width * 1.1).toBeGreaterThanOrEqual(side);
      }),
    );
    expect(sides.size).toBeLessThan(25);
  });

  it('grows at once, and shrinks when the view has stayed small for a while', () => {
    const tracker = new WishTracker();
    expect(tracker.update(SMALL, 0)).toEqual(SMALL);
    expect(tracker.update(LARGE, 10)).toEqual(LARGE);
    expect(tracker.update(SMALL, 20)).toEqual(LARGE);
    expect(tracker.update(SMALL, 19 + SHRINK_AFTER_MS)).toEqual(LARGE);
    expect(tracker.update(SMALL, 20 + SHRINK_AFTER_MS)).toEqual(SMALL);
  });

  it('stays where a view is small for a moment only', () => {
    const tracker = new WishTracker();
    tracker.update(LARGE, 0);
    for (let now = 0; now < 5 * SHRINK_AFTER_MS; now += 500) {
      tracker.update(now % 1_000 === 0 ? null : LARGE, now);
      expect(tracker.wish).toEqual(LARGE);
    }
  });

  it('is unknown until a picture is shown, or not shown for a while', () => {
    const tracker = new WishTracker();
    expect(tracker.update(null, 0)).toBeUndefined();
    expect(tracker.update(null, SHRINK_AFTER_MS)).toBeNull();
    expect(tracker.update(SMALL, SHRINK_AFTER_MS + 1)).toEqual(SMALL);
  });
});
