import type { SignalProblem } from './signal';

/** What can go wrong on a link. Closed: the UI has words for each. */
export type LinkProblem =
  | SignalProblem
  /** A peer sends far more than a call needs; the surplus is dropped. */
  | 'signal_flood'
  /** The same of what it says on the data channel. */
  | 'message_flood'
  /** Something that came over the data channel is not what it should be. */
  | 'message_invalid'
  /** A description could not be made or applied. */
  | 'description_failed'
  /** A candidate could not be added. */
  | 'candidate_failed'
  /** A track could not be put on its way. */
  | 'track_failed'
  /** No RTCPeerConnection could be made. */
  | 'link_failed';

/** Why a link was ended for safety. It is not made again. */
export type SafetyAlarm =
  /** The certificate that the transport shows is not the one that was sealed. */
  | 'fingerprint_mismatch'
  /** The other side did not keep to what it had committed to. */
  | 'commitment_broken'
  /** The person has compared, and the emoji differ. */
  | 'emoji_differ'
  /** The other side has ended it, for one of these reasons. */
  | 'ended_there';

/** What can go wrong with a camera or a microphone. */
export type DeviceProblem = 'denied' | 'missing' | 'in_use' | 'unsupported' | 'failed';
