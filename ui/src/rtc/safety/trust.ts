import type { SafetyAlarm } from '../../types';

/** The record of a peer that is kept for the whole call, over all links to it. */
export interface PeerTrust {
  /** The certificates of which the person said *They match*. */
  confirmed: string | null;
  /** Why no link to this peer is built any more. */
  alarm: SafetyAlarm | null;
  /** The number of the last link. It is never used again, even if the peer leaves and comes back. */
  lastLink: number;
}

export const newTrust = (): PeerTrust => ({ confirmed: null, alarm: null, lastLink: 0 });
