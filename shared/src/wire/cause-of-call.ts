import type { Cause } from '../verdict/causes.ts';
import type { Verdict } from './transport.ts';

/** What the answer to a single call can be the cause of. */
export type CallCause = Extract<Cause, 'api-key' | 'cluster-id' | 'platform'>;

/** What an operator does about an id that nobody knows; programs that register have other words. */
export const UNKNOWN_CLUSTER_CURE = 'give the id of this cluster, from the console of the platform, in CLUSTER_ID';

/** Which cause an answer to a single call is of: the same answer has the same name in every program. */
export function causeOfCall({ kind }: Verdict): CallCause {
  switch (kind) {
    case 'UNAUTHORIZED':
      return 'api-key';
    case 'UNKNOWN_CLUSTER':
      return 'cluster-id';
    // Refused, too large, or in words of the stream: what to look at is who answers, and where.
    default:
      return 'platform';
  }
}
