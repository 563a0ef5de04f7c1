import { describe, expect, it } from 'vitest';
import { UplinkEstimate, type LinkRate } from './uplink';

const link = (available: number | null, assigned: number): LinkRate => ({ available, assigned });
const SECOND = 1_000;

describe('the uplink', () => {
  it('has no bound while most links carry what they may', () => {
    const uplink = new UplinkEstimate();
    uplink.update(
      [link(300_000, 1_000_000), link(3_000_000, 1_000_000), link(null, 1_000_000)],
      3_000_000,
      0,
    );
    expect(uplink.bound).toBeNull();
    // A single link needs no bound: its own congestion control is one.
    uplink.update([link(300_000, 1_000_000)], 1_000_000, 0);
    expect(uplink.bound).toBeNull();
  });

  it('is what the links carry together, once most are short', () => {
    const uplink = new UplinkEstimate();
    uplink.update(
      [link(700_000, 1_000_000), link(200_000, 1_000_000), link(5_000_000, 300_000)],
      2_300_000,
      0,
    );
    expect(uplink.bound).toBe(1_200_000);
  });

  it('is left alone for a while, then tried for more in steps, until all is sent', () => {
    const uplink = new UplinkEstimate();
    const short = [link(450_000, 600_000), link(450_000, 600_000)];
    const bounds: (number | null)[] = [];
    for (let now = 0; now <= 90 * SECOND; now += 2 * SECOND) {
      const half = (uplink.bound ?? 1_200_000) / 2;
      uplink.update(now === 0 ? short : [link(2 * half, half), link(2 * half, half)], 1_200_000, now);
      if (bounds.at(-1) !== uplink.bound) bounds.push(uplink.bound);
      if (now < 20 * SECOND) expect(bounds).toEqual([900_000]);
    }
    expect(bounds).toEqual(
      [900_000, 990_000, 1_089_000, 1_197_900, null].map((bound) => bound && expect.closeTo(bound)),
    );
  });

  it('of 3 Mbit/s is found by seven links, and changed seldom', () => {
    const uplink = new UplinkEstimate();
    const capacity = 3_000_000;
    const wanted = 5_000_000;
    const bounds: number[] = [];
    for (let now = 0; now < 600 * SECOND; now += 2 * SECOND) {
      const assigned = Math.min(wanted, uplink.bound ?? Infinity) / 7;
      // Of links that want more than there is, some get more than others; below that each estimate is above its need.
      const isFull = 7 * assigned > capacity;
      const links = Array.from({ length: 7 }, (_, n) =>
        link(isFull ? (capacity / 7) * (0.55 + 0.15 * n) * 0.9 : 1.5 * assigned, assigned),
      );
      uplink.update(links, wanted, now);
      if (uplink.bound !== null && uplink.bound !== bounds.at(-1)) bounds.push(uplink.bound);
    }
    expect(bounds.length).toBeLessThan(30);
    for (const bound of bounds.slice(2)) {
      expect(bound).toBeGreaterThan(0.6 * capacity);
      expect(bound).toBeLessThan(1.25 * capacity);
    }
  });
});
