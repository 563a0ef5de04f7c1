// The attacks of a malicious server on the apps that use it.
import { randomBytes } from 'node:crypto';

/** @typedef {import('./signaling-proxy.mjs').Attack} Trick */
/** @typedef {import('./proxied-connection.mjs').Message} Message */

/** How long frames are collected before they are sent in reverse order. */
const REORDER_DELAY_MS = 120;

export const randomId = () => randomBytes(16).toString('base64url');
const randomText = (/** @type {number} */ bytes) => randomBytes(bytes).toString('base64url');

/**
 * Flips one bit.
 *
 * @param {string} sealed
 * @param {number} at the position: 0 is the first byte, 1 the end
 */
function flipBit(sealed, at) {
  const bytes = Buffer.from(sealed, 'base64url');
  const byte = Math.floor(at * bytes.length);
  bytes.writeUInt8(bytes.readUInt8(byte) ^ 1, byte);
  return bytes.toString('base64url');
}

/**
 * Corrupted copies of sealed text: in the counter, in the middle, in the tag, and cut or extended.
 *
 * @param {string} sealed
 */
const corruptions = (sealed) => [
  ...[0, 0.05, 0.3, 0.5, 0.7, 0.99].map((at) => flipBit(sealed, at)),
  sealed.slice(0, -8),
  sealed.slice(0, 20),
  `${sealed}AAAA`,
  '',
  'not base64url!',
];

/** @param {string} hello */
const inventedPeer = (hello) => ({ peer: randomId(), hello, entered: true, away: false });

/**
 * Adds peers that do not exist: some with random bytes as hello, some with a copy of a real peer's hello.
 *
 * @returns {Trick}
 */
export const inventPeers = () => ({
  down(message, connection) {
    if (message.type === 'welcome') {
      const copied = message.peers.map((/** @type {Message} */ one) => inventedPeer(one.hello));
      const noise = [randomText(300), '', 'x'].map(inventedPeer);
      return [{ ...message, peers: [...noise, inventedPeer(connection.hello), ...message.peers, ...copied] }];
    }
    if (message.type !== 'peer_joined') return;
    const others = [randomText(300), message.hello, connection.hello].map((hello) => ({
      type: 'peer_joined',
      ...inventedPeer(hello),
    }));
    return [...others, message, ...others];
  },
});

/**
 * Announces each peer with another peer's hello and with corrupted copies of its own, then unchanged.
 *
 * @returns {Trick}
 */
export const swapHellos = () => ({
  down(message, connection) {
    if (message.type !== 'peer_joined' && message.type !== 'peer_entered') return;
    const hellos = [connection.hello, ...corruptions(message.hello)];
    const [type, entered] = ['peer_entered', true];
    const lies = hellos.map((hello) => ({ ...message, hello }));
    return [...lies, message, ...hellos.map((hello) => ({ type, entered, peer: message.peer, hello }))];
  },
});

/**
 * Sends corrupted copies before every envelope.
 *
 * @returns {Trick}
 */
export const corruptEnvelopes = () => ({
  down(message) {
    if (message.type !== 'signal') return;
    return [...corruptions(message.envelope).map((envelope) => ({ ...message, envelope })), message];
  },
});

/**
 * Sends every envelope twice, followed by the first one of the connection.
 *
 * @returns {Trick}
 */
export function replayEnvelopes() {
  /** @type {Map<unknown, Message>} */
  const first = new Map();
  return {
    down(message, connection) {
      if (message.type !== 'signal') return;
      if (!first.has(connection)) first.set(connection, message);
      return [message, message, first.get(connection) ?? message];
    },
  };
}

/**
 * Sends every envelope back to its sender, as if the other peer, or the sender itself, had sent it.
 *
 * @returns {Trick}
 */
export const reflectEnvelopes = () => ({
  up({ type, to, envelope }, connection) {
    if (type !== 'signal') return;
    for (const from of [to, connection.peer])
      connection.sendToApp({ type: 'signal', from, seq: 1, envelope });
  },
});

/**
 * Reverses the order of envelopes that come shortly after each other.
 *
 * @returns {Trick}
 */
export function reorderEnvelopes() {
  /** @type {Map<import('./proxied-connection.mjs').ProxiedConnection, Message[]>} */
  const held = new Map();
  return {
    down(message, connection) {
      if (message.type !== 'signal') return;
      const waiting = held.get(connection) ?? [];
      held.set(connection, [message, ...waiting]);
      if (waiting.length === 0) {
        setTimeout(() => {
          for (const one of held.get(connection) ?? []) connection.sendToApp(one);
          held.delete(connection);
        }, REORDER_DELAY_MS);
      }
      return [];
    },
  };
}

/**
 * Drops messages of these types on their way to an app.
 *
 * @param {string[]} types
 * @returns {Trick & { count: number }}
 */
export const dropFrames = (...types) => {
  const attack = {
    count: 0,
    /** @param {Message} message */
    down(message) {
      if (!types.includes(message.type)) return;
      attack.count += 1;
      return [];
    },
  };
  return attack;
};

/**
 * Hides every peer from every other.
 *
 * @returns {Trick}
 */
export const hidePeers = () => ({
  down(message) {
    if (message.type === 'welcome') return [{ ...message, peers: [] }];
    if (message.type.startsWith('peer_')) return [];
  },
});
