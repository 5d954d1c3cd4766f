import { CastaiError, describeError, type ErrorCode } from '../errors.ts';

/** What went wrong last with something, in the words of whoever said so. */
export interface Said {
  readonly code: ErrorCode;
  readonly message: string;
  /** Empty when there is nothing to do. */
  readonly hint: string;
}

/** What an error says. */
export function said(error: unknown): Said {
  if (!(error instanceof CastaiError)) return { code: 'INTERNAL', message: describeError(error), hint: '' };
  return { code: error.code, message: error.message, hint: error.hint ?? '' };
}
