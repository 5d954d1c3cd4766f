import type { Clock } from '@castai/shared/async/clock.ts';
import { describeError, unreachable } from '@castai/shared/errors.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { KubeLease } from '@castai/shared/kube/kube-lease.ts';
import type { LeaseRecord } from '@castai/shared/kube/lease-record.ts';
import type { StopSignals } from '@castai/shared/program/lifecycle.ts';
import type { OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Refusal } from '../deliver/ingest/session.ts';
import type { Leadership, LeadershipStatus } from './leadership.ts';
import {
  DURATION_MS,
  type LeaseCommand,
  type LeaseIdentity,
  type LeaseInput,
  type LeaseState,
  type LossReason,
  STANDBY,
  stepLease,
} from './lease-state.ts';

/** Who is told how the election goes: log and metrics. */
export interface LeaderObserver {
  onLead(transitions: number): void;
  /** Another replica holds the lease. */
  onFollow(holder: string): void;
  onLost(reason: LossReason): void;
  /** The lease could not be read or written; with what to do about it, if anything. */
  onLeaseFailed(error: unknown, hint: string): void;
}

/** What a leader needs. */
export interface LeaderDependencies {
  readonly lease: Pick<KubeLease, 'read' | 'write'>;
  readonly self: LeaseIdentity;
  readonly observer: LeaderObserver;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** client-go's retry period; up to half of it more, so that replicas do not ask in step. */
const REST_MS = 2_000;
/** A request that is lost on the way must leave time for another one before the deadline. */
const REQUEST_MS = 4_000;
/** Giving the lease back is a courtesy: the end of the process does not wait long for it. */
const RELEASE_MS = 3_000;
const RELEASE_ATTEMPTS = 3;
/** For whoever makes the roles: what an election needs. */
export const LEASE_RIGHTS_HINT =
  "let the chart make the agent's Role for its lease (agent.rbac.create), or grant create on leases and get and patch on this one; a single agent does without: agent.leaderElection false, LEADER_ELECTION=false";

/** What the others need to know of a lease that was given back. */
const RELEASED_DURATION_MS = 1_000;

/** Takes part in the election: does what the machine in `lease-state.ts` wants, and tells it what came of it. */
export class Leader implements Leadership {
  readonly #deps: LeaderDependencies;
  readonly #inbox: LeaseInput[] = [];
  #isStepping = false;
  #state: LeaseState = STANDBY;
  #term: AbortController | undefined;
  #onTerm: () => void = () => {};
  #broken: (error: unknown) => void = () => {};
  #proofs: (() => void)[] = [];
  #request = new AbortController();
  #cancelRest: () => void = () => {};
  #cancelGuard: () => void = () => {};
  #aborted = AbortSignal.abort();
  #released: Promise<void> = Promise.resolve();
  #holder = '';
  #transitions = 0;
  #followed = '';
  #problem = 'the lease has not been read yet';

  constructor(dependencies: LeaderDependencies) {
    this.#deps = dependencies;
  }

  get status(): LeadershipStatus {
    return {
      role: this.#state.phase === 'leading' ? 'leader' : 'standby',
      holder: this.#holder,
      transitions: this.#transitions,
      problem: this.#problem,
    };
  }

