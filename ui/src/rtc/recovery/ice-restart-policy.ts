import type { LinkHealth } from '../peer-link/options';

/** How long a disconnected link may heal by itself. */
const DISCONNECTED_GRACE_MS = 500;
/** How long a first connection may take. */
const CONNECT_TIMEOUT_MS = 5_000;
/** The pause after the first attempt. It doubles after each further one. */
const FIRST_BACKOFF_MS = 2_000;
const MAX_BACKOFF_MS = 15_000;
/** Attempts that nobody answers while the link is connected all the same. */
const MAX_UNANSWERED_ATTEMPTS = 3;
/** Requests within this time make one attempt. */
const COALESCE_WINDOW_MS = 500;

export interface IceRestartPolicyOptions {
  /** `isPathNew`: the path may be another than that of the last attempt. */
  attempt(attempt: number, isPathNew: boolean): void;
  /** Whether the peer has answered the last attempt. */
  isAnswered(): boolean;
  /** Whether a signal can reach the peer without the server. */
  canSignal(): boolean;
}

/**
 * Decides when to restart ICE: one attempt at a time, with growing pauses, for as long as the peer is in the room. It
 * waits while the peer cannot be reached, and attempts at once when it can.
 */
export class IceRestartPolicy {
  /** Attempts since the link was last connected. */
  attempts = 0;
  #options: IceRestartPolicyOptions;
  #health: LinkHealth = 'connecting';
  #active = false;
  #reachable = true;
  /** An attempt waits until the peer can be reached. */
  #isDue = false;
  #lastAttemptAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: IceRestartPolicyOptions) {
    this.#options = options;
  }

  /** Both people are in the room: from now on the link should be connected. */
  start(): void {
    if (this.#active) return;
    this.#active = true;
    this.#update();
  }

  stop(): void {
    this.#active = false;
    this.#reset();
  }

  setHealth(health: LinkHealth): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#update();
  }

  /** Whether a signal can reach the peer. */
  setReachable(reachable: boolean): void {
    const isBack = reachable && !this.#reachable;
    this.#reachable = reachable;
    // Earlier attempts failed because no signal could reach the peer. They say nothing of the link.
    if (isBack && (this.#isDue || this.#health !== 'connected')) this.restartNow();
  }

  /**
   * The network has changed: attempts at once, even if the link seems well, and starts the pauses anew. The last of
   * several changes in a row counts too: there may be no path before it.
   */
  restartNow(): void {
    if (!this.#active) return;
    this.attempts = 0;
    const wait = this.#lastAttemptAt + COALESCE_WINDOW_MS - performance.now();
    if (wait <= 0) this.#attempt(true);
    else this.#schedule(wait, () => this.#attempt(true));
  }

  /** The peer asks for an attempt. */
  handleRequest(): void {
    if (this.#active && performance.now() - this.#lastAttemptAt >= COALESCE_WINDOW_MS) this.#attempt(false);
  }

  get #isDone(): boolean {
    return this.attempts >= MAX_UNANSWERED_ATTEMPTS || this.#options.isAnswered();
  }

  #update(): void {
    if (!this.#active) return;
    if (this.#health === 'connected') {
      if (this.#isDone) this.#reset();
    } else if (this.attempts > 0) return;
    else if (this.#health === 'failed') this.#attempt(false);
    else if (this.#health === 'disconnected') this.#schedule(DISCONNECTED_GRACE_MS, this.#retry);
    else if (this.#timer === undefined) this.#schedule(CONNECT_TIMEOUT_MS, this.#retry);
  }

  #attempt(isPathNew: boolean): void {
    this.#stopTimer();
    this.#isDue = !this.#reachable;
    if (this.#isDue && !(this.#health === 'connected' && this.#options.canSignal())) return;
    this.attempts += 1;
    this.#lastAttemptAt = performance.now();
    this.#schedule(Math.min(FIRST_BACKOFF_MS * 2 ** (this.attempts - 1), MAX_BACKOFF_MS), this.#retry);
    this.#options.attempt(this.attempts, isPathNew);
  }

  #retry = (): void => {
    if (this.#health === 'connected' && this.#isDone) this.#reset();
    else this.#attempt(false);
  };

  #schedule(delay: number, run: () => void): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      run();
    }, delay);
  }

  #reset(): void {
    this.attempts = 0;
    this.#isDue = false;
    this.#stopTimer();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
