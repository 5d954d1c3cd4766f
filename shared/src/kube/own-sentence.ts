/** How the API server begins to say that it could not convert the objects of a custom resource. */
const CONVERSION = /^conversion webhook for [\w.\-/]+, Kind=\w+ failed/u;
/** Go's words for a request that got no answer: nothing of an answer, and so of an object, can be in them. */
const UNANSWERED = /^: Post "[^"]*": [^\n]*$/u;
/** How it refuses to evict; no pod, budget or number is in it. */
const TWO_BUDGETS = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

/**
 * What of the text of a 5xx is the API server's own sentence; empty when nothing is known to be. The rest may be a webhook's, which
 * quotes whatever it likes of an object. A conversion webhook that is gone is what an operator can only find out from this sentence.
 */
export function ownSentence(message: string): string {
  if (message === TWO_BUDGETS) return message;
  const head = CONVERSION.exec(message)?.[0];
  if (head === undefined) return '';
  const rest = message.slice(head.length);
  return UNANSWERED.test(rest) ? message : head;
}
