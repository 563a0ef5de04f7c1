import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitment, NonceExchange, randomNonce, type LinkIdentity, type SafetyMessage } from './exchange';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

const nonce = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''));

const HERE = { id: 'here', fingerprint: '1'.repeat(64) };
const THERE = { id: 'there', fingerprint: '2'.repeat(64) };
const LINK: LinkIdentity = { binding: 'b1'.repeat(32), local: HERE, remote: THERE };

const commit = (of: string, link = LINK): SafetyMessage => ({ type: 'commit', hash: commitment(link, of) });
const reveal = (of: string): SafetyMessage => ({ type: 'reveal', nonce: of });

describe('the exchange', () => {
  it('ends with both nonces on both sides, whichever side opens first and however messages are delayed', () => {
    fc.assert(
      fc.property(nonce, nonce, fc.array(fc.nat(3), { maxLength: 40 }), (a, b, turns) => {
        fc.pre(a !== b);
        const sides = [new NonceExchange(a), new NonceExchange(b)] as const;
        const links = [LINK, { ...LINK, local: THERE, remote: HERE }] as const;
        const ways: [SafetyMessage[], SafetyMessage[]] = [[], []];
        const opened = [false, false];
        const turn = (what: number) => {
          const at = (what % 2) as 0 | 1;
          const to = (1 - at) as 0 | 1;
          if (what < 2 && !opened[at]) {
            opened[at] = true;
            ways[to].push(...sides[at].start(links[at]));
          } else {
            const message = ways[at].shift();
            if (!message) return;
            const answers = sides[at].receive(message);
            expect(answers).not.toBe('broken');
            ways[to].push(...(answers as SafetyMessage[]));
          }
        };
        turns.forEach(turn);
        for (const what of [0, 1, 2, 3, 2, 3, 2, 3, 2, 3]) turn(what);
        expect(sides[0].nonces).toEqual({ local: a, remote: b });
        expect(sides[1].nonces).toEqual({ local: b, remote: a });
      }),
    );
  });

  it("commits once when the channel opens, and reveals nothing before it has the peer's commitment", () => {
    const here = new NonceExchange(A);
    expect(here.start(LINK)).toEqual([commit(A)]);
    expect(here.start(LINK)).toEqual([]);
    expect(here.nonces).toBeNull();
    expect(here.receive(commit(B))).toEqual([reveal(A)]);
    expect(here.receive(reveal(B))).toEqual([]);
    expect(here.nonces).toEqual({ local: A, remote: B });
  });

  it('answers a commitment that came before the channel opened, after its own', () => {
    const here = new NonceExchange(A);
    expect(here.receive(commit(B))).toEqual([]);
    expect(here.start(LINK)).toEqual([commit(A), reveal(A)]);
  });

  it.each<[string, SafetyMessage[]]>([
    ['a nonce without a commitment', [reveal(B)]],
    ['another nonce than the one committed to', [commit(B), reveal('c'.repeat(64))]],
    [
      'a commitment of another room or other peers',
      [commit(B, { ...LINK, binding: 'c'.repeat(64) }), reveal(B)],
    ],
    [
      'a commitment to another certificate',
      [commit(B, { ...LINK, remote: { ...THERE, fingerprint: A } }), reveal(B)],
    ],
    ['our own commitment sent back', [commit(A)]],
    ['a second commitment', [commit(B), commit('c'.repeat(64))]],
    ['a commitment that comes twice', [commit(B), commit(B)]],
    ['a nonce that comes twice', [commit(B), reveal(B), reveal(B)]],
    ['a commitment after the end', [commit(B), reveal(B), commit('c'.repeat(64))]],
  ])('is finally broken by %s', (_, messages) => {
    const here = new NonceExchange(A);
    here.start(LINK);
    const last = messages.map((message) => here.receive(message)).at(-1);
    expect(last).toBe('broken');
    expect(here.nonces).toBeNull();
    expect(here.receive(commit(B))).toBe('broken');
    expect(here.receive(reveal(B))).toBe('broken');
  });

  it('is broken by a nonce that comes before the peer can have our commitment', () => {
    const here = new NonceExchange(A);
    here.receive(commit(B));
    expect(here.receive(reveal(B))).toBe('broken');
    expect(here.start(LINK)).toEqual([]);
  });

  it('never reveals the nonce to a peer that has not committed, and never accepts a nonce that does not fit', () => {
    const message = fc.oneof(
      fc.constantFrom(commit(A), commit(B), reveal(A), reveal(B)),
      nonce.map(reveal),
      nonce.map(commit),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.nat(6), (messages, openAt) => {
        const here = new NonceExchange(A);
        const sent: SafetyMessage[] = [];
        let committed: string | null = null;
        messages.forEach((message, index) => {
          if (index === openAt) sent.push(...here.start(LINK));
          const answers = here.receive(message);
          if (answers === 'broken') return;
          if (message.type === 'commit') committed = message.hash;
          sent.push(...answers);
          if (sent.some(({ type }) => type === 'reveal')) expect(committed).not.toBeNull();
        });
        if (here.nonces) expect(commitment(LINK, here.nonces.remote)).toBe(committed);
        expect(sent.filter(({ type }) => type === 'reveal').length).toBeLessThanOrEqual(1);
        if (sent.length > 0) expect(sent[0]?.type).toBe('commit');
      }),
    );
  });

  it('has a new nonce every time', () => {
    expect(randomNonce()).toMatch(/^[\da-f]{64}$/);
    expect(randomNonce()).not.toBe(randomNonce());
  });
});
