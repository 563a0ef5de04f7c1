const LONE_SURROGATES = /\p{Surrogate}/gu;
const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g;
/**
 * All control characters but tab and line feed, and those that change the direction of the text after them: a link has
 * to read as it leads.
 */
const HARMFUL_CHARACTERS = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/gu;
const EMPTY_LINES = /\n(?:[^\S\n]*\n){2,}/g;

/** The text as it may be sent and shown; empty if nothing of it is left. */
export function cleanText(text: string): string {
  return text
    .replace(LONE_SURROGATES, '\ufffd')
    .replace(LINE_ENDS, '\n')
    .replace(HARMFUL_CHARACTERS, '')
    .replace(EMPTY_LINES, '\n\n')
    .trim();
}
