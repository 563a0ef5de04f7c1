import jsqr from 'jsqr';
import { describe, expect, it } from 'vitest';
import { qrPath } from './qr';

const CODE = 'AUbTn2c0kq1hVx9Zr4WmPwFyQ3';
const PIXELS = 3;

/** Draws the path, dark on light. */
function look({ size, path }: { size: number; path: string }): string | undefined {
  const width = size * PIXELS;
  const seen = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x = 0, y = 0, run = 0] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let dy = 0; dy < PIXELS; dy += 1) {
      for (let dx = 0; dx < Number(run) * PIXELS; dx += 1) {
        const at = ((Number(y) * PIXELS + dy) * width + Number(x) * PIXELS + dx) * 4;
        seen.fill(0, at, at + 3);
      }
    }
  }
  return jsqr(seen, width, width, { inversionAttempts: 'dontInvert' })?.data;
}

describe('qrPath', () => {
  it.each([
    ['one address', `parlour://join/192.168.1.20:18420/${CODE}`],
    ['a name', `parlour://join/parlour.example.org/${CODE}`],
    [
      'as many addresses as an invite may have',
      `parlour://join/${Array.from({ length: 8 }, (_, n) => `[2001:db8:1234:5678:9abc:def0:1234:${n}fff]:18420`).join(',')}/${CODE}`,
    ],
  ])('leads back to the link: %s', (_, link) => {
    expect(look(qrPath(link))).toBe(link);
  });

  it('has a margin', () => {
    const { size, path } = qrPath(CODE);
    for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
      expect(Math.min(Number(x), Number(y))).toBeGreaterThanOrEqual(4);
      expect(Math.max(Number(x) + Number(run), Number(y) + 1)).toBeLessThanOrEqual(size - 4);
    }
  });
});
