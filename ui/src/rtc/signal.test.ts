import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSignal, type Signal } from './signal';

const count = fc.integer({ min: 1, max: 1_000_000 });
const description = fc.record({ type: fc.constantFrom('offer', 'answer'), sdp: fc.string() });
const candidate = fc.record({
  candidate: fc.string(),
  sdpMid: fc.string({ maxLength: 16 }),
  sdpMLineIndex: fc.option(fc.nat(65_535)),
  usernameFragment: fc.option(fc.string({ maxLength: 16 })),
});
const signal = fc.oneof(
  fc.record({ link: count, round: count, description }),
  fc.record({ link: count, candidate: fc.option(candidate) }),
  fc.record({ link: count, ask: fc.constantFrom('offer', 'restart') }),
) as fc.Arbitrary<Signal>;

describe('readSignal', () => {
  it('reads every signal as it was sent', () => {
    fc.assert(
      fc.property(signal, (sent) => void expect(readSignal(JSON.parse(JSON.stringify(sent)))).toEqual(sent)),
    );
  });

  it('never throws, and reads nothing but signals', () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        const read = readSignal(raw);
        if (typeof read !== 'string') expect(readSignal(read)).toEqual(read);
      }),
    );
  });

  it('refuses a signal with one wrong field', () => {
    fc.assert(
      fc.property(signal, fc.nat(), fc.constantFrom(-1, 0.5, true, {}, [], ''), (sent, which, wrong) => {
        const fields = Object.keys(sent);
        const field = fields[which % fields.length] ?? 'link';
        expect(typeof readSignal({ ...sent, [field]: wrong })).toBe('string');
      }),
    );
  });

  it.each([
    [{ link: 1, round: 1, description: { type: 'pranswer', sdp: '' } }, 'description_unknown'],
    [{ link: 1, round: 1, description: { type: 'rollback' } }, 'description_unknown'],
    [{ link: 1, round: 1, description: { type: 'offer' } }, 'signal_invalid'],
    [{ link: 1, description: { type: 'offer', sdp: '' } }, 'signal_invalid'],
    [{ link: 1, round: 1, description: { type: 'offer', sdp: 'x'.repeat(50_000) } }, 'signal_invalid'],
    [{ link: 0, ask: 'offer' }, 'signal_invalid'],
    [{ link: 1, ask: 'money' }, 'signal_invalid'],
    [{ link: 1, candidate: {} }, 'signal_invalid'],
    [{ link: 1, candidate: { candidate: 'candidate:1' } }, 'signal_invalid'],
    [null, 'signal_invalid'],
  ])('reports the problem of %j', (raw, problem) => {
    expect(readSignal(raw)).toBe(problem);
  });

  it('reads only the known fields', () => {
    const raw = { link: 1, candidate: { candidate: '', sdpMid: '0', evil: 1 }, more: 2 };
    expect(readSignal(raw)).toEqual({
      link: 1,
      candidate: { candidate: '', sdpMid: '0', sdpMLineIndex: null, usernameFragment: null },
    });
  });
});
