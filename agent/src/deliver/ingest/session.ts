import type { Clock } from '@castai/shared/async/clock.ts';
import { Machine } from '@castai/shared/async/machine.ts';
import { unreachable } from '@castai/shared/errors.ts';
import type { OpenRequest, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { Outbox } from '../../batch/outbox.ts';
import type { Delivery, DeliveryStatus } from '../delivery.ts';
import type { DeliveryObserver } from '../delivery-observer.ts';
import { DeliveryRun } from '../delivery-run.ts';
import { BatchCutter } from './batch-cutter.ts';
import type { BatchTally, Confirmed } from './batch-tally.ts';
import type { LimitBounds } from './clamp-limits.ts';
import { Directives } from './directives.ts';
import { SessionCalls, type SessionCallsOptions } from './session-calls.ts';
import type { SessionFeeds } from './session-feeds.ts';
import { SessionPace } from './session-pace.ts';
import type { RightLost, SessionCommand, SessionInput, SessionState } from './session-signals.ts';
import { CLOSED, stepSession } from './session-state.ts';

/** What a session needs. */
export interface SessionDependencies extends SessionCallsOptions {
  readonly outbox: Outbox;
  readonly feeds: SessionFeeds;
  readonly observer: DeliveryObserver;
  /** Told of each answer of the platform: undefined when it took what it was given. */
  readonly onAnswer?: (verdict: Verdict | undefined) => void;
  /** What the platform may ask for; as `clampLimits` has it unless told. */
  readonly limitBounds?: LimitBounds;
  /** With so many bytes waiting a batch goes out at once; 256 KiB unless told. */
  readonly readyBytes?: number;
  readonly tally: BatchTally;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Delivers by the ingest protocol: does what the machine in `session-state.ts` wants, and tells it what came of it. */
export class Session implements Delivery {
  readonly #deps: SessionDependencies;
  readonly #machine: Machine<SessionState, SessionInput, SessionCommand>;
  readonly #run: DeliveryRun<SessionInput>;
  readonly #pace: SessionPace;
  readonly #cutter: BatchCutter;
  readonly #calls: SessionCalls;
  readonly #directives = new Directives();
  /** The feeds are not what the last open offered. */
  #isOfferStale = false;
  #isScheduled = false;
  #isEnding = false;
  /** A batch that says so was made. */
  #hasToldEnd = false;
  #epoch = 0;
  #lastAckAtMs: number | undefined;

  constructor(dependencies: SessionDependencies) {
    this.#deps = dependencies;
    this.#run = new DeliveryRun({
      ...dependencies,
      dispatch: (input) => this.#machine.dispatch(input),
      phase: () => this.#machine.state.phase,
      isQuiet: () => this.#isQuiet(),
      hurry: () => this.#scheduleSoon(),
      answerIn,
    });
    this.#pace = new SessionPace(dependencies);
    this.#cutter = new BatchCutter(dependencies);
    this.#calls = new SessionCalls(dependencies);
    this.#machine = new Machine<SessionState, SessionInput, SessionCommand>({
      initial: CLOSED,
      step: stepSession,
      perform: (command) => this.#perform(command),
      onBug: (error) => this.#run.fail(error),
      onSettled: () => this.#settle(),
    });
  }

  get status(): DeliveryStatus {
    return {
      phase: this.#machine.state.phase,
      clusterId: this.#calls.clusterId,
      epoch: this.#epoch,
      lastAckAtMs: this.#lastAckAtMs,
      heartbeatMs: this.#cutter.heartbeatMs,
      nextAttemptAtMs: this.#run.nextAttemptAtMs,
      lastVerdict: this.#run.lastVerdict,
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#run.last(signal);
    } finally {
      this.#cutter.pause();
    }
  }

  noteWaiting(): void {
    if (this.#cutter.noteWaiting()) this.#schedule();
  }

  offerChanged(): void {
    this.#isOfferStale = true;
    this.#scheduleSoon();
  }

  keyReplaced(): void {
    this.#run.keyReplaced();
  }

  drained(signal: AbortSignal): Promise<void> {
    this.#isEnding = true;
    this.#calls.end('stopped as asked');
    return this.#run.drained(signal);
  }

  #isQuiet(): boolean {
    const { phase } = this.#machine.state;
    // An end that nobody was told of looks like a crash.
    if (phase === 'ready') return this.#deps.outbox.pendingCount === 0 && (!this.#isEnding || this.#hasToldEnd);
    return phase !== 'sending' && phase !== 'holding';
  }

  #settle(): void {
    this.#schedule();
    this.#run.settled();
  }

  /**
   * After the turn that is under way, as the outbox does when something waits. Whoever calls may be in the middle of several things that
   * belong together: cut between the begin of a snapshot and the start of its feed, a batch would hold changes that the start is about
   * to drop, under the mark of the new snapshot, and an object that is gone would stay at the platform for good.
   */
  #scheduleSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#schedule();
    });
  }

  /** Cuts a batch when one is due, or sees to it that this is looked at when one will be. */
  #schedule(): void {
    const { state, isStepping } = this.#machine;
    if (state.phase !== 'ready' || isStepping || this.#run.signal.aborted) return;
    const { isDraining } = this.#run;
    if (this.#isOfferStale && !isDraining) {
      this.#run.dispatch({ type: 'offerChanged' });
      return;
    }
    const { pendingCount } = this.#deps.outbox;
    if (this.#isEnding && !this.#hasToldEnd && pendingCount === 0) {
      this.#run.dispatch({ type: 'due', entries: [] });
      return;
    }
    const entries = this.#cutter.next({
      isUrgent: isDraining,
      maxBytes: this.#calls.maxBatchBytes,
      onDue: () => this.#schedule(),
    });
    if (entries !== undefined) this.#run.dispatch({ type: 'due', entries });
  }

  #perform(command: SessionCommand): void {
    const { outbox, feeds, observer } = this.#deps;
    switch (command.type) {
      case 'register':
        this.#run.ask(this.#calls.register(this.#run.signal));
        return;
      case 'open':
        this.#run.ask(this.#calls.open(() => this.#describe(), this.#run.signal));
        return;
      case 'adopt':
        this.#adopt(command.response);
        return;
      case 'abandon':
        this.#cutter.drop();
        this.#calls.drop();
        feeds.abandon();
        outbox.clear();
        return;
      case 'prepare':
        this.#hasToldEnd = this.#isEnding;
        this.#run.ask(this.#calls.prepare(command, this.#run.signal));
        return;
      case 'resend':
        this.#run.ask(this.#calls.send(this.#run.signal));
        return;
      case 'wait':
        this.#run.wait(this.#pace.next(command.kind, command.retryAfterMs));
        return;
      case 'prove':
        this.#prove(command.lost);
        return;
      case 'confirm':
        this.#lastAckAtMs = this.#deps.clock.monotonicMs();
        this.#pace.succeeded();
        this.#count(this.#deps.tally.confirmed(command.processed));
        return;
      case 'complete':
        for (const feedId of command.feedIds) outbox.endReceived(feedId);
        return;
      case 'answerOffers':
      case 'withdraw':
        this.#settleOffers(command);
        return;
      case 'heed':
        this.#heed(command);
        return;
      case 'reject':
        for (const rejection of command.rejections) {
          // Of an earlier batch nothing is here any more; that something of it was refused counts all the same.
          const entry = rejection.seq === undefined ? command.entries[rejection.entryIndex] : undefined;
          observer.onRejected(entry, rejection);
        }
        return;
      case 'drop':
        if (command.isStillCounted) outbox.dropped(command.entry);
        observer.onDropped(command.entry, command.reason);
        return;
      case 'setAside':
        outbox.forgetFeed(command.feedId);
        outbox.report(command.feedId, 'DEGRADED', `the platform refuses it: ${command.reason}`);
        feeds.setAside(command.feedId, command.reason);
        return;
      case 'release':
        this.#calls.release();
        this.#run.forgive();
        feeds.onRoom();
        return;
      default:
        unreachable(command);
    }
  }

  #describe(): OpenRequest {
    this.#isOfferStale = false;
    return this.#deps.feeds.describe();
  }

  #adopt(response: OpenResponse): void {
    this.#epoch = response.epoch;
    this.#run.forgive();
    this.#cutter.begin();
    this.#pace.succeeded();
    this.#deps.observer.onOpened(response.epoch);
    this.#count(this.#deps.tally.opened(response));
    this.#deps.outbox.adoptOffers(response.offers);
    this.#deps.feeds.adopt(response);
  }

  #settleOffers(command: Extract<SessionCommand, { type: 'answerOffers' | 'withdraw' }>): void {
    const { outbox, observer, onPacked } = this.#deps;
    if (command.type === 'withdraw') {
      outbox.withdrawOffers(command.offers);
      return;
    }
    const { entries, wanted } = command;
    const held = outbox.offersAnswered(entries, wanted);
    // Their bytes were never packed, and are read by nobody any more.
    onPacked?.(held);
    const offers = entries.filter(({ type }) => type === 'offer').length;
    observer.onOffersAnswered(offers - wanted.length, wanted.length);
  }

  #heed({ limits, directives }: Extract<SessionCommand, { type: 'heed' }>): void {
    const { observer, feeds } = this.#deps;
    const beyond = limits === undefined ? '' : this.#cutter.heed(limits);
    if (beyond !== '') observer.onLimitsClamped(beyond);
    for (const { resync } of this.#directives.fresh(directives)) {
      if (resync !== undefined) feeds.resync(resync.feedIds, resync.reason);
    }
  }

  #count({ received, processed }: Confirmed): void {
    if (received + processed > 0) this.#deps.observer.onConfirmed(received, processed);
  }

  #prove(lost: RightLost): void {
    const { observer } = this.#deps;
    const proof = this.#calls.challenge(lost);
    if (proof === undefined) {
      this.#run.dispatch({ type: 'proven', byLease: false });
      return;
    }
    observer.onRefused(lost, this.#machine.state.phase, 0);
    this.#run.ask(proof.then(() => ({ type: 'proven', byLease: true })));
  }
}

/** What the platform has answered with this. */
function answerIn(input: SessionInput): Verdict | 'taken' | undefined {
  if (input.type === 'refused') return input.verdict;
  return input.type === 'opened' || input.type === 'acked' ? 'taken' : undefined;
}
