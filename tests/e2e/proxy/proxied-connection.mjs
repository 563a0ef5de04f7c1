import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A frame of docs/protocol.md. @typedef {Record<string, any> & { type: string }} Message */

/** One app's connection, and the relay's own to the real server in that app's name. */
export class Wire {
  /** Of the app: as it has said itself. */
  peer = '';
  room = '';
  hello = '';
  /** The server has let it in. */
  welcome = false;
  #app;
  #server;

  /**
   * @param {WebSocket} app
   * @param {WebSocket} server
   * @param {{ up: (text: string) => void, down: (text: string) => void, over: () => void }} to
   */
  constructor(app, server, to) {
    this.#app = app;
    this.#server = server;
    app.on('message', (data) => to.up(String(data)));
    server.on('message', (data) => to.down(String(data)));
    app.on('close', () => server.terminate());
    server.on('close', () => app.close());
    for (const side of [app, server]) side.on('error', () => this.cut()).on('close', to.over);
  }

  /** @param {Message} message that an honest side has sent */
  note({ type, peer, room, hello }) {
    this.welcome ||= type === 'welcome';
    if (type === 'join') Object.assign(this, { peer, room });
    if (type === 'join' || type === 'enter') this.hello = hello;
  }

  /** @param {Message} message to the app, as if the server had said it */
  tell(message) {
    if (this.#app.readyState === WebSocket.OPEN) this.#app.send(JSON.stringify(message));
  }

  /** @param {Message} message to the server, as if the app had said it */
  ask(message) {
    const send = () => this.#server.send(JSON.stringify(message));
    if (this.#server.readyState === WebSocket.OPEN) send();
    else if (this.#server.readyState === WebSocket.CONNECTING) {
      // It may be over before it is open.
      once(this.#server, 'open').then(send, () => {});
    }
  }

  /** @param {string | Buffer} data to the app, whatever it is */
  babble(data) {
    if (this.#app.readyState === WebSocket.OPEN) this.#app.send(data);
  }

  /** Ends the app's connection in good order. @param {number} code */
  close(code) {
    this.#app.close(code);
  }

  cut() {
    this.#app.terminate();
    this.#server.terminate();
  }
}