  get evidence(): OpenRequest['lease'] {
    if (this.#state.phase !== 'leading') return undefined;
    const { uid, transitions } = this.#state.record;
    return { uid, transitions };
  }

  isHeld(): boolean {
    this.#dispatch({ type: 'deadline', nowMs: this.#deps.clock.monotonicMs() });
    return this.#state.phase === 'leading';
  }

  async prove(refusal: Refusal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#proofs.push(resolve);
    // A platform that has seen more holders than the lease counts: the lease was set back.
    const isBehind = refusal.kind === 'NOT_LEADER';
    const transitions = isBehind ? (refusal.seenTransitions ?? this.evidence?.transitions ?? 0) + 1 : 0;
    this.#dispatch({ type: 'challenged', transitions });
    return promise;
  }

  async run({ draining, aborted }: StopSignals, work: (term: AbortSignal) => Promise<void>): Promise<void> {
    const { promise: bug, reject } = Promise.withResolvers<never>();
    this.#broken = reject;
    // Handled by the race below, or not at all when there is no race any more.
    bug.catch(() => undefined);
    this.#dispatch({ type: 'rested' });
    try {
      while (!draining.aborted) {
        const term = await Promise.race([this.#nextTerm(draining), bug]);
        if (term !== undefined) await Promise.race([work(term), bug]);
      }
    } finally {
      this.#quiet();
      this.#aborted = aborted;
      this.#dispatch({ type: 'stop' });
      await this.#released;
    }
  }

  /** The signal of the term that is under way or comes next; undefined when the process drains before. */
  async #nextTerm(draining: AbortSignal): Promise<AbortSignal | undefined> {
    if (this.#term === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onTerm = resolve;
      const onDrain = (): void => resolve();
      draining.addEventListener('abort', onDrain, { once: true });
      await promise;
      draining.removeEventListener('abort', onDrain);
    }
    return this.#currentTerm;
  }

  get #currentTerm(): AbortSignal | undefined {
    return this.#term?.signal;
  }

  #dispatch(input: LeaseInput): void {
    this.#inbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        const { state, commands } = stepLease(this.#state, next, this.#deps.self);
        this.#state = state;
        for (const command of commands) this.#perform(command);
      }
    } catch (error) {
      this.#broken(error);
    } finally {
      this.#isStepping = false;
    }
  }

  #perform(command: LeaseCommand): void {
    switch (command.type) {
      case 'read':
        this.#ask((signal) => this.#read(signal));
        return;
      case 'write':
        this.#ask((signal) => this.#write(command, signal));
        return;
      case 'rest':
        this.#rest(command);
        return;
      case 'guard':
        this.#guard(command.deadlineAtMs);
        return;
      case 'lead':
        this.#lead();
        return;
      case 'prove':
        for (const resolve of this.#proofs.splice(0)) resolve();
        return;
      case 'stepDown':
        this.#stepDown(command.reason);
        return;
      case 'release':
        this.#released = this.#release();
        return;
      default:
        unreachable(command);
    }
  }

  #lead(): void {
    this.#term = new AbortController();
    this.#followed = '';
    this.#deps.observer.onLead(this.#transitions);
    this.#onTerm();
  }

  #stepDown(reason: LossReason): void {
    this.#quiet();
    this.#proofs = [];
    const term = this.#term;
    this.#term = undefined;
    this.#deps.observer.onLost(reason);
    term?.abort(new Error(`the lease is lost: ${reason}`));
  }

  /** Nothing is under way and no timer waits. */
  #quiet(): void {
    this.#request.abort();
    this.#cancelRest();
    this.#cancelGuard();
  }

  #rest({ atLeastMs, atMostMs }: Extract<LeaseCommand, { type: 'rest' }>): void {
    const { clock, random } = this.#deps;
    const restMs = Math.max(atLeastMs, Math.min(atMostMs, REST_MS * (1 + random() / 2)));
    this.#cancelRest();
    this.#cancelRest = clock.setTimer(restMs, () => this.#dispatch({ type: 'rested' }));
  }

  #guard(deadlineAtMs: number): void {
    const { clock } = this.#deps;
    this.#cancelGuard();
    const leftMs = Math.max(0, deadlineAtMs - clock.monotonicMs());
    this.#cancelGuard = clock.setTimer(leftMs, () => this.isHeld());
  }

  /** One request at a time: what an earlier one comes to is no news any more. */
  #ask(request: (signal: AbortSignal) => Promise<LeaseInput>): void {
    this.#request.abort();
    this.#cancelRest();
    const current = new AbortController();
    this.#request = current;
    this.#follow(current, request).catch((error: unknown) => this.#broken(error));
  }

  async #follow(current: AbortController, request: (signal: AbortSignal) => Promise<LeaseInput>): Promise<void> {
    const input = await this.#within(REQUEST_MS, current, request);
    if (this.#request !== current || (current.signal.aborted && input.type !== 'failed')) return;
    this.#dispatch(input);
    // Not after a read that is followed by a write: that one may not be allowed.
    const isDone = input.type === 'written' || (input.type === 'found' && this.#state.phase !== 'acquiring');
    if (isDone) this.#problem = '';
    if (input.type === 'found') this.#tellFollowed();
  }

  /** Never rejects but for a bug: what goes wrong is an input. */
  async #within(
    ms: number,
    current: AbortController,
    request: (signal: AbortSignal) => Promise<LeaseInput>,
  ): Promise<LeaseInput> {
    let isOverdue = false;
    const cancel = this.#deps.clock.setTimer(ms, () => {
      isOverdue = true;
      current.abort(new KubeError('KUBE_UNREACHABLE', `the API server gave no answer within ${ms / 1000} s`));
    });
    try {
      return await request(current.signal);
    } catch (error) {
      if (current.signal.aborted && !isOverdue) return { type: 'failed', retryAfterMs: 0 };
      const hint = hintFor(error);
      this.#problem = `${describeError(error)}${hint === '' ? '' : `; ${hint}`}`;
      this.#deps.observer.onLeaseFailed(error, hint);
      return { type: 'failed', retryAfterMs: error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0 };
    } finally {
      cancel();
    }
  }

  async #read(signal: AbortSignal): Promise<LeaseInput> {
    const record = await this.#deps.lease.read(signal);
    // After the answer: what was seen late must not look as if it had been silent for longer.
    const nowMs = this.#deps.clock.monotonicMs();
    this.#see(record);
    return { type: 'found', record, nowMs };
  }

  async #write(
    { seen, transitions, isNewHolder }: Extract<LeaseCommand, { type: 'write' }>,
    signal: AbortSignal,
  ): Promise<LeaseInput> {
    const { lease, clock, self } = this.#deps;
    const sentAtMs = clock.monotonicMs();
    const claim = { holder: self.holder, transitions, durationMs: DURATION_MS, isNewHolder };
    const record = await lease.write(seen, claim, signal);
    if (record === undefined) return { type: 'conflict' };
    this.#see(record);
    return { type: 'written', record, sentAtMs };
  }

  #see(record: LeaseRecord | undefined): void {
    this.#holder = record?.holder ?? '';
    this.#transitions = record?.transitions ?? 0;
  }

  /** Says whom we stand by for, once for each. */
  #tellFollowed(): void {
    if (this.#state.phase !== 'standby' || this.#followed === this.#holder) return;
    this.#followed = this.#holder;
    if (this.#holder !== '') this.#deps.observer.onFollow(this.#holder);
  }

  async #release(): Promise<void> {
    const aborted = this.#aborted;
    const current = new AbortController();
    this.#request = current;
    const onAbort = (): void => current.abort();
    aborted.addEventListener('abort', onAbort, { once: true });
    if (aborted.aborted) current.abort();
    await this.#within(RELEASE_MS, current, async (signal) => {
      for (let attempt = 0; attempt < RELEASE_ATTEMPTS && !signal.aborted; attempt += 1) {
        if (await this.#clear(signal)) break;
      }
      return { type: 'stop' };
    });
    aborted.removeEventListener('abort', onAbort);
  }

  /** True: it is not ours any more. */
  async #clear(signal: AbortSignal): Promise<boolean> {
    const { lease, self } = this.#deps;
    const found = await lease.read(signal);
    if (found?.holder !== self.holder) return true;
    const { transitions } = found;
    const claim = { holder: '', transitions, durationMs: RELEASED_DURATION_MS, isNewHolder: false };
    return (await lease.write(found, claim, signal)) !== undefined;
  }
}

function hintFor(error: unknown): string {
  if (!(error instanceof KubeError)) return '';
  if (error.code === 'KUBE_FORBIDDEN') return LEASE_RIGHTS_HINT;
  // Creating in a namespace that does not exist.
  if (error.code === 'KUBE_NOT_FOUND') return 'POD_NAMESPACE has to name a namespace that exists';
  return error.hint ?? '';
}
