import net from 'node:net';

/** How often it looks whether what is on the way has arrived. */
const POLL_MS = 20;

/**
 * The line to a server, as bad as it is told: it passes on bytes and knows nothing of frames. An app dials it in the
 * server's place.
 */
export class Line {
  #server;
  /** @type {Set<net.Socket>} */
  #sockets = new Set();
  #dead = false;
  #stalled = false;
  #delay = 0;
  /** Connections that were made. */
  dialled = 0;

  /**
   * @param {net.Server} server
   * @param {number} upstream
   */
  constructor(server, upstream) {
    this.#server = server;
    server.on('connection', (app) => {
      this.dialled += 1;
      if (this.#dead) return void app.destroy();
      const far = net.connect(upstream, '127.0.0.1');
      for (const [one, other] of [
        [app, far],
        [far, app],
      ]) {
        if (one && other) this.#pass(one, other);
      }
    });
  }

  /**
   * @param {number} upstream the server's port
   * @returns {Promise<Line>}
   */
  static async start(upstream) {
    const server = net.createServer();
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
    return new Line(server, upstream);
  }

  get port() {
    return /** @type {net.AddressInfo} */ (this.#server.address()).port;
  }

  /** All that is open breaks; what is dialled anew holds. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Broken, for as long as it is. @param {boolean} dead */
  die(dead) {
    this.#dead = dead;
    if (dead) this.cut();
  }

  /** Nothing passes, and nobody is told; later all of it does. @param {boolean} stalled */
  stall(stalled) {
    this.#stalled = stalled;
  }

  /** What passes takes so much longer. @param {number} ms */
  slow(ms) {
    this.#delay = ms;
  }

  end() {
    this.cut();
    this.#server.close();
  }

  /**
   * @param {net.Socket} from
   * @param {net.Socket} to
   */
  #pass(from, to) {
    this.#sockets.add(from);
    /** @type {{ at: number, chunk: Buffer }[]} */
    const onTheWay = [];
    const push = () => {
      while (!this.#stalled && onTheWay[0] && onTheWay[0].at <= Date.now()) {
        to.write(onTheWay.shift()?.chunk ?? '');
      }
    };
    const timer = setInterval(push, POLL_MS);
    from.on('data', (chunk) => {
      onTheWay.push({ at: Date.now() + this.#delay, chunk });
      push();
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      clearInterval(timer);
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
