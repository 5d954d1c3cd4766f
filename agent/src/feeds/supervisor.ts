import type { Backoff } from '@castai/shared/async/backoff.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import { unreachable } from '@castai/shared/errors.ts';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import type { DiscoveryResult } from '@castai/shared/kube/discovery.ts';
import type { KubeObject, JsonObject } from '@castai/shared/kube/kube-object.ts';
import type { FeedDescription, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Outbox } from '../batch/outbox.ts';
import { type Availability, availabilityOf } from './availability.ts';
import { type FeedSpec, listPath } from './feeds.ts';
import { LookTimer } from './look-timer.ts';
import { type WatchedFeed, Watcher, type WatcherDependencies, type WatcherStatus } from '../watch/watcher.ts';

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
export interface SupervisorObserver {
  onSurveyFailed(error: unknown, delayMs: number): void;
  onAvailability(feed: string, availability: FeedAvailability): void;
  /** The platform takes nothing of a feed; `reason` is what it says of it. */
  onSetAside(feed: string, reason: string): void;
}

/** What the supervisor needs. */
export interface SupervisorDependencies {
  readonly specs: readonly FeedSpec[];
  readonly survey: ApiSurvey;
  readonly scrub: ScrubPolicy;
  readonly outbox: Outbox;
  /** What the watchers share; the supervisor adds its own ears. */
  readonly watchers: Omit<WatcherDependencies, 'onNotFound' | 'onRewound'>;
  readonly observer: SupervisorObserver;
  /** A feed has another version than `feeds` said before. */
  readonly onOfferChanged: () => void;
  readonly clock: Clock;
  readonly createBackoff: () => Backoff;
}

/** What is known of a feed: `unknown` while its API does not answer. */
export type FeedAvailability = 'served' | 'forbidden' | 'absent' | 'unknown';

/** A line of `/statusz`. */
export interface FeedStatus extends Omit<WatcherStatus, 'phase'> {
  readonly phase: WatcherStatus['phase'] | FeedAvailability | 'refused';
}

interface Slot {
  readonly id: number;
  readonly spec: FeedSpec;
  /** The version that is offered and read: the first one served, or the preferred one. */
  version: string;
  availability: FeedAvailability;
  watcher: Watcher | undefined;
  /** What the platform knows of the feed in this session; used up by the first start. */
  resumePoint: string;
  lastResyncAtMs: number;
  cancelResync: () => void;
  /** When permission is asked for again, in the clock's monotonic milliseconds. */
  nextReviewAtMs: number;
  reviewDelayMs: number;
  /** The platform takes nothing of it: it waits for the next attempt. */
  isRefused: boolean;
  /** How often in a row discovery did not have it. */
  absentLooks: number;
}

/** Discovery costs two requests that mostly answer "not modified". */
const DISCOVERY_MS = 30_000;
/** A resource that is not found makes discovery look at once, but not more often than this. */
const REDISCOVERY_MS = 5_000;
/**
 * So many looks in a row have to miss a resource: a starting API server answers discovery before it knows its custom resources,
 * and `ABSENT` removes objects at the platform.
 */
const LOOKS_UNTIL_ABSENT = 2;
/** Access reviews under way at once: one that hangs holds up no other feed, and no API server notices so few. */
export const REVIEWS_AT_ONCE = 8;
/** How often permission is asked for again, growing. */
const REVIEW_MS = { first: 60_000, longest: 600_000 };
/** Between two snapshots of one feed that the platform asks for. */
const RESYNC_DISTANCE_MS = 60_000;
/** Until a feed is tried again of which the platform took nothing. */
const REFUSED_PAUSE_MS = 300_000;

/**
 * Decides which feeds run: those that the cluster serves and the agent may read. A feed that is missing or forbidden is reported
 * and looked at again; it never holds up the others.
 */
export class Supervisor {
  readonly #deps: SupervisorDependencies;
  readonly #slots: Slot[];
  readonly #discoveryBackoff: Backoff;
  readonly #look: LookTimer;
  #session: AbortController | undefined;
  #lastRewoundAtMs = -Infinity;

