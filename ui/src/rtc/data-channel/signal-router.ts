import type { Told } from '../peer-link/peer-link';
import { MAX_MESSAGE } from './messages';
import type { Signal } from '../signal';

/** Seals and opens what goes past the server, as what goes by way of it is. A peer takes each number once. */
export interface Sealing {
  seal(signal: Signal): Promise<{ number: number; envelope: string }>;
  /** Null for a signal that had come before, whichever way. */
  open(envelope: string): Promise<{ signal: unknown }>;
}

export interface Ways {
  /** Null where nothing can be sealed: then all goes by way of the server. */
  sealing: Sealing | null;
  /** By way of the server; with the number it was sealed under, if it may have gone another way before. */
  server(signal: Signal, number?: number): void;
  /** Whether there is a data channel that is open. */
  isOpen(): boolean;
  /** Over the data channel. False when it is not open. */
  say(message: Told): boolean;
  /** A signal came over the data channel. */
  receive(signal: unknown): void;
  problem(code: 'message_invalid'): void;
}

/** How long the other may take to say that it has a signal, before the server is asked to carry it too. */
const PATIENCE = 1_000;
/** Signals that wait for that at a time. */
const MOST_UNANSWERED = 64;

interface Unanswered {
  signal: Signal;
  /** Undefined once it has rung, while the server could not carry it. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Brings signals to one peer: over the data channel of the link that is up, by way of the server, or, when in doubt,
 * both. They arrive once all the same, by their number.
 */
export class Courier {
  #ways: Ways;
  #reachable = true;
  #unanswered = new Map<number, Unanswered>();
  #stopped = false;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  /** In doubt both ways are taken at once. */
  send(signal: Signal, doubtful: boolean): void {
    const { sealing } = this.#ways;
    if (sealing && this.#ways.isOpen()) void this.#seal(sealing, signal, doubtful);
    else this.#ways.server(signal);
  }

  /** Whether the server could carry a signal to the peer now. */
  reach(reachable: boolean): void {
    this.#reachable = reachable;
    if (!reachable) return;
    for (const [number, { signal, timer }] of this.#unanswered) {
      if (timer !== undefined) continue;
      this.#unanswered.delete(number);
      this.#ways.server(signal, number);
    }
  }

  /** The other has the signal of that number. */
  got(number: number): void {
    clearTimeout(this.#unanswered.get(number)?.timer);
    this.#unanswered.delete(number);
  }

  /** A sealed signal came. Who sent it hears of it once it is taken. */
  async hear(n: number, envelope: string): Promise<void> {
    const { sealing, say, receive, problem } = this.#ways;
    if (!sealing) return;
    try {
      const { signal } = await sealing.open(envelope);
      if (this.#stopped) return;
      say({ type: 'signal_got', n });
      if (signal !== null) receive(signal);
    } catch {
      if (!this.#stopped) problem('message_invalid');
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#unanswered.values()) clearTimeout(timer);
    this.#unanswered.clear();
  }

  async #seal(sealing: Sealing, signal: Signal, doubtful: boolean): Promise<void> {
    const { server, say } = this.#ways;
    const sealed = await sealing.seal(signal).catch(() => null);
    if (this.#stopped) return;
    if (!sealed) return server(signal);
    const { number, envelope } = sealed;
    const said = envelope.length < MAX_MESSAGE - 64 && say({ type: 'signal', n: number, envelope });
    if (!said || (doubtful && this.#reachable)) server(signal, number);
    else this.#wait(number, signal);
  }

  #wait(number: number, signal: Signal): void {
    const [oldest] = this.#unanswered.keys();
    if (oldest !== undefined && this.#unanswered.size >= MOST_UNANSWERED) this.got(oldest);
    const timer = setTimeout(() => {
      this.#unanswered.delete(number);
      if (this.#reachable) this.#ways.server(signal, number);
      else this.#unanswered.set(number, { signal, timer: undefined });
    }, PATIENCE);
    this.#unanswered.set(number, { signal, timer });
  }
}
