import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockwise, cornerBox, CORNERS, nearest, towards } from './corner';

const area = { width: 800, height: 600 };

describe('the corner of the own tile', () => {
  it('is the nearest corner when the tile is released', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CORNERS), (corner) => {
        const { x, y, width, height } = cornerBox(corner, area, { width: 160, height: 120 }, 12);
        expect(nearest({ x: x + width / 2, y: y + height / 2 }, area)).toBe(corner);
        expect(x).toBeGreaterThanOrEqual(12);
        expect(y + height).toBeLessThanOrEqual(area.height - 12);
      }),
    );
  });

  it('follows the direction of a throw', () => {
    expect(nearest({ x: 300, y: 500 }, area, { x: 1.5, y: 0 })).toBe('bottom-right');
    expect(nearest({ x: 300, y: 500 }, area, { x: 0, y: -2 })).toBe('top-left');
  });

  it('moves with the arrow keys and stops at the edges', () => {
    expect(towards('bottom-right', 'ArrowLeft')).toBe('bottom-left');
    expect(towards('bottom-left', 'ArrowUp')).toBe('top-left');
    expect(towards('top-left', 'ArrowUp')).toBe('top-left');
    expect(towards('top-left', 'Enter')).toBe('top-left');
    const round = CORNERS.map((corner) => clockwise(corner));
    expect(new Set(round).size).toBe(4);
  });
});
