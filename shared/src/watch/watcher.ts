import type { WatcherDependencies } from './watcher-dependencies.ts';
import type { Backoff } from '../async/backoff.ts';
import { Machine } from '../async/machine.ts';
import { spread } from '../async/spread.ts';
import { unreachable } from '../errors.ts';
import { KubeError, type KubeErrorCode } from '../kube/kube-error.ts';
import type { FeedReport } from './feed-report.ts';
import type { SnapshotCandidate } from './snapshot-queue.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { UnreadableObjects } from './unreadable-objects.ts';
import { WatchReader } from './watch-reader.ts';
import type { WatchedFeed } from './watched-feed.ts';
import type { RestartReason, WatcherCommand, WatcherInput, WatcherState } from './watcher-signals.ts';
import { STOPPED, stepWatcher } from './watcher-state.ts';

/** A line of `/statusz`. */
export interface WatcherStatus {
  readonly feed: string;
  readonly phase: WatcherState['phase'];
  readonly state: string;
  readonly position: string;
  readonly restarts: number;
  readonly lastRestart: string;
  readonly lastEventAt: string;
}

/** Lists of a polled feed are this much earlier or later than told. */
const POLL_SPREAD = 0.1;

/** Keeps one feed's list and watch alive: does what the machine in `watcher-state.ts` wants, and tells it what came of it. */
export class Watcher<Kept> {
  readonly feed: WatchedFeed<Kept>;
  readonly #deps: WatcherDependencies<Kept>;
  readonly #machine: Machine<WatcherState, WatcherInput, WatcherCommand>;
  readonly #candidate: SnapshotCandidate;
  readonly #listBackoff: Backoff;
  readonly #watchBackoff: Backoff;
  readonly #unreadable: UnreadableObjects<Kept>;
  readonly #snapshots: SnapshotReader<Kept>;
  readonly #watches: WatchReader<Kept>;
  #cancelListTimer: () => void = () => {};
  /** Ends the wait for the end of a snapshot. */
  #settling = new AbortController();
  /** Ends the watch, probe or watch timer under way. */
  #watch = new AbortController();
  #reported = '';
  /** The next report is sent even if it says the same. */
  #isReportDue = false;
  #restarts = 0;
  #lastRestart = '';
  #toldAtMs: number | undefined;

