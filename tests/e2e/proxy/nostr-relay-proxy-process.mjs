// Runs on a relay's machine, before the relay: counts the events that are published, and misbehaves on request. With a
// fourth argument the machine is so many milliseconds away.
import { WebSocket, WebSocketServer } from 'ws';
import { startDelayProxy } from '../../bench/servers/delay-proxy.mjs';

/**
 * How the proxy behaves: honest; without an answer to anything; saying that it has taken events which it drops;
 * delivering all events three times and with changed copies; passing everything on late; refusing every event with this
 * reason; or ending every connection at its first event.
 *
 * @typedef {'honest' | 'silent' | 'dropping' | 'lying' | { delayMs: number } | { refusal: string } | 'closing'} Manner
 */

const [host, port, upstream, delayMs] = process.argv.slice(2);
/** The end of the long line, where there is one. */
const NEAR_PORT = 7778;
const isFar = Number(delayMs) > 0;
const server = new WebSocketServer(
  isFar ? { host: '127.0.0.1', port: NEAR_PORT } : { host, port: Number(port) },
);
if (isFar) await startDelayProxy(NEAR_PORT, Number(delayMs), { host: String(host), port: Number(port) });
/** @type {Manner} */
let manner = 'honest';
let counts = emptyCounts();

function emptyCounts() {
  return { events: /** @type {string[]} */ ([]), bytes: /** @type {number[]} */ ([]), connections: 0 };
}

server.on('connection', (client) => {
  counts.connections += 1;
  const relay = new WebSocket(`ws://127.0.0.1:${upstream}/`);
  /** Frames that came before the relay had answered. @type {string[]} */
  let early = [];
  const toRelay = (/** @type {string} */ text) => {
    if (relay.readyState === WebSocket.CONNECTING) early.push(text);
    else if (relay.readyState === WebSocket.OPEN) relay.send(text);
  };
  relay.on('open', () => {
    for (const text of early) relay.send(text);
    early = [];
  });
  client.on('message', (data) => later(() => onClientFrame(String(data), client, toRelay)));
  relay.on('message', (data) => later(() => onRelayFrame(String(data), client)));
  client.on('close', () => relay.close());
  relay.on('close', () => client.close());
  for (const socket of [client, relay]) socket.on('error', () => socket.terminate());
});

/** @param {() => void} action */
function later(action) {
  if (typeof manner === 'object' && 'delayMs' in manner) setTimeout(action, manner.delayMs);
  else action();
}

/**
 * @param {string} text
 * @param {WebSocket} client
 * @param {(text: string) => void} toRelay
 */
function onClientFrame(text, client, toRelay) {
  const [name, event] = JSON.parse(text);
  if (name !== 'EVENT') {
    if (manner !== 'silent') toRelay(text);
    return;
  }
  counts.events.push(event.id);
  counts.bytes.push(text.length);
  if (manner === 'silent') return;
  if (manner === 'closing') return client.terminate();
  if (manner === 'dropping') return client.send(JSON.stringify(['OK', event.id, true, '']));
  if (typeof manner === 'object' && 'refusal' in manner) {
    return client.send(JSON.stringify(['OK', event.id, false, manner.refusal]));
  }
  toRelay(text);
}

/**
 * @param {string} text
 * @param {WebSocket} client
 */
function onRelayFrame(text, client) {
  if (manner === 'silent') return;
  const [name, subscription, event] = JSON.parse(text);
  if (manner === 'lying' && name === 'EVENT') {
    const changed = { ...event, content: `${event.content.slice(0, -8)}AAAAAAA=` };
    for (const each of [changed, event, event, event]) {
      client.send(JSON.stringify([name, subscription, each]));
    }
    return;
  }
  client.send(text);
}

process.on('message', (/** @type {{ manner?: Manner, takeCounts?: boolean }} */ request) => {
  if (request.manner) manner = request.manner;
  process.send?.(counts);
  if (request.takeCounts) counts = emptyCounts();
});
process.send?.('ready');
