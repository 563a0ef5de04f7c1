import type { Told } from '../peer-link/peer-link';
import { MAX_MESSAGE_LENGTH } from './messages';
import type { Signal } from '../signal';

/** Seals and opens what goes past the server, as what goes by way of it is. A peer takes each number once. */
export interface Sealing {
  seal(signal: Signal): Promise<{ number: number; envelope: string }>;
  /** Null for a signal that had come before, whichever way. */
  open(envelope: string): Promise<{ signal: unknown }>;
}

export interface SignalRoutes {
  /** Null where nothing can be sealed: then all goes by way of the server. */
  sealing: Sealing | null;
  /** By way of the server; with the number it was sealed under, if it may have gone another way before. */
  sendToServer(signal: Signal, number?: number): void;
  /** Whether there is a data channel that is open. */
  hasOpenChannel(): boolean;
  /** Over the data channel. False when it is not open. */
  sendToPeer(message: Told): boolean;
  /** A signal came over the data channel. */
  onSignal(signal: unknown): void;
  onProblem(code: 'message_invalid'): void;
}

/** How long the other may take to say that it has a signal, before the server is asked to carry it too. */
const ACKNOWLEDGE_TIMEOUT_MS = 1_000;
/** Signals that wait for that at a time. */
const MAX_UNACKNOWLEDGED = 64;

interface UnacknowledgedSignal {
  signal: Signal;
  /** Undefined once it has rung, while the server could not carry it. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Brings signals to one peer: over the data channel of the link that is up, by way of the server, or, when in doubt,
 * both. They arrive once all the same, by their number.
 */
export class SignalRouter {
  #routes: SignalRoutes;
  #reachable = true;
  #unacknowledged = new Map<number, UnacknowledgedSignal>();
  #closed = false;

  constructor(ways: SignalRoutes) {
    this.#routes = ways;
  }

  /** In doubt both ways are taken at once. */
  send(signal: Signal, doubtful: boolean): void {
    const { sealing } = this.#routes;
    if (sealing && this.#routes.hasOpenChannel()) void this.#sealAndSend(sealing, signal, doubtful);
    else this.#routes.sendToServer(signal);
  }

  /** Whether the server could carry a signal to the peer now. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
    if (!reachable) return;
    for (const [number, { signal, timer }] of this.#unacknowledged) {
      if (timer !== undefined) continue;
      this.#unacknowledged.delete(number);
      this.#routes.sendToServer(signal, number);
    }
  }

  /** The other has the signal of that number. */
  acknowledge(number: number): void {
    clearTimeout(this.#unacknowledged.get(number)?.timer);
    this.#unacknowledged.delete(number);
  }

  /** A sealed signal came. Who sent it hears of it once it is taken. */
  async receive(n: number, envelope: string): Promise<void> {
    const { sealing, sendToPeer, onSignal, onProblem } = this.#routes;
    if (!sealing) return;
    try {
      const { signal } = await sealing.open(envelope);
      if (this.#closed) return;
      sendToPeer({ type: 'signal_got', n });
      if (signal !== null) onSignal(signal);
    } catch {
      if (!this.#closed) onProblem('message_invalid');
    }
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#unacknowledged.values()) clearTimeout(timer);
    this.#unacknowledged.clear();
  }

  async #sealAndSend(sealing: Sealing, signal: Signal, doubtful: boolean): Promise<void> {
    const { sendToServer, sendToPeer } = this.#routes;
    const sealed = await sealing.seal(signal).catch(() => null);
    if (this.#closed) return;
    if (!sealed) return sendToServer(signal);
    const { number, envelope } = sealed;
    const said =
      envelope.length < MAX_MESSAGE_LENGTH - 64 && sendToPeer({ type: 'signal', n: number, envelope });
    if (!said || (doubtful && this.#reachable)) sendToServer(signal, number);
    else this.#awaitAcknowledgement(number, signal);
  }

  #awaitAcknowledgement(number: number, signal: Signal): void {
    const [oldest] = this.#unacknowledged.keys();
    if (oldest !== undefined && this.#unacknowledged.size >= MAX_UNACKNOWLEDGED) this.acknowledge(oldest);
    const timer = setTimeout(() => {
      this.#unacknowledged.delete(number);
      if (this.#reachable) this.#routes.sendToServer(signal, number);
      else this.#unacknowledged.set(number, { signal, timer: undefined });
    }, ACKNOWLEDGE_TIMEOUT_MS);
    this.#unacknowledged.set(number, { signal, timer });
  }
}
