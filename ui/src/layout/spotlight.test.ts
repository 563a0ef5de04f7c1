import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { focus, PERSON, type Shape } from './spotlight';
import { type Box } from './grid';

const HAIR = 1e-6;
const screen = fc.double({ min: 0.5, max: 3.5, noNaN: true }).map((ratio): Shape => ({
  narrowest: ratio,
  widest: ratio,
}));
const room = fc.record({
  main: fc.array(fc.oneof(screen, fc.constant(PERSON)), { minLength: 1, maxLength: 2 }),
  aside: fc.integer({ min: 0, max: 9 }),
  width: fc.integer({ min: 240, max: 4000 }),
  height: fc.integer({ min: 200, max: 3000 }),
});

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x + HAIR ||
  b.x + b.width <= a.x + HAIR ||
  a.y + a.height <= b.y + HAIR ||
  b.y + b.height <= a.y + HAIR;
const area = (boxes: Box[]): number => boxes.reduce((sum, { width, height }) => sum + width * height, 0);
/** As large as this shape can be here, with nothing else. */
const most = ({ narrowest, widest }: Shape, width: number, height: number): number =>
  Math.min(width, height * widest) * Math.min(height, width / narrowest);

describe('what is looked at, and the others beside it', () => {
  it('all have a place inside, none over another', () => {
    fc.assert(
      fc.property(room, ({ main, aside, width, height }) => {
        const found = focus(main, aside, width, height);
        expect(found.main).toHaveLength(main.length);
        expect(found.aside).toHaveLength(aside);
        const all = [...found.main, ...found.aside];
        for (const box of all) {
          expect(box.width).toBeGreaterThan(0);
          expect(box.height).toBeGreaterThan(0);
          expect(box.x).toBeGreaterThanOrEqual(-HAIR);
          expect(box.y).toBeGreaterThanOrEqual(-HAIR);
          expect(box.x + box.width).toBeLessThanOrEqual(width + HAIR);
          expect(box.y + box.height).toBeLessThanOrEqual(height + HAIR);
        }
        all.forEach((a, i) => {
          for (const b of all.slice(i + 1)) expect(apart(a, b)).toBe(true);
        });
      }),
    );
  });

  it('a screen keeps its shape to the pixel, a person stays in the shapes of people', () => {
    fc.assert(
      fc.property(room, ({ main, aside, width, height }) => {
        focus(main, aside, width, height).main.forEach((box, index) => {
          const { narrowest, widest } = main[index] ?? PERSON;
          expect(box.width / box.height).toBeGreaterThanOrEqual(narrowest - HAIR);
          expect(box.width / box.height).toBeLessThanOrEqual(widest + HAIR);
        });
      }),
    );
  });

  it('what is looked at is large: near what it would be alone, and larger than all that lies aside', () => {
    fc.assert(
      fc.property(room, ({ main, aside, width, height }) => {
        fc.pre(main.length === 1 && width >= 320 && height >= 300);
        const [shape = PERSON] = main;
        const found = focus(main, aside, width, height);
        const share = area(found.main) / most(shape, width, height);
        expect(share).toBeGreaterThan(aside <= 3 ? 0.42 : 0.3);
        for (const box of found.aside) expect(area([box])).toBeLessThan(area(found.main));
      }),
    );
  });

  it('two screens fill what two can fill, whichever way round', () => {
    fc.assert(
      fc.property(
        screen,
        screen,
        fc.integer({ min: 300, max: 4000 }),
        fc.integer({ min: 300, max: 3000 }),
        (a, b, w, h) => {
          const found = focus([a, b], 0, w, h);
          const beside = most(a, (w - 10) / 2, h) + most(b, (w - 10) / 2, h);
          const above = most(a, w, (h - 10) / 2) + most(b, w, (h - 10) / 2);
          expect(area(found.main)).toBeGreaterThan(Math.max(beside, above) * (1 - 1e-9));
        },
      ),
    );
  });

  it('lays out what one expects', () => {
    const wide = focus([{ narrowest: 16 / 9, widest: 16 / 9 }], 3, 1280, 640);
    expect(new Set(wide.aside.map(({ x }) => Math.round(x))).size).toBe(1);
    const tall = focus([{ narrowest: 16 / 9, widest: 16 / 9 }], 3, 700, 900);
    expect(new Set(tall.aside.map(({ y }) => Math.round(y))).size).toBe(1);
    expect(focus([PERSON], 2, 0, 0)).toEqual({ main: [], aside: [] });
    expect(focus([], 2, 500, 400).aside).toHaveLength(2);
  });
});
