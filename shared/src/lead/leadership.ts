import type { StopSignals } from '../program/lifecycle.ts';

/**
 * The right to act for this cluster, in terms.
 *
 * `run` waits until this replica may lead and then calls `work`. The signal that `work` gets is the term: it aborts when the right is
 * lost, and `work` has to settle then; another term may follow. When the process drains, the right is kept until `work` has settled
 * by itself, and then given back, so that the next replica can begin at once with nothing left behind.
 */
export interface Leadership {
  readonly status: LeadershipStatus;
  /** What the right rests on, to be told with what is done by it; undefined: there is no election, or this replica does not lead. */
  readonly evidence: LeaseEvidence | undefined;
  /**
   * Whether the right is held at this moment. To be asked right before each request: the timers of a process that was frozen fire late.
   * If it has run out, the term is aborted before this returns false.
   */
  isHeld(): boolean;
  /**
   * Somebody who has seen the evidence says that another one leads. Resolves when the API server has confirmed anew that it is us, with
   * evidence that answers the doubt; does not settle when it is not, because the term ends then. Undefined: there is no election to ask.
   */
  challenge(doubt: LeaseDoubt): Promise<void> | undefined;
  /**
   * This replica cannot do the work: the term is aborted, the right is given back, and this replica stands for it again one lease
   * duration later. False, and nothing happens, when there is no election or the right is not held.
   */
  giveBack(): boolean;
  /** Settles when the signals say so, or rejects with what `work` rejects with. */
  run(signals: StopSignals, work: (term: AbortSignal) => Promise<void>): Promise<void>;
}

/** Which lease, and which of its holders: of two with the same uid the one with more transitions came later. */
export interface LeaseEvidence {
  readonly uid: string;
  /** How often the holder changed in the life of this lease. */
  readonly transitions: number;
}

/** What speaks against the right of this replica. */
export interface LeaseDoubt {
  /**
   * Changes of the holder that were seen elsewhere: a lease that counts no more was set back, and has to count on from there.
   * Undefined: the count is not in doubt.
   */
  readonly seenTransitions: number | undefined;
}

/** What `/statusz` and readiness say about it. */
export interface LeadershipStatus {
  readonly role: 'leader' | 'standby';
  /** Who holds the lease as far as we saw; empty: nobody, or there is no election. */
  readonly holder: string;
  readonly transitions: number;
  /** Why the lease cannot be used, with what to do; empty when it can. */
  readonly problem: string;
}
