import { WebSocket, WebSocketServer } from 'ws';
import { ProxiedConnection } from './proxied-connection.mjs';

/**
 * Returns the messages that are forwarded in place of this one; undefined forwards it unchanged.
 *
 * @typedef {(message: import('./proxied-connection.mjs').Message, connection: ProxiedConnection) => import('./proxied-connection.mjs').Message[] | void} FrameTransform
 */

/**
 * The changes that the proxy makes to messages on their way up to the server, and down to an app.
 *
 * @typedef {{ up?: FrameTransform, down?: FrameTransform }} Attack
 */

/**
 * A Parlour server that cannot be trusted, as seen by the apps: a proxy before a real server. It forwards and records
 * every frame, and alters messages by the attacks that are set.
 */
export class SignalingProxy {
  /** The open connections, oldest first. @type {ProxiedConnection[]} */
  connections = [];
  /** Every frame that an app or the real server has sent, unaltered. @type {{ direction: 'up' | 'down', text: string }[]} */
  recordedFrames = [];
  /** @type {Attack[]} */
  #attacks = [];
  #server;
  #upstream;

  /**
   * @param {WebSocketServer} server
   * @param {number} upstream the real server's port
   */
  constructor(server, upstream) {
    this.#server = server;
    this.#upstream = upstream;
    server.on('connection', (app) => this.#connect(app));
  }

  /**
   * @param {number} upstream the real server's port
   * @returns {Promise<SignalingProxy>}
   */
  static async start(upstream, { host = '127.0.0.1', port = 0 } = {}) {
    const server = new WebSocketServer({ host, port, path: '/v1' });
    await new Promise((done, failed) => server.once('listening', done).once('error', failed));
    return new SignalingProxy(server, upstream);
  }

  /** The server address as in the app's settings. */
  get address() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return `ws+127.0.0.1:${port}`;
  }

  /** @param {string | null} peer */
  connectionOf(peer) {
    const connection = this.connections.find((open) => open.peer === peer);
    if (!connection) throw new Error('no app is connected under this peer id');
    return connection;
  }

  /** The number of connections so far. */
  connectionCount = 0;

  /** @param {Attack[]} attacks apply from now on, in this order; without any the proxy is honest */
  setAttacks(...attacks) {
    this.#attacks = attacks;
  }

  /** Ends every connection without a close frame, as a crash of the server does. */
  disconnectAll() {
    for (const connection of this.connections) connection.terminate();
    this.connections = [];
  }

  stop() {
    this.disconnectAll();
    this.#server.close();
  }

  /** @param {WebSocket} app */
  #connect(app) {
    this.connectionCount += 1;
    const connection = new ProxiedConnection(app, new WebSocket(`ws://127.0.0.1:${this.#upstream}/v1`), {
      up: (text) => this.#forward('up', text, connection),
      down: (text) => this.#forward('down', text, connection),
      closed: () => (this.connections = this.connections.filter((open) => open !== connection)),
    });
    this.connections.push(connection);
  }

  /**
   * @param {'up' | 'down'} direction
   * @param {string} text
   * @param {ProxiedConnection} connection
   */
  #forward(direction, text, connection) {
    this.recordedFrames.push({ direction, text });
    const message = JSON.parse(text);
    connection.observe(message);
    let messages = [message];
    for (const attack of this.#attacks) {
      const transform = attack[direction];
      if (transform) messages = messages.flatMap((each) => transform(each, connection) ?? [each]);
    }
    for (const each of messages) {
      if (direction === 'up') connection.sendToServer(each);
      else connection.sendToApp(each);
    }
  }
}
