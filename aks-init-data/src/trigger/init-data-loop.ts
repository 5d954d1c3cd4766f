import type { Timing } from '@castai/shared/async/timing.ts';
import { CastaiError, must, toCastaiError, unreachable } from '@castai/shared/errors.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { ClusterWatch } from '../pool/cluster-watch.ts';
import type { PoolLease } from '../pool/pool-lease.ts';
import type { PoolStore } from '../pool/pool-store.ts';
import { DataProblem } from '../read/data-problem.ts';
import type { Prepared, Sender } from '../send/sender.ts';
import type { LoopObserver } from './loop-observer.ts';
import { LoopPace } from './loop-pace.ts';
import type { Delivery, LoopCommand, LoopInput, LoopRules, LoopState, LoopTask } from './loop-signals.ts';
import { NOTHING_DONE, stepLoop } from './loop-state.ts';
import { believed } from './own-deliveries.ts';
import type { Decision, TriggerState } from './trigger-state.ts';

/** What the loop is made of. */
export interface InitDataLoopOptions extends Timing<'now' | 'monotonicMs' | 'setTimer'> {
  readonly cluster: Pick<ClusterWatch, 'node' | 'version' | 'stored'>;
  readonly store: Pick<PoolStore, 'write'>;
  readonly lease: Pick<PoolLease, 'isHeld' | 'acquire' | 'release'>;
  readonly sender: Pick<Sender, 'look' | 'prepare' | 'send'>;
  /** Text that changes when the files do; throws `DataProblem`. */
  readonly signature: () => Promise<string>;
  readonly observer: LoopObserver;
  readonly rules: LoopRules;
  readonly clusterPollMs: number;
  readonly filesPollMs: number;
}

/** Giving the lease back is a courtesy: the end of the process does not wait long for it. */
const RELEASE_MS = 2_000;

/**
 * Does what the machine in `loop-state.ts` wants, one task after the other, and tells it how each ended. There is no inbox, as
 * `Machine` has one: the end of the task under way is the only thing that can happen.
 */
export class InitDataLoop {
  readonly #options: InitDataLoopOptions;
  readonly #pace: LoopPace;
  #state: LoopState = NOTHING_DONE;
  /** What was read for the attempt under way. */
  #prepared: Prepared | undefined;
  /** The last attempt was refused for its key. */
  #isKeyRefused = false;

  constructor(options: InitDataLoopOptions) {
    this.#options = options;
    this.#pace = new LoopPace(options);
  }

  /** What was decided last. */
  get decision(): Decision {
    return this.#state.decision;
  }

  /** Everything that was seen. */
  get seen(): TriggerState {
    return this.#state.seen;
  }

  /** Milliseconds until the next attempt; undefined when none is due. */
  get nextAttemptMs(): number | undefined {
    return this.decision.kind === 'send' ? this.#pace.msUntil('attempt') : undefined;
  }

