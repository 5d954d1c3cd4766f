import type { Clock } from '@castai/shared/async/clock.ts';
import { type CastaiError, toCastaiError } from '@castai/shared/errors.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { DataProblem, type DataProblemKind } from '../read/data-problem.ts';
import type { DataFacts } from '../extract/extract-job.ts';
import type { DeliveryFailure } from '../send/classify-delivery.ts';
import type { SendReason } from '../send/send-reason.ts';
import type { Decision } from '../trigger/trigger-state.ts';
import type { InitDataMetrics } from './init-data-metrics.ts';

/** One line per cause and quarter of an hour is enough of what repeats itself. */
const REPEAT_MS = 900_000;

/** Tells logs, metrics and `/statusz` what happens; decides nothing. Every line is logged here and nowhere else. */
export class InitDataObserver {
  readonly #metrics: InitDataMetrics;
  readonly #log: Logger;
  readonly #clock: Pick<Clock, 'now'>;
  #facts: DataFacts | undefined;
  #problem: DataProblem | undefined;
  #kubeError: CastaiError | undefined;
  #verdict: Verdict | undefined;
  #lastAckAtMs: number | undefined;
  #lastDecision = '';

  constructor(options: { metrics: InitDataMetrics; logger: Logger; clock: Pick<Clock, 'now'> }) {
    this.#metrics = options.metrics;
    this.#log = options.logger;
    this.#clock = options.clock;
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
    return this.#kubeError;
  }

  /** The platform's last refusal since the last success. */
  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** When a delivery of this pool was last acknowledged, by whichever pod. */
  get lastAckAtMs(): number | undefined {
    return this.#lastAckAtMs;
  }

  onRead(facts: DataFacts): void {
    if (this.#problem !== undefined) this.#log.info('the data can be read again', { component: 'read' });
    this.#problem = undefined;
    this.#facts = facts;
    this.#metrics.onRead('ok', facts);
  }

  /** Anything thrown that is no condition of the data is a bug, and is thrown on. */
  onReadFailed(error: unknown): DataProblemKind {
    if (!(error instanceof DataProblem)) throw toCastaiError(error, 'INTERNAL');
    this.#problem = error;
    this.#metrics.onRead(error.kind);
    const { kind: reason } = error;
    this.#log
      .throttled(`read ${reason}`, REPEAT_MS)
      .warn('the data cannot be sent', { component: 'read', reason, error });
    return error.kind;
  }

  onClusterSeen(): void {
    if (this.#kubeError !== undefined) this.#log.info('the API server answers again', { component: 'cluster' });
    this.#kubeError = undefined;
  }

  onClusterFailed(error: unknown): void {
    const problem = toCastaiError(error, 'INTERNAL');
    if (problem.code === 'INTERNAL') throw problem;
    this.#kubeError = problem;
    const log = this.#log.throttled(`cluster ${problem.code}`, REPEAT_MS);
    log.warn('the API server cannot be asked', { component: 'cluster', error: problem });
  }

  onPool(ackedAtMs: number | undefined): void {
    this.#lastAckAtMs = ackedAtMs;
    this.#metrics.onAcked(ackedAtMs);
  }

  onDecision(decision: Decision): void {
    const what = describeDecision(decision);
    if (what === this.#lastDecision) return;
    this.#lastDecision = what;
    this.#log.info(`decided: ${what}`, { component: 'trigger' });
    if (decision.kind === 'send') this.#metrics.onTrigger(decision.reason);
  }

  onDelivered(reason: SendReason, bytes: number): void {
    this.#verdict = undefined;
    this.#metrics.onDelivery('ok');
    this.onPool(this.#clock.now());
    this.#log.info('the platform has the data', { component: 'send', reason, bytes });
  }

  onDeliveryFailed(verdict: Verdict, { result }: DeliveryFailure, delayMs: number): void {
    this.#verdict = verdict;
    this.#metrics.onDelivery(result);
    const { status, detail, hint } = verdict;
    const fields = { component: 'send', reason: result, delayMs, ...(status === undefined ? {} : { status }) };
    const text = `the platform has not taken the data: ${detail}${hint === undefined ? '' : `; ${hint}`}`;
    this.#log.throttled(`send ${result}`, REPEAT_MS).warn(text, fields);
  }
}

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
