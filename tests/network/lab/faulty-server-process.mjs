// Runs on the server's machine, before the real server, and misbehaves on request.
import { randomBytes } from 'node:crypto';
import { SignalingProxy } from '../../e2e/proxy/signaling-proxy.mjs';

/** `honest` only forwards; `closing` closes every connection; `garbage` sends frames that mean nothing. */
/** @typedef {'honest' | 'closing' | 'garbage'} Mode */

const MISBEHAVE_INTERVAL_MS = 100;
/** Close code "internal error", RFC 6455 section 7.4.1. */
const CLOSE_INTERNAL_ERROR = 1011;

const [host, port, upstream] = process.argv.slice(2);
const proxy = await SignalingProxy.start(Number(upstream), { host, port: Number(port) });
/** @type {Mode} */
let mode = 'honest';
let reportedConnections = 0;

const garbageFrames = () => [
  'null',
  '{"type":"peer_left"}',
  `{"type":"${randomBytes(6).toString('hex')}"}`,
  `{"type":"signal","from":"${randomBytes(16).toString('base64url')}","seq":1,"envelope":"${randomBytes(300).toString('base64url')}"}`,
  '['.repeat(2_000),
  randomBytes(200).toString('latin1'),
  randomBytes(200),
];

setInterval(() => {
  for (const connection of proxy.connections) {
    if (mode === 'closing') connection.close(CLOSE_INTERNAL_ERROR);
    if (mode === 'garbage') for (const frame of garbageFrames()) connection.sendRawToApp(frame);
  }
}, MISBEHAVE_INTERVAL_MS);

process.on('message', (/** @type {Mode} */ newMode) => {
  mode = newMode;
  process.send?.(proxy.connectionCount - reportedConnections);
  reportedConnections = proxy.connectionCount;
});
process.send?.('ready');
