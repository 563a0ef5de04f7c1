import type { LinkMeasurement } from '../rtc/peer-link/measure';
import type { Participant } from './participant.svelte';

export interface MeteredPeer {
  readonly peer: { measure(): Promise<LinkMeasurement | null> };
  readonly participant: Participant;
}

const INTERVAL_MS = 2_000;

/** Measures the links of all peers every two seconds, one after the other, so that none of it is one long task. */
export class LinkMeter {
  #peers: () => readonly MeteredPeer[];
  #timer: ReturnType<typeof setInterval>;
  #isMeasuring = false;

  constructor(peers: () => readonly MeteredPeer[]) {
    this.#peers = peers;
    this.#timer = setInterval(() => void this.#measure(), INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #measure(): Promise<void> {
    if (this.#isMeasuring) return;
    this.#isMeasuring = true;
    for (const { peer, participant } of this.#peers()) {
      // A connection that was closed meanwhile has no statistics.
      participant.addMeasurement(await peer.measure().catch(() => null));
    }
    this.#isMeasuring = false;
  }
}
