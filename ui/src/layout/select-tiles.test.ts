import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan, WISHES, type Seat } from './select-tiles';

const WIDE = { width: 1200, height: 700 };
const SMALL = { width: 340, height: 300 };
const person = (n: number): Seat => ({ key: `p${n}`, kind: 'person' });
const people = (count: number): Seat[] => Array.from({ length: count }, (_, n) => person(n + 1));
const screen = (n: number): Seat => ({ key: `s${n}`, kind: 'screen' });
const self: Seat = { key: 'self', kind: 'self' };
const asks = { wish: 'auto', pinned: null, floor: null } as const;

describe('what is large', () => {
  it('nobody gets lost, and nobody is there twice', () => {
    const room = fc.record({
      count: fc.integer({ min: 0, max: 7 }),
      screens: fc.integer({ min: 0, max: 3 }),
      own: fc.boolean(),
      wish: fc.constantFrom(...WISHES),
      pinned: fc.option(fc.constantFrom('p1', 's1', 'self', 'gone')),
      floor: fc.option(fc.constantFrom('p1', 'p2', 'gone')),
      width: fc.integer({ min: 0, max: 3000 }),
      height: fc.integer({ min: 0, max: 2000 }),
    });
    fc.assert(
      fc.property(room, ({ count, screens, own, wish, pinned, floor, width, height }) => {
        const seats = [
          ...people(count),
          ...Array.from({ length: screens }, (_, n) => screen(n + 1)),
          ...(own ? [self] : []),
        ];
        const { main, aside, corner } = plan(seats, { wish, pinned, floor }, { width, height });
        const all = [...main, ...aside, ...(corner ? ['self'] : [])].sort();
        expect(all).toEqual(seats.map(({ key }) => key).sort());
        expect(main.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('one other is all there is to see; oneself floats above', () => {
    expect(plan([person(1), self], asks, WIDE)).toEqual({ main: [], aside: ['p1'], corner: true });
    expect(plan([self], asks, WIDE)).toEqual({ main: [], aside: [], corner: true });
  });

  it('a shared screen is large, two are as well, and a third waits beside', () => {
    const room = [person(1), person(2), screen(1), screen(2), screen(3), self];
    expect(plan(room, asks, WIDE).main).toEqual(['s1', 's2']);
    expect(plan(room, { ...asks, wish: 'grid' }, WIDE).main).toEqual([]);
    expect(plan([person(1), screen(1), self], asks, WIDE)).toEqual({
      main: ['s1'],
      aside: ['p1', 'self'],
      corner: false,
    });
  });

  it('what is pinned comes before all, as long as it is there', () => {
    const room = [person(1), person(2), screen(1), self];
    expect(plan(room, { ...asks, pinned: 'p2' }, WIDE).main).toEqual(['p2']);
    expect(plan(room, { ...asks, pinned: 'p9' }, WIDE).main).toEqual(['s1']);
    expect(plan([person(1), self], { ...asks, pinned: 'self' }, WIDE).main).toEqual(['self']);
  });

  it('in a small window many faces give way to the one who speaks', () => {
    const room = [...people(7), self];
    expect(plan(room, { ...asks, floor: 'p3' }, WIDE).main).toEqual([]);
    expect(plan(room, { ...asks, floor: 'p3' }, SMALL).main).toEqual(['p3']);
    expect(plan(room, { ...asks, wish: 'grid', floor: 'p3' }, SMALL).main).toEqual([]);
    expect(plan(room, { ...asks, wish: 'speaker' }, WIDE).main).toEqual(['p1']);
  });
});
