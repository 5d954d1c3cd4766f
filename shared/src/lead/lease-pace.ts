/** How often a holder shows that it is alive, and for how long it is believed. All in milliseconds. */
export interface LeasePace {
  /** How long others believe in a holder that says nothing. It is written into the lease, and whoever stands by goes by what stands there. */
  readonly durationMs: number;
  /** How long a leader believes in itself after a renewal: shorter, so that it has stopped before another may begin. */
  readonly deadlineMs: number;
  /** From one renewal to the next, and from one look of whoever stands by to the next, while all goes well; up to a second is added. */
  readonly renewMs: number;
}

/**
 * client-go's lease, deadline and retry period: for who has to be replaced within seconds. 24 requests a minute, of the one that leads and of
 * each that stands by.
 */
export const QUICK_PACE: LeasePace = { durationMs: 15_000, deadlineMs: 10_000, renewMs: 2_000 };

/**
 * For who may be missing for a minute: less than 2 requests a minute. A holder whose machine is lost is followed after 60 to 90 s, because
 * whoever stands by has seen its last renewal up to half a minute late; one that ended in order, and gave the lease back, after 31 s at most;
 * one whose container begins again at once. An API server that is away for 17 s costs no term, whenever it goes (client-go's pace: 5 s).
 */
export const QUIET_PACE: LeasePace = { durationMs: 60_000, deadlineMs: 50_000, renewMs: 30_000 };

/** The pause before what has failed is tried again, at any pace: client-go's retry period. */
export const RETRY_MS = 2_000;
/** Up to so much is added to each pause, so that replicas do not ask in step. */
export const SPREAD_MS = 1_000;
