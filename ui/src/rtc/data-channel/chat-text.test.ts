import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from './chat-text';
import { MAX_CHAT_LENGTH } from '../../types';
import { newChatMessage, readEphemeralMessage, readReliableMessage } from './messages';

const id = '0123-abcd-4567';

describe('a text', () => {
  it.each([
    ['  hello \n', 'hello'],
    ['one\r\ntwo\rthree\u2028four', 'one\ntwo\nthree\nfour'],
    ['\u0000a\u0007b\u001b[31m\u009b', 'ab[31m'],
    ['https://good.example/\u202ecod.exe\u202c', 'https://good.example/cod.exe'],
    ['\u2066\u2067x\u2069', 'x'],
    ['a\n\n \t\n\n\nb', 'a\n\nb'],
    ['\ttabs\tstay', 'tabs\tstay'],
    ['你好 👩‍👩‍👧 שלום\u200f', '你好 👩‍👩‍👧 שלום\u200f'],
    ['lone \ud800 half', 'lone \ufffd half'],
    [' \n\u0000\n ', ''],
  ])('%j becomes %j', (text, cleaned) => expect(cleanText(text)).toBe(cleaned));

  it('that is cleaned stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = cleanText(text);
        expect(cleanText(once)).toBe(once);
        expect(once).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe('a reliable message', () => {
  it('is read as it was made', () => {
    const post = newChatMessage('  hello ');
    expect(post).toMatchObject({ type: 'chat', text: 'hello' });
    expect(readReliableMessage(JSON.parse(JSON.stringify(post)))).toEqual(post);
  });
  it('is not made of an empty text', () => expect(newChatMessage(' \n ')).toBeNull());
  it('is bounded in length', () => {
    expect(readReliableMessage({ type: 'chat', id, text: 'x'.repeat(MAX_CHAT_LENGTH) })).not.toBeNull();
    expect(readReliableMessage({ type: 'chat', id, text: 'x'.repeat(MAX_CHAT_LENGTH + 1) })).toBeNull();
  });
  it.each([
    null,
    'chat',
    { type: 'file', id, text: 'x' },
    { type: 'chat', id: 'short', text: 'x' },
    { type: 'chat', id: '<img src=x>', text: 'x' },
    { type: 'chat', id: id.repeat(9), text: 'x' },
    { type: 'chat', id, text: { toString: 'x' } },
    { type: 'chat', id, text: '' },
  ])('is not read from %j', (raw) => expect(readReliableMessage(raw)).toBeNull());
  it('is read from any value without an exception', () => {
    fc.assert(fc.property(fc.anything(), (raw) => void readReliableMessage(raw)));
  });
});

describe('an ephemeral message', () => {
  it('is one of the known reactions', () => {
    expect(readEphemeralMessage({ type: 'reaction', emoji: 'heart', extra: 1 })).toEqual({
      type: 'reaction',
      emoji: 'heart',
    });
  });
  it.each([
    null,
    7,
    { type: 'reaction', emoji: '💣' },
    { type: 'chat', emoji: 'heart' },
    { type: 'reaction' },
  ])('is not read from %j', (raw) => expect(readEphemeralMessage(raw)).toBeNull());
});
