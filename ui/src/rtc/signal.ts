import { readCandidate, type Candidate } from './description/candidate';
import { isInteger, isRecord } from './description/json';
import { readDescription } from './description/signal-reader';
import type { NetworkReport } from '../types';
import { DescriptionRefused, type Description, type RefusedPart } from './description/types';

/**
 * A message to make a link of two peers. `link` counts the RTCPeerConnections between the two. `round` counts the
 * offers on one of them; an answer carries the round of its offer, so that a late answer is never taken for another.
 */
export type Signal =
  | { link: number; round: number; description: Description }
  | { link: number; candidate: Candidate | null }
  | { link: number; ask: 'offer' | 'restart' }
  /** The link does not come about: the sender's network, so that both know on whose side it fails. */
  | { link: number; network: NetworkReport }
  /** The link was ended for safety, finally. */
  | { link: number; end: 'safety' };

/** A description that could mean two things, or that no browser writes. Its link has to be ended. */
export interface RefusedSignal {
  link: number;
  refused: RefusedPart;
}

export type SignalProblem = 'signal_invalid' | 'description_unknown';

/** Reads a signal of a peer. Only the fields known here get through. */
export function readSignal(raw: unknown): Signal | RefusedSignal | SignalProblem {
  if (!isRecord(raw) || !isCount(raw.link)) return 'signal_invalid';
  const { link, round, description, candidate, ask, end, network } = raw;
  if (description !== undefined) {
    if (!isRecord(description) || !isCount(round)) return 'signal_invalid';
    const { type } = description;
    if (type !== 'offer' && type !== 'answer') return 'description_unknown';
    return readOrRefuse(link, round, description);
  }
  if (candidate !== undefined) {
    const read = candidate === null ? null : readCandidate(candidate);
    return read === undefined ? 'signal_invalid' : { link, candidate: read };
  }
  if (network !== undefined) {
    const report = readReport(network);
    return report ? { link, network: report } : 'signal_invalid';
  }
  if (end === 'safety') return { link, end };
  return ask === 'offer' || ask === 'restart' ? { link, ask } : 'signal_invalid';
}

function readOrRefuse(link: number, round: number, raw: unknown): Signal | RefusedSignal {
  try {
    return { link, round, description: readDescription(raw) };
  } catch (error) {
    if (error instanceof DescriptionRefused) return { link, refused: error.part };
    throw error;
  }
}

const UDP = ['works', 'blocked', 'unknown'] as const;
const NAT = ['none', 'stable', 'symmetric', 'unknown'] as const;

function readReport(raw: unknown): NetworkReport | undefined {
  if (!isRecord(raw)) return undefined;
  const udp = UDP.find((name) => name === raw.udp);
  const nat = NAT.find((name) => name === raw.nat);
  return udp && nat ? { udp, nat } : undefined;
}

const isCount = (value: unknown): value is number => isInteger(value, 1, Number.MAX_SAFE_INTEGER);
