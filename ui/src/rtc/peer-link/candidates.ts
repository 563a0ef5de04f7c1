/** Candidates of one description that are taken; a machine has some ten, with many networks some dozens. */
const MOST = 128;
/** Candidates that wait for their description. */
const MOST_WAITING = 64;
/** Earlier descriptions whose candidates are known to be late. */
const MOST_PAST = 16;

/**
 * The other's candidates, added in the order in which they came, each only after the description it belongs to. Which
 * one that is says its username fragment: after an ICE restart there is a new one, and what is late is of no use.
 */
export class Candidates {
  #pc: RTCPeerConnection;
  #problem: (code: 'candidate_failed' | 'signal_flood') => void;
  #waiting: (RTCIceCandidateInit | null)[] = [];
  #current: string[] = [];
  #past: string[] = [];
  #added = 0;

  constructor(pc: RTCPeerConnection, problem: (code: 'candidate_failed' | 'signal_flood') => void) {
    this.#pc = pc;
    this.#problem = problem;
  }

  /** A candidate came; `null` says that there are no more. */
  async add(candidate: RTCIceCandidateInit | null): Promise<void> {
    const fragment = candidate?.usernameFragment;
    if (fragment && this.#past.includes(fragment)) return;
    this.#waiting.push(candidate);
    await this.flush();
    if (this.#waiting.length <= MOST_WAITING) return;
    this.#waiting.shift();
    this.#problem('signal_flood');
  }

  /** Adds what has waited for the description that was just applied. */
  async flush(): Promise<void> {
    const sdp = this.#pc.remoteDescription?.sdp;
    if (sdp === undefined) return;
    this.#turn([...sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)].flatMap(([, fragment]) => fragment ?? []));
    const fits = (candidate: RTCIceCandidateInit | null) =>
      !candidate?.usernameFragment || this.#current.includes(candidate.usernameFragment);
    const ready = this.#waiting.filter(fits);
    this.#waiting = this.#waiting.filter((candidate) => !fits(candidate));
    for (const candidate of ready) {
      this.#added += 1;
      if (this.#added > MOST) this.#problem('signal_flood');
      else await this.#pc.addIceCandidate(candidate).catch(() => this.#problem('candidate_failed'));
    }
  }

  /** The fragments of the description that holds now. */
  #turn(fragments: string[]): void {
    const past = this.#current.filter((fragment) => !fragments.includes(fragment));
    if (past.length === 0 && this.#current.length > 0) return;
    this.#past = [...this.#past, ...past].slice(-MOST_PAST);
    this.#current = [...new Set(fragments)];
    this.#added = 0;
  }
}
