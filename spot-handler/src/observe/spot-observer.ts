import { logTrustProblem } from '@castai/shared/program/log-trust-problem.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { EvictionAnswer } from '@castai/shared/drain/classify-eviction.ts';
import type { DrainObserver } from '@castai/shared/drain/drain.ts';
import type { HeldPod } from '@castai/shared/drain/drain-signals.ts';
import type { PodName } from '@castai/shared/drain/pod-view.ts';
import { CastaiError, toCastaiError } from '@castai/shared/errors.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import { type Said, said } from '@castai/shared/verdict/said.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { type Problem, RecentProblems } from '@castai/shared/program/recent-problems.ts';
import type { ApprovalObserver } from '../act/approvals.ts';
import type { NodeEvents } from '../act/node-events.ts';
import type { MarkObserver } from '../act/node-marker.ts';
import type { ReportObserver } from '../act/reporter.ts';
import type { AnnouncedStep } from '../decide/interruption-signals.ts';
import type { NodeView } from '../node/node-view.ts';
import type { NodePatch } from '../node/plan-node-patch.ts';
import type { Notice, Sighting, SourceName } from '../poll/notice.ts';
import { nodeResultOf } from '../act/node-result.ts';
import { HeldUp } from './held-up.ts';
import { describeNotice, NODE_STEPS, STEPS } from './notice-words.ts';
import type { SpotHeard } from './spot-troubles.ts';
import type { SpotMetrics } from './spot-metrics.ts';

/** What the observer needs. */
export interface SpotObserverOptions {
  readonly metrics: SpotMetrics;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'setTimer'>;
  /** Absent when Kubernetes Events are switched off. */
  readonly nodeEvents: Pick<NodeEvents, 'add'> | undefined;
}

/** Lines about the same trouble: once a minute is enough to follow it. */
const QUIET_MS = 60_000;
/** Both effects have begun by then. */
const ANNOUNCE_MS = 50;

