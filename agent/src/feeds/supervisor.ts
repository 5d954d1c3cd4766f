import type { Backoff } from '@castai/shared/async/backoff.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import type { DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import type { FeedDescription, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { askCollection } from './ask-collection.ts';
import { availabilityOf, kindOf } from './availability.ts';
import type { FeedInput, ReviewAnswer } from './feed-signals.ts';
import type { FeedSpec } from './feeds.ts';
import { type FeedObserver, type FeedStatus, SupervisedFeed, type SupervisedFeedOptions } from './supervised-feed.ts';

/**
 * Asks the API server what it serves and what we may read. Both reject with a `KubeError` when it cannot be asked, which is
 * `KUBE_FORBIDDEN` when it refuses the question.
 */
export interface ApiSurvey {
  catalogue(signal: AbortSignal): Promise<DiscoveryResult>;
  /** Whether the feed may be read, by access review. */
  mayRead(spec: FeedSpec, signal: AbortSignal): Promise<boolean>;
}

/** What is asked of the API server before anything is listed. */
export type SurveyQuestion = 'discovery' | 'reviews' | 'cluster';

/** Who is told about availability. */
export interface SupervisorObserver extends FeedObserver {
  /** The API server did not answer a question. One that it refuses (see `isRefusal`) is not needed: the lists are tried instead. */
  onSurveyFailed(error: unknown, question: SurveyQuestion): void;
  /** The API server told what it serves, or that it does not tell us: it answers. */
  onSurveyed(): void;
}

/** What the supervisor needs. */
export interface SupervisorOptions extends Omit<SupervisedFeedOptions, 'keeper' | 'observer'> {
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
/**
 * So long reviews may fail, all of them, before the lists are tried instead: a webhook that is gone fails them for ever. Ticks follow looks
 * at discovery that succeed, so by then the API server itself is there.
 */
const REVIEWS_FAIL_MS = 60_000;
/** Questions under way at once: one that hangs holds up no other feed, and no API server notices so few. */
export const QUESTIONS_AT_ONCE = 8;

/**
 * Looks after all feeds: asks discovery what the cluster serves, asks for access reviews, and hands on what session and outbox
 * say of a feed. Which feeds run is decided by each feed's machine. One that is missing or forbidden never holds up the others.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #feeds: readonly SupervisedFeed[];
  readonly #discoveryBackoff: Backoff;
  /** Ends the wait for the next look at discovery. */
  readonly #wakeUp: WakeUp;
  #session: AbortController | undefined;
  /** There is a reason for the next look to come soon: many reasons make one look. */
  #isLookDue = false;
  /** Since when no review was answered; undefined while they are. */
  #reviewsFailSinceMs: number | undefined;
  /** What the ticks of one moment want asked, most important first. */
  #due: ((signal: AbortSignal) => Promise<void>)[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#discoveryBackoff = options.createBackoff();
    this.#wakeUp = new WakeUp(options.clock);
    const keeper = {
      onReviewDue: (feed: SupervisedFeed) => this.#due.push((signal) => this.#review(feed, signal)),
      onAskDue: (feed: SupervisedFeed, versions: readonly string[]) =>
        this.#due.push((signal) => this.#ask(feed, versions, signal)),
      onLookSoon: () => this.#lookSoon(),
      onOfferChanged: options.onOfferChanged,
      onRewound: () => {
        const nowMs = options.clock.monotonicMs();
        for (const { id } of this.#feeds) options.outbox.distrustOffers(id);
        for (const feed of this.#feeds) feed.dispatch({ type: 'rewound', nowMs });
      },
    };
    this.#feeds = options.specs.map((spec, index) => new SupervisedFeed(index + 1, spec, { ...options, keeper }));
  }

  /** The feeds that a session offers: all of them, whatever is served now, so that a CRD may come without a new session. */
  get feeds(): FeedDescription[] {
    return this.#feeds.map(({ description }) => description);
  }

  /** One line a feed for `/statusz`. */
  get status(): FeedStatus[] {
    return this.#feeds.map(({ status }) => status);
  }

  /** Whether the feed was refused, and no access review has confirmed that. */
  isBarred(feedId: number): boolean {
    return this.#feeds[feedId - 1]?.isBarred ?? false;
  }

  /** Whether any feed is listed or watched, or about to be. */
  get isReading(): boolean {
    return this.#feeds.some(({ isReading }) => isReading);
  }

  /** When the API server last told something of any feed, in the clock's monotonic milliseconds. */
  get heardAtMs(): number | undefined {
    const heard = this.#feeds.flatMap(({ heardAtMs }) => heardAtMs ?? []);
    return heard.length === 0 ? undefined : Math.max(...heard);
  }

  /** Learns what the cluster serves, however long that takes. To be awaited before the first session. */
  async survey(signal: AbortSignal): Promise<void> {
    while (!(await this.#discover(signal))) await this.#options.clock.sleep(this.#discoveryBackoff.next(), signal);
  }

  /** Keeps looking what comes and goes until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#wakeUp.wait(signal, this.#isLookDue ? REDISCOVERY_MS : DISCOVERY_MS);
        this.#isLookDue = false;
        if (await this.#discover(signal)) this.#tick();
        else await this.#options.clock.sleep(this.#discoveryBackoff.next(), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** A session has begun: every feed goes on from the platform's resume point, or starts with a snapshot. */
  adopt(response: Pick<OpenResponse, 'resume'>): void {
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
    const nowMs = this.#options.clock.monotonicMs();
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
    this.#tell(feedId, { type: 'refused', reason, nowMs: this.#options.clock.monotonicMs() });
  }

  #tell(feedId: number, input: FeedInput): void {
    this.#feeds.find(({ id }) => id === feedId)?.dispatch(input);
  }

  #lookSoon(): void {
    this.#isLookDue = true;
    this.#wakeUp.wake(REDISCOVERY_MS);
  }

  /** Asks the API server what it serves. False when it could not be asked. */
  async #discover(signal: AbortSignal): Promise<boolean> {
    const catalogue = await this.#catalogue(signal);
    if (catalogue === undefined) return false;
    this.#discoveryBackoff.succeeded();
    for (const feed of this.#feeds) {
      const found = catalogue === 'forbidden' ? UNKNOWN : availabilityOf(feed.spec, catalogue);
      const kind = catalogue === 'forbidden' ? undefined : kindOf(feed.spec, catalogue);
      if (kind !== undefined) feed.learnKind(kind);
      feed.dispatch({ type: 'looked', found });
    }
    return true;
  }

