import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EMOJI, emojiOf, SHOWN, type Share } from './emoji';
import { commitment } from './exchange';

const hex = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
const share = fc.record({
  id: fc.string({ unit: fc.constantFrom(...'AZaz09-_'), minLength: 22, maxLength: 22 }),
  fingerprint: hex,
  nonce: hex,
});
const two = fc.tuple(share, share).filter(([a, b]) => a.id !== b.id);

const BINDING = 'b1'.repeat(32);

describe('the emoji', () => {
  it('are the same for both sides', () => {
    fc.assert(
      fc.property(two, ([a, b]) => void expect(emojiOf(BINDING, a, b)).toEqual(emojiOf(BINDING, b, a))),
    );
  });

  it('change with any bit of a fingerprint, a nonce or the binding', () => {
    const part = fc.constantFrom<keyof Share>('fingerprint', 'nonce');
    fc.assert(
      fc.property(two, fc.nat(255), part, ([a, b], bit, part) => {
        const flip = (hex: string) => {
          const at = bit >> 2;
          const flipped = (Number.parseInt(hex.charAt(at), 16) ^ (1 << (bit & 3))).toString(16);
          return hex.slice(0, at) + flipped + hex.slice(at + 1);
        };
        const right = emojiOf(BINDING, a, b);
        expect(emojiOf(BINDING, { ...a, [part]: flip(a[part]) }, b)).not.toEqual(right);
        expect(emojiOf(flip(BINDING), a, b)).not.toEqual(right);
      }),
    );
  });

  it('depend on which side has which certificate', () => {
    fc.assert(
      fc.property(two, ([a, b]) => {
        fc.pre(a.fingerprint !== b.fingerprint);
        const swapped = [
          { ...a, fingerprint: b.fingerprint },
          { ...b, fingerprint: a.fingerprint },
        ] as const;
        expect(emojiOf(BINDING, ...swapped)).not.toEqual(emojiOf(BINDING, a, b));
      }),
    );
  });

  it('are spread over the whole table', () => {
    const seen = new Map<string, number>();
    for (let n = 0; n < 4_000; n += 1) {
      const nonce = n.toString(16).padStart(64, '0');
      const a = { id: 'a', fingerprint: 'a'.repeat(64), nonce };
      const b = { id: 'b', fingerprint: 'b'.repeat(64), nonce: 'c'.repeat(64) };
      for (const emoji of emojiOf(BINDING, a, b)) {
        seen.set(emoji, (seen.get(emoji) ?? 0) + 1);
      }
    }
    expect(seen.size).toBe(64);
    const mean = (4_000 * SHOWN) / 64;
    for (const count of seen.values()) expect(Math.abs(count - mean)).toBeLessThan(mean / 4);
  });

  it('are 64 different emoji, each with its own picture', () => {
    expect(new Set(EMOJI).size).toBe(64);
    const pictures = EMOJI.map((emoji) => `src/assets/emoji/${emoji.replace('_', '-')}.svg`);
    expect(pictures.filter((picture) => !existsSync(picture))).toEqual([]);
  });
});

/** The worked example of docs/protocol.md, read from the page itself. */
describe('the example in the protocol', () => {
  const page = readFileSync('../docs/protocol.md', 'utf8');
  const example = /```json safety\n(.*?)```/s.exec(page)?.[1] ?? '{}';
  const { binding, shares, commitments, emoji } = JSON.parse(example) as {
    binding: string;
    shares: [Share, Share];
    commitments: string[];
    emoji: string[];
  };

  it('gives the emoji of the page', () => {
    const [local, remote] = shares;
    const hashes = shares.map(({ nonce }) => commitment({ binding, local, remote }, nonce));
    expect(hashes).toEqual(commitments);
    expect(emojiOf(binding, ...shares)).toEqual(emoji);
  });

  it('uses the table of the page', () => {
    const table = /### The table\n(.*?)\n##/s.exec(page)?.[1] ?? '';
    expect(table.match(/\b[a-z_]+\b/g)).toEqual(EMOJI);
  });
});
