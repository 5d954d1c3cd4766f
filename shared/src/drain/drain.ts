import type { Clock } from '../async/clock.ts';
import { hedged } from '../async/hedged.ts';
import { Machine } from '../async/machine.ts';
import { kubeHedge } from '../kube/kube-deadline.ts';
import { KubeError } from '../kube/kube-error.ts';
import { classifyEviction, type EvictionAnswer } from './classify-eviction.ts';
import type { DrainCommand, DrainInput, DrainOutcome, DrainPolicy, DrainState, HeldPod } from './drain-signals.ts';
import { NEW_DRAIN, stepDrain } from './drain-state.ts';
import type { EvictionWriter } from './eviction-writer.ts';
import { listNodePods, type NodePodsOptions } from './list-node-pods.ts';
import type { PodName } from './pod-view.ts';

/** Who is told how far it is. */
export interface DrainObserver {
  /** The first round begins, with so many pods to ask. */
  onPlanned(count: number): void;
  /** What came of asking a pod, and the error where that was one. */
  onAnswer(pod: PodName, answer: EvictionAnswer, error?: unknown): void;
  onListFailed(error: unknown): void;
  /** A round is over, and these hold it up: they were refused, or take their time to end. Told after each such round. */
  onHeld(held: readonly HeldPod[]): void;
  /** Every pod that can go has been asked to; so many of them by this drain. */
  onAllAsked(count: number): void;
}

/** What a drain needs. */
export interface DrainOptions extends NodePodsOptions {
  readonly policy: DrainPolicy;
  readonly writer: EvictionWriter;
  /**
   * The pauses between two rounds, in milliseconds: urgent where a machine has seconds left, patient where minutes do not matter. What the
   * API server asks for is up to them, too.
   */
  readonly nextPauseMs: (retryAfterMs: number) => number;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly observer: DrainObserver;
  /** Lineages of which a drain before, for the same mark, has made pods leave: their successors are not asked again. */
  readonly left?: ReadonlySet<string>;
}

/** Pods take seconds to end, and every node of a mass preemption looks. */
const ENDING_LOOK_MS = 5000;

/** One drain of one node: does what its machine (`drain-state.ts`) commands. It is run once. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #machine: Machine<DrainState, DrainInput, DrainCommand>;
  readonly #ended = Promise.withResolvers<DrainOutcome>();
  /** Those of the rest and of the limit. */
  #cancelRest: () => void = () => undefined;
  #cancelLimit: () => void = () => undefined;
  #signal = AbortSignal.abort();
  /** Ends what asks pods, because nobody wants it any more. */
  readonly #unasked = new AbortController();

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#machine = new Machine({
      initial: { ...NEW_DRAIN, memory: { ...NEW_DRAIN.memory, left: options.left ?? new Set() } },
      step: (state: DrainState, input: DrainInput) => stepDrain(options.policy, state, input),
      perform: (command) => this.#perform(command),
      onBug: (error) => this.#ended.reject(error),
    });
  }

  /** The pods that hold it up, and why, as far as is known. */
  get held(): readonly HeldPod[] {
    return [...this.#machine.state.memory.held.values()];
  }

  /** The lineages of which pods have left, for a later drain of the same node. */
  get left(): ReadonlySet<string> {
    return this.#machine.state.memory.left;
  }

  /** Works until the node is drained, time is up or nobody wants it, and gives which. Rejects with the signal's reason, or a bug. */
  async run(signal: AbortSignal): Promise<DrainOutcome> {
    signal.throwIfAborted();
    this.#signal = signal;
    const onAbort = (): void => {
      this.#unasked.abort(signal.reason);
      this.#ended.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#machine.dispatch({ type: 'started' });
    try {
      return await this.#ended.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#cancelRest();
      this.#cancelLimit();
    }
  }

  /** Looks at once, if it rests: something that may let pods go has happened. */
  wake(): void {
    this.#machine.dispatch({ type: 'rested' });
  }

  /** Asks no pod any more, and waits for none that is being asked: whether it was is open. `run` ends. */
  stop(): void {
    this.#machine.dispatch({ type: 'stopped' });
    this.#unasked.abort(new Error('nobody wants the node drained any more'));
  }

  #perform(command: DrainCommand): void {
    const { observer, nextPauseMs, clock } = this.#options;
    // Whatever it rested for has come, or does not matter any more.
    if (!['tell', 'tellHeld', 'limit'].includes(command.type)) this.#cancelRest();
    switch (command.type) {
      case 'list':
        void this.#list(this.#signal);
        return;
      case 'ask':
        void this.#ask(command, this.#signal);
        return;
      case 'rest': {
        const ms = command.why === 'again' ? nextPauseMs(command.atLeastMs) : ENDING_LOOK_MS;
        this.#cancelRest = clock.setTimer(ms, () => this.#machine.dispatch({ type: 'rested' }));
        return;
      }
      case 'limit':
        this.#cancelLimit = clock.setTimer(command.ms, () => this.#machine.dispatch({ type: 'expired' }));
        return;
      case 'tell':
        if (command.what === 'planned') observer.onPlanned(command.count);
        else observer.onAllAsked(command.count);
        return;
      case 'tellHeld':
        observer.onHeld(this.held);
        return;
      case 'end':
        this.#ended.resolve(command.outcome);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { observer } = this.#options;
    let input: DrainInput;
    try {
      input = {
        type: 'listed',
        pods: await listNodePods({ ...this.#options, onLate: (error) => observer.onListFailed(error) }, signal),
      };
    } catch (error) {
      if (signal.aborted) return;
      observer.onListFailed(error);
      input = { type: 'listFailed', retryAfterMs: (error instanceof KubeError ? error.retryAfterMs : undefined) ?? 0 };
    }
    if (!signal.aborted) this.#machine.dispatch(input);
  }

  async #ask({ pod, how }: Extract<DrainCommand, { type: 'ask' }>, signal: AbortSignal): Promise<void> {
    const { writer, clock, observer } = this.#options;
    const attempt = async (limited: AbortSignal): Promise<EvictionAnswer> => ({
      is: await (how === 'evict' ? writer.evict(pod, limited) : writer.remove(pod, limited)),
    });
    const tellLate = (error: KubeError): void => observer.onAnswer(pod, classifyEviction(error), error);
    let answer: EvictionAnswer;
    try {
      // A pod that is asked twice goes once: both are on condition of its uid.
      answer = await hedged(kubeHedge(clock, tellLate), attempt, this.#unasked.signal);
      observer.onAnswer(pod, answer);
    } catch (error) {
      if (signal.aborted) return;
      answer = classifyEviction(error);
      observer.onAnswer(pod, answer, error);
    }
    if (!signal.aborted) this.#machine.dispatch({ type: 'answered', uid: pod.uid, answer });
  }
}
