import { toOneLine } from '../http/one-line.ts';
import type { Redact } from '../log/known-secrets.ts';

/** Error body of the platform: every non-2xx answer is JSON of this form. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  /** With code `GAP`: the seq that the platform expects next. */
  readonly expectedSeq?: number;
  /** With code `NOT_LEADER`: the transitions of that lease that the platform has seen. */
  readonly seenTransitions?: number;
  /** With code `FENCED`: the instance id of the agent that opened last. */
  readonly openedBy?: string;
}

/** A Lease counts in an int32, and who is told has to write one more, which the next one has to be able to read. */
const MAX_TRANSITIONS = 2 ** 31 - 3;

/**
 * The platform's error body, `{code, message, …}` as JSON, or `undefined` when the bytes are anything else, such as a
 * proxy's page. `code` is empty where the body has none, as with the older calls; both texts are one bounded line. What the message
 * quotes of our secrets is taken out before it is cut: of a half nobody would know it. Never throws: V8's own message would quote the bytes.
 */
export function parseErrorBody(bytes: Uint8Array, redact: Redact = (text) => text): ErrorBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  // The older calls come from a gateway that sends a number as code.
  const code = textOf(fields.get('code'));
  const message = textOf(fields.get('message'), redact);
  if (code === '' && message === '') return undefined;
  const expectedSeq = countOf(fields.get('expectedSeq'), Number.MAX_SAFE_INTEGER);
  const seenTransitions = countOf(fields.get('seenTransitions'), MAX_TRANSITIONS);
  const openedBy = textOf(fields.get('openedBy'));
  return {
    code,
    message,
    ...(expectedSeq === undefined || expectedSeq === 0 ? {} : { expectedSeq }),
    ...(seenTransitions === undefined ? {} : { seenTransitions }),
    ...(openedBy === '' ? {} : { openedBy }),
  };
}

function countOf(value: unknown, max: number): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max ? value : undefined;
}

function textOf(value: unknown, redact: Redact = (text) => text): string {
  if (typeof value === 'string') return toOneLine(redact(value));
  return typeof value === 'number' ? String(value) : '';
}
