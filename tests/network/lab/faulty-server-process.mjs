// Runs in the server's namespace, before the real server, and misbehaves as it is told.
import { randomBytes } from 'node:crypto';
import { Relay } from '../../e2e/proxy/signaling-proxy.mjs';

/** @typedef {'honest' | 'closing' | 'babbling'} Mood */

const EVERY_MS = 100;
/** An internal error, as a server or a proxy says it. */
const INTERNAL_ERROR = 1011;

const [host, port, upstream] = process.argv.slice(2);
const relay = await Relay.start(Number(upstream), { host, port: Number(port) });
/** @type {Mood} */
let mood = 'honest';

const babble = () => [
  'null',
  '{"type":"peer_left"}',
  `{"type":"${randomBytes(6).toString('hex')}"}`,
  `{"type":"signal","from":"${randomBytes(16).toString('base64url')}","seq":1,"envelope":"${randomBytes(300).toString('base64url')}"}`,
  '['.repeat(2_000),
  randomBytes(200).toString('latin1'),
  randomBytes(200),
];

setInterval(() => {
  for (const wire of relay.wires) {
    if (mood === 'closing') wire.close(INTERNAL_ERROR);
    if (mood === 'babbling') for (const one of babble()) wire.babble(one);
  }
}, EVERY_MS);

process.on('message', (/** @type {Mood} */ told) => {
  mood = told;
  process.send?.(relay.came.splice(0));
});
process.send?.([]);