/** Turns what the stages tell into metrics, log lines, Kubernetes Events and the list of problems. */
export class SpotObserver implements MarkObserver, ReportObserver, DrainObserver, ApprovalObserver {
  readonly #options: SpotObserverOptions;
  readonly #problems: RecentProblems;
  readonly #heldUp: HeldUp;
  readonly #heard = {
    sources: new Map<SourceName, Said>(),
    cold: new Map<'kube' | 'platform', Said>(),
    trust: new Map<string, Said>(),
  };
  readonly #coldOnce = new Set<'kube' | 'platform'>();
  #nodeError: Said | undefined;
  #reportVerdict: Verdict | undefined;

  constructor(options: SpotObserverOptions) {
    this.#options = options;
    this.#problems = new RecentProblems(options.clock);
    this.#heldUp = new HeldUp(options.clock);
  }

  /** The latest problems, newest first. */
  get problems(): Problem[] {
    return this.#problems.list;
  }

  /** The words of whoever does not answer, while that is so. */
  get heard(): SpotHeard {
    return { ...this.#heard, node: this.#nodeError, report: this.#reportVerdict };
  }

  onSighting(source: SourceName, sighting: Sighting): void {
    const { metrics, logger, clock } = this.#options;
    metrics.onPoll(source, sighting.isKnown ? 'ok' : sighting.reason, clock.now());
    if (sighting.isKnown) {
      this.#heard.sources.delete(source);
      if (sighting.unread > 0) this.#noteUnread(source, sighting.unread);
      return;
    }
    const { reason, detail, hint = '' } = sighting;
    this.#problems.note(`${source}: ${reason}: ${detail}`, hint);
    this.#heard.sources.set(source, { code: 'INTERNAL', message: `${source}: ${detail}`, hint });
    const line = `the metadata service told nothing: ${detail}${hint === '' ? '' : ` (${hint})`}`;
    logger.debug(line, { source, reason });
  }

  #noteUnread(source: SourceName, unread: number): void {
    const hint = 'the others are acted on; until all can be read none counts as withdrawn: upgrade the spot handler';
    this.#problems.note(`${source}: ${String(unread)} of its entries cannot be read`, hint);
    this.#options.logger
      .throttled(`unread ${source}`, QUIET_MS)
      .warn(`the metadata service lists something that cannot be read (${hint})`, { source, count: unread });
  }

  /** A step of a notice. Said when both requests are on their way: a log line and an event are worth less than their milliseconds. */
  announce(step: AnnouncedStep, notice: Notice): void {
    this.#options.clock.setTimer(ANNOUNCE_MS, () => this.#say(step, notice));
  }

  #say(step: AnnouncedStep, notice: Notice): void {
    const { metrics, logger } = this.#options;
    const { id, kind, source, type } = notice;
    if (step === 'confirmed') metrics.onInterruption(kind);
    if (step === 'foreign' || step === 'ignored') metrics.onIgnored(step === 'foreign' ? 'foreign' : 'kind');
    const { message, event } = STEPS[step];
    const line = { notice: id, kind, source, reason: type };
    if (event === undefined) logger.debug(message, line);
    else logger.warn(message, line);
    if (event !== undefined) this.#addEvent(event.type, event.reason, `${message}: ${describeNotice(notice)}`);
  }

  onPatched({ does }: NodePatch, durationMs: number): void {
    const { metrics, logger } = this.#options;
    metrics.onNodeAction(does, 'ok', durationMs);
    if (does === 'record') return;
    logger.warn(NODE_STEPS[does].message, { durationMs: Math.round(durationMs) });
    this.#addEvent('Normal', NODE_STEPS[does].reason, NODE_STEPS[does].message);
  }

  onPatchFailed(does: NodePatch['does'] | 'read', error: unknown, delayMs: number): void {
    const { metrics, logger } = this.#options;
    const result = nodeResultOf(error);
    metrics.onNodeAction(does, result);
    // Another writer was faster: that is what the tests in the patch are for.
    if (result === 'conflict') return;
    this.#noteError(`the node could not be changed (${does})`, error);
    logger.throttled(`patch ${result}`, 10_000).warn('the node could not be changed', { error, delayMs, reason: does });
  }

  onTrustProblem(destination: string, error: CastaiError | undefined): void {
    logTrustProblem({ logger: this.#options.logger, everyMs: QUIET_MS }, destination, error);
    if (error === undefined) {
      this.#heard.trust.delete(destination);
      return;
    }
    this.#heard.trust.set(destination, said(error));
    this.#problems.note(`${destination}: ${error.message}: the certificates read before are used`, error.hint ?? '');
  }

  onNodeFailure(error: unknown): void {
    this.#noteError('the node could not be followed', error);
    this.#nodeError = said(error);
    this.#options.logger.debug('the node could not be followed', { error });
  }

  /** A new state of the node; undefined: its object is gone. */
  onNode(node: NodeView | undefined): void {
    this.#nodeError = undefined;
    if (node !== undefined) return;
    this.#problems.note(
      'the node object is gone',
      'nothing can be marked until it is there again; notices are still reported',
    );
    this.#options.logger.warn('the node object is gone');
  }

  onReported(noticeId: string, durationMs: number): void {
    const { metrics, logger } = this.#options;
    this.#reportVerdict = undefined;
    metrics.onReported(durationMs);
    logger.warn('the platform knows of the notice', { notice: noticeId, durationMs: Math.round(durationMs) });
    this.#addEvent('Normal', 'InterruptionReported', 'the platform knows of the notice');
  }

  onReportedNameless(noticeId: string): void {
    const { metrics, logger } = this.#options;
    metrics.onReportedNameless();
    this.#problems.note(
      'the platform was told of a notice without the name of this machine',
      'neither the API server nor the metadata service has said who it is; it is told again as soon as one does',
    );
    logger.warn('the platform knows of the notice, and not yet whose it is', { notice: noticeId });
  }

  onReportFailed(noticeId: string, verdict: Verdict, delayMs: number): void {
    const { metrics, logger } = this.#options;
    const { kind, detail, hint = '' } = verdict;
    this.#reportVerdict = verdict;
    metrics.onReportFailed(kind);
    this.#problems.note(`platform: ${kind}: ${detail}`, hint);
    logger
      .throttled(`report ${kind}`, 10_000)
      .warn(`the platform did not take the notice: ${detail}${hint === '' ? '' : ` (${hint})`}`, {
        code: kind,
        notice: noticeId,
        delayMs,
      });
  }

  onPlanned(count: number): void {
    this.#heldUp.begin();
    this.#options.logger.warn('evicting the pods of this node', { count });
    this.#addEvent('Normal', 'EvictingPods', `evicting ${count} pods of this node`);
  }

  onAnswer(_pod: PodName, answer: EvictionAnswer, error?: unknown): void {
    const { metrics } = this.#options;
    if (answer.is === 'asked') metrics.onNodeAction('evict', 'ok');
    if (answer.is !== 'held') return;
    // A disruption budget forbids it for now: no failure, and the next round asks again.
    if (answer.reason === 'budget') metrics.onNodeAction('evict', 'conflict');
    else this.#evictionFailed(error);
  }

  onListFailed(error: unknown): void {
    this.#evictionFailed(error);
  }

  #evictionFailed(error: unknown): void {
    const result = nodeResultOf(error);
    this.#options.metrics.onNodeAction('evict', result);
    this.#noteError('pods could not be evicted', error);
    this.#options.logger.throttled(`evict ${result}`, 10_000).warn('pods could not be evicted', { error });
  }

  onHeld(held: readonly HeldPod[]): void {
    const words = this.#heldUp.take(held);
    if (words === undefined) return;
    this.#options.logger.warn(words, { count: held.length });
    this.#addEvent('Warning', 'DrainHeldUp', words);
  }

  onAllAsked(count: number): void {
    this.#options.logger.warn('every pod that can be evicted has been asked to go', { count });
    this.#addEvent('Normal', 'PodsEvicted', 'every pod that can be evicted has been asked to go');
  }

  onApproved(noticeId: string): void {
    this.#options.logger.warn('the event was approved', { notice: noticeId });
    this.#addEvent('Normal', 'EventApproved', 'the event was approved');
  }

  onApprovalFailed(noticeId: string, attempt: number, delayMs: number): void {
    const message = 'the metadata service did not take the approval of the event';
    this.#problems.note(message, 'it is tried again until the event begins or is gone');
    this.#options.logger.throttled('approval', QUIET_MS).warn(message, { notice: noticeId, attempt, delayMs });
    if (attempt === 1) this.#addEvent('Normal', 'EventNotApproved', message);
  }

  /** What keeps a connection open found nobody. */
  onColdConnection(to: 'kube' | 'platform', error: unknown): void {
    const what = `the connection to the ${to === 'kube' ? 'API server' : 'platform'} is not open`;
    // The next one is made 45 s later: a single one that failed would be told for so long.
    if (this.#coldOnce.has(to)) this.#heard.cold.set(to, said(error));
    this.#coldOnce.add(to);
    this.#noteError(what, error);
    this.#options.logger.debug(what, { error });
  }

  /** What keeps a connection open was answered. */
  onOpenConnection(to: 'kube' | 'platform'): void {
    this.#coldOnce.delete(to);
    this.#heard.cold.delete(to);
  }

  /** Something that is only there to help did not work. */
  onSideFailure(what: string, error: unknown): void {
    this.#noteError(what, error);
    this.#options.logger.throttled(what, QUIET_MS).info(what, { error });
  }

  #addEvent(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.nodeEvents?.add({ type, reason, message });
  }

  #noteError(what: string, error: unknown): void {
    const { message, hint = '' } = error instanceof CastaiError ? error : toCastaiError(error, 'INTERNAL');
    this.#problems.note(`${what}: ${message}`, hint);
  }
}