  constructor(dependencies: SupervisorDependencies) {
    this.#deps = dependencies;
    this.#discoveryBackoff = dependencies.createBackoff();
    this.#look = new LookTimer({ clock: dependencies.clock, everyMs: DISCOVERY_MS, soonMs: REDISCOVERY_MS });
    this.#slots = dependencies.specs.map((spec, index) => ({
      id: index + 1,
      spec,
      version: spec.versions[0],
      availability: 'unknown',
      watcher: undefined,
      resumePoint: '',
      lastResyncAtMs: -Infinity,
      cancelResync: () => {},
      nextReviewAtMs: 0,
      reviewDelayMs: REVIEW_MS.first,
      isRefused: false,
      absentLooks: 0,
    }));
  }

  /** The feeds that a session offers: all of them, whatever is served now, so that a CRD may come without a new session. */
  get feeds(): FeedDescription[] {
    return this.#slots.map(({ id, spec, version }) => ({
      id,
      group: spec.group,
      version,
      resource: spec.resource,
      kind: spec.kind,
      namespace: spec.namespace,
      fieldSelector: spec.fieldSelector,
      scrubVersion: this.#deps.scrub.version(spec),
    }));
  }

  /** One line a feed for `/statusz`. */
  get status(): FeedStatus[] {
    return this.#slots.map(({ spec, availability, watcher, isRefused }) => {
      if (watcher !== undefined) return watcher.status;
      const phase = isRefused && availability === 'served' ? 'refused' : availability;
      const nothing = {
        state: phase.toUpperCase(),
        position: '',
        restarts: 0,
        lastRestart: '',
        lastEventAt: '',
      };
      return { feed: spec.name, phase, ...nothing };
    });
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
      if (isDone) this.#start();
      else await this.#deps.clock.sleep(this.#discoveryBackoff.next(), signal);
    }
  }

  /** A session has begun: every feed goes on from the platform's resume point, or starts with a snapshot. */
  adopt(response: OpenResponse): void {
    this.abandon();
    this.#session = new AbortController();
    const resume = new Map(response.resume.map((point) => [point.feedId, point.resourceVersion]));
    for (const slot of this.#slots) {
      slot.resumePoint = resume.get(slot.id) ?? '';
      slot.nextReviewAtMs = 0;
      slot.isRefused = false;
      if (slot.availability === 'absent') this.#reportAbsent(slot);
      if (slot.availability === 'forbidden') this.#reportForbidden(slot);
    }
    this.#start();
  }

  /** The session is over: every feed stops. */
  abandon(): void {
    this.#session?.abort();
    this.#session = undefined;
    // Those that wait first: a place that is given back would make one of them list, only to be stopped as well.
    for (const slot of this.#slots) if (slot.watcher?.phase === 'queued') this.#stop(slot);
    for (const slot of this.#slots) this.#stop(slot);
  }

  /** The platform wants feeds as a snapshot again; each at most once a minute. An empty list means all. */
  resync(feedIds: readonly number[]): void {
    const { clock } = this.#deps;
    // While the last batches go out before a stop: a timer would only keep the process alive.
    if (this.#session === undefined) return;
    for (const slot of this.#slots) {
      if (feedIds.length > 0 && !feedIds.includes(slot.id)) continue;
      const waitMs = Math.max(0, slot.lastResyncAtMs + RESYNC_DISTANCE_MS - clock.monotonicMs());
      slot.cancelResync();
      slot.cancelResync = clock.setTimer(waitMs, () => {
        slot.lastResyncAtMs = clock.monotonicMs();
        // A feed that still waits for its access review starts with the snapshot then.
        slot.resumePoint = '';
        slot.watcher?.dispatch({ type: 'resync' });
      });
    }
  }

  /** The outbox dropped what was pending for a feed. */
  demote(feedId: number): void {
    this.#slots.find(({ id }) => id === feedId)?.watcher?.dispatch({ type: 'demoted' });
  }

  /** The platform takes nothing of a feed: it stops, and starts with a snapshot after a while. */
  setAside(feedId: number, reason: string): void {
    const slot = this.#slots.find(({ id }) => id === feedId);
    if (slot?.watcher === undefined) return;
    this.#stop(slot);
    slot.isRefused = true;
    slot.resumePoint = '';
    slot.nextReviewAtMs = this.#deps.clock.monotonicMs() + REFUSED_PAUSE_MS;
    this.#deps.observer.onSetAside(slot.spec.name, reason);
  }

  /** Asks the API server what it serves. False when it could not be asked. */
  async #discover(signal: AbortSignal): Promise<boolean> {
    try {
      const catalogue = await this.#deps.survey.catalogue(signal);
      this.#discoveryBackoff.succeeded();
      for (const slot of this.#slots) this.#learn(slot, availabilityOf(slot.spec, catalogue));
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#deps.observer.onSurveyFailed(error, 0);
      return false;
    }
  }

  #learn(slot: Slot, found: Availability): void {
    switch (found.is) {
      case 'unknown':
        // Its API server does not answer: that is no news about the resource.
        return;
      case 'absent':
        if (slot.availability === 'absent') return;
        slot.absentLooks += 1;
        if (slot.absentLooks < LOOKS_UNTIL_ABSENT) {
          this.#look.hurry();
          return;
        }
        this.#stop(slot);
        this.#deps.outbox.forgetFeed(slot.id);
        this.#become(slot, 'absent');
        if (this.#session) this.#reportAbsent(slot);
        return;
      case 'served':
        slot.absentLooks = 0;
        if (slot.version !== found.version) this.#changeVersion(slot, found.version);
        if (slot.availability === 'absent' || slot.availability === 'unknown') this.#become(slot, 'served');
        return;
      default:
        unreachable(found);
    }
  }

  /** The objects are the same and their shape is another one: the feed begins anew, and only a new session can say so. */
  #changeVersion(slot: Slot, version: string): void {
    if (slot.watcher !== undefined) {
      this.#stop(slot);
      this.#deps.outbox.forgetFeed(slot.id);
    }
    slot.resumePoint = '';
    slot.version = version;
    this.#deps.onOfferChanged();
  }

  /** The platform removes its objects; should the resource come back, it is another history. */
  #reportAbsent(slot: Slot): void {
    slot.resumePoint = '';
    this.#deps.outbox.report(slot.id, 'ABSENT', 'the cluster does not serve it');
  }

  #reportForbidden(slot: Slot): void {
    this.#deps.outbox.report(slot.id, 'FORBIDDEN', 'the access review refuses to list or watch it');
  }

  /** Starts what is served, allowed and not running, most important first. */
  #start(): void {
    const session = this.#session;
    if (session === undefined) return;
    void this.#startAll(session.signal).catch((error: unknown) => {
      if (!session.signal.aborted) this.#deps.watchers.observer.onBroken('supervisor', error);
    });
  }

  async #startAll(signal: AbortSignal): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs();
    const due = this.#slots.filter((slot) => this.#wantsReview(slot) && slot.nextReviewAtMs <= nowMs);
    // Claimed before the first await, so that two looks in a row do not ask for the same feed twice.
    for (const slot of due) slot.nextReviewAtMs = Infinity;
    await forEachAtOnce(due, REVIEWS_AT_ONCE, (slot) => this.#review(slot, signal));
  }

  async #review(slot: Slot, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let mayRead: boolean;
    try {
      mayRead = await this.#deps.survey.mayRead(slot.spec, signal);
    } catch (error) {
      if (signal.aborted) return;
      slot.nextReviewAtMs = this.#deps.clock.monotonicMs() + REDISCOVERY_MS;
      this.#deps.observer.onSurveyFailed(error, REDISCOVERY_MS);
      return;
    }
    if (signal.aborted) return;
    // Discovery may have found it gone meanwhile, or its watcher has begun anew.
    if (!this.#wantsReview(slot)) slot.nextReviewAtMs = 0;
    else if (mayRead) this.#allow(slot);
    else this.#forbid(slot);
  }

  #wantsReview(slot: Slot): boolean {
    if (slot.watcher !== undefined) return slot.watcher.phase === 'forbidden';
    return slot.availability === 'served' || slot.availability === 'forbidden';
  }

  #allow(slot: Slot): void {
    slot.reviewDelayMs = REVIEW_MS.first;
    slot.nextReviewAtMs = 0;
    slot.isRefused = false;
    this.#become(slot, 'served');
    if (slot.watcher !== undefined) {
      slot.watcher.dispatch({ type: 'allowed' });
      return;
    }
    slot.watcher = new Watcher(this.#watchedFeed(slot), {
      ...this.#deps.watchers,
      onNotFound: () => this.#look.hurry(),
      onRewound: () => this.#snapshotOthers(slot),
    });
    slot.watcher.dispatch({ type: 'start', resumePoint: slot.resumePoint });
  }

  #forbid(slot: Slot): void {
    // A watcher has said so itself; should it have begun a snapshot meanwhile, saying it now would void that.
    if (slot.availability !== 'forbidden' && slot.watcher === undefined) this.#reportForbidden(slot);
    this.#become(slot, 'forbidden');
    slot.nextReviewAtMs = this.#deps.clock.monotonicMs() + slot.reviewDelayMs;
    slot.reviewDelayMs = Math.min(slot.reviewDelayMs * 2, REVIEW_MS.longest);
  }

  #watchedFeed({ id, spec, version }: Slot): WatchedFeed {
    return {
      id,
      name: spec.name,
      path: listPath(spec, version),
      fieldSelector: spec.fieldSelector,
      // Events are served past the watch cache, which is what makes bookmarks.
      traits: { mode: spec.mode, hasBookmarks: spec.resource !== 'events' },
      priority: spec.priority,
      scrub: this.#deps.scrub.scrubber(spec),
    };
  }

  #become(slot: Slot, availability: FeedAvailability): void {
    if (slot.availability === availability) return;
    slot.availability = availability;
    this.#deps.observer.onAvailability(slot.spec.name, availability);
  }

  #stop(slot: Slot): void {
    slot.cancelResync();
    slot.watcher?.dispatch({ type: 'stop' });
    slot.watcher = undefined;
  }

  /**
   * One feed was found to be ahead of a history that was rewound (an etcd restored from a backup). Others may lie behind
   * its newest version again although what they know happened in the future that was given up: only a snapshot tells.
   */
  #snapshotOthers(finder: Slot): void {
    const nowMs = this.#deps.clock.monotonicMs();
    // The others find out as well, each for itself; one round of snapshots is enough for all of them.
    if (nowMs < this.#lastRewoundAtMs + RESYNC_DISTANCE_MS) return;
    this.#lastRewoundAtMs = nowMs;
    for (const slot of this.#slots) {
      if (slot === finder) continue;
      slot.resumePoint = '';
      slot.watcher?.dispatch({ type: 'resync' });
    }
  }
}
