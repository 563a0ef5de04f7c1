import net from 'node:net';

const DELIVERY_INTERVAL_MS = 20;

/** The network between an app and a server: a TCP proxy that can break, stall and delay. */
export class TcpProxy {
  #server;
  /** @type {Set<net.Socket>} */
  #sockets = new Set();
  #isDown = false;
  #isStalled = false;
  #delayMs = 0;
  /** The number of connections so server. */
  connectionCount = 0;

  /**
   * @param {net.Server} server
   * @param {number} upstream
   */
  constructor(server, upstream) {
    this.#server = server;
    server.on('connection', (app) => {
      this.connectionCount += 1;
      if (this.#isDown) return void app.destroy();
      const upstreamSocket = net.connect(upstream, '127.0.0.1');
      for (const [from, to] of [
        [app, upstreamSocket],
        [upstreamSocket, app],
      ]) {
        if (from && to) this.#forward(from, to);
      }
    });
  }

  /**
   * @param {number} upstream the server's port
   * @returns {Promise<TcpProxy>}
   */
  static async start(upstream) {
    const server = net.createServer();
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
    return new TcpProxy(server, upstream);
  }

  get port() {
    return /** @type {net.AddressInfo} */ (this.#server.address()).port;
  }

  /** Breaks every open connection; new ones succeed. */
  disconnectAll() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** While down, it breaks every connection, also new ones. @param {boolean} isDown */
  setDown(isDown) {
    this.#isDown = isDown;
    if (isDown) this.disconnectAll();
  }

  /** While stalled, connections stay open and bytes wait; afterwards they are delivered. @param {boolean} isStalled */
  setStalled(isStalled) {
    this.#isStalled = isStalled;
  }

  /** Delays what is sent from now on. @param {number} ms */
  setDelay(ms) {
    this.#delayMs = ms;
  }

  stop() {
    this.disconnectAll();
    this.#server.close();
  }

  /**
   * @param {net.Socket} from
   * @param {net.Socket} to
   */
  #forward(from, to) {
    this.#sockets.add(from);
    /** @type {{ dueAt: number, chunk: Buffer }[]} */
    const inFlight = [];
    const deliver = () => {
      while (!this.#isStalled && inFlight[0] && inFlight[0].dueAt <= Date.now()) {
        to.write(inFlight.shift()?.chunk ?? '');
      }
    };
    const timer = setInterval(deliver, DELIVERY_INTERVAL_MS);
    from.on('data', (chunk) => {
      inFlight.push({ dueAt: Date.now() + this.#delayMs, chunk });
      deliver();
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      clearInterval(timer);
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
