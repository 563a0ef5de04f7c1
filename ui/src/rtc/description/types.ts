import type { Candidate } from './candidate';
import type { Formats } from './formats';

/**
 * A session description as it travels between two pages. The page writes the SDP that its browser applies from this
 * form, so that nothing else of a peer reaches the browser. What stands here once cannot contradict itself: there is one
 * transport, and one bundle of all five sections in the order of their names.
 */
export interface Description {
  /** A link with one offerer needs neither `pranswer` nor `rollback`. */
  type: 'offer' | 'answer';
  transport: Transport;
  microphone: MediaSection;
  camera: MediaSection;
  screen: MediaSection;
  screen_audio: MediaSection;
  data: DataSection;
  /** The candidates that were found before the description was sent. */
  candidates: Candidate[];
}

/** The parameters of ICE and DTLS. */
export interface Transport {
  ufrag: string;
  pwd: string;
  setup: 'actpass' | 'active' | 'passive';
  /** SHA-256 of the certificate, 64 lower-case hex digits. */
  fingerprint: string;
}

export interface MediaSection {
  /** Missing: `sendrecv`. */
  direction?: 'sendonly' | 'recvonly' | 'inactive';
  /** The stream's own, and that of its retransmissions. */
  ssrc?: [number] | [number, number];
  /** Missing: as in the first section of the same kind. */
  formats?: Formats;
}

export interface DataSection {
  port: number;
  /** In bytes. */
  max: number;
}

/** The place where a description is not what it has to be. */
export type RefusedPart =
  | 'form'
  | 'sections'
  | 'bundle'
  | 'ice'
  | 'setup'
  | 'fingerprint'
  | 'formats'
  | 'ssrc'
  | 'data'
  | 'candidates';

/** The only error of the readers. */
export class DescriptionRefused extends Error {
  override readonly name = 'DescriptionRefused';

  constructor(readonly part: RefusedPart) {
    super(part);
  }
}

export function refuse(part: RefusedPart): never {
  throw new DescriptionRefused(part);
}
