import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from './chat-text';

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
