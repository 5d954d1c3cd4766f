import type { Clock } from '@castai/shared/async/clock.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import { unreachable } from '@castai/shared/errors.ts';
import type { WatchedFeed } from '@castai/shared/watch/watched-feed.ts';
import { Watcher, type WatcherStatus } from '@castai/shared/watch/watcher.ts';
import type { WatcherDependencies } from '@castai/shared/watch/watcher-dependencies.ts';
import type { FeedDescription, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Outbox } from '../batch/outbox.ts';
import type { CollectionAnswer } from './ask-collection.ts';
import type { FeedAvailability, FeedCommand, FeedInput, FeedState } from './feed-signals.ts';
import { availabilityIn, reasonIn } from './feed-places.ts';
import { stepFeed, unknownFeed } from './feed-state.ts';
import type { LintPolicy } from '../lint/lint-policy.ts';
import type { FeedReader } from './feed-reader.ts';
import { type FeedSpec, listedKind, listPath } from './feeds.ts';
import { keepScrubbed } from './keep-scrubbed.ts';
import type { ScrubPolicy } from './scrub-policy.ts';

/** Who is told about a feed. */
export interface FeedObserver {
  /** `reason` says more where there is more to say; else it is empty. */
  onAvailability(feed: string, availability: FeedAvailability, reason: string): void;
  /** The platform takes nothing of a feed; `reason` is what it says of it. */
  onSetAside(feed: string, reason: string): void;
}

/** What a feed wants of the one that looks after all of them. */
export interface FeedKeeper {
  /** The API server has to be asked whether it may be read; the answer comes as `reviewed` or `reviewFailed`. */
  onReviewDue(feed: SupervisedFeed): void;
  /** Its collection has to be asked in these versions whether it is there; the answer goes to `answered`. */
  onAskDue(feed: SupervisedFeed, versions: readonly string[]): void;
  /** There is a reason to look at discovery. */
  onLookSoon(): void;
  /** It has another version than it said before. */
  onOfferChanged(): void;
  /** It found the history rewound: all feeds have to hear of it. */
  onRewound(): void;
}

/** What feeds share. */
export interface SupervisedFeedOptions {
  readonly scrub: ScrubPolicy;
  /** Left out: nothing is judged. */
  readonly lint?: LintPolicy | undefined;
  /** How objects are read in protobuf. Left out: in JSON, all of them. */
  readonly reader?: FeedReader | undefined;
  readonly outbox: Outbox;
  /** What the watchers share; each feed adds its own ears. */
  readonly watchers: Omit<WatcherDependencies<Upsert>, 'onNotFound' | 'onForbidden' | 'onRewound'>;
  readonly observer: FeedObserver;
  readonly keeper: FeedKeeper;
  readonly clock: Clock;
}

/** The state of a feed that has handed in its snapshot, and whose end the platform has not confirmed. */
export const CONFIRMING = 'CONFIRMING';

const READING = new Set<WatcherStatus['phase']>(['queued', 'listing', 'live', 'pausing']);

/** A line of `/statusz`. */
export interface FeedStatus extends Omit<WatcherStatus, 'phase'> {
  readonly phase: WatcherStatus['phase'] | FeedAvailability | 'refused';
}

/** One feed of the table: does what the machine in `feed-state.ts` wants, and tells it what came of it. */
export class SupervisedFeed {
  /** Number of the feed within every session. */
  readonly id: number;
  readonly spec: FeedSpec;
  readonly #options: SupervisedFeedOptions;
  readonly #machine: Machine<FeedState, FeedInput, FeedCommand>;
  #watcher: Watcher<Upsert> | undefined;
  #cancelResync: () => void = () => {};
  #kind: string;
  /** Made once: it is a hash of all rules of the feed, and whoever writes a full snapshot looks at all feeds after each page. */
  readonly #scrubVersion: number;

