/** More candidates than this never wait; a machine has some ten. */
const MOST = 64;

/**
 * The other's candidates, added in the order in which they came, each only after the description it belongs to. Which
 * one that is says its username fragment: after an ICE restart there is a new one.
 */
export class Candidates {
  #pc: RTCPeerConnection;
  #problem: (code: 'candidate_failed' | 'signal_flood') => void;
  #waiting: (RTCIceCandidateInit | null)[] = [];

  constructor(pc: RTCPeerConnection, problem: (code: 'candidate_failed' | 'signal_flood') => void) {
    this.#pc = pc;
    this.#problem = problem;
  }

  /** A candidate came; `null` says that there are no more. */
  async add(candidate: RTCIceCandidateInit | null): Promise<void> {
    this.#waiting.push(candidate);
    await this.flush();
    if (this.#waiting.length <= MOST) return;
    this.#waiting.shift();
    this.#problem('signal_flood');
  }

  /** Adds what has waited for the description that was just applied. */
  async flush(): Promise<void> {
    const sdp = this.#pc.remoteDescription?.sdp;
    if (sdp === undefined) return;
    const fits = (candidate: RTCIceCandidateInit | null) =>
      !candidate?.usernameFragment || sdp.includes(`a=ice-ufrag:${candidate.usernameFragment}\r\n`);
    const ready = this.#waiting.filter(fits);
    this.#waiting = this.#waiting.filter((candidate) => !fits(candidate));
    for (const candidate of ready) {
      await this.#pc.addIceCandidate(candidate).catch(() => this.#problem('candidate_failed'));
    }
  }
}
