/** A part of a text; a link has a `url`. */
export interface TextPart {
  text: string;
  url?: string;
}

/** Links after the last of these stay plain: nobody writes more in one message. */
const MAX_LINKS = 20;
const MAX_HOST_LENGTH = 253;
const MAX_LOCAL_PART_LENGTH = 64;

/** Without `www.` or a path, anything else may be the name of a file. */
const COMMON_TLD = /^(?:biz|com|edu|gov|net|org|pro|web|xxx|aero|asia|coop|info|museum|name|shop|app|dev)$/i;
const TLD = /^[a-z]{2,}$/i;
/** Letters and marks of a host, a path or an address. Whatever else is not ASCII ends a link. */
const LETTER = /[\p{L}\p{M}\p{N}]/u;
/** Chinese, Japanese and Korean have no spaces around a link. */
const CJK =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;

const NAME = /[\w.%+-]/;
const HOST = /[\w.-]/;
const PATH = /[\w.~:/?#[\]@!$&'()*+,;=%{}-]/;
const TRAILING = /[.,;:!?'*([{]/;
/** Before a link without a scheme: then it is a part of something else. */
const PART_OF_MORE = /[\w./:@=&#%+~\\$-]/;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

interface Found {
  begin: number;
  end: number;
  url: string;
}

/** Divides the text into links and the text between them, in order. Looks at each character a few times at most. */
export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let plainFrom = 0;
  let links = 0;
  let at = 0;
  while (at < text.length && links < MAX_LINKS) {
    if (!isAlphanumeric(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const nameEnd = endOf(NAME, text, at);
    const found = linkAt(text, at, nameEnd);
    if (typeof found === 'number') {
      at = found;
      continue;
    }
    links += 1;
    if (found.begin > plainFrom) parts.push({ text: text.slice(plainFrom, found.begin) });
    parts.push({ text: text.slice(found.begin, found.end), url: found.url });
    plainFrom = at = found.end;
  }
  if (plainFrom < text.length) parts.push({ text: text.slice(plainFrom) });
  return parts;
}

/** The link that begins here, or where to look on. `nameEnd` is the end of the name that begins here. */
function linkAt(text: string, begin: number, nameEnd: number): Found | number {
  const name = text.slice(begin, Math.min(nameEnd, begin + MAX_HOST_LENGTH + 1));
  if (/^https?$/i.test(name) && text.startsWith('://', nameEnd)) {
    return webLink(text, begin, nameEnd + 3, '');
  }
  const isMailto = /^mailto$/i.test(name) && text[nameEnd] === ':';
  if (isMailto || text[nameEnd] === '@') return mailLink(text, begin, isMailto ? nameEnd + 1 : begin);
  if (isPartOfMore(text, begin) || name.includes('_') || !isWebLike(name, text[nameEnd])) return nameEnd;
  return webLink(text, begin, begin, 'https://');
}

function mailLink(text: string, begin: number, localBegin: number): Found | number {
  const localEnd = endOf(NAME, text, localBegin);
  const hostBegin = localEnd + 1;
  if (text[localEnd] !== '@' || isPartOfMore(text, begin)) return Math.max(localEnd, localBegin);
  const local = text.slice(localBegin, localEnd);
  const end = trimmed(text, hostBegin, endOf(HOST, text, hostBegin));
  const host = text.slice(hostBegin, end);
  const isAddress =
    local.length > 0 && local.length <= MAX_LOCAL_PART_LENGTH && isHostName(host) && text[end] !== '@';
  const url = isAddress ? targetOf(`mailto:${local}@${host}`) : null;
  return url === null ? hostBegin : { begin, end, url };
}

function webLink(text: string, begin: number, hostBegin: number, scheme: string): Found | number {
  const hostEnd = endOfHost(text, hostBegin);
  let end = hostEnd;
  const port = text[end] === ':' ? endOf(/\d/, text, end + 1) : end;
  if (port > end + 1) end = port;
  // A name and a password before the host would look like the host.
  if (text[end] === '@' || hostEnd === hostBegin || hostEnd - hostBegin > MAX_HOST_LENGTH) return end;
  if (/[/?#]/.test(text[end] ?? '')) {
    const isAscii =
      !CJK.test(text.slice(hostBegin, hostEnd)) && /\.[a-z\d-]{2,}$/i.test(text.slice(hostBegin, hostEnd));
    end = endOfPath(text, end, isAscii);
  }
  end = trimmed(text, hostBegin, end);
  const url = end > hostBegin ? targetOf(scheme + text.slice(begin, end)) : null;
  return url === null ? Math.max(end, hostEnd) : { begin, end, url };
}

/** A host may be Chinese. A Chinese word after a whole host is not a part of it. */
function endOfHost(text: string, begin: number): number {
  let at = begin;
  while (at < text.length && at - begin <= MAX_HOST_LENGTH) {
    const char = charAt(text, at);
    if (HOST.test(char)) at += 1;
    else if (!isForeign(char) || (CJK.test(char) && isWhole(text.slice(begin, at)))) break;
    else at += char.length;
  }
  return at;
}

/** Brackets inside of the link belong to it in pairs. */
function endOfPath(text: string, begin: number, endsAtCjk: boolean): number {
  const open: string[] = [];
  let at = begin;
  while (at < text.length) {
    const char = charAt(text, at);
    const closing = CLOSING[char];
    if (closing) open.push(closing);
    else if (char === ')' || char === ']' || char === '}') {
      if (open.pop() !== char) break;
    } else if (!PATH.test(char) && (!isForeign(char) || (endsAtCjk && CJK.test(char)))) break;
    at += char.length;
  }
  return at;
}

/** Without the punctuation of the sentence around it. */
function trimmed(text: string, begin: number, end: number): number {
  let last = end;
  while (last > begin && TRAILING.test(text[last - 1] ?? '')) last -= 1;
  return last;
}

function endOf(chars: RegExp, text: string, begin: number): number {
  let at = begin;
  while (at < text.length && chars.test(text[at] ?? '')) at += 1;
  return at;
}

function isWebLike(name: string, next: string | undefined): boolean {
  const host = name.replace(/\.$/, '');
  const tld = host.slice(host.lastIndexOf('.') + 1);
  const isKnown = /^www\./i.test(host) || next === '/' || COMMON_TLD.test(tld);
  return isKnown && host.length <= MAX_HOST_LENGTH && isHostName(host);
}

function isHostName(host: string): boolean {
  const labels = host.split('.');
  return (
    labels.length >= 2 &&
    labels.every((label) => /^[a-z\d-]+$/i.test(label) && !label.startsWith('-') && !label.endsWith('-')) &&
    TLD.test(labels.at(-1) ?? '')
  );
}

const isWhole = (host: string): boolean => /\.[a-z\d-]{2,}$/i.test(host);

function isPartOfMore(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  const last = [...before].at(-1) ?? '';
  return PART_OF_MORE.test(last) || (LETTER.test(last) && !CJK.test(last));
}

const isForeign = (char: string): boolean => char > '\u007f' && LETTER.test(char);

const charAt = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at) ?? 0);

const isAlphanumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** Null for what is no URL, and for schemes other than http, https and mailto. */
function targetOf(whole: string): string | null {
  try {
    const url = new URL(whole);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
