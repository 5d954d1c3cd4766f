import { describeError } from '@castai/shared/errors.ts';
import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import type { KubeError } from '@castai/shared/kube/kube-error.ts';
import { said } from '@castai/shared/verdict/said.ts';
import { FORM_GIVEN_UP, FORM_REFUSALS, type FormGivenUp } from '@castai/shared/watch/form-given-up.ts';
import type { WatchObserver } from '@castai/shared/watch/watcher-dependencies.ts';
import type { RestartReason } from '@castai/shared/watch/watcher-signals.ts';
import type { FeedAvailability } from '../feeds/feed-signals.ts';
import { REFUSAL_CURES } from '../feeds/refusal-cures.ts';
import { isRefusal, type SupervisorObserver, type SurveyQuestion } from '../feeds/supervisor.ts';
import type { ClusterObserver } from '../identity/cluster-knowledge.ts';
import { REFUSED_QUESTIONS, SURVEY_QUESTIONS, UNREADABLE_HINTS } from './agent-hints.ts';
import { QUIET_MS, type TellerMeans } from './teller-means.ts';

/** Each version of such an object says the same, and the counter says how often. */
const LINT_QUIET_MS = 3_600_000;

/** Tells what becomes of the feeds and their objects, and of the questions about the cluster: up to where they are in the outbox. */
export class FeedTeller implements WatchObserver, SupervisorObserver, ClusterObserver {
  readonly #means: TellerMeans;

  constructor(means: TellerMeans) {
    this.#means = means;
  }

  onAvailability(feed: string, availability: FeedAvailability, reason: string): void {
    const { logger, metrics } = this.#means;
    if (availability === 'served' || availability === 'unsupported') metrics.onFeedStarted(feed);
    if (availability === 'forbidden') {
      const hint = 'grant list and watch to the service account, or ignore this if the feed is not wanted';
      this.#means.notes.met(`no permission to read ${feed}`, hint);
      logger.debug('a feed may not be read; the others are not affected', { feed, reason: availability });
      return;
    }
    if (availability === 'unsupported') {
      this.#means.notes.met(`${feed}: ${reason}`, 'what the platform has of it stays as it was');
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
    this.#means.metrics.onSetAside(feed);
    this.#means.notes.met(`${feed}: the platform takes no object of it: ${reason}`, hint);
    this.#means.logger
      .throttled('set aside', QUIET_MS)
      .error('the platform takes no object of a feed: it is set aside, and the others go on', { feed, reason });
  }

  onSurveyFailed(error: unknown, question: SurveyQuestion): void {
    const isRefused = isRefusal(error) && question !== 'cluster';
    const what = isRefused ? REFUSED_QUESTIONS[question] : SURVEY_QUESTIONS[question];
    const hint = isRefused ? REFUSAL_CURES[question] : said(error).hint;
    const why = describeError(error);
    this.#means.notes.met(`${what}: ${why}`, hint);
    this.#means.logger.debug(what, { error });
    if (isRefused) {
      const cause = question === 'discovery' ? 'discovery' : 'access-reviews';
      this.#means.notes.happened(cause, { why, cure: hint, runbook: 'CastaiAgentFeedsForbidden' });
      return;
    }
    this.#means.notes.heard.survey = { question, ...said(error) };
    this.#means.notes.failed('api-server');
  }

  onSurveyed(): void {
    this.#means.notes.heard.survey = undefined;
  }

  /** The cluster has another version of Kubernetes. */
  onUpgraded(kubernetesVersion: string): void {
    this.#means.logger.info(`the cluster was upgraded to Kubernetes ${kubernetesVersion}: the platform is told`);
  }

  onEvents(feed: string, type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', count: number): void {
    this.#means.metrics.onEvents(feed, type, count);
  }

  onRestart(feed: string, reason: RestartReason): void {
    this.#means.metrics.onRestart(feed, reason);
    this.#means.logger.debug('a feed lists or watches again', { feed, reason });
  }

  onFailure(feed: string, error: KubeError): void {
    // Only the server's own sentence tells what is broken; those of other classes say what the code does, with numbers that differ.
    const detail = error.code === 'KUBE_SERVER_ERROR' ? `: ${describeError(error)}` : '';
    this.#means.notes.met(`${feed}: ${error.code}${detail}`, error.hint ?? '');
    this.#means.notes.heard.feeds.set(feed, said(error));
    this.#means.logger.debug('a list or watch failed', { feed, error });
  }

  onUnreadable(feed: string, object: UnreadableObject): void {
    const { kind, namespace, name, reason, uid } = object;
    const who = [kind, namespace === '' ? name : `${namespace}/${name}`].filter((part) => part !== '').join(' ');
    this.#means.metrics.onUnreadable(reason);
    // One line per feed and reason: a kind of which nothing can be read must not push all other problems out.
    this.#means.notes.met(
      `${feed}: what cannot be read is left out: ${reason}`,
      `the latest is ${who === '' ? 'one that does not tell its name' : who}; ${UNREADABLE_HINTS[reason]}`,
    );
    this.#means.notes.happened('unreadable-objects', {
      why: `${reason}: ${who === '' ? `one of ${feed} that does not tell its name` : who}`,
      cure: UNREADABLE_HINTS[reason],
      runbook: 'CastaiAgentObjectsUnreadable',
      subjects: [feed],
    });
    this.#means.logger.warn('an object cannot be read: it is left out, and all beside it goes on', {
      feed,
      reason,
      object: who,
      uid,
    });
  }

  /** Told of each collection once. */
  onFormGivenUp({ path, why }: FormGivenUp): void {
    this.#means.notes.met(`${path}: ${FORM_GIVEN_UP}`, FORM_REFUSALS[why]);
    this.#means.logger.warn(FORM_GIVEN_UP, { path, reason: FORM_REFUSALS[why] });
  }

  onLintError(rule: string): void {
    this.#means.metrics.onLintError(rule);
    this.#means.logger
      .throttled(`lint ${rule}`, LINT_QUIET_MS)
      .warn('a rule of the manifest lint could not judge an object: it is not what its schema says', { reason: rule });
  }

  onBroken(feed: string, error: unknown): void {
    this.#means.logger.error('a stage met a bug', { feed, error });
    this.#means.onBroken(error);
  }

  /** Pending changes of a feed passed the bound on memory. */
  onDemoted(feed: string, count: number): void {
    this.#means.metrics.onDropped('DEMOTED', count);
    this.#means.notes.met(`${feed}: pending changes passed the memory bound`, 'they are read again; see PENDING_LIMIT');
    this.#means.notes.happened('memory', {
      why: `${feed}: ${String(count)} changes that waited were dropped, and are read again`,
      cure: 'find out why the platform takes less than the cluster changes; PENDING_LIMIT is the bound',
      runbook: 'CastaiAgentFeedsDemoted',
      subjects: [feed],
    });
    const line = 'pending changes passed the memory bound: the feed is read again from its last resume point';
    this.#means.logger.debug(line, { feed, count });
  }
}
