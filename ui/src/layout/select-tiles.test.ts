import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectTiles, LAYOUT_MODES, type TileSpec } from './select-tiles';

const WIDE = { width: 1200, height: 700 };
const SMALL = { width: 340, height: 300 };
const person = (n: number): TileSpec => ({ key: `p${n}`, kind: 'person' });
const people = (count: number): TileSpec[] => Array.from({ length: count }, (_, n) => person(n + 1));
const screen = (n: number): TileSpec => ({ key: `s${n}`, kind: 'screen' });
const self: TileSpec = { key: 'self', kind: 'self' };
const defaults = { layoutMode: 'auto', pinned: null, activeSpeaker: null } as const;

describe('selectTiles', () => {
  it('places every tile exactly once', () => {
    const scenario = fc.record({
      count: fc.integer({ min: 0, max: 7 }),
      screens: fc.integer({ min: 0, max: 3 }),
      own: fc.boolean(),
      layoutMode: fc.constantFrom(...LAYOUT_MODES),
      pinned: fc.option(fc.constantFrom('p1', 's1', 'self', 'gone')),
      activeSpeaker: fc.option(fc.constantFrom('p1', 'p2', 'gone')),
      width: fc.integer({ min: 0, max: 3000 }),
      height: fc.integer({ min: 0, max: 2000 }),
    });
    fc.assert(
      fc.property(scenario, ({ count, screens, own, layoutMode, pinned, activeSpeaker, width, height }) => {
        const tiles = [
          ...people(count),
          ...Array.from({ length: screens }, (_, n) => screen(n + 1)),
          ...(own ? [self] : []),
        ];
        const { main, aside, corner } = selectTiles(
          tiles,
          { layoutMode, pinned, activeSpeaker },
          { width, height },
        );
        const all = [...main, ...aside, ...(corner ? ['self'] : [])].sort();
        expect(all).toEqual(tiles.map(({ key }) => key).sort());
        expect(main.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('floats the own tile over a single other tile', () => {
    expect(selectTiles([person(1), self], defaults, WIDE)).toEqual({ main: [], aside: ['p1'], corner: true });
    expect(selectTiles([self], defaults, WIDE)).toEqual({ main: [], aside: [], corner: true });
  });

  it('enlarges up to two shared screens and keeps a third beside them', () => {
    const tiles = [person(1), person(2), screen(1), screen(2), screen(3), self];
    expect(selectTiles(tiles, defaults, WIDE).main).toEqual(['s1', 's2']);
    expect(selectTiles(tiles, { ...defaults, layoutMode: 'grid' }, WIDE).main).toEqual([]);
    expect(selectTiles([person(1), screen(1), self], defaults, WIDE)).toEqual({
      main: ['s1'],
      aside: ['p1', 'self'],
      corner: false,
    });
  });

  it('enlarges the pinned tile before all others, as long as it exists', () => {
    const tiles = [person(1), person(2), screen(1), self];
    expect(selectTiles(tiles, { ...defaults, pinned: 'p2' }, WIDE).main).toEqual(['p2']);
    expect(selectTiles(tiles, { ...defaults, pinned: 'p9' }, WIDE).main).toEqual(['s1']);
    expect(selectTiles([person(1), self], { ...defaults, pinned: 'self' }, WIDE).main).toEqual(['self']);
  });

  it('enlarges the active speaker where a grid would be too small', () => {
    const tiles = [...people(7), self];
    expect(selectTiles(tiles, { ...defaults, activeSpeaker: 'p3' }, WIDE).main).toEqual([]);
    expect(selectTiles(tiles, { ...defaults, activeSpeaker: 'p3' }, SMALL).main).toEqual(['p3']);
    expect(selectTiles(tiles, { ...defaults, layoutMode: 'grid', activeSpeaker: 'p3' }, SMALL).main).toEqual(
      [],
    );
    expect(selectTiles(tiles, { ...defaults, layoutMode: 'speaker' }, WIDE).main).toEqual(['p1']);
  });
});
