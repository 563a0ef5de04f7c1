/** For one description. A machine has about ten; with many networks, some dozens. */
const MAX_CANDIDATES = 128;
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
  #pending: (RTCIceCandidateInit | null)[] = [];
  #currentUfrags: string[] = [];
  #pastUfrags: string[] = [];
  #added = 0;

  constructor(pc: RTCPeerConnection, problem: (code: 'candidate_failed' | 'signal_flood') => void) {
    this.#pc = pc;
    this.#onProblem = problem;
  }

  /** `null` is the end of candidates. */
  async add(candidate: RTCIceCandidateInit | null): Promise<void> {
    const fragment = candidate?.usernameFragment;
    if (fragment && this.#pastUfrags.includes(fragment)) return;
    this.#pending.push(candidate);
    await this.flush();
    if (this.#pending.length <= MAX_PENDING) return;
    this.#pending.shift();
    this.#onProblem('signal_flood');
  }

  /** Adds the candidates that waited for the description that was just applied. */
  async flush(): Promise<void> {
    const sdp = this.#pc.remoteDescription?.sdp;
    if (sdp === undefined) return;
    this.#setUfrags([...sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)].flatMap(([, fragment]) => fragment ?? []));
    const fits = (candidate: RTCIceCandidateInit | null) =>
      !candidate?.usernameFragment || this.#currentUfrags.includes(candidate.usernameFragment);
    const ready = this.#pending.filter(fits);
    this.#pending = this.#pending.filter((candidate) => !fits(candidate));
    for (const candidate of ready) {
      this.#added += 1;
      if (this.#added > MAX_CANDIDATES) this.#onProblem('signal_flood');
      else await this.#pc.addIceCandidate(candidate).catch(() => this.#onProblem('candidate_failed'));
    }
  }

  #setUfrags(fragments: string[]): void {
    const past = this.#currentUfrags.filter((fragment) => !fragments.includes(fragment));
    if (past.length === 0 && this.#currentUfrags.length > 0) return;
    this.#pastUfrags = [...this.#pastUfrags, ...past].slice(-MAX_PAST_UFRAGS);
    this.#currentUfrags = [...new Set(fragments)];
    this.#added = 0;
  }
}
