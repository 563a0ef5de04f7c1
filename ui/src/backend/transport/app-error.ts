import type { AppError } from '../generated';

/** Converts whatever a call was rejected with. */
export function asAppError(error: unknown): AppError {
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    return { field: null, ...error } as AppError;
  }
  return { code: 'internal', message: String(error), field: null };
}
