import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CORNERS } from './corner';
import { LAYOUT_MODES, type TileSpec } from './select-tiles';
import { layoutStage } from './stage';

const AREA = { width: 1200, height: 700 };
const person = (n: number): TileSpec => ({ key: `person ${n}`, kind: 'person' });
const screen = (n: number): TileSpec => ({ key: `screen ${n}`, kind: 'screen' });
const self: TileSpec = { key: 'self', kind: 'self' };
const choice = { layoutMode: 'auto', pinned: null, activeSpeaker: null, corner: 'bottom-right' } as const;

describe('layoutStage', () => {
  it('gives every tile a box inside the area', () => {
    const scenario = fc.record({
      people: fc.integer({ min: 0, max: 7 }),
      screens: fc.integer({ min: 0, max: 3 }),
      layoutMode: fc.constantFrom(...LAYOUT_MODES),
      pinned: fc.option(fc.constantFrom('person 1', 'screen 1', 'self', 'gone')),
      corner: fc.constantFrom(...CORNERS),
      width: fc.integer({ min: 300, max: 3000 }),
      height: fc.integer({ min: 200, max: 2000 }),
    });
    fc.assert(
      fc.property(scenario, ({ people, screens, width, height, ...chosen }) => {
        const tiles = [
          ...Array.from({ length: people }, (_, n) => person(n + 1)),
          ...Array.from({ length: screens }, (_, n) => screen(n + 1)),
          self,
        ];
        const { boxes } = layoutStage(tiles, { ...chosen, activeSpeaker: null }, new Map(), {
          width,
          height,
        });
        expect([...boxes.keys()].sort()).toEqual(tiles.map(({ key }) => key).sort());
        for (const box of boxes.values()) {
          expect(Math.min(box.x, box.y)).toBeGreaterThan(-1e-6);
          expect(box.x + box.width).toBeLessThan(width + 1e-6);
          expect(box.y + box.height).toBeLessThan(height + 1e-6);
        }
      }),
    );
  });

  it('keeps the ratio of a large screen, and takes 16:9 until it is known', () => {
    const ratio = (ratios: Map<string, number>): number => {
      const box = layoutStage([person(1), screen(1), self], choice, ratios, AREA).boxes.get('screen 1');
      return box ? box.width / box.height : 0;
    };
    expect(ratio(new Map())).toBeCloseTo(16 / 9);
    expect(ratio(new Map([['screen 1', 1.25]]))).toBeCloseTo(1.25);
  });

  it('floats the own tile in the chosen corner of a call of two', () => {
    const { boxes, selfFloats } = layoutStage(
      [person(1), self],
      { ...choice, corner: 'top-left' },
      new Map(),
      AREA,
    );
    expect(selfFloats).toBe(true);
    expect(boxes.get('self')).toEqual({ x: 12, y: 12, width: 240, height: 180 });
    expect(layoutStage([person(1), person(2), self], choice, new Map(), AREA).selfFloats).toBe(false);
  });
});
