import { describeError } from '../errors.ts';
import { isOfUid } from '../kube/is-of-uid.ts';
import { KubeError } from '../kube/kube-error.ts';

/** Why a pod is still there, for whoever has to do something about it. Closed: alerts and acknowledgements name these. */
export const HOLD_REASONS = [
  /** It has not been its turn yet. */
  'unasked',
  /** A disruption budget does not let it go for now. */
  'budget',
  /** The API server has too much to do to say (its flow control), or something before it has. */
  'busy',
  /** Our rights or a mark of the pod do not let us ask. */
  'forbidden',
  'unauthorized',
  'unreachable',
  /** The API server cannot do it: two budgets for one pod, a webhook that refuses or fails, a namespace that ends. */
  'refused',
  /** It was asked, and takes its time. */
  'ending',
] as const;

/** One of the reasons. */
export type HoldReason = (typeof HOLD_REASONS)[number];

/** What came of asking a pod to go. */
export type EvictionAnswer =
  | { readonly is: 'asked' }
  /** It is not there any more; what has its name is another pod. */
  | { readonly is: 'gone' }
  /** A dry run: it would have been asked, and is as good as gone. */
  | { readonly is: 'spared' }
  | {
      readonly is: 'held';
      readonly reason: Exclude<HoldReason, 'unasked' | 'ending'>;
      /** What the API server said, as one line. */
      readonly detail: string;
      /** How long the API server wants to be left alone, in milliseconds; 0: it did not say. */
      readonly retryAfterMs: number;
    };

/** What the API server's eviction has among its causes since 1.22 when a budget forbids it (`policy/v1` DisruptionBudgetCause). */
const BUDGET_CAUSE = 'DisruptionBudget';

/** What it means when an eviction, or a deletion, throws. Nobody else looks at codes. */
export function classifyEviction(error: unknown): EvictionAnswer {
  if (!(error instanceof KubeError))
    return { is: 'held', reason: 'refused', detail: describeError(error), retryAfterMs: 0 };
  const { code, message: detail, retryAfterMs = 0 } = error;
  switch (code) {
    case 'KUBE_NOT_FOUND':
      return { is: 'gone' };
    case 'KUBE_CONFLICT':
      // The name is that of another pod by now; of any other conflict nothing is known but that it did not come about.
      return isOfUid(error) ? { is: 'gone' } : { is: 'held', reason: 'refused', detail, retryAfterMs };
    case 'KUBE_THROTTLED':
      // Both are a 429; only this tells a budget, which somebody has to look at, from a server that is busy for a second.
      return { is: 'held', reason: error.causes.includes(BUDGET_CAUSE) ? 'budget' : 'busy', detail, retryAfterMs };
    case 'KUBE_FORBIDDEN':
      // A webhook refuses as long as its operator moves the pod (strimzi/drain-cleaner): asked again it lets it go.
      return { is: 'held', reason: error.isByWebhook ? 'refused' : 'forbidden', detail, retryAfterMs };
    case 'KUBE_UNAUTHORIZED':
      return { is: 'held', reason: 'unauthorized', detail, retryAfterMs };
    case 'KUBE_UNREACHABLE':
      return { is: 'held', reason: 'unreachable', detail, retryAfterMs };
    default:
      return { is: 'held', reason: 'refused', detail, retryAfterMs };
  }
}
