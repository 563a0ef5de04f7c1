/**
 * A message to make a link of two peers. `link` counts the RTCPeerConnections between the two. `round` counts the
 * offers on one of them; an answer carries the round of its offer, so that a late answer is never taken for another.
 */
export type Signal =
  | { link: number; round: number; description: Description }
  | { link: number; candidate: RTCIceCandidateInit | null }
  | { link: number; ask: 'offer' | 'restart' }
  /** The link was ended for safety, finally. */
  | { link: number; end: 'safety' };

/** A link with one offerer needs neither `pranswer` nor `rollback`. */
export interface Description {
  type: 'offer' | 'answer';
  sdp: string;
}

export type SignalProblem = 'signal_invalid' | 'description_unknown';

const MAX_SDP_LENGTH = 48_000;
const MAX_CANDIDATE_LENGTH = 1_024;
const MAX_NAME_LENGTH = 256;

/** Reads a signal of a peer. Only the fields known here get through. */
export function readSignal(raw: unknown): Signal | SignalProblem {
  if (!isRecord(raw) || !isCount(raw.link)) return 'signal_invalid';
  const { link, round, description, candidate, ask, end } = raw;
  if (description !== undefined) {
    if (!isRecord(description) || !isCount(round)) return 'signal_invalid';
    const { type, sdp } = description;
    if (type !== 'offer' && type !== 'answer') return 'description_unknown';
    return isText(sdp, MAX_SDP_LENGTH) ? { link, round, description: { type, sdp } } : 'signal_invalid';
  }
  if (candidate !== undefined) {
    const read = candidate === null ? null : readCandidate(candidate);
    return read === undefined ? 'signal_invalid' : { link, candidate: read };
  }
  if (end === 'safety') return { link, end };
  return ask === 'offer' || ask === 'restart' ? { link, ask } : 'signal_invalid';
}

function readCandidate(raw: unknown): RTCIceCandidateInit | undefined {
  if (!isRecord(raw) || !isText(raw.candidate, MAX_CANDIDATE_LENGTH)) return undefined;
  const { candidate, sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = raw;
  const named = sdpMid === null || isText(sdpMid, MAX_NAME_LENGTH);
  const counted = sdpMLineIndex === null || (isCount(sdpMLineIndex, 0) && sdpMLineIndex < 65_536);
  const owned = usernameFragment === null || isText(usernameFragment, MAX_NAME_LENGTH);
  if (!named || !counted || !owned || (sdpMid === null && sdpMLineIndex === null)) return undefined;
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown, least = 1): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}
