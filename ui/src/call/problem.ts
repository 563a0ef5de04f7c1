import type { LinkProblem } from '../types';

/** `signal_not_sent`: what we wanted to tell a peer could not be handed over. */
export type ProblemCode = LinkProblem | 'signal_not_sent';

/** Something that went wrong in a call and that a person should know. */
export interface Problem {
  readonly id: number;
  readonly code: ProblemCode;
  /** With whom; the name is taken from the participants. */
  readonly peer: string;
}
