import { describe, expect, it } from 'vitest';
import { UplinkEstimate } from './uplink';

describe('the uplink', () => {
  it('has no bound while every link carries what it may', () => {
    const uplink = new UplinkEstimate();
    uplink.update([{ available: 3_000_000, assigned: 2_550_000 }], 2_550_000);
    expect(uplink.bound).toBeNull();
  });

  it('is what the links carry together, once one of them is short', () => {
    const uplink = new UplinkEstimate();
    uplink.update(
      [
        { available: 700_000, assigned: 1_000_000 },
        { available: 5_000_000, assigned: 300_000 },
      ],
      1_300_000,
    );
    expect(uplink.bound).toBe(1_000_000);
  });

  it('is tried for more when no link is short any more, until all is sent', () => {
    const uplink = new UplinkEstimate();
    uplink.update([{ available: 500_000, assigned: 1_000_000 }], 1_000_000);
    const bounds: (number | null)[] = [];
    while (uplink.bound !== null) {
      uplink.update([{ available: 2 * uplink.bound, assigned: uplink.bound }], 1_000_000);
      bounds.push(uplink.bound);
    }
    expect(bounds).toEqual([625_000, 781_250, 976_562.5, null]);
  });
});
