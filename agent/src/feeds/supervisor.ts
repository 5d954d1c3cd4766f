import type { Backoff } from '@castai/shared/async/backoff.ts';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import type { DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import type { JsonObject, KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { FeedDescription, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { availabilityOf } from './availability.ts';
import type { FeedInput } from './feed-signals.ts';
import type { FeedSpec } from './feeds.ts';
import { LookTimer } from './look-timer.ts';
import {
  type FeedObserver,
  type FeedStatus,
  SupervisedFeed,
  type SupervisedFeedDependencies,
} from './supervised-feed.ts';

/** Asks the API server what it serves and what we may read. Both reject with a `KubeError` when it cannot be asked. */
export interface ApiSurvey {
  catalogue(signal: AbortSignal): Promise<DiscoveryResult>;
  /** Whether the feed may be read, by access review. */
  mayRead(spec: FeedSpec, signal: AbortSignal): Promise<boolean>;
}

/** The scrub policy, one feed at a time. */
export interface ScrubPolicy {
  scrubber(spec: FeedSpec): (object: KubeObject) => JsonObject | undefined;
  /** Changes whenever the shape of what the feed sends does. */
  version(spec: FeedSpec): number;
}

/** Who is told about availability. */
export interface SupervisorObserver extends FeedObserver {
  onSurveyFailed(error: unknown): void;
}

/** What the supervisor needs. */
export interface SupervisorDependencies extends Omit<SupervisedFeedDependencies, 'keeper' | 'observer'> {
  readonly specs: readonly FeedSpec[];
  readonly survey: ApiSurvey;
  readonly observer: SupervisorObserver;
  /** A feed has another version than `feeds` said before. */
  readonly onOfferChanged: () => void;
  readonly createBackoff: () => Backoff;
}

/** Discovery costs two requests that mostly answer "not modified". */
const DISCOVERY_MS = 30_000;
/** A resource that is not found makes discovery look at once, but not more often than this. */
const REDISCOVERY_MS = 5_000;
/** Access reviews under way at once: one that hangs holds up no other feed, and no API server notices so few. */
export const REVIEWS_AT_ONCE = 8;

/**
 * Looks after all feeds: asks discovery what the cluster serves, asks for access reviews, and hands on what session and outbox
 * say of a feed. Which feeds run is decided by each feed's machine. One that is missing or forbidden never holds up the others.
 */
export class Supervisor {
  readonly #deps: SupervisorDependencies;
  readonly #feeds: readonly SupervisedFeed[];
  readonly #discoveryBackoff: Backoff;
  readonly #look: LookTimer;
  #session: AbortController | undefined;
  /** What the ticks of one moment want reviewed, most important first. */
  #due: SupervisedFeed[] = [];

  constructor(dependencies: SupervisorDependencies) {
    this.#deps = dependencies;
    this.#discoveryBackoff = dependencies.createBackoff();
    this.#look = new LookTimer({ clock: dependencies.clock, everyMs: DISCOVERY_MS, soonMs: REDISCOVERY_MS });
    const keeper = {
      onReviewDue: (feed: SupervisedFeed) => this.#due.push(feed),
      onLookSoon: () => this.#look.hurry(),
      onOfferChanged: dependencies.onOfferChanged,
      onRewound: () => {
        const nowMs = dependencies.clock.monotonicMs();
        for (const feed of this.#feeds) feed.dispatch({ type: 'rewound', nowMs });
      },
    };
    this.#feeds = dependencies.specs.map(
      (spec, index) => new SupervisedFeed(index + 1, spec, { ...dependencies, keeper }),
    );
  }

  /** The feeds that a session offers: all of them, whatever is served now, so that a CRD may come without a new session. */
  get feeds(): FeedDescription[] {
    return this.#feeds.map(({ description }) => description);
  }

  /** One line a feed for `/statusz`. */
  get status(): FeedStatus[] {
    return this.#feeds.map(({ status }) => status);
  }

  /** Learns what the cluster serves, however long that takes. To be awaited before the first session. */
  async survey(signal: AbortSignal): Promise<void> {
    while (!(await this.#discover(signal))) await this.#deps.clock.sleep(this.#discoveryBackoff.next(), signal);
  }

  /** Keeps looking what comes and goes until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look.wait(signal);
      if (signal.aborted) return;
      const isDone = await this.#discover(signal);
      if (isDone) this.#tick();
      else await this.#deps.clock.sleep(this.#discoveryBackoff.next(), signal);
    }
  }

  /** A session has begun: every feed goes on from the platform's resume point, or starts with a snapshot. */
  adopt(response: OpenResponse): void {
    this.abandon();
    this.#session = new AbortController();
    const resume = new Map(response.resume.map((point) => [point.feedId, point.resourceVersion]));
    for (const feed of this.#feeds) feed.dispatch({ type: 'session', resumePoint: resume.get(feed.id) ?? '' });
    this.#tick();
  }

  /** The session is over: every feed stops. */
  abandon(): void {
    this.#session?.abort();
    this.#session = undefined;
    // Those that wait first: a place that is given back would make one of them list, only to be stopped as well.
    for (const feed of this.#feeds) if (feed.isQueued) feed.dispatch({ type: 'sessionOver' });
    for (const feed of this.#feeds) feed.dispatch({ type: 'sessionOver' });
  }

  /** The platform wants feeds as a snapshot again; each at most once a minute. An empty list means all. */
  resync(feedIds: readonly number[]): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const feed of this.#feeds) {
      if (feedIds.length === 0 || feedIds.includes(feed.id)) feed.dispatch({ type: 'resync', nowMs });
    }
  }

  /** The outbox dropped what was pending for a feed. */
  demote(feedId: number): void {
    this.#tell(feedId, { type: 'demoted' });
  }

  /** The platform takes nothing of a feed: it stops, and starts with a snapshot after a while. */
  setAside(feedId: number, reason: string): void {
    this.#tell(feedId, { type: 'refused', reason, nowMs: this.#deps.clock.monotonicMs() });
  }

  #tell(feedId: number, input: FeedInput): void {
    this.#feeds.find(({ id }) => id === feedId)?.dispatch(input);
  }

  /** Asks the API server what it serves. False when it could not be asked. */
  async #discover(signal: AbortSignal): Promise<boolean> {
    try {
      const catalogue = await this.#deps.survey.catalogue(signal);
      this.#discoveryBackoff.succeeded();
      for (const feed of this.#feeds) {
        feed.dispatch({ type: 'looked', found: availabilityOf(feed.spec, catalogue) });
      }
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#deps.observer.onSurveyFailed(error);
      return false;
    }
  }

  /** Asks what is due, most important first. */
  #tick(): void {
    const session = this.#session;
    if (session === undefined) return;
    const nowMs = this.#deps.clock.monotonicMs();
    for (const feed of this.#feeds) feed.dispatch({ type: 'tick', nowMs });
    const due = this.#due;
    this.#due = [];
    forEachAtOnce(due, REVIEWS_AT_ONCE, (feed) => this.#review(feed, session.signal)).catch((error: unknown) => {
      if (!session.signal.aborted) this.#deps.watchers.observer.onBroken('supervisor', error);
    });
  }

  async #review(feed: SupervisedFeed, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { survey, observer, clock } = this.#deps;
    try {
      const mayRead = await survey.mayRead(feed.spec, signal);
      if (!signal.aborted) feed.dispatch({ type: 'reviewed', mayRead, nowMs: clock.monotonicMs() });
    } catch (error) {
      if (signal.aborted) return;
      feed.dispatch({ type: 'reviewFailed', nowMs: clock.monotonicMs() });
      observer.onSurveyFailed(error);
    }
  }
}
