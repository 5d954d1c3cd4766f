import type { CastaiError } from '@castai/shared/errors.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DataFacts } from '../extract/extract-job.ts';
import type { PoolState } from '../pool/pool-record.ts';
import type { DataProblem } from '../read/data-problem.ts';
import type { DeliveryFailure } from '../send/classify-delivery.ts';
import type { SendReason } from '../send/send-reason.ts';
import type { LoopTask } from './loop-signals.ts';
import type { Decision } from './trigger-state.ts';

/** Who is told how the loop goes: log, metrics and `/statusz`. */
export interface LoopObserver {
  /** The data was read well. */
  onRead(facts: DataFacts): void;
  onReadFailed(problem: DataProblem): void;
  /** A whole look at the cluster went well. */
  onClusterSeen(): void;
  /** The API server did not answer this question, or not as it should have; and it did. */
  onClusterFailed(error: CastaiError, task: LoopTask['is']): void;
  onClusterAnswered(task: LoopTask['is']): void;
  /** What is kept of the pool was learned: what was last acknowledged, to whichever pod, and whether that can be believed. */
  onPool(pool: PoolState): void;
  /** Something was decided; often what was decided before. */
  onDecision(decision: Decision): void;
  onDelivered(reason: SendReason, bytes: number): void;
  /** The next attempt is due after `delayMs`. */
  onDeliveryFailed(verdict: Verdict, failure: DeliveryFailure, delayMs: number): void;
}
