import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * The 64 emoji, in the order of the protocol. They are told apart at a glance and known nearly everywhere; none is a
 * gesture, a flag or a creed.
 */
// prettier-ignore
export const EMOJI = [
  'dog', 'cat', 'lion', 'horse', 'elephant', 'rabbit', 'panda', 'rooster',
  'penguin', 'turtle', 'fish', 'octopus', 'butterfly', 'bee', 'snail', 'frog',
  'whale', 'crab', 'owl', 'camel', 'sunflower', 'tree', 'cactus', 'mushroom',
  'moon', 'sun', 'cloud', 'rainbow', 'fire', 'snowman', 'banana', 'apple',
  'strawberry', 'grapes', 'pineapple', 'carrot', 'corn', 'bread', 'pizza', 'cake',
  'ice_cream', 'heart', 'robot', 'hat', 'glasses', 'umbrella', 'hourglass', 'clock',
  'gift', 'bulb', 'book', 'pencil', 'scissors', 'balloon', 'key', 'hammer',
  'telephone', 'train', 'bicycle', 'airplane', 'rocket', 'guitar', 'bell', 'anchor',
] as const;

export type Emoji = (typeof EMOJI)[number];

/** 7 emoji carry 42 bits. */
export const SHOWN = 7;

/** The contribution of one side, in lower-case hex. */
export interface Share {
  /** The peer id. */
  id: string;
  /** SHA-256 of the certificate. */
  fingerprint: string;
  nonce: string;
}

const LABEL = utf8ToBytes('parlour v1 safety emoji');

/** Both sides get the same emoji: the smaller id goes first. */
export function emojiOf(one: Share, other: Share): readonly Emoji[] {
  const [first, second] = one.id < other.id ? [one, other] : [other, one];
  const digest = sha256(
    concatBytes(LABEL, ...[first.fingerprint, first.nonce, second.fingerprint, second.nonce].map(hexToBytes)),
  );
  // Each emoji is six bits, from the front of the digest.
  let bits = digest.slice(0, 6).reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  bits >>= 48n - 6n * BigInt(SHOWN);
  return Array.from({ length: SHOWN }, (_, place) => {
    const index = Number((bits >> (6n * BigInt(SHOWN - 1 - place))) & 63n);
    return EMOJI[index] as Emoji;
  });
}
