/** Marks parts of the page that are as they were, rather than as they are. */

/** `why` is shown beside the part's title; empty: it is as it is. */
export function setStale(part, why) {
  if (why) part.dataset.stale = why;
  else delete part.dataset.stale;
}