  /** The key that the platform refused was replaced: an attempt that waits because of that is due now. */
  keyReplaced(): void {
    if (this.#isKeyRefused) this.#pace.hasten('attempt');
    this.#isKeyRefused = false;
  }

  /** Runs until the signal aborts. Throws `CONFIG_INVALID` when the folder cannot be read at the start, and what is a bug. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      let input: LoopInput = { type: 'woke' };
      for (;;) {
        this.#take(input);
        input = await this.#do(this.#state.task, signal);
      }
    } finally {
      this.#discard();
      // Others need not wait for it to run out; if the API server is away, they do.
      await this.#options.lease.release(AbortSignal.timeout(RELEASE_MS)).catch(() => undefined);
    }
  }

  #take(input: LoopInput): void {
    const { rules, clock, lease, observer } = this.#options;
    const before = this.#state;
    const at = { ...rules, nowMs: clock.now(), due: this.#pace.due, isLeaseHeld: lease.isHeld };
    const { state, commands } = stepLoop(before, { input, at });
    this.#state = state;
    for (const command of commands) this.#perform(command);
    const { pool, own } = state.seen;
    if (pool !== undefined && pool !== before.seen.pool) observer.onPool(believed(pool, own, at.nowMs));
    if (state.decision !== before.decision) observer.onDecision(state.decision);
  }

  #perform(command: LoopCommand): void {
    const { observer } = this.#options;
    switch (command.type) {
      case 'schedule':
        this.#pace.schedule(command.what, command.pace, command.retryAfterMs);
        return;
      case 'settled':
        this.#pace.settled(command.what);
        if (command.what === 'cluster') observer.onClusterSeen();
        return;
      case 'delivered':
        observer.onDelivered(command.reason, command.bytes);
        return;
      case 'failed': {
        const { verdict, failure, pace } = command;
        this.#isKeyRefused = failure.result === 'unauthorized';
        const delayMs = this.#pace.schedule('attempt', pace, verdict.retryAfterMs ?? 0);
        observer.onDeliveryFailed(verdict, failure, Math.round(delayMs));
        return;
      }
      case 'discard':
        this.#discard();
        return;
      default:
        unreachable(command);
    }
  }

  /** Does a task to its end. Rejects with the signal's reason, and with what ends the program. */
  async #do(task: LoopTask, signal: AbortSignal): Promise<LoopInput> {
    const { cluster, store, lease } = this.#options;
    switch (task.is) {
      case 'rest':
        await this.#pace.untilDue(task.until, signal);
        return { type: 'woke' };
      case 'save':
        return this.#ask(task.is, signal, async () => {
          await store.write(task.change.node, task.change.pool, signal);
          return { type: 'saved' };
        });
      case 'askNode':
        return this.#ask(task.is, signal, async () => ({ type: 'node', verdict: await cluster.node(signal) }));
      case 'askVersion':
        return this.#ask(task.is, signal, async () => ({ type: 'version', version: await cluster.version(signal) }));
      case 'recall':
        return this.#ask(task.is, signal, async () => {
          const { pool, requestId } = await cluster.stored(task.node, task.during, signal);
          return { type: 'recalled', pool, requestId };
        });
      case 'check':
      case 'read':
      case 'prepare':
        return this.#look(task, signal);
      case 'acquire':
      case 'renew':
        return this.#ask(task.is, signal, async () => ({
          type: 'lease',
          isOurs: await lease.acquire(task.node, signal),
        }));
      case 'send':
        return this.#send(task.delivery, signal);
      case 'release':
        return this.#ask(task.is, signal, async () => {
          await lease.release(signal);
          return { type: 'released' };
        });
      case 'giveUp':
        throw new CastaiError('CONFIG_INVALID', task.problem.message, { hint: task.problem.hint });
      default:
        return unreachable(task);
    }
  }

  /** Asks the API server. Whatever it answers is told and passes; what none of our code expects is a bug. */
  async #ask(task: LoopTask['is'], signal: AbortSignal, work: () => Promise<LoopInput>): Promise<LoopInput> {
    const { observer } = this.#options;
    try {
      const answer = await work();
      observer.onClusterAnswered(task);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      const problem = toCastaiError(error, 'INTERNAL');
      if (problem.code === 'INTERNAL') throw problem;
      observer.onClusterFailed(problem, task);
      return { type: 'unanswered', retryAfterMs: error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0 };
    }
  }

  /** Looks at the files. A condition of the data is told and passes; anything else is a bug. */
  async #look(task: Extract<LoopTask, { is: 'check' | 'read' | 'prepare' }>, signal: AbortSignal): Promise<LoopInput> {
    const { signature, observer } = this.#options;
    try {
      switch (task.is) {
        case 'check':
          return { type: 'checked', signature: await signature() };
        case 'read':
          return await this.#read(signal);
        case 'prepare':
          return await this.#prepare(task, signal);
        default:
          return unreachable(task);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DataProblem)) throw toCastaiError(error, 'INTERNAL');
      observer.onReadFailed(error);
      return { type: 'unreadable', problem: error };
    }
  }

  async #read(signal: AbortSignal): Promise<LoopInput> {
    const { sender, observer } = this.#options;
    const { facts, fingerprintKeyId } = await sender.look(signal);
    observer.onRead(facts);
    return { type: 'read', content: { fingerprint: facts.fingerprint, fingerprintKeyId } };
  }

  async #prepare(
    { description, keyIndex }: Extract<LoopTask, { is: 'prepare' }>,
    signal: AbortSignal,
  ): Promise<LoopInput> {
    const { sender, observer } = this.#options;
    const prepared = await sender.prepare(description, keyIndex, signal);
    this.#prepared = prepared;
    const { facts, fingerprintKeyId, body } = prepared;
    observer.onRead(facts);
    return { type: 'prepared', content: { fingerprint: facts.fingerprint, fingerprintKeyId }, bytes: body.length };
  }

  async #send({ key }: Delivery, signal: AbortSignal): Promise<LoopInput> {
    const prepared = must(this.#prepared, 'nothing was prepared that could be sent');
    const outcome = await this.#options.sender.send(prepared, key, signal);
    this.#discard();
    return outcome.ok ? { type: 'accepted' } : { type: 'refused', verdict: outcome.verdict };
  }

  #discard(): void {
    this.#prepared?.body.fill(0);
    this.#prepared = undefined;
  }
}
