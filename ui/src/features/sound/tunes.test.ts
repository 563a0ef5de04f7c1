import { describe, expect, it } from 'vitest';
import { durationOf, TUNES } from './tunes';

describe('sounds', () => {
  it.each(Object.entries(TUNES))('%s is short and quiet', (name, tune) => {
    expect(durationOf(tune)).toBeLessThan(name === 'test' ? 2 : 1.1);
    const together = tune.reduce((sum, { loud }) => sum + loud * 1.18, 0);
    expect(together).toBeLessThan(name === 'test' ? 0.6 : 0.35);
  });
});
