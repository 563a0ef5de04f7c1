/** What can be thrown in with one click. The names travel; each page has its own pictures. */
export const REACTIONS = ['thumbs_up', 'heart', 'clap', 'laugh', 'wow', 'party'] as const;

export type Reaction = (typeof REACTIONS)[number];

/** Something fleeting: who is not connected misses it. */
export interface EphemeralMessage {
  type: 'reaction';
  emoji: Reaction;
}

/** Something that has to arrive: once, and in order, also if the link is down for now. */
export interface ReliableMessage {
  type: 'chat';
  /** The same for everyone whom it is sent to. */
  id: string;
  text: string;
}

/** In UTF-16 units, as a text field counts them. */
export const MAX_CHAT_LENGTH = 4_000;

const ID = /^[\w-]{8,40}$/;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g;
/** Controls but tab and line feed, and what turns the direction of the text after it: a link must read as it leads. */
const HARMFUL_CHARACTERS = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/gu;
const EMPTY_LINES = /\n(?:[^\S\n]*\n){2,}/g;

/** A text as it may be sent and shown. Empty if nothing of it is left. */
export function cleanText(text: string): string {
  return text
    .replace(LONE_SURROGATES, '\ufffd')
    .replace(LINE_ENDS, '\n')
    .replace(HARMFUL_CHARACTERS, '')
    .replace(EMPTY_LINES, '\n\n')
    .trim();
}

export function newChatMessage(text: string): ReliableMessage | null {
  return readReliableMessage({ type: 'chat', id: crypto.randomUUID(), text });
}

/** A note of a peer; null if it is none. */
export function readEphemeralMessage(raw: unknown): EphemeralMessage | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const { type, emoji } = raw as Record<string, unknown>;
  const known = REACTIONS.find((name) => name === emoji);
  return type === 'reaction' && known ? { type, emoji: known } : null;
}

/** A post of a peer, with its text cleaned; null if it is none. */
export function readReliableMessage(raw: unknown): ReliableMessage | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const { type, id, text } = raw as Record<string, unknown>;
  if (type !== 'chat' || typeof id !== 'string' || !ID.test(id) || typeof text !== 'string') return null;
  const cleaned = text.length <= MAX_CHAT_LENGTH ? cleanText(text) : '';
  return cleaned === '' ? null : { type, id, text: cleaned };
}
