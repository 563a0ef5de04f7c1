import net from 'node:net';
import { listen } from './listen.mjs';

/** Timers fire up to a millisecond late; what is due within this time is sent now. */
const TIMER_SLACK_MS = 0.3;

/**
 * A TCP proxy that delays every piece by `oneWayMs` in each direction, and a new connection by one round trip, as a
 * long line does. Returns the port.
 *
 * @param {number} targetPort
 * @param {number} oneWayMs
 * @param {{ host: string, port: number }} [where] it listens; by default on a free port of 127.0.0.1
 */
export function startDelayProxy(targetPort, oneWayMs, where) {
  const server = net.createServer({ noDelay: true }, (client) => {
    const target = net.connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const openAt = performance.now() + 2 * oneWayMs;
    pipeDelayed(client, target, oneWayMs, openAt);
    pipeDelayed(target, client, oneWayMs, 0);
  });
  return listen(server, where);
}

/**
 * @param {net.Socket} from
 * @param {net.Socket} to
 * @param {number} oneWayMs
 * @param {number} notBefore what arrives earlier counts as arrived then
 */
function pipeDelayed(from, to, oneWayMs, notBefore) {
  /** Pieces in order; null is the end. @type {{ dueAt: number, piece: Buffer | null }[]} */
  const queue = [];
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const flush = () => {
    timer = undefined;
    for (let next = queue[0]; next; next = queue[0]) {
      const remaining = next.dueAt - performance.now();
      if (remaining > TIMER_SLACK_MS) {
        timer = setTimeout(flush, remaining);
        return;
      }
      queue.shift();
      if (next.piece) to.write(next.piece);
      else to.end();
    }
  };
  const push = (/** @type {Buffer | null} */ piece) => {
    queue.push({ dueAt: Math.max(performance.now(), notBefore) + oneWayMs, piece });
    if (timer === undefined) flush();
  };
  from.on('data', push);
  from.on('end', () => push(null));
  from.on('error', () => to.destroy());
}

/** The proxies of a bench: one for each server and delay, started when it is first asked for. */
export class DelayProxies {
  /** @type {Map<string, Promise<number>>} */
  #ports = new Map();

  /**
   * The port that leads to `port` with this delay from peer to peer: half of it on each of the two hops.
   *
   * @param {number} port
   * @param {number} delayMs
   */
  port(port, delayMs) {
    const key = `${port} ${delayMs}`;
    const started = this.#ports.get(key) ?? startDelayProxy(port, delayMs / 2);
    this.#ports.set(key, started);
    return started;
  }
}
