import type { LinkHealth } from '../peer-link/peer-link';

/** How long a shaky connection may heal by itself. */
const DISCONNECTED_GRACE_MS = 500;
/** How long a first connection may take. */
const CONNECT_TIMEOUT_MS = 5_000;
/** The pause after a first attempt; it doubles up to the longest. */
const FIRST_BACKOFF_MS = 2_000;
const MAX_BACKOFF_MS = 15_000;
/** While the link is up all the same, so many attempts that nobody answers are enough. */
const MAX_UNANSWERED_ATTEMPTS = 3;
/** Calls for help that come together are one. */
const COALESCE_WINDOW_MS = 500;

export interface IceRestartPolicyOptions {
  /** An attempt is to be made. `fresh`: on a path that may be another than that of the last one. */
  attempt(attempt: number, fresh: boolean): void;
  /** Whether the last attempt has been answered. */
  isAnswered(): boolean;
  /** Whether the other can be told something also while the server cannot reach it. */
  canSignal(): boolean;
}

/**
 * Watches a link's health and calls for help, one attempt at a time, with growing pauses, for as long as the peer is in
 * the room. While the peer cannot be reached no attempt is made; the moment it can, one is.
 */
export class IceRestartPolicy {
  /** Attempts since the link was last up. */
  attempts = 0;
  #options: IceRestartPolicyOptions;
  #health: LinkHealth = 'starting';
  #active = false;
  #reachable = true;
  /** An attempt waits until the peer can be reached. */
  #isDue = false;
  #lastAttemptAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: IceRestartPolicyOptions) {
    this.#options = options;
  }

  /** Both people are in the room: from now on the link should be up. */
  start(): void {
    if (this.#active) return;
    this.#active = true;
    this.#update();
  }

  stop(): void {
    this.#active = false;
    this.#reset();
  }

  /** The link's health, as often as wanted. */
  setHealth(health: LinkHealth): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#update();
  }

  /** Whether a signal would reach the peer. */
  setReachable(reachable: boolean): void {
    const again = reachable && !this.#reachable;
    this.#reachable = reachable;
    // What was tried before was in vain for want of a way, and says nothing of the link.
    if (again && (this.#isDue || this.#health !== 'up')) this.restartNow();
  }

  /**
   * The network has changed: an attempt at once, even if all seems well, and short pauses again. The last of several
   * changes that come together counts, too: only then may there be a path.
   */
  restartNow(): void {
    if (!this.#active) return;
    this.attempts = 0;
    const soon = this.#lastAttemptAt + COALESCE_WINDOW_MS - performance.now();
    if (soon <= 0) this.#attempt(true);
    else this.#schedule(soon, () => this.#attempt(true));
  }

  /** The other side wants an attempt. */
  handleRequest(): void {
    if (this.#active && performance.now() - this.#lastAttemptAt >= COALESCE_WINDOW_MS) this.#attempt(false);
  }

  get #isDone(): boolean {
    return this.attempts >= MAX_UNANSWERED_ATTEMPTS || this.#options.isAnswered();
  }

  #update(): void {
    if (!this.#active) return;
    if (this.#health === 'up') {
      if (this.#isDone) this.#reset();
    } else if (this.attempts > 0) return;
    else if (this.#health === 'down') this.#attempt(false);
    else if (this.#health === 'shaky') this.#schedule(DISCONNECTED_GRACE_MS, this.#retry);
    else if (this.#timer === undefined) this.#schedule(CONNECT_TIMEOUT_MS, this.#retry);
  }

  #attempt(fresh: boolean): void {
    this.#stopTimer();
    this.#isDue = !this.#reachable;
    if (this.#isDue && !(this.#health === 'up' && this.#options.canSignal())) return;
    this.attempts += 1;
    this.#lastAttemptAt = performance.now();
    this.#schedule(Math.min(FIRST_BACKOFF_MS * 2 ** (this.attempts - 1), MAX_BACKOFF_MS), this.#retry);
    this.#options.attempt(this.attempts, fresh);
  }

  #retry = (): void => {
    if (this.#health === 'up' && this.#isDone) this.#reset();
    else this.#attempt(false);
  };

  #schedule(pause: number, then: () => void): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      then();
    }, pause);
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
