import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkify } from './linkify';

/** The shown text and the target of each link. */
const links = (text: string) =>
  linkify(text).flatMap(({ text, url }) => (url === undefined ? [] : [`${text} → ${url}`]));
/** The links whose text is their target. */
const plainLinks = (text: string) =>
  linkify(text).flatMap(({ text, url }) => (url === undefined ? [] : [text]));

/** Texts made of these were slow to search. */
const SLOW_UNITS = [
  'http://a.b/(',
  'http://a.b/[',
  'http://a.b/(]',
  '<a@b.cc>',
  ')))',
  'www.',
  'e\u0301\u0301',
  '\u0301',
  'http://',
  'a.',
  'a@',
  '看www.',
  '看a',
  'https://a.b看',
  '(((',
  'a-',
  '://',
  'mailto:',
  'a_',
  'http://@',
  'http://例',
  'a.b/',
  '𝒂.',
];

describe('linkify', () => {
  it.each([
    ['see https://example.org/a?b=1#c, please', ['https://example.org/a?b=1#c']],
    ['(https://en.wikipedia.org/wiki/Parlour_(room))', ['https://en.wikipedia.org/wiki/Parlour_(room)']],
    [
      'one http://192.168.1.20:46800/x\ntwo http://localhost:3000/',
      ['http://192.168.1.20:46800/x', 'http://localhost:3000/'],
    ],
    ['看https://example.com/路径，很好', ['https://example.com/']],
    ['网址是https://example.com/a?b=1。好的', ['https://example.com/a?b=1']],
    ['用Firefox打开https://example.com/a看看', ['https://example.com/a']],
    ['「https://example.com/x」谢谢', ['https://example.com/x']],
    ['https://a.example/看https://b.example/', ['https://a.example/', 'https://b.example/']],
    [
      'https://web.archive.org/web/2020/https://example.com/',
      ['https://web.archive.org/web/2020/https://example.com/'],
    ],
    ['javascript:alert(1) data:text/html,x file:///etc/passwd', []],
    ['parlour://join/192.168.1.20:46800/AUbTn2c0kq1hVx9Zr4WmPwFyQ3', []],
    ['ftp://example.org/ //example.org/x smb://example.org', []],
    ['readme.md main.rs v1.2.3 3.14 a.b 10:30', []],
    ['nothing', []],
    ['', []],
  ])('of %j', (text, shown) => expect(plainLinks(text)).toEqual(shown));

  it('finds web and mail addresses, also without a scheme', () => {
    expect(links('www.example.org/a_(b), and 给mei@example.org发')).toEqual([
      'www.example.org/a_(b) → https://www.example.org/a_(b)',
      'mei@example.org → mailto:mei@example.org',
    ]);
    expect(links('访问example.com看看, github.com/x/y')).toEqual([
      'example.com → https://example.com/',
      'github.com/x/y → https://github.com/x/y',
    ]);
    expect(links('http://例子.中国/路')).toEqual([
      'http://例子.中国/路 → http://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF',
    ]);
    expect(links('https://good\u200f.example/ http://[bad')).not.toContain('good.example');
  });

  it('keeps the whole text and shows each target as it is', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.emailAddress(),
      fc.constantFrom(
        '看',
        '，',
        '\n',
        ' ',
        'https://',
        'www.',
        'javascript:',
        '//',
        '@',
        'http://a.b',
        '.com',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const found = linkify(text);
        expect(found.map(({ text }) => text).join('')).toBe(text);
        for (const { url } of found) if (url !== undefined) expect(url).toMatch(/^(https?|mailto):/);
      }),
    );
  });

  it('links no more than twenty addresses of one text', () => {
    expect(plainLinks('https://a.example/ '.repeat(30))).toHaveLength(20);
  });

  it('does not link an address with a name before the host, which would look like the host', () => {
    expect(plainLinks('https://google.com@evil.example/ https://google.com:443@evil.example/')).toEqual([]);
  });

  it('takes a time that grows with the length of the text only', () => {
    const fastest = (text: string): number => {
      const times = Array.from({ length: 5 }, () => {
        const begun = performance.now();
        const found = linkify(text);
        const took = performance.now() - begun;
        expect(found.map((part) => part.text).join('')).toBe(text);
        return took;
      });
      return Math.min(...times);
    };
    for (const unit of SLOW_UNITS) {
      // A quadratic search takes 64 times as long for 8 times the text, and seconds for this one.
      const long = fastest(unit.repeat(Math.ceil(96_000 / unit.length)));
      const short = fastest(unit.repeat(Math.ceil(12_000 / unit.length)));
      expect(long, unit).toBeLessThan(24 * short + 20);
    }
  });
});