  /** Undefined when it could not be asked. Who is forbidden to look tries the collections themselves. */
  async #catalogue(signal: AbortSignal): Promise<DiscoveryResult | 'forbidden' | undefined> {
    const { survey, observer } = this.#options;
    try {
      const catalogue = await survey.catalogue(signal);
      observer.onSurveyed();
      return catalogue;
    } catch (error) {
      if (signal.aborted) throw error;
      observer.onSurveyFailed(error, 'discovery');
      if (!isRefusal(error)) return undefined;
      observer.onSurveyed();
      return 'forbidden';
    }
  }

  /** Asks what is due, most important first. */
  #tick(): void {
    const session = this.#session;
    if (session === undefined) return;
    const nowMs = this.#options.clock.monotonicMs();
    for (const feed of this.#feeds) feed.dispatch({ type: 'tick', nowMs });
    const due = this.#due;
    this.#due = [];
    const { signal } = session;
    forEachAtOnce(due, QUESTIONS_AT_ONCE, async (ask) => {
      if (!signal.aborted) await ask(signal);
    }).catch((error: unknown) => {
      if (!signal.aborted) this.#options.watchers.observer.onBroken('supervisor', error);
    });
  }

  async #review(feed: SupervisedFeed, signal: AbortSignal): Promise<void> {
    const { survey, observer, clock } = this.#options;
    let answer: ReviewAnswer;
    try {
      answer = (await survey.mayRead(feed.spec, signal)) ? 'allowed' : 'denied';
      this.#reviewsFailSinceMs = undefined;
    } catch (error) {
      if (signal.aborted) return;
      observer.onSurveyFailed(error, 'reviews');
      const nowMs = clock.monotonicMs();
      const sinceMs = (this.#reviewsFailSinceMs ??= nowMs);
      if (!isRefusal(error) && nowMs - sinceMs < REVIEWS_FAIL_MS) {
        feed.dispatch({ type: 'reviewFailed', nowMs });
        return;
      }
      answer = 'unsaid';
    }
    if (!signal.aborted) feed.dispatch({ type: 'reviewed', answer, nowMs: clock.monotonicMs() });
  }

  async #ask(feed: SupervisedFeed, versions: readonly string[], signal: AbortSignal): Promise<void> {
    const answer = await askCollection(this.#options.watchers.source, { spec: feed.spec, versions }, signal);
    if (!signal.aborted) feed.answered(answer);
  }
}

/**
 * Whether the API server does not let us ask a question of the survey, or does not know it. What was asked about is then tried. An admission
 * webhook refuses with any code from 400 on that its author likes; what is wrong with our credentials, or too much, is no refusal.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof KubeError && REFUSALS.has(error.code);
}

const REFUSALS: ReadonlySet<string> = new Set<KubeErrorCode>([
  'KUBE_FORBIDDEN',
  'KUBE_NOT_FOUND',
  'KUBE_METHOD_NOT_ALLOWED',
  'KUBE_NOT_ACCEPTABLE',
  'KUBE_BAD_REQUEST',
  'KUBE_CONFLICT',
  'KUBE_INVALID',
]);
const UNKNOWN = { is: 'unknown' } as const;
