import { WebSocket, WebSocketServer } from 'ws';
import { Wire } from './proxied-connection.mjs';

/**
 * What is passed on in a frame's place; nothing said is the frame as it is.
 *
 * @typedef {(message: import('./proxied-connection.mjs').Message, wire: Wire) => import('./proxied-connection.mjs').Message[] | void} Bend
 */

/**
 * A misbehaviour: of frames on their way up to the server, of frames on their way down to an app.
 *
 * @typedef {{ up?: Bend, down?: Bend }} Trick
 */

/**
 * Plays a Parlour server that cannot be trusted. Real apps talk to it; it talks to a real server, passes on what
 * they say to each other, keeps it, and bends it as it is told.
 */
export class Relay {
  /** The connections that are open, oldest first. @type {Wire[]} */
  wires = [];
  /** Every frame that an honest side has sent, as it came. @type {{ way: 'up' | 'down', text: string }[]} */
  heard = [];
  /** @type {Trick[]} */
  #tricks = [];
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
   * @returns {Promise<Relay>}
   */
  static async start(upstream, { host = '127.0.0.1', port = 0 } = {}) {
    const server = new WebSocketServer({ host, port, path: '/v1' });
    await new Promise((done, failed) => server.once('listening', done).once('error', failed));
    return new Relay(server, upstream);
  }

  /** What a person writes into the settings as the server of their rooms. */
  get address() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return `ws+127.0.0.1:${port}`;
  }

  /** @param {string | null} peer */
  wireOf(peer) {
    const wire = this.wires.find((one) => one.peer === peer);
    if (!wire) throw new Error('nobody is connected under this id');
    return wire;
  }

  /** When each connection came. @type {number[]} */
  came = [];

  /** @param {Trick[]} tricks from now on, in this order; none is honest */
  play(...tricks) {
    this.#tricks = tricks;
  }

  /** Cuts every connection, as a server that crashes does. */
  cut() {
    for (const wire of this.wires) wire.cut();
    this.wires = [];
  }

  end() {
    this.cut();
    this.#server.close();
  }

  /** @param {WebSocket} app */
  #connect(app) {
    this.came.push(Date.now());
    const wire = new Wire(app, new WebSocket(`ws://127.0.0.1:${this.#upstream}/v1`), {
      up: (text) => this.#pass('up', text, wire),
      down: (text) => this.#pass('down', text, wire),
      over: () => (this.wires = this.wires.filter((one) => one !== wire)),
    });
    this.wires.push(wire);
  }

  /**
   * @param {'up' | 'down'} way
   * @param {string} text
   * @param {Wire} wire
   */
  #pass(way, text, wire) {
    this.heard.push({ way, text });
    const message = JSON.parse(text);
    wire.note(message);
    let messages = [message];
    for (const trick of this.#tricks) {
      const bend = trick[way];
      if (bend) messages = messages.flatMap((one) => bend(one, wire) ?? [one]);
    }
    for (const one of messages) way === 'up' ? wire.ask(one) : wire.tell(one);
  }
}
