import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A message of docs/protocol.md. @typedef {Record<string, any> & { type: string }} Message */

/** @param {string} keys of a join */
const peerIdOf = (keys) => {
  const hash = createHash('sha256').update('parlour v1 peer').update(Buffer.from(keys, 'base64url'));
  return hash.digest().subarray(0, 16).toString('base64url');
};

/** One app's connection to the proxy, and the proxy's connection to the real server on behalf of that app. */
export class ProxiedConnection {
  /** The peer id of the app's keys; room and hello that the app has sent. */
  peer = '';
  room = '';
  hello = '';
  /** Whether the server has sent `welcome`. */
  isWelcomed = false;
  #app;
  #server;

  /**
   * @param {WebSocket} app
   * @param {WebSocket} server
   * @param {{ up: (text: string) => void, down: (text: string) => void, closed: () => void }} handlers
   */
  constructor(app, server, handlers) {
    this.#app = app;
    this.#server = server;
    app.on('message', (data) => handlers.up(String(data)));
    server.on('message', (data) => handlers.down(String(data)));
    app.on('close', () => server.terminate());
    server.on('close', () => app.close());
    for (const side of [app, server]) side.on('error', () => this.terminate()).on('close', handlers.closed);
  }

  /** @param {Message} message from the app or the server */
  observe({ type, keys, room, hello }) {
    this.isWelcomed ||= type === 'welcome';
    if (type === 'join') Object.assign(this, { peer: peerIdOf(keys), room });
    if (type === 'join' || type === 'enter') this.hello = hello;
  }

  /** @param {Message} message as if the server had sent it */
  sendToApp(message) {
    if (this.#app.readyState === WebSocket.OPEN) this.#app.send(JSON.stringify(message));
  }

  /** @param {Message} message as if the app had sent it */
  sendToServer(message) {
    const send = () => this.#server.send(JSON.stringify(message));
    if (this.#server.readyState === WebSocket.OPEN) send();
    else if (this.#server.readyState === WebSocket.CONNECTING) {
      // The connection may close before it opens.
      once(this.#server, 'open').then(send, () => {});
    }
  }

  /** @param {string | Buffer} data any frame, also an invalid one */
  sendRawToApp(data) {
    if (this.#app.readyState === WebSocket.OPEN) this.#app.send(data);
  }

  /** Closes the app's connection with a close frame. @param {number} code */
  close(code) {
    this.#app.close(code);
  }

  terminate() {
    this.#app.terminate();
    this.#server.terminate();
  }
}
