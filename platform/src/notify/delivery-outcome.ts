/** How one attempt ended. Pure. */

/** The end of an attempt. */
export type DeliveryOutcome =
  | { readonly is: 'delivered'; readonly status: number }
  /** 410: the receiver wants nothing more, ever. */
  | { readonly is: 'gone'; readonly status: number }
  /** It answered something else: it may take it later. */
  | { readonly is: 'refused'; readonly status: number; readonly retryAfterMs: number }
  /** No answer. `why` is one line. */
  | { readonly is: 'failed'; readonly why: string };

/** What an answer means (Standard Webhooks): 2xx alone is success, a redirect is none, 410 is for ever. */
export function outcomeOf(status: number, retryAfterMs = 0): DeliveryOutcome {
  if (status >= 200 && status <= 299) return { is: 'delivered', status };
  if (status === 410) return { is: 'gone', status };
  return { is: 'refused', status, retryAfterMs };
}

/** In a few words, for the page and the log. */
export function describeOutcome(outcome: DeliveryOutcome): string {
  switch (outcome.is) {
    case 'delivered':
      return `taken with ${outcome.status}`;
    case 'gone':
      return `refused for ever with ${outcome.status}`;
    case 'refused':
      return outcome.status >= 300 && outcome.status <= 399
        ? `answered ${outcome.status}: redirects are not followed`
        : `answered ${outcome.status}`;
    case 'failed':
      return outcome.why;
  }
}
