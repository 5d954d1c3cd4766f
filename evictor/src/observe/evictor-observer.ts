import type { CastaiError } from '@castai/shared/errors.ts';
import type { UnreadableObject } from '@castai/shared/kube/json/unreadable-object.ts';
import type { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { LeaderObserver } from '@castai/shared/lead/leader.ts';
import type { LossReason } from '@castai/shared/lead/lease-state.ts';
import { LOSS_HINTS } from '@castai/shared/lead/loss-hints.ts';
import type { Logger } from '@castai/shared/log/logger.ts';
import { logTrustProblem } from '@castai/shared/program/log-trust-problem.ts';
import { said, type Said } from '@castai/shared/verdict/said.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { RestartReason } from '@castai/shared/watch/watcher-signals.ts';
import { causeOfCall } from '@castai/shared/wire/cause-of-call.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { FORM_GIVEN_UP, FORM_REFUSALS, type FormGivenUp } from '@castai/shared/watch/form-given-up.ts';
import type { WatchObserver } from '@castai/shared/watch/watcher-dependencies.ts';
import type { EvictorHeard } from './evictor-troubles.ts';

/** What the observer needs. */
export interface EvictorObserverOptions {
  readonly logger: Logger;
  readonly verdict: Pick<VerdictKeeper, 'count'>;
  /** A bug was met: the program cannot go on as it is. */
  readonly onBroken: (error: unknown) => void;
}

/** Lines about the same trouble: once a minute is enough to follow it. */
const QUIET_MS = 60_000;
/** A right that is missing is granted by a person. */
const EVENTS_QUIET_MS = 3_600_000;

/**
 * Turns what the parts tell into log lines and what the verdict is made of. What lasts is said by the verdict, once when it begins and once
 * when it ends; the single attempts that fail meanwhile are lines for debugging.
 */
export class EvictorObserver implements WatchObserver, LeaderObserver, EvictorHeard {
  readonly feeds = new Map<string, Said>();
  readonly unreadable = new Map<string, UnreadableObject>();
  readonly trust = new Map<string, Said>();
  lease: Said | undefined;
  version: Said | undefined;
  window: Said | undefined;
  claims: Said | undefined;
  files: Said | undefined;
  report: Verdict | undefined;
  readonly #options: EvictorObserverOptions;

  constructor(options: EvictorObserverOptions) {
    this.#options = options;
  }

  onEvents(): void {}

  onRestart(feed: string, reason: RestartReason): void {
    this.#options.logger.debug('a feed lists or watches again', { feed, reason });
  }

  onFailure(feed: string, error: KubeError): void {
    this.feeds.set(feed, said(error));
    this.#options.logger.debug('a list or watch failed', { feed, error });
  }

  onUnreadable(feed: string, object: UnreadableObject): void {
    this.unreadable.set(feed, object);
    const { namespace, name, reason } = object;
    this.#options.logger
      .throttled(`unreadable ${feed}`, QUIET_MS)
      .warn('an object cannot be read: nothing is concluded while it is there', {
        feed,
        reason,
        object: `${namespace}/${name}`,
      });
  }

  /** Told of each collection once. */
  onFormGivenUp({ path, why }: FormGivenUp): void {
    this.#options.logger.warn(FORM_GIVEN_UP, { path, reason: FORM_REFUSALS[why] });
  }

  onBroken(feed: string, error: unknown): void {
    this.#options.logger.error('a stage met a bug', { feed, error });
    this.#options.onBroken(error);
  }

  /** The version of the control plane was told; undefined: it was. */
  onVersionAsked(error: unknown): void {
    this.version = error === undefined ? undefined : said(error);
    if (error === undefined) return;
    this.#options.verdict.count('discovery');
    this.#options.logger.debug('the version of the control plane was not told', { error });
  }

  /** The next maintenance window was asked for; undefined: it was answered. */
  onWindowAsked(error: unknown): void {
    this.window = error === undefined ? undefined : said(error);
    if (error !== undefined) this.#options.logger.debug('the next maintenance window was not told', { error });
  }

  /** Karpenter's NodeClaims were asked for; undefined: they were told. */
  onClaimsAsked(error: unknown): void {
    this.claims = error === undefined ? undefined : said(error);
    if (error !== undefined) this.#options.logger.debug("Karpenter's NodeClaims were not told", { error });
  }

  /** The files that options name have changed; undefined: they can be used. */
  onFilesRead(error: unknown): void {
    this.files = error === undefined ? undefined : said(error);
    if (error === undefined)
      this.#options.logger.info('the files that options name have changed, and are used as they are now');
  }

  /** A Kubernetes Event about a node was not taken; it is given up. */
  onEventFailed(error: unknown): void {
    this.#options.logger
      .throttled('node event', EVENTS_QUIET_MS)
      .warn(
        'a Kubernetes Event about a node could not be written: let the chart make the Role for it (evictor.nodeEvents), or take NODE_EVENTS out',
        { error },
      );
  }

  onLead(transitions: number): void {
    this.lease = undefined;
    // One that was under way when the term before ended may have been refused since.
    this.report = undefined;
    this.#options.logger.info('this replica leads, and reads the cluster', { transitions });
  }

  onFollow(holder: string): void {
    this.#options.logger.info('another replica leads, this one stands by', { holder });
  }

  onLost(reason: LossReason): void {
    this.feeds.clear();
    this.unreadable.clear();
    this.version = undefined;
    this.window = undefined;
    this.claims = undefined;
    this.report = undefined;
    const hint = LOSS_HINTS[reason];
    const why = hint === '' ? '' : `; ${hint}`;
    this.#options.logger.warn(`this replica leads no more, and what it knew of the cluster is dropped${why}`, {
      reason,
    });
  }

  onLeaseFailed(error: unknown, hint: string): void {
    const { code, message, hint: own } = said(error);
    this.lease = { code, message, hint: hint === '' ? own : hint };
    this.#options.verdict.count('lease');
    this.#options.logger.debug('the lease could not be read or written', { error });
  }

  /** The platform did not take a report; it is a trouble until it takes one. */
  onReportRefused(verdict: Verdict): void {
    const { logger, verdict: keeper } = this.#options;
    const { detail, hint } = verdict;
    // The first is counted by the verdict itself.
    if (this.report !== undefined) keeper.count(causeOfCall(verdict));
    this.report = verdict;
    const told = { detail, ...(hint === undefined ? {} : { hint }) };
    logger.debug('the platform did not take the report', told);
  }

  onReportTaken(): void {
    this.report = undefined;
  }

  onTrustProblem(destination: string, error: CastaiError | undefined): void {
    logTrustProblem({ logger: this.#options.logger, everyMs: QUIET_MS }, destination, error);
    if (error === undefined) this.trust.delete(destination);
    else this.trust.set(destination, said(error));
  }
}
