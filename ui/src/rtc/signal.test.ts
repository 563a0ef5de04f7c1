import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSignal, type Signal } from './signal';
import { candidate, description } from './testing';

const count = fc.integer({ min: 1, max: 1_000_000 });
const signal = fc.oneof(
  fc.record({
    link: count,
    round: count,
    description: fc.constantFrom(description('offer', 'abcd'), description('answer', 'efgh')),
  }),
  fc.record({ link: count, candidate: fc.constantFrom(null, candidate('1'), candidate('2', 'abcd')) }),
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
        if (typeof read !== 'string' && !('refused' in read)) expect(readSignal(read)).toEqual(read);
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
    [{ link: 1, round: 1, description: { type: 'pranswer' } }, 'description_unknown'],
    [{ link: 1, round: 1, description: { type: 'rollback' } }, 'description_unknown'],
    [{ link: 1, description: description('offer', 'abcd') }, 'signal_invalid'],
    [{ link: 0, ask: 'offer' }, 'signal_invalid'],
    [{ link: 1, ask: 'money' }, 'signal_invalid'],
    [{ link: 1, candidate: {} }, 'signal_invalid'],
    [{ link: 1, candidate: { candidate: 'candidate:1', sdpMid: '0' } }, 'signal_invalid'],
    [null, 'signal_invalid'],
  ])('reports the problem of %j', (raw, problem) => {
    expect(readSignal(raw)).toBe(problem);
  });

  it('refuses a description that is SDP', () => {
    const raw = { link: 3, round: 1, description: { type: 'offer', sdp: 'v=0\r\n' } };
    expect(readSignal(raw)).toEqual({ link: 3, refused: 'form' });
  });

  it('reads only the known fields', () => {
    const raw = { link: 1, candidate: { ...candidate('1'), evil: 1 }, more: 2 };
    expect(readSignal(raw)).toEqual({ link: 1, candidate: candidate('1') });
  });
});
