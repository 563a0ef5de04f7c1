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

/** One side of a link. */
export interface Side {
  /** The peer id. */
  id: string;
  /** SHA-256 of the certificate, in lower-case hex. */
  fingerprint: string;
}

/** The contribution of one side. */
export interface Share extends Side {
  /** In lower-case hex. */
  nonce: string;
}

const LABEL = utf8ToBytes('parlour v1 safety emoji');

/** Both sides put the smaller id first. */
export const inOrder = <T extends Side>(one: T, other: T): [T, T] =>
  one.id < other.id ? [one, other] : [other, one];

/** Both sides get the same emoji. `binding` stands for the version, the room, and both sides' ids and keys. */
export function emojiOf(binding: string, one: Share, other: Share): readonly Emoji[] {
  const [first, second] = inOrder(one, other);
  const parts = [binding, first.fingerprint, first.nonce, second.fingerprint, second.nonce];
  const digest = sha256(concatBytes(LABEL, ...parts.map(hexToBytes)));
  // Each emoji is six bits, from the front of the digest.
  let bits = digest.slice(0, 6).reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  bits >>= 48n - 6n * BigInt(SHOWN);
  return Array.from({ length: SHOWN }, (_, place) => {
    const index = Number((bits >> (6n * BigInt(SHOWN - 1 - place))) & 63n);
    return EMOJI[index] as Emoji;
  });
}