  constructor(id: number, spec: FeedSpec, options: SupervisedFeedOptions) {
    this.id = id;
    this.spec = spec;
    this.#kind = spec.kind;
    this.#scrubVersion = scrubVersionOf(spec, options);
    this.#options = options;
    this.#machine = new Machine({
      initial: unknownFeed(spec.versions),
      step: stepFeed,
      perform: (command) => this.#perform(command),
      onBug: (error) => options.watchers.observer.onBroken(spec.name, error),
    });
  }

  /** What a session offers of it. */
  get description(): FeedDescription {
    const { group, resource, namespace, fieldSelector } = this.spec;
    const kind = this.#kind;
    return {
      id: this.id,
      group,
      version: this.#machine.state.version,
      resource,
      kind,
      namespace,
      fieldSelector,
      scrubVersion: this.#scrubVersion,
    };
  }

  /** Its line for `/statusz`. */
  get status(): FeedStatus {
    if (this.#watcher !== undefined) {
      const { status } = this.#watcher;
      const isOnItsWay = status.state === 'SYNCED' && !this.#options.outbox.isWhole(this.id);
      return isOnItsWay ? { ...status, state: CONFIRMING } : status;
    }
    const { place } = this.#machine.state;
    const phase = place.is === 'refused' ? place.is : availabilityIn(place);
    const reason = reasonIn(place);
    const state = reason === '' ? phase.toUpperCase() : `DEGRADED: ${reason}`;
    return { feed: this.spec.name, phase, state, position: '', restarts: 0, lastRestart: '', lastEventAt: '' };
  }

  /** Whether a list or a watch was refused, and no access review has said yet that it may not be read. */
  get isBarred(): boolean {
    return this.#machine.state.place.is === 'barred';
  }

  /** Whether it is listed or watched, or about to be. */
  get isReading(): boolean {
    return this.#watcher !== undefined && READING.has(this.#watcher.phase);
  }

  /** When the API server last told something of it, in the clock's monotonic milliseconds. */
  get heardAtMs(): number | undefined {
    return this.#watcher?.toldAtMs;
  }

  /** Whether it waits for its turn to snapshot. */
  get isQueued(): boolean {
    return this.#watcher?.phase === 'queued';
  }

  /** Discovery has told how the kind is called of which only the path was known. */
  learnKind(kind: string): void {
    if (this.spec.isExtra !== true || kind === this.#kind) return;
    this.#kind = kind;
    this.#options.keeper.onOfferChanged();
  }

  /** The collection was asked. */
  answered(answer: CollectionAnswer): void {
    const isWatched = this.#watcher?.isHearing ?? false;
    this.dispatch({ type: 'answered', answer, isWatched, nowMs: this.#options.clock.monotonicMs() });
  }

  /** Tells the machine what happened, and does what it wants. */
  dispatch(input: FeedInput): void {
    this.#machine.dispatch(input);
  }

  #perform(command: FeedCommand): void {
    const { outbox, observer, keeper, clock } = this.#options;
    switch (command.type) {
      case 'start':
        this.#start(command.resumePoint);
        return;
      case 'stop':
        this.#cancelResync();
        this.#watcher?.dispatch({ type: 'stop' });
        this.#watcher = undefined;
        return;
      case 'tell':
        this.#watcher?.dispatch({ type: command.what });
        return;
      case 'forget':
        outbox.forgetFeed(this.id);
        return;
      case 'review':
        keeper.onReviewDue(this);
        return;
      case 'ask':
        keeper.onAskDue(this, command.versions);
        return;
      case 'report':
        outbox.report(this.id, command.state, command.reason);
        return;
      case 'waitToResync':
        this.#cancelResync();
        this.#cancelResync = clock.setTimer(command.delayMs, () =>
          this.dispatch({ type: 'resyncDue', nowMs: clock.monotonicMs() }),
        );
        return;
      case 'lookSoon':
        keeper.onLookSoon();
        return;
      case 'offerChanged':
        keeper.onOfferChanged();
        return;
      case 'warnAll':
        keeper.onRewound();
        return;
      case 'tellAvailability':
        observer.onAvailability(this.spec.name, command.availability, command.reason);
        return;
      case 'tellSetAside':
        observer.onSetAside(this.spec.name, command.reason);
        return;
      default:
        unreachable(command);
    }
  }

  #start(resumePoint: string): void {
    const { watchers, outbox, clock } = this.#options;
    this.#watcher = new Watcher(this.#watchedFeed(), {
      ...watchers,
      onNotFound: () => this.dispatch({ type: 'saidNotFound' }),
      onForbidden: () => this.dispatch({ type: 'saidForbidden' }),
      onRewound: () => {
        outbox.distrustOffers(this.id);
        this.dispatch({ type: 'foundRewound', nowMs: clock.monotonicMs() });
      },
    });
    this.#watcher.dispatch({ type: 'start', resumePoint });
  }

  #watchedFeed(): WatchedFeed<Upsert> {
    const { id, spec } = this;
    const { scrub, lint, reader, clock } = this.#options;
    const { version } = this.#machine.state;
    return {
      id,
      name: spec.name,
      path: listPath(spec, version),
      kind: listedKind(spec),
      reader: reader?.(spec, version),
      fieldSelector: spec.fieldSelector,
      // Events are served past the watch cache, which is what makes bookmarks.
      traits: { mode: spec.mode, hasBookmarks: spec.resource !== 'events' },
      priority: spec.priority,
      ...keepScrubbed({
        feedId: id,
        scrub: scrub.scrubber(spec),
        scrubProtobuf: scrub.protobufScrubber?.(spec),
        judge: lint?.judge(spec),
        clock,
      }),
    };
  }
}

/** Findings are a part of what leaves of an object: where others may come of it, the platform has to be told it anew. */
function scrubVersionOf(spec: FeedSpec, { scrub, lint }: SupervisedFeedOptions): number {
  return (scrub.version(spec) ^ (lint?.version(spec) ?? 0)) >>> 0 || 1;
}
