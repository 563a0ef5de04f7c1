import { MAX_CANDIDATES, toInit, writeCandidate, type Candidate } from '../description/candidate';
import type { Description } from '../description/types';

const MAX_PENDING = 64;
/** ICE username fragments of earlier descriptions, whose candidates are late. */
const MAX_PAST_UFRAGS = 16;

/**
 * Adds the peer's candidates in the order in which they came, each after the description that it belongs to. The
 * username fragment says which description that is: an ICE restart brings a new one, and older candidates are of no use
 * then (RFC 8839, 5.4).
 */
export class RemoteCandidates {
  #pc: RTCPeerConnection;
  #onProblem: (code: 'candidate_failed' | 'signal_flood') => void;
  #pending: (Candidate | null)[] = [];
  #currentUfrag: string | null = null;
  #pastUfrags: string[] = [];
  /** The candidates of the current fragment that the browser has. */
  #known = new Set<string>();

  constructor(pc: RTCPeerConnection, problem: (code: 'candidate_failed' | 'signal_flood') => void) {
    this.#pc = pc;
    this.#onProblem = problem;
  }

  /** Whether its description is the one that the browser was given last. */
  isCurrent(candidate: Candidate | null): boolean {
    return candidate?.ufrag !== undefined && candidate.ufrag === this.#currentUfrag;
  }

  /** `null` is the end of candidates. */
  async add(candidate: Candidate | null): Promise<void> {
    const ufrag = candidate?.ufrag;
    if (ufrag !== undefined && this.#pastUfrags.includes(ufrag)) return;
    this.#pending.push(candidate);
    await this.#flush();
    if (this.#pending.length <= MAX_PENDING) return;
    this.#pending.shift();
    this.#onProblem('signal_flood');
  }

  /**
   * The browser was given the peer's description, with the candidates inside. Those that waited for it follow at once:
   * the browser takes what it is given one after the other, and each answer of its own would have to wait for the page.
   */
  onDescription({ transport, candidates }: Description, applied: Promise<void>): void {
    if (transport.ufrag !== this.#currentUfrag) {
      if (this.#currentUfrag)
        this.#pastUfrags = [...this.#pastUfrags, this.#currentUfrag].slice(-MAX_PAST_UFRAGS);
      this.#currentUfrag = transport.ufrag;
      this.#known.clear();
    }
    for (const candidate of candidates) this.#known.add(writeCandidate(candidate));
    void this.#flush(applied);
  }

  async #flush(applied: Promise<void> = Promise.resolve()): Promise<void> {
    if (this.#currentUfrag === null) return;
    const fits = (candidate: Candidate | null) =>
      candidate?.ufrag === undefined || candidate.ufrag === this.#currentUfrag;
    const ready = this.#pending.filter(fits);
    this.#pending = this.#pending.filter((candidate) => !fits(candidate));
    await Promise.all(ready.map((candidate) => this.#give(candidate, applied)));
  }

  async #give(candidate: Candidate | null, applied: Promise<void>): Promise<void> {
    const key = candidate ? writeCandidate(candidate) : 'end';
    if (this.#known.has(key)) return;
    if (this.#known.size >= MAX_CANDIDATES) return this.#onProblem('signal_flood');
    this.#known.add(key);
    try {
      await this.#pc.addIceCandidate(candidate && toInit(candidate));
    } catch {
      // A description that fails is a problem of its own.
      await applied.then(
        () => this.#onProblem('candidate_failed'),
        () => undefined,
      );
    }
  }
}
