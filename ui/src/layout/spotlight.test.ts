import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box } from './grid';
import { PERSON, spotlight, type Shape } from './spotlight';

const TOLERANCE = 1e-6;
const screen = fc.double({ min: 0.5, max: 3.5, noNaN: true }).map((ratio): Shape => ({
  narrowest: ratio,
  widest: ratio,
}));
const scenario = fc.record({
  main: fc.array(fc.oneof(screen, fc.constant(PERSON)), { minLength: 1, maxLength: 2 }),
  aside: fc.integer({ min: 0, max: 9 }),
  width: fc.integer({ min: 240, max: 4000 }),
  height: fc.integer({ min: 200, max: 3000 }),
});

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x + TOLERANCE ||
  b.x + b.width <= a.x + TOLERANCE ||
  a.y + a.height <= b.y + TOLERANCE ||
  b.y + b.height <= a.y + TOLERANCE;
const area = (boxes: Box[]): number => boxes.reduce((sum, { width, height }) => sum + width * height, 0);
/** The area that the shape could have with nothing else there. */
const maxArea = ({ narrowest, widest }: Shape, width: number, height: number): number =>
  Math.min(width, height * widest) * Math.min(height, width / narrowest);

describe('spotlight', () => {
  it('places every tile inside the area without overlaps', () => {
    fc.assert(
      fc.property(scenario, ({ main, aside, width, height }) => {
        const found = spotlight(main, aside, width, height);
        expect(found.main).toHaveLength(main.length);
        expect(found.aside).toHaveLength(aside);
        const all = [...found.main, ...found.aside];
        for (const box of all) {
          expect(box.width).toBeGreaterThan(0);
          expect(box.height).toBeGreaterThan(0);
          expect(box.x).toBeGreaterThanOrEqual(-TOLERANCE);
          expect(box.y).toBeGreaterThanOrEqual(-TOLERANCE);
          expect(box.x + box.width).toBeLessThanOrEqual(width + TOLERANCE);
          expect(box.y + box.height).toBeLessThanOrEqual(height + TOLERANCE);
        }
        all.forEach((a, i) => {
          for (const b of all.slice(i + 1)) expect(apart(a, b)).toBe(true);
        });
      }),
    );
  });

  it('keeps the ratio of a screen exactly and of a person within bounds', () => {
    fc.assert(
      fc.property(scenario, ({ main, aside, width, height }) => {
        spotlight(main, aside, width, height).main.forEach((box, index) => {
          const { narrowest, widest } = main[index] ?? PERSON;
          expect(box.width / box.height).toBeGreaterThanOrEqual(narrowest - TOLERANCE);
          expect(box.width / box.height).toBeLessThanOrEqual(widest + TOLERANCE);
        });
      }),
    );
  });

  it('makes the main tile nearly as large as it would be alone, and larger than the others', () => {
    fc.assert(
      fc.property(scenario, ({ main, aside, width, height }) => {
        fc.pre(main.length === 1 && width >= 320 && height >= 300);
        const [shape = PERSON] = main;
        const found = spotlight(main, aside, width, height);
        const share = area(found.main) / maxArea(shape, width, height);
        expect(share).toBeGreaterThan(aside <= 3 ? 0.42 : 0.3);
        for (const box of found.aside) expect(area([box])).toBeLessThan(area(found.main));
      }),
    );
  });

  it('arranges two screens so that they fill the most area', () => {
    fc.assert(
      fc.property(
        screen,
        screen,
        fc.integer({ min: 300, max: 4000 }),
        fc.integer({ min: 300, max: 3000 }),
        (a, b, w, h) => {
          const found = spotlight([a, b], 0, w, h);
          const beside = maxArea(a, (w - 10) / 2, h) + maxArea(b, (w - 10) / 2, h);
          const above = maxArea(a, w, (h - 10) / 2) + maxArea(b, w, (h - 10) / 2);
          expect(area(found.main)).toBeGreaterThan(Math.max(beside, above) * (1 - 1e-9));
        },
      ),
    );
  });

  it('gives exact boxes for common cases', () => {
    const wide = spotlight([{ narrowest: 16 / 9, widest: 16 / 9 }], 3, 1280, 640);
    expect(new Set(wide.aside.map(({ x }) => Math.round(x))).size).toBe(1);
    const tall = spotlight([{ narrowest: 16 / 9, widest: 16 / 9 }], 3, 700, 900);
    expect(new Set(tall.aside.map(({ y }) => Math.round(y))).size).toBe(1);
    expect(spotlight([PERSON], 2, 0, 0)).toEqual({ main: [], aside: [] });
    expect(spotlight([], 2, 500, 400).aside).toHaveLength(2);
  });
});
