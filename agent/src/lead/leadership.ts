import type { StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { Refusal } from '../deliver/ingest/session.ts';
import type { OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';

/**
 * The right to send for this cluster, in terms.
 *
 * `run` waits until this replica may lead and then calls `work`. The signal that `work` gets is the term: it aborts when the right is
 * lost, and `work` has to settle then; another term may follow. When the process drains, the right is kept until `work` has settled
 * by itself, and then given back, so that the next replica can begin at once with nothing left behind.
 */
export interface Leadership {
  readonly status: LeadershipStatus;
  /** What an open tells the platform; undefined: there is no election. */
  readonly evidence: OpenRequest['lease'];
  /**
   * Whether the right is held at this moment. To be asked right before each request: the timers of a process that was frozen fire late.
   * If it has run out, the term is aborted before this returns false.
   */
  isHeld(): boolean;
  /**
   * The platform says that another one leads. Resolves when the API server has confirmed anew that it is us, with evidence that the
   * platform has not refused; does not settle when it is not, because the term ends then. Undefined: there is no election to ask.
   */
  prove(refusal: Refusal): Promise<void> | undefined;
  /** Settles when the signals say so, or rejects with what `work` rejects with. */
  run(signals: StopSignals, work: (term: AbortSignal) => Promise<void>): Promise<void>;
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
