/** Candidates of one description that are taken; a machine has some ten, with many networks some dozens. */
const MAX_CANDIDATES = 128;
/** Candidates that wait for their description. */
const MAX_PENDING = 64;
/** Earlier descriptions whose candidates are known to be late. */
const MAX_PAST_UFRAGS = 16;

/**
 * The other's candidates, added in the order in which they came, each only after the description it belongs to. Which
 * one that is says its username fragment: after an ICE restart there is a new one, and what is late is of no use.
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

  /** A candidate came; `null` says that there are no more. */
  async add(candidate: RTCIceCandidateInit | null): Promise<void> {
    const fragment = candidate?.usernameFragment;
    if (fragment && this.#pastUfrags.includes(fragment)) return;
    this.#pending.push(candidate);
    await this.flush();
    if (this.#pending.length <= MAX_PENDING) return;
    this.#pending.shift();
    this.#onProblem('signal_flood');
  }

  /** Adds what has waited for the description that was just applied. */
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

  /** The fragments of the description that holds now. */
  #setUfrags(fragments: string[]): void {
    const past = this.#currentUfrags.filter((fragment) => !fragments.includes(fragment));
    if (past.length === 0 && this.#currentUfrags.length > 0) return;
    this.#pastUfrags = [...this.#pastUfrags, ...past].slice(-MAX_PAST_UFRAGS);
    this.#currentUfrags = [...new Set(fragments)];
    this.#added = 0;
  }
}
