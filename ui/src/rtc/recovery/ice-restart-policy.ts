import type { Health } from '../peer-link/peer-link';

/** How long a shaky connection may heal by itself. */
const SHAKY = 500;
/** How long a first connection may take. */
const PATIENCE = 5_000;
/** The pause after a first attempt; it doubles up to the longest. */
const PAUSE = 2_000;
const LONGEST_PAUSE = 15_000;
/** While the link is up all the same, so many attempts that nobody answers are enough. */
const ENOUGH = 3;
/** Calls for help that come together are one. */
const TOGETHER = 500;

export interface WatchOptions {
  /** An attempt is to be made. `fresh`: on a path that may be another than that of the last one. */
  help(attempt: number, fresh: boolean): void;
  /** Whether the last attempt has been answered. */
  isSettled(): boolean;
  /** Whether the other can be told something also while the server cannot reach it. */
  canTell(): boolean;
}

/**
 * Watches a link's health and calls for help, one attempt at a time, with growing pauses, for as long as the peer is in
 * the room. While the peer cannot be reached no attempt is made; the moment it can, one is.
 */
export class Watch {
  /** Attempts since the link was last up. */
  attempts = 0;
  #options: WatchOptions;
  #health: Health = 'starting';
  #watching = false;
  #reachable = true;
  /** An attempt waits until the peer can be reached. */
  #due = false;
  #lastHelp = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Both people are in the room: from now on the link should be up. */
  start(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#look();
  }

  stop(): void {
    this.#watching = false;
    this.#rest();
  }

  /** The link's health, as often as wanted. */
  see(health: Health): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#look();
  }

  /** Whether a signal would reach the peer. */
  reach(reachable: boolean): void {
    const again = reachable && !this.#reachable;
    this.#reachable = reachable;
    // What was tried before was in vain for want of a way, and says nothing of the link.
    if (again && (this.#due || this.#health !== 'up')) this.hurry();
  }

  /**
   * The network has changed: an attempt at once, even if all seems well, and short pauses again. The last of several
   * changes that come together counts, too: only then may there be a path.
   */
  hurry(): void {
    if (!this.#watching) return;
    this.attempts = 0;
    const soon = this.#lastHelp + TOGETHER - performance.now();
    if (soon <= 0) this.#attempt(true);
    else this.#wait(soon, () => this.#attempt(true));
  }

  /** The other side wants an attempt. */
  asked(): void {
    if (this.#watching && performance.now() - this.#lastHelp >= TOGETHER) this.#attempt(false);
  }

  get #isFine(): boolean {
    return this.attempts >= ENOUGH || this.#options.isSettled();
  }

  #look(): void {
    if (!this.#watching) return;
    if (this.#health === 'up') {
      if (this.#isFine) this.#rest();
    } else if (this.attempts > 0) return;
    else if (this.#health === 'down') this.#attempt(false);
    else if (this.#health === 'shaky') this.#wait(SHAKY, this.#again);
    else if (this.#timer === undefined) this.#wait(PATIENCE, this.#again);
  }

  #attempt(fresh: boolean): void {
    this.#stopTimer();
    this.#due = !this.#reachable;
    if (this.#due && !(this.#health === 'up' && this.#options.canTell())) return;
    this.attempts += 1;
    this.#lastHelp = performance.now();
    this.#wait(Math.min(PAUSE * 2 ** (this.attempts - 1), LONGEST_PAUSE), this.#again);
    this.#options.help(this.attempts, fresh);
  }

  #again = (): void => {
    if (this.#health === 'up' && this.#isFine) this.#rest();
    else this.#attempt(false);
  };

  #wait(pause: number, then: () => void): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      then();
    }, pause);
  }

  #rest(): void {
    this.attempts = 0;
    this.#due = false;
    this.#stopTimer();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
