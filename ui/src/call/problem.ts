import type { LinkProblem } from '../types';

/** `signal_not_sent`: the app did not take a signal. */
export type ProblemCode = LinkProblem | 'signal_not_sent';

/** Something that went wrong in a call and that the person should know. */
export interface Problem {
  readonly id: number;
  readonly code: ProblemCode;
  /** The peer's id. */
  readonly peer: string;
}
