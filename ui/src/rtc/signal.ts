/**
 * What two pages say to each other to make a link, as in the W3C example, with two numbers more.
 * `link` counts the RTCPeerConnections made for this pair; `round` counts the offers on one of them, and an answer
 * carries the round of its offer, so that an answer that comes late is never taken for another.
 */
export type Signal =
  | { link: number; round: number; description: Description }
  | { link: number; candidate: RTCIceCandidateInit | null }
  | { link: number; ask: 'offer' | 'restart' };

/** The two kinds of description that a link with one offerer needs. */
export interface Description {
  type: 'offer' | 'answer';
  sdp: string;
}

/** What can be wrong with a signal. */
export type SignalProblem = 'signal_invalid' | 'description_unknown';
