import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grid, TILES, type Box } from './grid';

const HAIR = 1e-6;
const room = fc.record({
  count: fc.integer({ min: 1, max: 8 }),
  width: fc.integer({ min: 200, max: 4000 }),
  height: fc.integer({ min: 200, max: 3000 }),
});

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x + HAIR ||
  b.x + b.width <= a.x + HAIR ||
  a.y + a.height <= b.y + HAIR ||
  b.y + b.height <= a.y + HAIR;

const worth = ([box]: Box[]): number => {
  if (!box) return 0;
  const shown = Math.min(box.width, (box.height * 4) / 3) * Math.min(box.height, (box.width * 3) / 4);
  return Math.sqrt(shown * box.width * box.height);
};

describe('grid', () => {
  it('places all tiles inside the area, of one size and an allowed ratio', () => {
    fc.assert(
      fc.property(room, ({ count, width, height }) => {
        const boxes = grid(count, width, height);
        expect(boxes).toHaveLength(count);
        for (const box of boxes) {
          expect(box.x).toBeGreaterThanOrEqual(-HAIR);
          expect(box.y).toBeGreaterThanOrEqual(-HAIR);
          expect(box.x + box.width).toBeLessThanOrEqual(width + HAIR);
          expect(box.y + box.height).toBeLessThanOrEqual(height + HAIR);
          expect(box.width / box.height).toBeGreaterThanOrEqual(TILES.narrowest - HAIR);
          expect(box.width / box.height).toBeLessThanOrEqual(TILES.widest + HAIR);
          expect(box.width).toBeCloseTo(boxes[0]?.width ?? 0);
        }
      }),
    );
  });

  it('never overlaps two tiles', () => {
    fc.assert(
      fc.property(room, ({ count, width, height }) => {
        const boxes = grid(count, width, height);
        boxes.forEach((a, i) => {
          boxes.slice(i + 1).forEach((b) => {
            expect(apart(a, b)).toBe(true);
          });
        });
      }),
    );
  });

  it('fills the width or the height, and one more tile never makes the others larger', () => {
    fc.assert(
      fc.property(room, ({ count, width, height }) => {
        const boxes = grid(count, width, height);
        const right = Math.max(...boxes.map((b) => b.x + b.width));
        const left = Math.min(...boxes.map((b) => b.x));
        const bottom = Math.max(...boxes.map((b) => b.y + b.height));
        const top = Math.min(...boxes.map((b) => b.y));
        const filled = Math.max((right - left) / width, (bottom - top) / height);
        expect(filled).toBeGreaterThan(1 - HAIR);
        expect(worth(grid(count + 1, width, height))).toBeLessThanOrEqual(worth(boxes) + 1);
      }),
    );
  });

  it('gives exact boxes for common cases', () => {
    const rows = (count: number, width: number, height: number): number =>
      new Set(grid(count, width, height).map((b) => Math.round(b.y))).size;
    expect(rows(2, 1440, 800)).toBe(1);
    expect(rows(2, 344, 400)).toBe(2);
    expect(rows(4, 1440, 800)).toBe(2);
    expect(rows(8, 1440, 800)).toBe(2);
    expect(rows(8, 344, 400)).toBe(4);
  });

  it('is empty where there is no space', () => {
    expect(grid(0, 100, 100)).toEqual([]);
    expect(grid(3, 0, 100)).toEqual([]);
    expect(grid(8, 4, 4)).toEqual([]);
  });
});
