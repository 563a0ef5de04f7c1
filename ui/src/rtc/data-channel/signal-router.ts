import type { Signal } from '../signal';
import { MAX_MESSAGE_LENGTH, type SignalMessage } from './messages';

/** Seals and opens the signals that go over the data channel. Both routes share one count: a number opens once. */
export interface Sealing {
  seal(signal: Signal): Promise<{ number: number; envelope: string }>;
  /** Resolves to null for a signal that has already come by either route. */
  open(envelope: string): Promise<{ signal: unknown }>;
}

export interface SignalRoutes {
  /** Null where nothing can be sealed: then all signals go over the server. */
  sealing: Sealing | null;
  /** Carries the number that the signal was sealed under, if it may have gone over the data channel too. */
  sendToServer(signal: Signal, number?: number): void;
  hasOpenChannel(): boolean;
  /** Returns false while no data channel is open. */
  sendToPeer(message: SignalMessage): boolean;
  /** A signal came over the data channel. */
  onSignal(signal: unknown): void;
  onProblem(code: 'message_invalid'): void;
}

/** A signal that the peer has not acknowledged for so long goes over the server too. */
const ACKNOWLEDGE_TIMEOUT_MS = 1_000;
const MAX_UNACKNOWLEDGED = 64;
/** Room for the tag and the number around an envelope. */
const MAX_ENVELOPE_LENGTH = MAX_MESSAGE_LENGTH - 64;

interface UnacknowledgedSignal {
  signal: Signal;
  /** Undefined after the time-out, while the server cannot reach the peer. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Sends signals to a peer over the data channel, the server, or, in doubt, both. The peer takes each number once, so a
 * signal that goes both ways is applied once.
 */
export class SignalRouter {
  #routes: SignalRoutes;
  #reachable = true;
  #unacknowledged = new Map<number, UnacknowledgedSignal>();
  #closed = false;

  constructor(routes: SignalRoutes) {
    this.#routes = routes;
  }

  /** `isDoubtful`: the data channel may be dead, so the signal takes both routes at once. */
  send(signal: Signal, isDoubtful: boolean): void {
    const { sealing } = this.#routes;
    if (sealing && this.#routes.hasOpenChannel()) void this.#sealAndSend(sealing, signal, isDoubtful);
    else this.#routes.sendToServer(signal);
  }

  /** Whether the server can carry a signal to the peer now. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
    if (!reachable) return;
    for (const [number, { signal, timer }] of this.#unacknowledged) {
      if (timer !== undefined) continue;
      this.#unacknowledged.delete(number);
      this.#routes.sendToServer(signal, number);
    }
  }

  async receive(message: SignalMessage): Promise<void> {
    if (message.type === 'signal_got') return this.#acknowledge(message.n);
    const { sealing, sendToPeer, onSignal, onProblem } = this.#routes;
    if (!sealing) return;
    try {
      const { signal } = await sealing.open(message.envelope);
      if (this.#closed) return;
      sendToPeer({ type: 'signal_got', n: message.n });
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

  async #sealAndSend(sealing: Sealing, signal: Signal, isDoubtful: boolean): Promise<void> {
    const { sendToServer, sendToPeer } = this.#routes;
    const sealed = await sealing.seal(signal).catch(() => null);
    if (this.#closed) return;
    if (!sealed) return sendToServer(signal);
    const { number, envelope } = sealed;
    const isSent =
      envelope.length < MAX_ENVELOPE_LENGTH && sendToPeer({ type: 'signal', n: number, envelope });
    if (!isSent || (isDoubtful && this.#reachable)) sendToServer(signal, number);
    else this.#awaitAcknowledgement(number, signal);
  }

  #awaitAcknowledgement(number: number, signal: Signal): void {
    const [oldest] = this.#unacknowledged.keys();
    if (oldest !== undefined && this.#unacknowledged.size >= MAX_UNACKNOWLEDGED) this.#acknowledge(oldest);
    const timer = setTimeout(() => {
      this.#unacknowledged.delete(number);
      if (this.#reachable) this.#routes.sendToServer(signal, number);
      else this.#unacknowledged.set(number, { signal, timer: undefined });
    }, ACKNOWLEDGE_TIMEOUT_MS);
    this.#unacknowledged.set(number, { signal, timer });
  }

  #acknowledge(number: number): void {
    clearTimeout(this.#unacknowledged.get(number)?.timer);
    this.#unacknowledged.delete(number);
  }
}
