import type { SafetyAlarm } from '../../types';

/** What is kept of a peer for as long as the call lasts, whatever becomes of the links to it. */
export interface PeerTrust {
  /** The certificates that were confirmed: *They match*. */
  confirmed: string | null;
  /** Why there is no link to this peer any more, and none will be made. */
  alarm: SafetyAlarm | null;
  /** The number of the last link: a later one never has it again, also when the peer was gone meanwhile. */
  lastLink: number;
}

export const newTrust = (): PeerTrust => ({ confirmed: null, alarm: null, lastLink: 0 });
