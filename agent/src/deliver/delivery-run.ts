import type { Clock } from '@castai/shared/async/clock.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DeliveryObserver } from './delivery-observer.ts';

/** What a run hands in by itself. */
type OwnInput = { readonly type: 'start' } | { readonly type: 'timer' };

/** What a run needs of the delivery that it is of. */
export interface DeliveryRunOptions<Input> {
  /** Tells the machine of the wire what happened. */
  readonly dispatch: (input: Input | OwnInput) => void;
  /** Where that machine is. */
  readonly phase: () => string;
  /** Whether there is nothing that could still go out. */
  readonly isQuiet: () => boolean;
  /** Sees to it that what waits goes out at once. */
  readonly hurry: () => void;
  /** What the platform has answered with this; undefined: it is no answer of the platform. */
  readonly answerIn: (input: Input) => Verdict | 'taken' | undefined;
  /** Told of each answer of the platform: undefined when it took what it was given. */
  readonly onAnswer?: (verdict: Verdict | undefined) => void;
  readonly observer: Pick<DeliveryObserver, 'onRefused'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

/**
 * The life of a delivery around the machine of its wire, the same for every wire: from the start to the stop, what is awaited outside the
 * machine, the pause before it is tried again, and the end of the draining.
 */
export class DeliveryRun<Input> {
  readonly #options: DeliveryRunOptions<Input>;
  #signal: AbortSignal = AbortSignal.abort();
  #broken: (error: unknown) => void = () => {};
  #onQuiet: (() => void) | undefined;
  #cancelWait: () => void = () => {};
  #nextAttemptAtMs: number | undefined;
  #lastVerdict: Verdict | undefined;

  constructor(options: DeliveryRunOptions<Input>) {
    this.#options = options;
  }

  /** Aborts when the delivery stops; aborted before it runs. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Whether nothing new comes, and somebody waits until nothing is left. */
  get isDraining(): boolean {
    return this.#onQuiet !== undefined;
  }

  /** When the next attempt is due, in monotonic milliseconds; undefined while nothing waits for one. */
  get nextAttemptAtMs(): number | undefined {
    return this.#nextAttemptAtMs;
  }

  /** Why the platform does not take it; undefined when it does. */
  get lastVerdict(): Verdict | undefined {
    return this.#lastVerdict;
  }

  /** Starts the machine, and lasts until the signal aborts. Rejects only because of a bug. */
  async last(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#signal = signal;
    this.#broken = reject;
    signal.addEventListener('abort', () => resolve(), { once: true });
    this.dispatch({ type: 'start' });
    try {
      await promise;
    } finally {
      this.#cancelWait();
    }
  }

  /** A bug: the run ends with it. */
  fail(error: unknown): void {
    this.#broken(error);
  }

  /** Tells the machine what happened. */
  dispatch(input: Input | OwnInput): void {
    // An answer may overtake the stop: acting on it would leave a timer behind, and the process alive until it fires.
    if (!this.#signal.aborted) this.#options.dispatch(input);
  }

  /** Work outside the machine, and what came of it. An abort is a stop, everything else a bug: outcomes do not reject. */
  ask(work: Promise<Input | undefined>): void {
    this.watch(this.#follow(work));
  }

  /** Work that nobody awaits: it may end when it likes, and rejects because of the stop or a bug. */
  watch(work: Promise<unknown>): void {
    // After the stop the run is over, and a rejection changes nothing any more.
    work.catch((error: unknown) => this.#broken(error));
  }

  /** Lets the machine try again after so long. */
  wait(delayMs: number): void {
    const { clock, observer, phase } = this.#options;
    this.#nextAttemptAtMs = clock.monotonicMs() + delayMs;
    if (this.#lastVerdict !== undefined) observer.onRefused(this.#lastVerdict, phase(), delayMs);
    this.#cancelWait();
    this.#cancelWait = clock.setTimer(delayMs, () => this.dispatch({ type: 'timer' }));
  }

  /** The platform has taken it after all. */
  forgive(): void {
    this.#lastVerdict = undefined;
  }

  /** The key that the platform refused was replaced: what waits because of that is tried at once. */
  keyReplaced(): void {
    const phase = this.#options.phase();
    if (this.#lastVerdict?.kind !== 'UNAUTHORIZED' || (phase !== 'holding' && phase !== 'pausing')) return;
    this.#cancelWait();
    this.dispatch({ type: 'timer' });
  }

  /** Resolves when it is quiet, or when the signal aborts. */
  async drained(signal: AbortSignal): Promise<void> {
    const { isQuiet, hurry } = this.#options;
    if (isQuiet() || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onQuiet = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    hurry();
    await promise;
  }

  /** The machine has nothing left to step over: whoever waits for quiet is told if it is. */
  settled(): void {
    if (this.#options.isQuiet()) this.#onQuiet?.();
  }

  async #follow(work: Promise<Input | undefined>): Promise<void> {
    const { answerIn, onAnswer } = this.#options;
    this.#nextAttemptAtMs = undefined;
    const input = await work;
    if (input === undefined) return;
    const answer = answerIn(input);
    if (answer !== undefined && answer !== 'taken') this.#lastVerdict = answer;
    this.dispatch(input);
    if (answer !== undefined) onAnswer?.(answer === 'taken' ? undefined : answer);
  }
}
