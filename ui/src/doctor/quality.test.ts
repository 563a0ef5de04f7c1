import { describe, expect, it } from 'vitest';
import { levelOf, sampleOf, SteadyLevel, type Measurement, type QualityLevel, type Sample } from './quality';

const measured = (over: Partial<Measurement> = {}): Measurement => ({
  at: 10_000,
  roundTripTime: 40,
  bytesReceived: 100_000,
  bytesSent: 50_000,
  packetsReceived: 1_000,
  packetsLost: 10,
  height: 720,
  ...over,
});

describe('a sample', () => {
  it('is what came between two measurements', () => {
    const later = {
      at: 12_000,
      bytesReceived: 350_000,
      bytesSent: 100_000,
      packetsReceived: 1_195,
      packetsLost: 15,
    };
    expect(sampleOf(measured(), measured(later))).toEqual({
      ...{ at: 12, roundTripTime: 40, height: 720 },
      ...{ received: 1_000, sent: 200, loss: 2.5 },
    });
  });

  it('of a link that was built anew has no difference to the old one', () => {
    const anew = measured({ at: 12_000, bytesReceived: 10 });
    expect(sampleOf(measured(), anew)).toMatchObject({ received: null, sent: null, loss: null });
    expect(sampleOf(null, measured())).toMatchObject({ received: null, roundTripTime: 40 });
  });

  it('without packets has no loss', () => {
    expect(sampleOf(measured(), measured({ at: 12_000 })).loss).toBeNull();
  });
});

describe('the level', () => {
  const sample = (roundTripTime: number | null, loss: number | null): Sample => ({
    ...{ at: 0, received: null, sent: null, height: null },
    ...{ roundTripTime, loss },
  });

  it('follows round trip and loss, whichever is worse', () => {
    expect(levelOf(sample(40, 0))).toBe('good');
    expect(levelOf(sample(300, 0))).toBe('medium');
    expect(levelOf(sample(40, 5))).toBe('medium');
    expect(levelOf(sample(600, 0))).toBe('weak');
    expect(levelOf(sample(40, 12))).toBe('weak');
    expect(levelOf(sample(null, null))).toBe('good');
  });

  it('changes after two bad samples in a row, and back after four good ones', () => {
    const steady = new SteadyLevel();
    const shown = (...levels: QualityLevel[]) => levels.map((level) => steady.update(level));
    expect(shown('weak', 'good', 'weak')).toEqual(['good', 'good', 'good']);
    expect(shown('medium')).toEqual(['medium']);
    expect(shown('weak', 'weak')).toEqual(['medium', 'weak']);
    expect(shown('good', 'good', 'good')).toEqual(['weak', 'weak', 'weak']);
    expect(shown('good')).toEqual(['good']);
  });
});
