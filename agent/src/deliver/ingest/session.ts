import type { Clock } from '@castai/shared/async/clock.ts';
import { must, unreachable } from '@castai/shared/errors.ts';
import type { Directive, Limits, OpenRequest, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { IngestTransport, PreparedBatch } from '@castai/shared/wire/ingest/ingest-transport.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { Cut, Outbox } from '../../batch/outbox.ts';
import { BATCH_READY_BYTES, sendDueAt } from '../../batch/send-due.ts';
import type { Delivery, DeliveryStatus } from '../delivery.ts';
import type { DeliveryObserver, DropReason } from '../delivery-observer.ts';
import { SessionPace } from './session-pace.ts';
import {
  CLOSED,
  type RightLost,
  type SessionCommand,
  type SessionInput,
  type SessionState,
  stepSession,
} from './session-state.ts';

/** The stages before this one, as far as the session steers them. */
export interface SessionFeeds {
  /** What to tell the platform at open. Called anew for every session. */
  describe(): OpenRequest;
  /** A session has begun: go on from these points, snapshot what is not listed. */
  adopt(response: OpenResponse): void;
  /** The session is over: stop, and wait for the next `adopt`. */
  abandon(): void;
  /** The platform wants these feeds (all, when empty) as a snapshot again. */
  resync(feedIds: readonly number[], reason: string): void;
  /** The platform takes nothing of this feed: stop it, and snapshot it again later. */
  setAside(feedId: number, reason: DropReason): void;
  /** Memory has become free. */
  onRoom(): void;
}

/** The right to send; `leadership.ts` tells who gives it, and what is promised. */
export type SessionMandate = Pick<Leadership, 'evidence' | 'isHeld' | 'challenge'>;

/** What a session needs. */
export interface SessionDependencies {
  readonly transport: IngestTransport;
  readonly outbox: Outbox;
  readonly feeds: SessionFeeds;
  readonly mandate: SessionMandate;
  /** Id of the cluster, if it has just been registered. */
  readonly knownId?: string;
  /** Resolves with the id of the cluster; retries for ever by itself. */
  readonly register: (signal: AbortSignal) => Promise<string>;
  readonly observer: DeliveryObserver;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Until the platform says otherwise. */
const DEFAULT_LIMITS: Limits = { maxBatchBytes: 8 * 1024 * 1024, heartbeatMs: 15_000, minBatchIntervalMs: 0 };

/** Directives are idempotent by id; this many are remembered. */
const REMEMBERED_DIRECTIVES = 1000;

/** Hands batches over to the platform: does what the machine in `session-state.ts` wants, and tells it what came of it. */
export class Session implements Delivery {
  readonly #deps: SessionDependencies;
  readonly #pace: SessionPace;
  readonly #heeded = new Set<string>();
  readonly #inbox: SessionInput[] = [];
  #isStepping = false;
  #state: SessionState = CLOSED;
  #limits = DEFAULT_LIMITS;
  #cut: Cut | undefined;
  #prepared: PreparedBatch | undefined;
  #firstPendingAtMs: number | undefined;
  #lastSentAtMs = 0;
  #cancelTimer: () => void = () => {};
  #signal: AbortSignal = AbortSignal.abort();
  #broken: (error: unknown) => void = () => {};
  #onQuiet: (() => void) | undefined;
  /** The feeds are not what the last open offered. */
  #isOfferStale = false;
  #clusterId = '';
  #epoch = 0;
  #lastAckAtMs: number | undefined;
  #nextAttemptAtMs: number | undefined;
  #lastVerdict: Verdict | undefined;

  constructor(dependencies: SessionDependencies) {
    this.#deps = dependencies;
    this.#pace = new SessionPace(dependencies);
  }

  get status(): DeliveryStatus {
    return {
      phase: this.#state.phase,
      clusterId: this.#clusterId,
      epoch: this.#epoch,
      lastAckAtMs: this.#lastAckAtMs,
      nextAttemptAtMs: this.#nextAttemptAtMs,
      lastVerdict: this.#lastVerdict,
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#signal = signal;
    this.#broken = reject;
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) return;
    this.#dispatch({ type: 'start' });
    try {
      await promise;
    } finally {
      this.#cancelTimer();
    }
  }

  noteWaiting(): void {
    const isFirst = this.#firstPendingAtMs === undefined;
    this.#firstPendingAtMs ??= this.#deps.clock.monotonicMs();
    // Called for every change: only the first one and a full batch can bring the next sending nearer.
    if (isFirst || this.#deps.outbox.pendingBytes >= BATCH_READY_BYTES) this.#schedule();
  }

  offerChanged(): void {
    this.#isOfferStale = true;
    this.#schedule();
  }

  async drained(signal: AbortSignal): Promise<void> {
    if (this.#isQuiet()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onQuiet = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    this.#schedule();
    await promise;
  }

  #isQuiet(): boolean {
    const { phase } = this.#state;
    if (phase === 'ready') return this.#deps.outbox.pendingCount === 0;
    return phase !== 'sending' && phase !== 'holding';
  }

  #dispatch(input: SessionInput): void {
    // An answer may overtake the stop: acting on it would leave a timer behind, and the process alive until it fires.
    if (this.#signal.aborted) return;
    this.#inbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        const { state, commands } = stepSession(this.#state, next);
        this.#state = state;
        for (const command of commands) this.#perform(command);
      }
    } catch (error) {
      this.#broken(error);
    } finally {
      this.#isStepping = false;
    }
    this.#schedule();
    if (this.#isQuiet()) this.#onQuiet?.();
  }

  /** Cuts a batch when one is due, or sets the timer for when it will be. */
  #schedule(): void {
    if (this.#state.phase !== 'ready' || this.#isStepping || this.#signal.aborted) return;
    if (this.#isOfferStale && this.#onQuiet === undefined) {
      this.#cancelTimer();
      this.#dispatch({ type: 'offerChanged' });
      return;
    }
    const { clock, outbox } = this.#deps;
    const nowMs = clock.monotonicMs();
    const isDraining = this.#onQuiet !== undefined && outbox.pendingCount > 0;
    const dueAtMs = sendDueAt({
      nowMs,
      pendingBytes: outbox.pendingBytes,
      firstPendingAtMs: this.#firstPendingAtMs,
      lastSentAtMs: this.#lastSentAtMs,
      limits: this.#limits,
    });
    this.#cancelTimer();
    if (dueAtMs > nowMs && !isDraining) {
      this.#cancelTimer = clock.setTimer(dueAtMs - nowMs, () => this.#schedule());
      return;
    }
    this.#cut = outbox.cut(this.#limits.maxBatchBytes);
    this.#firstPendingAtMs = outbox.pendingCount > 0 ? nowMs : undefined;
    this.#lastSentAtMs = nowMs;
    this.#dispatch({ type: 'due', entries: this.#cut.entries });
  }

  #perform(command: SessionCommand): void {
    const { outbox, feeds, observer } = this.#deps;
    switch (command.type) {
      case 'register':
        this.#track(this.#register());
        return;
      case 'open':
        this.#track(this.#open());
        return;
      case 'adopt':
        this.#adopt(command.response);
        return;
      case 'abandon':
        this.#cut = undefined;
        this.#prepared = undefined;
        this.#firstPendingAtMs = undefined;
        feeds.abandon();
        outbox.clear();
        return;
      case 'prepare':
        this.#track(this.#prepareAndSend(command));
        return;
      case 'resend':
        this.#track(this.#send());
        return;
      case 'wait':
        this.#wait(command);
        return;
      case 'prove':
        this.#prove(command.lost);
        return;
      case 'confirm':
        this.#lastAckAtMs = this.#deps.clock.monotonicMs();
        this.#pace.succeeded();
        observer.onConfirmed(1, command.processed);
        return;
      case 'heed':
        this.#heed(command.limits, command.directives);
        return;
      case 'reject':
        for (const rejection of command.rejections) {
          observer.onRejected(command.entries[rejection.entryIndex], rejection);
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
        this.#release();
        return;
      default:
        unreachable(command);
    }
  }

  async #register(): Promise<void> {
    const { register, knownId } = this.#deps;
    // Once: should the platform not know it any more, it is registered again.
    this.#clusterId = this.#clusterId === '' && knownId !== undefined ? knownId : await register(this.#signal);
    this.#dispatch({ type: 'registered' });
  }

  async #open(): Promise<void> {
    const { transport, feeds, mandate } = this.#deps;
    if (!mandate.isHeld()) return;
    this.#isOfferStale = false;
    const outcome = await transport.open(this.#clusterId, feeds.describe(), this.#signal);
    this.#nextAttemptAtMs = undefined;
    if (outcome.ok) {
      this.#dispatch({ type: 'opened', response: outcome.value });
      return;
    }
    this.#deps.observer.onOpenRefused(outcome.verdict);
    this.#refused(outcome.verdict);
  }

  #adopt(response: OpenResponse): void {
    this.#epoch = response.epoch;
    this.#lastVerdict = undefined;
    this.#lastSentAtMs = this.#deps.clock.monotonicMs();
    this.#pace.succeeded();
    this.#deps.observer.onOpened(response.epoch);
    this.#deps.feeds.adopt(response);
  }

  async #prepareAndSend(command: Extract<SessionCommand, { type: 'prepare' }>): Promise<void> {
    const { epoch, seq, entries } = command;
    this.#prepared = await this.#deps.transport.prepare({ epoch, seq, sentAtMs: this.#deps.clock.now(), entries });
    await this.#send();
  }

  async #send(): Promise<void> {
    const { transport, observer, clock, mandate } = this.#deps;
    if (!mandate.isHeld()) return;
    const prepared = must(this.#prepared, 'nothing was prepared to send');
    const startedAtMs = clock.monotonicMs();
    this.#nextAttemptAtMs = undefined;
    const outcome = await transport.send(this.#clusterId, prepared, this.#signal);
    observer.onAttempt({
      verdict: outcome.ok ? 'OK' : outcome.verdict.kind,
      durationMs: clock.monotonicMs() - startedAtMs,
      bytes: prepared.bytes.length,
      entries: prepared.entryCount,
    });
    if (outcome.ok) this.#dispatch({ type: 'acked', ack: outcome.value });
    else this.#refused(outcome.verdict);
  }

  #refused(verdict: Verdict): void {
    this.#lastVerdict = verdict;
    this.#dispatch({ type: 'refused', verdict });
  }

  #wait(command: Extract<SessionCommand, { type: 'wait' }>): void {
    const { clock, observer } = this.#deps;
    const { kind, retryAfterMs } = command;
    const delayMs = this.#pace.next(kind, retryAfterMs);
    this.#nextAttemptAtMs = clock.monotonicMs() + delayMs;
    if (this.#lastVerdict !== undefined) observer.onRefused(this.#lastVerdict, this.#state.phase, delayMs);
    this.#cancelTimer();
    this.#cancelTimer = clock.setTimer(delayMs, () => this.#dispatch({ type: 'timer' }));
  }

  #prove(lost: RightLost): void {
    const { mandate, observer } = this.#deps;
    const proof = mandate.challenge({ seenTransitions: this.#seenTransitions(lost) });
    if (proof === undefined) {
      this.#dispatch({ type: 'proven', byLease: false });
      return;
    }
    observer.onRefused(lost, this.#state.phase, 0);
    this.#track(proof.then(() => this.#dispatch({ type: 'proven', byLease: true })));
  }

  /** How far the platform's count of holders is: one that does not say it is as far as ours, and ours has to rise step by step. */
  #seenTransitions(lost: RightLost): number | undefined {
    if (lost.kind !== 'NOT_LEADER') return undefined;
    return lost.seenTransitions ?? this.#deps.mandate.evidence?.transitions ?? 0;
  }

  #heed(limits: Limits | undefined, directives: readonly Directive[]): void {
    if (limits !== undefined) {
      this.#limits = {
        maxBatchBytes: limits.maxBatchBytes || this.#limits.maxBatchBytes,
        heartbeatMs: limits.heartbeatMs || this.#limits.heartbeatMs,
        minBatchIntervalMs: limits.minBatchIntervalMs,
      };
    }
    for (const { id, resync } of directives) {
      if (this.#heeded.has(id)) continue;
      if (this.#heeded.size >= REMEMBERED_DIRECTIVES) this.#heeded.clear();
      this.#heeded.add(id);
      if (resync !== undefined) this.#deps.feeds.resync(resync.feedIds, resync.reason);
    }
  }

  #release(): void {
    const received = this.#cut?.onReceived ?? [];
    this.#cut = undefined;
    this.#prepared = undefined;
    this.#lastVerdict = undefined;
    for (const tell of received) tell();
    this.#deps.feeds.onRoom();
  }

  /** Work under way outside the machine. An abort is a stop, everything else a bug: outcomes do not reject. */
  #track(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#signal.aborted) this.#broken(error);
    });
  }
}
