import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initial, personColor } from './initial';

describe('initial', () => {
  it.each([
    ['Mei', 'M'],
    ['  ada lovelace', 'A'],
    ['王小梅', '小梅'],
    ['小梅', '小梅'],
    ['欧阳娜娜', '娜娜'],
    ['émile', 'É'],
    ['👩‍🚀 Sally', '👩‍🚀'],
    ['', ''],
    [' (2)', ''],
  ])('%s → %s', (name, short) => {
    expect(initial(name)).toBe(short);
  });

  it('is short and has a colour for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
        expect([...new Intl.Segmenter().segment(initial(name))].length).toBeLessThanOrEqual(3);
        expect(personColor(name)).toBeGreaterThanOrEqual(0);
        expect(personColor(name)).toBeLessThan(6);
      }),
    );
  });
});
