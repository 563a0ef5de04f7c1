import { LinkifyIt } from 'linkify-it';

/** A part of a text; a link has a `url`. */
export interface TextPart {
  text: string;
  url?: string;
}

const linkifyIt = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true });
const ALLOWED_SCHEMES = ['http:', 'https:', 'mailto:'];
/** Chinese, Japanese and Korean have no spaces around a link. */
const CJK =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;
const AFTER_CJK = new RegExp(
  `${CJK.source}(?=https?://|www\\.|mailto:|[a-z\\d][\\w.+-]*@[a-z\\d]|[a-z\\d-]+\\.[a-z])`,
  'iu',
);
const WHOLE_HOST = /^(?:https?:\/\/)?[^/?#]+\.[a-z\d-]{2,}(?:[/?#:]|$)|@/i;
/** Anything else without a scheme may be the name of a file. */
const WEB_LIKE = /^www\.|\/|\.[a-z]{3,}$/i;

/** Divides the text into links and the text between them, in order. */
export function linkify(text: string): TextPart[] {
  const found: TextPart[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain) found.push({ text: plain });
    plain = '';
  };
  for (const word of text.split(/(\s+)/)) {
    for (const part of linksOfWord(word)) {
      if (part.url === undefined) {
        plain += part.text;
      } else {
        flush();
        found.push(part);
      }
    }
  }
  flush();
  return found;
}

/** `word` has no spaces. */
function linksOfWord(word: string): TextPart[] {
  const found: TextPart[] = [];
  let rest = word;
  while (rest !== '') {
    const begin = rest.search(AFTER_CJK) + 1;
    const head = begin > 0 && !rest.slice(0, begin).includes('://') ? rest.slice(0, begin) : '';
    const tail = rest.slice(head.length);
    const [match] = linkifyIt.match(untilCjk(tail)) ?? [];
    if (!match) break;
    const { index } = match;
    const shown = untilCjk(match.text);
    const url = targetOf(shown, match.schema);
    if (url === null) break;
    found.push({ text: head + tail.slice(0, index) }, { text: shown, url });
    rest = tail.slice(index + shown.length);
  }
  return [...found, { text: rest }];
}

/** Cuts off text that follows a link without a space. A host may be Chinese itself. */
function untilCjk(link: string): string {
  const end = link.search(CJK);
  const head = link.slice(0, end);
  return end > 0 && WHOLE_HOST.test(head) ? head : link;
}

/** Null for schemes other than http, https and mailto. */
function targetOf(shown: string, schema: string): string | null {
  if (schema === '' && !WEB_LIKE.test(shown)) return null;
  const whole =
    schema === ''
      ? `https://${shown}`
      : schema === 'mailto:'
        ? `mailto:${shown.replace(/^mailto:/i, '')}`
        : shown;
  try {
    const url = new URL(whole);
    return ALLOWED_SCHEMES.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
