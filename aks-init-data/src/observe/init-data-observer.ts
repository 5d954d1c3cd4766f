import { logTrustProblem } from '@castai/shared/program/log-trust-problem.ts';
import type { CastaiError } from '@castai/shared/errors.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { PoolState } from '../pool/pool-record.ts';
import type { DataProblem } from '../read/data-problem.ts';
import type { DataFacts } from '../extract/extract-job.ts';
import type { DeliveryFailure } from '../send/classify-delivery.ts';
import type { SendReason } from '../send/send-reason.ts';
import type { LoopObserver } from '../trigger/loop-observer.ts';
import type { LoopTask } from '../trigger/loop-signals.ts';
import type { Decision } from '../trigger/trigger-state.ts';
import type { InitDataMetrics } from './init-data-metrics.ts';

/** One line per cause and quarter of an hour is enough of what repeats itself. */
const REPEAT_MS = 900_000;

/**
 * Tells logs, metrics and `/statusz` what happens; decides nothing. Every line is logged here and nowhere else.
 *
 * Of each kind of problem the last one is kept, while it lasts, and not a list of recent ones as elsewhere: there are three things
 * that can be in the way (the API server, the data, the platform), each is or is not now, and readiness quotes what is.
 */
export class InitDataObserver implements LoopObserver {
  readonly #metrics: InitDataMetrics;
  readonly #log: Logger;
  #facts: DataFacts | undefined;
  #problem: DataProblem | undefined;
  #look: { readonly error: CastaiError; readonly task: LoopTask['is'] } | undefined;
  readonly #attemptErrors = new Map<string, CastaiError>();
  #verdict: Verdict | undefined;
  readonly #trustProblems = new Map<string, CastaiError>();
  #lastAckAtMs: number | undefined;
  #lastDecision = '';

  constructor(options: { metrics: InitDataMetrics; logger: Logger }) {
    this.#metrics = options.metrics;
    this.#log = options.logger;
  }

  /** What the data was when it was last read well. */
  get facts(): DataFacts | undefined {
    return this.#facts;
  }

  /** What is wrong with the data, while it is. */
  get problem(): DataProblem | undefined {
    return this.#problem;
  }

  /** Why the API server could not be asked, while it cannot. */
  get kubeError(): CastaiError | undefined {
    const [ofAttempt] = this.#attemptErrors.values();
    return this.#look?.error ?? ofAttempt;
  }

  /** What the API server was asked about in vain: the own node, or what is remembered of deliveries, the lease of the pool included. */
  get kubeSubject(): 'node' | 'records' {
    return this.#look !== undefined && this.#look.task !== 'recall' ? 'node' : 'records';
  }

  /** The platform's last refusal since the last success. */
  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** Which CA files cannot be used as they are now; those read before are used. */
  get trustProblems(): CastaiError[] {
    return [...this.#trustProblems.values()];
  }

  /** When a delivery of this pool was last acknowledged, by whichever pod. */
  get lastAckAtMs(): number | undefined {
    return this.#lastAckAtMs;
  }

  onRead(facts: DataFacts): void {
    this.#problem = undefined;
    this.#facts = facts;
    this.#metrics.onRead('ok', facts);
  }

  onReadFailed(problem: DataProblem): void {
    this.#problem = problem;
    const { kind: reason } = problem;
    this.#metrics.onRead(reason);
    this.#log.debug('the data cannot be sent', { component: 'read', reason, error: problem });
  }

  onTrustProblem(destination: string, error: CastaiError | undefined): void {
    logTrustProblem({ logger: this.#log, everyMs: REPEAT_MS }, destination, error);
    if (error === undefined) this.#trustProblems.delete(destination);
    else this.#trustProblems.set(destination, error);
  }

  onClusterSeen(): void {
    this.#look = undefined;
  }

  onClusterFailed(error: CastaiError, task: LoopTask['is']): void {
    const attempt = ATTEMPTS[task];
    if (attempt === undefined) this.#look = { error, task };
    else this.#attemptErrors.set(attempt, error);
    this.#log.debug('the API server cannot be asked', { component: 'cluster', error });
  }

  onClusterAnswered(task: LoopTask['is']): void {
    const attempt = ATTEMPTS[task];
    if (attempt !== undefined) this.#attemptErrors.delete(attempt);
  }

  onPool({ acked, isDoubted = false }: PoolState): void {
    this.#lastAckAtMs = acked?.ackedAtMs;
    this.#metrics.onAcked(acked?.ackedAtMs);
    if (!isDoubted) return;
    const text =
      'the record of deliveries cannot be believed and counts as absent: a time in it lies in the future, or it is none of ours; ' +
      'compare the clocks of the nodes, and look at who writes the ConfigMap';
    this.#log.throttled('record', REPEAT_MS).warn(text, { component: 'cluster' });
  }

  onDecision(decision: Decision): void {
    // Nobody needs the lease any more.
    if (decision.kind !== 'send') this.#attemptErrors.delete('lease');
    const what = describeDecision(decision);
    if (what === this.#lastDecision) return;
    this.#lastDecision = what;
    this.#log.info(`decided: ${what}`, { component: 'trigger' });
    if (decision.kind === 'send') this.#metrics.onTrigger(decision.reason);
  }

  onDelivered(reason: SendReason, bytes: number): void {
    this.#verdict = undefined;
    this.#metrics.onDelivery('ok');
    this.#log.info('the platform has the data', { component: 'send', reason, bytes });
  }

  onDeliveryFailed(verdict: Verdict, { result }: DeliveryFailure, delayMs: number): void {
    this.#verdict = verdict;
    this.#metrics.onDelivery(result);
    const { status, detail, hint } = verdict;
    const fields = { component: 'send', reason: result, delayMs, ...(status === undefined ? {} : { status }) };
    const text = `the platform has not taken the data: ${detail}${hint === undefined ? '' : `; ${hint}`}`;
    this.#log.debug(text, fields);
  }
}

/**
 * Questions that are asked for a delivery alone, by what they are about: looks at the cluster go well meanwhile, every few minutes, and say nothing
 * of them. A lease that is not given back runs out.
 */
const ATTEMPTS: Partial<Record<LoopTask['is'], 'lease' | 'record'>> = {
  acquire: 'lease',
  renew: 'lease',
  save: 'record',
};

/** A decision in a line, for logs and `/statusz`. */
export function describeDecision(decision: Decision): string {
  switch (decision.kind) {
    case 'waiting':
      return `waiting for ${decision.for.join(', ')}`;
    case 'excluded':
      return `nothing to do on this node (${decision.exclusion})`;
    case 'current':
      return 'the platform has everything';
    case 'superseded':
      return 'a younger node of the pool has sent newer data';
    case 'held':
      return `held back until ${new Date(decision.untilMs).toISOString()} (${decision.why})`;
    case 'send':
      return `to be sent (${decision.reason})`;
  }
}
