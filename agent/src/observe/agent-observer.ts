import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError, describeError } from '@castai/shared/errors.ts';
import type { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import type { Entry, Rejection } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { logTrustProblem } from '@castai/shared/program/log-trust-problem.ts';
import type { Cause } from '@castai/shared/verdict/causes.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import { type Problem, RecentProblems } from '@castai/shared/program/recent-problems.ts';
import type { TenureObserver } from '../deliver/tenure.ts';
import type { Uselessness } from '../deliver/tenure-state.ts';
import type { DeliveryAttempt, DeliveryObserver, DropReason } from '../deliver/delivery-observer.ts';
import type { DeltasObserver } from '../deliver/deltas/deltas.ts';
import type { WireObserver } from '../deliver/wire-choice.ts';
import type { Wire } from '../deliver/wire-state.ts';
import type { SnapshotReason } from '../deliver/deltas/snapshot-wishes.ts';
import type { FeedAvailability } from '../feeds/feed-signals.ts';
import { REFUSAL_CURES } from '../feeds/refusal-cures.ts';
import { isRefusal, type SupervisorObserver, type SurveyQuestion } from '../feeds/supervisor.ts';
import { CLUSTER_ID_RIGHTS_HINT, type ClusterIdObserver, type ClusterIdPlace } from '../identity/cluster-id-map.ts';
import type { ClusterIdentity, RegistrationFailure, RegistrationObserver } from '../identity/registrar.ts';
import type { RestartReason } from '@castai/shared/watch/watcher-signals.ts';
import type { WatchObserver } from '@castai/shared/watch/watcher-dependencies.ts';
import type { LeaderObserver } from '@castai/shared/lead/leader.ts';
import type { LossReason } from '@castai/shared/lead/lease-state.ts';
import { LOSS_HINTS } from '@castai/shared/lead/loss-hints.ts';
import { REFUSED_QUESTIONS, SNAPSHOT_HINTS, SURVEY_QUESTIONS, UNREADABLE_HINTS, USELESS_HINTS } from './agent-hints.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import { causeOfAnswer } from './cause-of-answer.ts';
import { said } from '@castai/shared/verdict/said.ts';
import { TroubleMemory } from './trouble-memory.ts';

/** What the observer needs. */
export interface AgentObserverOptions {
  readonly metrics: AgentMetrics;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'now'>;
  /** A bug was met: the program cannot go on as it is. */
  readonly onBroken: (error: unknown) => void;
  /** Makes problems of what happens and is no state. */
  readonly verdict: Pick<VerdictKeeper, 'note' | 'count'>;
}

/** Lines about the same trouble: once a minute is enough to follow it. */
const QUIET_MS = 60_000;

/** Each version of such an object says the same, and the counter says how often. */
const LINT_QUIET_MS = 3_600_000;

/** A right that is missing is granted by a person. */
const CLUSTER_ID_QUIET_MS = 300_000;

/**
 * Turns what the stages tell into metrics, log lines, the list of what was met lately, and what the verdict is made of. The only place
 * where the pipeline logs, beside the verdict: what lasts is said by that, once when it begins and once when it ends, and the single
 * attempts that fail meanwhile are lines for debugging.
 */
export class AgentObserver
  implements
    WatchObserver,
    DeliveryObserver,
    DeltasObserver,
    WireObserver,
    SupervisorObserver,
    RegistrationObserver,
    ClusterIdObserver,
    LeaderObserver,
    TenureObserver
{
  readonly #options: AgentObserverOptions;
  readonly #problems: RecentProblems;
  /** The words of servers, for the verdict. */
  readonly heard = new TroubleMemory();
  #entriesTaken = 0;

  constructor(options: AgentObserverOptions) {
    this.#options = options;
    this.#problems = new RecentProblems(options.clock);
  }

  /** What was met lately, harmless things as well, newest first. */
  get problems(): Problem[] {
    return this.#problems.list;
  }

  /** Entries that the platform has taken since the start. */
  get entriesTaken(): number {
    return this.#entriesTaken;
  }

  onAvailability(feed: string, availability: FeedAvailability, reason: string): void {
    const { logger, metrics } = this.#options;
    if (availability === 'served' || availability === 'unsupported') metrics.onFeedStarted(feed);
    if (availability === 'forbidden') {
      const hint = 'grant list and watch to the service account, or ignore this if the feed is not wanted';
      this.#problems.note(`no permission to read ${feed}`, hint);
      logger.debug('a feed may not be read; the others are not affected', { feed, reason: availability });
      return;
    }
    if (availability === 'unsupported') {
      this.#problems.note(`${feed}: ${reason}`, 'what the platform has of it stays as it was');
      logger.warn('a feed is served in a way that this agent cannot read: what the platform has of it stays', {
        feed,
        reason,
      });
      return;
    }
    logger.debug('a feed changed its availability', { feed, reason: availability });
  }

  onSetAside(feed: string, reason: string): void {
    const hint =
      'what the platform has of it stays as it was; it is sent again from time to time: ask the platform why';
    this.#options.metrics.onSetAside(feed);
    this.#problems.note(`${feed}: the platform takes no object of it: ${reason}`, hint);
    this.#options.logger
      .throttled('set aside', QUIET_MS)
      .error('the platform takes no object of a feed: it is set aside, and the others go on', { feed, reason });
  }

  onSurveyFailed(error: unknown, question: SurveyQuestion): void {
    const isRefused = isRefusal(error) && question !== 'cluster';
    const what = isRefused ? REFUSED_QUESTIONS[question] : SURVEY_QUESTIONS[question];
    const hint = isRefused ? REFUSAL_CURES[question] : hintOf(error);
    const why = describeError(error);
    this.#problems.note(`${what}: ${why}`, hint);
    this.#options.logger.debug(what, { error });
    if (isRefused) {
      const cause = question === 'discovery' ? 'discovery' : 'access-reviews';
      this.#note(cause, { why, cure: hint, runbook: 'CastaiAgentFeedsForbidden' });
      return;
    }
    this.heard.survey = { question, ...said(error) };
    this.#options.verdict.count('api-server');
  }

  onSurveyed(): void {
    this.heard.survey = undefined;
  }

  /** The cluster has another version of Kubernetes. */
  onUpgraded(kubernetesVersion: string): void {
    this.#options.logger.info(`the cluster was upgraded to Kubernetes ${kubernetesVersion}: the platform is told`);
  }

  onEvents(feed: string, type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', count: number): void {
    this.#options.metrics.onEvents(feed, type, count);
  }

  onRestart(feed: string, reason: RestartReason): void {
    this.#options.metrics.onRestart(feed, reason);
    this.#options.logger.debug('a feed lists or watches again', { feed, reason });
  }

  onFailure(feed: string, error: KubeError): void {
    // Only the server's own sentence tells what is broken; those of other classes say what the code does, with numbers that differ.
    const detail = error.code === 'KUBE_SERVER_ERROR' ? `: ${describeError(error)}` : '';
    this.#problems.note(`${feed}: ${error.code}${detail}`, error.hint ?? '');
    this.heard.feeds.set(feed, said(error));
    this.#options.logger.debug('a list or watch failed', { feed, error });
  }

  onUnreadable(feed: string, object: UnreadableObject): void {
    const { kind, namespace, name, reason, uid } = object;
    const who = [kind, namespace === '' ? name : `${namespace}/${name}`].filter((part) => part !== '').join(' ');
    this.#options.metrics.onUnreadable(reason);
    // One line per feed and reason: a kind of which nothing can be read must not push all other problems out.
    this.#problems.note(
      `${feed}: what cannot be read is left out: ${reason}`,
      `the latest is ${who === '' ? 'one that does not tell its name' : who}; ${UNREADABLE_HINTS[reason]}`,
    );
    this.#note('unreadable-objects', {
      why: `${reason}: ${who === '' ? `one of ${feed} that does not tell its name` : who}`,
      cure: UNREADABLE_HINTS[reason],
      runbook: 'CastaiAgentObjectsUnreadable',
      subjects: [feed],
    });
    this.#options.logger.warn('an object cannot be read: it is left out, and all beside it goes on', {
      feed,
      reason,
      object: who,
      uid,
    });
  }

  onLintError(rule: string): void {
    this.#options.metrics.onLintError(rule);
    this.#options.logger
      .throttled(`lint ${rule}`, LINT_QUIET_MS)
      .warn('a rule of the manifest lint could not judge an object: it is not what its schema says', { reason: rule });
  }

  onBroken(feed: string, error: unknown): void {
    this.#options.logger.error('a stage met a bug', { feed, error });
    this.#options.onBroken(error);
  }

  /** Pending changes of a feed passed the bound on memory. */
  onDemoted(feed: string, count: number): void {
    this.#options.metrics.onDropped('DEMOTED', count);
    this.#problems.note(`${feed}: pending changes passed the memory bound`, 'they are read again; see PENDING_LIMIT');
    this.#note('memory', {
      why: `${feed}: ${String(count)} changes that waited were dropped, and are read again`,
      cure: 'find out why the platform takes less than the cluster changes; PENDING_LIMIT is the bound',
      runbook: 'CastaiAgentFeedsDemoted',
      subjects: [feed],
    });
    const line = 'pending changes passed the memory bound: the feed is read again from its last resume point';
    this.#options.logger.debug(line, { feed, count });
  }

  onLead(transitions: number): void {
    this.#options.logger.info('this replica leads', { transitions });
  }

  onFollow(holder: string): void {
    this.#options.logger.info('another replica leads, this one stands by', { holder });
  }

  onLost(reason: LossReason): void {
    this.#problems.note(`the lease was lost: ${reason}`, LOSS_HINTS[reason]);
    this.#options.logger.warn('this replica leads no more: what waits is left to the next leader', { reason });
  }

  onUseless(why: Uselessness): void {
    this.#options.logger.warn('the lease is given back: this replica is of no use as the leader', { reason: why });
    this.#problems.note('this replica was of no use as the leader', USELESS_HINTS[why]);
  }

  onLeaseFailed(error: unknown, hint: string): void {
    this.#problems.note('the lease could not be read or written', hint);
    const { code, message, hint: own } = said(error);
    this.heard.lease = { code, message, hint: hint === '' ? own : hint };
    this.#options.verdict.count('lease');
    this.#options.logger.debug('the lease could not be read or written', { error });
  }

  onOpened(epoch: number): void {
    this.#options.logger.info('session opened', { epoch });
  }

  onOpenRefused({ kind }: Verdict): void {
    this.#options.metrics.onRefused('open', kind);
  }

  onFullSnapshot(reason: SnapshotReason): void {
    const { logger } = this.#options;
    const hint = SNAPSHOT_HINTS[reason];
    if (hint !== '') this.#problems.note(`a full snapshot was begun: ${reason}`, hint);
    logger.throttled(`snapshot ${reason}`, QUIET_MS).info('a full snapshot begins', { reason });
  }

  onWire(wire: Wire): void {
    const what = wire === 'ingest' ? "the platform's own protocol" : 'the public API, agent-deltas';
    this.#options.logger.info(`the platform is asked for ${what}`);
  }

  onPointIgnored(reason: string): void {
    this.#problems.note(`deltas do not go on from where they were left: ${reason}`, 'a full snapshot is sent instead');
    this.#options.logger.warn('deltas do not go on from where they were left: a full snapshot is sent', { reason });
  }

  onResumed(count: number): void {
    this.#options.logger.info('deltas go on from where they were left', { count });
  }

  onRegistered({ clusterId, organizationId, provider, reasons }: ClusterIdentity): void {
    this.heard.registration = undefined;
    this.#options.metrics.onRegistered(clusterId);
    this.#options.logger.info(`cluster is known: ${reasons.join('; ')}`, { clusterId, organizationId, provider });
  }

  onClusterIdWritten({ namespace, name, key }: ClusterIdPlace): void {
    this.#options.logger.info(`the cluster's id stands in the ConfigMap ${namespace}/${name}, key ${key}`);
  }

  onClusterIdNotWritten(error: unknown, delayMs: number): void {
    const hint =
      error instanceof CastaiError && error.code === 'KUBE_FORBIDDEN' ? CLUSTER_ID_RIGHTS_HINT : hintOf(error);
    this.#problems.note("the cluster's id could not be written into its ConfigMap", hint);
    this.#options.logger
      .throttled('cluster id', CLUSTER_ID_QUIET_MS)
      .warn("the cluster's id could not be written into its ConfigMap", { error, delayMs });
  }

  onRegistrationFailed({ stage, attempts, lastError, delayMs }: RegistrationFailure): void {
    if (stage === 'identifying') this.#options.verdict.count('identity');
    const line = `${stage} the cluster failed, will try again: ${lastError}`;
    this.#options.logger.debug(line, { attempt: attempts, delayMs });
  }

  onRegistrationRefused(verdict: Verdict): void {
    this.heard.registration = verdict;
    this.#options.verdict.count(causeOfAnswer(verdict));
    this.#options.metrics.onRefused('register', verdict.kind);
  }

  onAttempt(attempt: DeliveryAttempt): void {
    if (attempt.verdict === 'OK') this.#entriesTaken += attempt.entries;
    this.#options.metrics.onAttempt(attempt);
  }

  onRefused(verdict: Verdict, next: string, delayMs: number): void {
    const { logger } = this.#options;
    this.#problems.note(`platform: ${verdict.kind}: ${verdict.detail}`, verdict.hint ?? '');
    this.#options.verdict.count(causeOfAnswer(verdict));
    const hint = verdict.hint === undefined ? '' : ` (${verdict.hint})`;
    const line = `the platform did not take it: ${verdict.detail}${hint}`;
    logger.debug(line, { code: verdict.kind, reason: next, delayMs });
  }

  onConfirmed(received: number, processed: number): void {
    const { metrics, clock } = this.#options;
    metrics.onConfirmed(received, processed, clock.now());
  }

  onDropped(entry: Entry, reason: DropReason): void {
    this.#options.metrics.onDropped(reason, 1);
    this.#noteRefused(`${reason}: an object was given up`, entry);
    this.#problems.note(`an object was given up: ${reason}`, 'it is sent again when it changes');
    this.#options.logger
      .throttled(`dropped ${reason}`, QUIET_MS)
      .error('an object was given up because the platform does not take it', {
        reason,
        uid: 'uid' in entry ? entry.uid : '',
      });
  }

  onTrustProblem(destination: string, error: CastaiError | undefined): void {
    logTrustProblem({ logger: this.#options.logger, everyMs: QUIET_MS }, destination, error);
    if (error === undefined) {
      this.heard.trust.delete(destination);
      return;
    }
    this.heard.trust.set(destination, said(error));
    this.#problems.note(`${destination}: ${error.message}: the certificates read before are used`, error.hint ?? '');
  }

  onLimitsClamped(clamped: string): void {
    this.#problems.note(`the platform asks for limits that are not followed as they are: ${clamped}`);
    this.#options.logger
      .throttled('limits', QUIET_MS)
      .warn('the platform asks for limits that are not followed as they are', { reason: clamped });
  }

  onOffersAnswered(held: number, wanted: number): void {
    this.#options.metrics.onOffersAnswered(held, wanted);
  }

  onRejected(entry: Entry | undefined, rejection: Rejection): void {
    this.#options.metrics.onRejected(rejection);
    this.#noteRefused(`${rejection.code}: the platform could not use an object`, entry);
    this.#problems.note(`the platform could not use an object: ${rejection.code}`);
    this.#options.logger
      .throttled(`rejected ${rejection.code}`, QUIET_MS)
      .warn('the platform could not use an object', {
        code: rejection.code,
        uid: entry !== undefined && 'uid' in entry ? entry.uid : '',
      });
  }

  /** The platform keeps what it has of the object: by its uid somebody can find it. */
  #noteRefused(why: string, entry: Entry | undefined): void {
    const cure = 'ask the platform why; the object is sent again when it changes';
    const subjects = entry !== undefined && 'uid' in entry ? [entry.uid] : [];
    this.#note('refused-objects', { why, cure, runbook: 'CastaiAgentEntriesRejected', subjects });
  }

  #note(cause: Cause, { why, cure, runbook, subjects = [] }: Noted): void {
    const page = `monitoring/runbooks/${runbook}.md`;
    this.#options.verdict.note({ cause, severity: 'degraded', why, address: '', cure, runbook: page, subjects });
  }
}

/** What a note says beside its cause. */
interface Noted {
  readonly why: string;
  readonly cure: string;
  /** Name of the alert. */
  readonly runbook: string;
  readonly subjects?: readonly string[];
}

function hintOf(error: unknown): string {
  return error instanceof CastaiError ? (error.hint ?? '') : '';
}
