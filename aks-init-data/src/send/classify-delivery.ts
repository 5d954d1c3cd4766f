import type { Verdict } from '@castai/shared/wire/transport.ts';

/** How attempts to deliver end, in the words of metrics and alerts. */
export const DELIVERY_RESULTS = [
  'ok',
  'no_answer',
  'unavailable',
  'interference',
  'unauthorized',
  'unknown_cluster',
  'rejected',
] as const;

/** One of the ends. */
export type DeliveryResult = (typeof DELIVERY_RESULTS)[number];

/** What follows from an attempt that was no success. */
export interface DeliveryFailure {
  readonly result: Exclude<DeliveryResult, 'ok'>;
  /**
   * `backoff`: soon, then ever more rarely. `slow`: somebody has to do something, look every other minute. `now`: the key
   * was exchanged meanwhile. `refused`: the platform does not want this; the same again would be refused again.
   */
  readonly retry: 'backoff' | 'slow' | 'now' | 'refused';
}

/** What a verdict means for a delivery. */
export function classifyDelivery(verdict: Verdict): DeliveryFailure {
  switch (verdict.kind) {
    case 'NO_ANSWER':
      return { result: 'no_answer', retry: 'backoff' };
    // 408, 425, 429 and every 5xx.
    case 'UNAVAILABLE':
      return { result: 'unavailable', retry: 'backoff' };
    // Redirects, login pages, a platform that does not know the call: an address or a proxy to correct.
    case 'INTERFERENCE':
      return { result: 'interference', retry: 'slow' };
    case 'UNAUTHORIZED':
      return { result: 'unauthorized', retry: verdict.keyChanged ? 'now' : 'slow' };
    case 'UNKNOWN_CLUSTER':
      return { result: 'unknown_cluster', retry: 'slow' };
    // Final only in the platform's own words: a firewall's page says as much with the same numbers, and is gone the next hour.
    case 'REJECTED':
    case 'TOO_LARGE':
    case 'UNSUPPORTED_ENCODING':
      if (verdict.byPlatform !== true) return { result: 'interference', retry: 'slow' };
      return { result: 'rejected', retry: 'refused' };
    // Words of the ingest protocol: whoever answers here does not speak ours.
    case 'FENCED':
    case 'NOT_LEADER':
    case 'GAP':
    case 'UNKNOWN_EPOCH':
      return { result: 'interference', retry: 'slow' };
  }
}
