import { LONGEST_RETRY_AFTER_MS } from '../async/backoff.ts';
import { parseHttpDate } from './http-date.ts';

/** The longest that a `Retry-After`, in any form, can make us wait: as much as the backoff would take of it. */
export const MAX_RETRY_AFTER_MS = LONGEST_RETRY_AFTER_MS;

/**
 * Milliseconds to wait according to a `Retry-After` header in either of its forms, whole seconds or an HTTP date
 * (RFC 9110 §10.2.3), between 0 and ten minutes. `undefined` when the header is absent or says neither: a wait that
 * nobody asked for would only delay the data.
 *
 * `nowMs` is the own wall clock. A date is read against it although both clocks may differ: the clamp bounds the harm.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  // Some servers send fractions although the grammar has none; rounding up keeps it a floor.
  if (/^\d+(?:\.\d+)?$/.test(text)) return clamp(Math.ceil(Number(text) * 1000));
  const atMs = parseHttpDate(text);
  return atMs === undefined ? undefined : clamp(atMs - nowMs);
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
