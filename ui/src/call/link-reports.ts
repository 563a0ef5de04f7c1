import type { LinkState } from '../types';

/** A link that has been down this long is reported: ICE has restarted it several times by then. */
const DEAD_AFTER_MS = 15_000;

/**
 * Tells the app which links are up. It asks a peer that came by relays for a sign of life when the link is dead, because
 * nothing else would tell that the peer is gone.
 */
export class LinkReports {
  #report: (peer: string, up: boolean) => void;
  #up = new Set<string>();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(report: (peer: string, up: boolean) => void) {
    this.#report = report;
  }

  update(peer: string, state: LinkState): void {
    if (state === 'connected') {
      this.#stop(peer);
      if (this.#up.has(peer)) return;
      this.#up.add(peer);
      this.#report(peer, true);
    } else if (this.#up.has(peer) && !this.#timers.has(peer)) {
      const die = (): void => {
        this.#timers.delete(peer);
        this.#up.delete(peer);
        this.#report(peer, false);
      };
      this.#timers.set(peer, setTimeout(die, DEAD_AFTER_MS));
    }
  }

  remove(peer: string): void {
    this.#stop(peer);
    this.#up.delete(peer);
  }

  #stop(peer: string): void {
    clearTimeout(this.#timers.get(peer));
    this.#timers.delete(peer);
  }
}
