import type { Health } from './link';

/** How long a shaky connection may heal by itself. */
const SHAKY = 2_000;
/** How long a first connection may take. */
const PATIENCE = 5_000;
/** The pause after a first attempt; it doubles up to the longest. */
const PAUSE = 4_000;
const LONGEST_PAUSE = 15_000;
/** Calls for help that come together are one. */
const TOGETHER = 1_000;

/**
 * Watches a link's health and calls for help, one attempt at a time, with growing pauses, for as long as the peer is in
 * the room. While the peer cannot be reached no attempt is made; the moment it can, one is.
 */
export class Watch {
  /** Attempts since the link was last up. */
  attempts = 0;
  #help: (attempt: number) => void;
  #health: Health = 'starting';
  #watching = false;
  #reachable = true;
  /** An attempt waits until the peer can be reached. */
  #due = false;
  #lastHelp = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(help: (attempt: number) => void) {
    this.#help = help;
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
    if (again && this.#watching && (this.#due || this.#health !== 'up')) this.#attempt();
  }

  /** The network has changed: an attempt at once, even if all seems well, and short pauses again. */
  hurry(): void {
    if (this.#tooSoon) return;
    this.attempts = 0;
    this.#attempt();
  }

  /** The other side wants an attempt. */
  asked(): void {
    if (!this.#tooSoon) this.#attempt();
  }

  get #tooSoon(): boolean {
    return !this.#watching || performance.now() - this.#lastHelp < TOGETHER;
  }

  #look(): void {
    if (!this.#watching) return;
    if (this.#health === 'up') this.#rest();
    else if (this.attempts > 0) return;
    else if (this.#health === 'down') this.#attempt();
    else if (this.#health === 'shaky') this.#wait(SHAKY);
    else if (this.#timer === undefined) this.#wait(PATIENCE);
  }

  #attempt(): void {
    this.#stopTimer();
    this.#due = !this.#reachable;
    if (this.#due) return;
    this.attempts += 1;
    this.#lastHelp = performance.now();
    this.#wait(Math.min(PAUSE * 2 ** (this.attempts - 1), LONGEST_PAUSE));
    this.#help(this.attempts);
  }

  #wait(pause: number): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#health === 'up') this.#rest();
      else this.#attempt();
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
