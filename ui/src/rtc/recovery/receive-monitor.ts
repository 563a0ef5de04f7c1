/** After so long without anything from a peer that sends, the path is in doubt. ICE takes five seconds to say so. */
const STALLED_AFTER_MS = 2_500;
/** After so long only ICE is believed: perhaps the peer sends nothing after all. */
const MAX_STALLED_MS = 10_000;

/** A link, as far as its arriving data is concerned. */
export interface ReceiveSource {
  /** When the last audio came; 0 before the first. Reading it needs no trip to the statistics. */
  readonly lastAudioAt: number;
  bytesReceived(): Promise<number>;
}

/** Notices that nothing arrives from a peer any more, before ICE does. */
export class ReceiveMonitor {
  #source: ReceiveSource | null = null;
  #lastAudioAt = 0;
  #bytes = 0;
  /** Null while nothing has to arrive. */
  #receivedAt: number | null = null;

  /** ICE has found a path. */
  onConnected(): void {
    if (this.#receivedAt !== null) this.#receivedAt = performance.now();
  }

  /** Whether anything has arrived on this link since the last call. */
  async hasReceived(source: ReceiveSource): Promise<boolean> {
    if (source !== this.#source) {
      this.#source = source;
      this.#lastAudioAt = this.#bytes = 0;
    }
    const { lastAudioAt } = source;
    const hasAudio = lastAudioAt > this.#lastAudioAt;
    const bytes = hasAudio ? this.#bytes : await source.bytesReceived();
    if (source !== this.#source) return false;
    const hasBytes = bytes !== this.#bytes;
    this.#lastAudioAt = lastAudioAt;
    this.#bytes = bytes;
    return hasAudio || hasBytes;
  }

  /** `isExpected`: the peer says that it sends something. */
  isStalled({ hasReceived, isExpected }: { hasReceived: boolean; isExpected: boolean }): boolean {
    const now = performance.now();
    if (hasReceived) this.#receivedAt = now;
    if (!isExpected) this.#receivedAt = null;
    if (this.#receivedAt === null) return false;
    const silence = now - this.#receivedAt;
    if (silence >= MAX_STALLED_MS) this.#receivedAt = null;
    return silence >= STALLED_AFTER_MS && silence < MAX_STALLED_MS;
  }
}
