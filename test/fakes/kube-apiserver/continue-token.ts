import { badRequest } from './status-error.ts';

/** Where a list goes on. */
export interface ContinuePosition {
  /** The resourceVersion whose state is read; "-1" means the newest, after the first one expired. */
  readonly resourceVersion: string;
  /** No object of the list's rest has a smaller key. */
  readonly start: string;
}

/** Forms the opaque text that clients send back. */
export function encodeContinue({ resourceVersion, start }: ContinuePosition): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: resourceVersion, start })).toString('base64url');
}

/** Reads it again. Throws 400 for anything else. */
export function decodeContinue(token: string): ContinuePosition {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>;
    if (typeof rv === 'string' && typeof start === 'string') return { resourceVersion: rv, start };
  } catch {
    // Falls through: not JSON is as wrong as the wrong JSON.
  }
  throw badRequest('continue key is not valid: invalid format');
}
