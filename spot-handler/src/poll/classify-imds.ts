import { parseHttpDate } from '@castai/shared/http/http-date.ts';
import { parseRetryAfter } from '@castai/shared/http/retry-after.ts';
import type { ImdsAnswer } from './imds-client.ts';
import type { Sighting, UnknownReason } from './notice.ts';

/** A look that told nothing. */
export type Unknown = Extract<Sighting, { isKnown: false }>;

/** A body that may be read, that there is nothing at this path, or that nothing is known. */
export type ImdsVerdict =
  | { readonly is: 'body'; readonly text: string; readonly hostTimeMs: number | undefined }
  | { readonly is: 'absent'; readonly hostTimeMs: number | undefined }
  | { readonly is: 'unknown'; readonly unknown: Unknown };

/**
 * What an answer of a metadata service means; nobody else looks at its status. A 404 is the answer "there is none" on AWS and
 * GCP, and a mistake on Azure: the caller says which by what it does with `absent`.
 */
export function classifyImds(answer: ImdsAnswer): ImdsVerdict {
  if (!answer.isAnswered) return nothingKnown(answer.isTimeout ? 'timeout' : 'network', answer.detail);
  const { status, headers, text } = answer;
  // The service's clock has whole seconds, which is enough: it is asked for when ours is minutes or hours off.
  const hostTimeMs = parseHttpDate(headers.get('date') ?? '');
  if (status === 200) {
    // Seen in the field on Azure: a success without a body. It says nothing, least of all that there are no events.
    if (text.trim() === '') return nothingKnown('empty', 'HTTP 200 without a body');
    return { is: 'body', text, hostTimeMs };
  }
  if (status === 404) return { is: 'absent', hostTimeMs };
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), hostTimeMs ?? 0);
  return { is: 'unknown', unknown: { ...unknownOf(status), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
}

/** The outcome "don't know" in one line. */
export function unknown(reason: UnknownReason, detail: string, hint?: string): Unknown {
  return { isKnown: false, reason, detail, ...(hint === undefined ? {} : { hint }) };
}

function nothingKnown(reason: UnknownReason, detail: string): ImdsVerdict {
  return { is: 'unknown', unknown: unknown(reason, detail) };
}

function unknownOf(status: number): Unknown {
  const detail = `HTTP ${status}`;
  switch (status) {
    case 400:
    case 405:
      return unknown('bad_request', detail, 'the service does not take our request: is PROVIDER the right cloud?');
    case 401:
      return unknown('unauthorized', detail);
    case 403:
      return unknown('forbidden', detail, 'the metadata service refuses this machine: is it disabled or filtered?');
    // Azure: the platform below is being updated and asks for at most 70 s of patience.
    case 410:
      return unknown('updating', detail);
    case 429:
      return unknown('throttled', detail, 'another process on this machine asks the metadata service too often');
    default:
      return status >= 500 ? unknown('server_error', detail) : unknown('unexpected', detail);
  }
}
