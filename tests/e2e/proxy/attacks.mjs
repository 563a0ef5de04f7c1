// What a server can do to those who have to go through it.
import { randomBytes } from 'node:crypto';

/** @typedef {import('./signaling-proxy.mjs').Trick} Trick */
/** @typedef {import('./proxied-connection.mjs').Message} Message */

/** How long frames are held to be turned round. */
const HELD_MS = 120;

export const randomId = () => randomBytes(16).toString('base64url');
const garbage = (/** @type {number} */ bytes) => randomBytes(bytes).toString('base64url');

/**
 * One bit is another.
 *
 * @param {string} sealed
 * @param {number} at from 0, the first byte, to below 1, the end
 */
function flipped(sealed, at) {
  const bytes = Buffer.from(sealed, 'base64url');
  const byte = Math.floor(at * bytes.length);
  bytes.writeUInt8(bytes.readUInt8(byte) ^ 1, byte);
  return bytes.toString('base64url');
}

/**
 * Sealed text as somebody leaves it who cannot open it: the counter, a fingerprint somewhere in the middle, the tag.
 *
 * @param {string} sealed
 */
const damaged = (sealed) => [
  ...[0, 0.05, 0.3, 0.5, 0.7, 0.99].map((at) => flipped(sealed, at)),
  sealed.slice(0, -8),
  sealed.slice(0, 20),
  `${sealed}AAAA`,
  '',
  'not base64url!',
];

/** @param {string} hello */
const invented = (hello) => ({ peer: randomId(), hello, entered: true, away: false });

/**
 * People who are not there: with noise for a hello, and with the hellos of those who are.
 *
 * @returns {Trick}
 */
export const inventPeers = () => ({
  down(message, wire) {
    if (message.type === 'welcome') {
      const copied = message.peers.map((/** @type {Message} */ one) => invented(one.hello));
      const noise = [garbage(300), '', 'x'].map(invented);
      return [{ ...message, peers: [...noise, invented(wire.hello), ...message.peers, ...copied] }];
    }
    if (message.type !== 'peer_joined') return;
    const others = [garbage(300), message.hello, wire.hello].map((hello) => ({
      type: 'peer_joined',
      ...invented(hello),
    }));
    return [...others, message, ...others];
  },
});

/**
 * Each peer with another's hello, and with its own, damaged; then as it is.
 *
 * @returns {Trick}
 */
export const swapHellos = () => ({
  down(message, wire) {
    if (message.type !== 'peer_joined' && message.type !== 'peer_entered') return;
    const hellos = [wire.hello, ...damaged(message.hello)];
    const [type, entered] = ['peer_entered', true];
    const lies = hellos.map((hello) => ({ ...message, hello }));
    return [...lies, message, ...hellos.map((hello) => ({ type, entered, peer: message.peer, hello }))];
  },
});

/**
 * Damaged copies go before every envelope.
 *
 * @returns {Trick}
 */
export const damageEnvelopes = () => ({
  down(message) {
    if (message.type !== 'signal') return;
    return [...damaged(message.envelope).map((envelope) => ({ ...message, envelope })), message];
  },
});

/**
 * Every envelope comes twice, and the first one of the call once more each time.
 *
 * @returns {Trick}
 */
export function replayEnvelopes() {
  /** @type {Map<unknown, Message>} */
  const first = new Map();
  return {
    down(message, wire) {
      if (message.type !== 'signal') return;
      if (!first.has(wire)) first.set(wire, message);
      return [message, message, first.get(wire) ?? message];
    },
  };
}

/**
 * Whoever sends an envelope gets it too, as if the other had sent it, or it itself.
 *
 * @returns {Trick}
 */
export const reflectEnvelopes = () => ({
  up({ type, to, envelope }, wire) {
    if (type !== 'signal') return;
    for (const from of [to, wire.peer]) wire.tell({ type: 'signal', from, seq: 1, envelope });
  },
});

/**
 * Frames that come together go on in the opposite order.
 *
 * @returns {Trick}
 */
export function reverseEnvelopes() {
  /** @type {Map<import('./proxied-connection.mjs').Wire, Message[]>} */
  const held = new Map();
  return {
    down(message, wire) {
      if (message.type !== 'signal') return;
      const waiting = held.get(wire) ?? [];
      held.set(wire, [message, ...waiting]);
      if (waiting.length === 0) {
        setTimeout(() => {
          for (const one of held.get(wire) ?? []) wire.tell(one);
          held.delete(wire);
        }, HELD_MS);
      }
      return [];
    },
  };
}

/**
 * Frames of these types never arrive.
 *
 * @param {string[]} types
 * @returns {Trick & { count: number }}
 */
export const drop = (...types) => {
  const trick = {
    count: 0,
    /** @param {Message} message */
    down(message) {
      if (!types.includes(message.type)) return;
      trick.count += 1;
      return [];
    },
  };
  return trick;
};

/**
 * Nobody is told of anybody.
 *
 * @returns {Trick}
 */
export const hidePeers = () => ({
  down(message) {
    if (message.type === 'welcome') return [{ ...message, peers: [] }];
    if (message.type.startsWith('peer_')) return [];
  },
});
