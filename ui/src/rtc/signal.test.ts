import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from './channel';
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
  it('takes every signal as it was sent', () => {
    fc.assert(
      fc.property(signal, (sent) => void expect(readSignal(JSON.parse(JSON.stringify(sent)))).toEqual(sent)),
    );
  });

  it('never throws, whatever comes, and lets nothing through but a signal', () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        const read = readSignal(raw);
        if (typeof read !== 'string') expect(readSignal(read)).toEqual(read);
      }),
    );
  });

  it('takes no signal in which one field is something else', () => {
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
  ])('says what is wrong with %j', (raw, problem) => {
    expect(readSignal(raw)).toBe(problem);
  });

  it('passes on only the fields it knows', () => {
    const raw = { link: 1, candidate: { candidate: '', sdpMid: '0', evil: 1 }, more: 2 };
    expect(readSignal(raw)).toEqual({
      link: 1,
      candidate: { candidate: '', sdpMid: '0', sdpMLineIndex: null, usernameFragment: null },
    });
  });
});

describe('readMessage', () => {
  it('takes the state of microphone and camera', () => {
    expect(readMessage('{"type":"media","mic":true,"camera":false,"more":1}')).toEqual({
      type: 'media',
      mic: true,
      camera: false,
    });
  });

  it('takes what the safety check says, and forgives nothing there', () => {
    const bytes = '0123456789abcdef'.repeat(4);
    const commit = { type: 'commit', hash: bytes };
    const reveal = { type: 'reveal', nonce: bytes };
    expect(readMessage(JSON.stringify({ ...commit, more: 1 }))).toEqual(commit);
    expect(readMessage(JSON.stringify(reveal))).toEqual(reveal);
    for (const wrong of [
      undefined,
      7,
      '',
      bytes.slice(1),
      bytes + '0',
      bytes.toUpperCase(),
      ` ${bytes}`,
      [bytes],
    ]) {
      expect(readMessage(JSON.stringify({ ...commit, hash: wrong }))).toBe('safety_invalid');
      expect(readMessage(JSON.stringify({ ...reveal, nonce: wrong }))).toBe('safety_invalid');
    }
  });

  it('leaves alone what only a newer version knows', () => {
    expect(readMessage('{"type":"wave"}')).toBeNull();
  });

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.json()), (data) => void readMessage(data)));
  });

  it.each([
    '',
    '[]',
    'null',
    '{"type":"media","mic":1,"camera":true}',
    `"${'x'.repeat(2_000)}"`,
    new ArrayBuffer(8),
  ])('refuses %j', (data) => expect(readMessage(data)).toBe('message_invalid'));
});