  constructor(feed: WatchedFeed<Kept>, dependencies: WatcherDependencies<Kept>) {
    this.feed = feed;
    this.#deps = dependencies;
    this.#machine = new Machine({
      initial: STOPPED,
      step: (state, input) => stepWatcher(feed.traits, state, input),
      perform: (command) => this.#perform(command),
      onBug: (error) => dependencies.observer.onBroken(feed.name, error),
    });
    this.#listBackoff = dependencies.createBackoff();
    this.#watchBackoff = dependencies.createBackoff();
    this.#unreadable = new UnreadableObjects(feed, {
      onLeftOut: (object) => dependencies.observer.onUnreadable(feed.name, object),
      onDistrusted: () => dependencies.source.distrust?.(feed.path),
      clock: dependencies.clock,
    });
    this.#snapshots = new SnapshotReader({
      ...dependencies,
      feed,
      unreadable: this.#unreadable,
      onNews: (news) => {
        if (news.type === 'pageRead') this.#listBackoff.succeeded();
        if (news.type === 'pageRead' || news.type === 'sliceRead') this.#toldAtMs = dependencies.clock.monotonicMs();
        this.dispatch(news);
      },
      onFailed: (error) => this.dispatch({ type: 'listFailed', ...this.#failure(error) }),
    });
    this.#watches = new WatchReader({
      ...dependencies,
      feed,
      unreadable: this.#unreadable,
      position: () => ('position' in this.#machine.state ? this.#machine.state.position : ''),
      onSpoken: () => {
        this.#watchBackoff.succeeded();
        this.#toldAtMs = dependencies.clock.monotonicMs();
      },
      onChange: (uid) => {
        if (this.phase === 'listing') this.#snapshots.touch(uid);
      },
      onNews: (news) => this.dispatch(news),
      onFailed: (type, error) => this.dispatch({ type, ...this.#failure(error) }),
    });
    this.#candidate = { priority: feed.priority, onTurn: () => this.dispatch({ type: 'turn' }) };
  }

  /** Where the feed is. */
  get phase(): WatcherState['phase'] {
    return this.#machine.state.phase;
  }

  /**
   * Whether a watch is open that was begun, or brought something, within the time after which silence means that its path is dead: then
   * the server that answers it has the resource.
   */
  get isHearing(): boolean {
    const { state } = this.#machine;
    if (!('watch' in state) || state.watch.is !== 'open') return false;
    return this.#watches.wasHeard;
  }

  /** A line for `/statusz`. */
  get status(): WatcherStatus {
    const { state } = this.#machine;
    const { lastEventAtMs } = this.#watches;
    return {
      feed: this.feed.name,
      phase: state.phase,
      state: this.#reported,
      position: 'position' in state ? state.position : '',
      restarts: this.#restarts,
      lastRestart: this.#lastRestart,
      lastEventAt: lastEventAtMs === undefined ? '' : new Date(lastEventAtMs).toISOString(),
    };
  }

  /** When the API server last told something, a page or an event, in the clock's monotonic milliseconds. */
  get toldAtMs(): number | undefined {
    return this.#toldAtMs;
  }

  /** Tells the machine what happened, and does what it wants. */
  dispatch(input: WatcherInput): void {
    const { sink } = this.#deps;
    const isDemoted = input.type === 'demoted';
    this.#machine.dispatch(isDemoted ? { ...input, resumePoint: sink.resumePoint?.(this.feed.id) ?? '' } : input);
  }

  #perform(command: WatcherCommand): void {
    const { sink, queue } = this.#deps;
    const { id } = this.feed;
    switch (command.type) {
      case 'halt':
        this.#halt();
        return;
      case 'queue':
        queue.join(this.#candidate);
        return;
      case 'leaveQueue':
        queue.leave(this.#candidate);
        return;
      case 'readPage':
        this.#snapshots.read(command.token);
        return;
      case 'readOn':
        this.#snapshots.readOn();
        return;
      case 'begin':
        this.#snapshots.begin();
        // What was said after the snapshot before may have been dropped with it.
        this.#isReportDue = true;
        sink.begin(id);
        return;
      case 'startFeed':
        sink.start(id, command.position, command.isResumed);
        return;
      case 'limitHold':
        this.#snapshots.limitHold();
        return;
      case 'deliverPage':
        this.#snapshots.deliver();
        return;
      case 'end':
        this.#snapshots.end();
        sink.end(id);
        return;
      case 'abort':
        sink.abort(id, command.reason);
        return;
      case 'probe':
        this.#watch = new AbortController();
        void this.#watches.probe(this.#watch.signal);
        return;
      case 'openWatch':
        this.#watch = new AbortController();
        void this.#watches.follow(command.position, this.#watch.signal);
        return;
      case 'endWatch':
        this.#watch.abort();
        return;
      case 'settle':
        this.#settle(command.retryAfterMs);
        return;
      case 'wait':
        this.#wait(command);
        return;
      case 'restarted':
        this.#noteRestart(command.reason);
        return;
      case 'report':
        this.#report(command.state, command.reason);
        return;
      case 'rediscover':
        this.#deps.onNotFound();
        return;
      default:
        unreachable(command);
    }
  }

  #halt(): void {
    this.#snapshots.halt();
    this.#cancelListTimer();
    this.#watch.abort();
    this.#settling.abort();
    this.#deps.queue.leave(this.#candidate);
    if (this.phase === 'stopped') this.#reported = '';
  }

  #noteRestart(reason: RestartReason): void {
    this.#restarts += 1;
    this.#lastRestart = reason;
    this.#deps.observer.onRestart(this.feed.name, reason);
    if (reason === 'REWOUND') this.#deps.onRewound();
    if (reason === 'KUBE_FORBIDDEN') this.#deps.onForbidden();
  }

  #settle(retryAfterMs: number): void {
    const { signal } = (this.#settling = new AbortController());
    const settled = (): void => {
      if (!signal.aborted) this.dispatch({ type: 'settled', retryAfterMs });
    };
    const ended = this.#deps.sink.whenEnded?.(this.feed.id, signal);
    if (ended === undefined) settled();
    else void ended.then(settled);
  }

  #wait(command: Extract<WatcherCommand, { type: 'wait' }>): void {
    const { clock, random, settings } = this.#deps;
    const isList = command.activity === 'list';
    const backoff = isList ? this.#listBackoff : this.#watchBackoff;
    const delayMs = {
      brief: () => random() * 1000,
      backoff: () => backoff.next(command.retryAfterMs),
      poll: () => spread(settings.pollMs, POLL_SPREAD, random),
    }[command.pace]();
    const cancel = clock.setTimer(delayMs, () => this.dispatch({ type: isList ? 'listTimer' : 'watchTimer' }));
    if (isList) {
      this.#cancelListTimer = cancel;
      return;
    }
    this.#watch = new AbortController();
    this.#watch.signal.addEventListener('abort', cancel, { once: true });
  }

  #report(state: FeedReport, reason: string): void {
    const said = reason === '' ? state : `${state}: ${reason}`;
    if (said === this.#reported && !this.#isReportDue) return;
    this.#reported = said;
    this.#isReportDue = false;
    this.#deps.sink.report(this.feed.id, state, reason);
  }

  #failure(error: unknown): { code: KubeErrorCode; retryAfterMs: number; renewedToken: string } {
    if (!(error instanceof KubeError)) {
      // The source speaks in KubeErrors only: anything else is a bug of ours, which no retry mends.
      this.#deps.observer.onBroken(this.feed.name, error);
      return { code: 'KUBE_STREAM_BROKEN', retryAfterMs: 0, renewedToken: '' };
    }
    this.#deps.observer.onFailure(this.feed.name, error);
    return { code: error.code, retryAfterMs: error.retryAfterMs ?? 0, renewedToken: error.continueToken ?? '' };
  }
}
