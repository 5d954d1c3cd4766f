import type { Clock } from '../async/clock.ts';
import { CastaiError, type ErrorCode, toCastaiError } from '../errors.ts';

/** What a long-running part listens to. */
export interface StopSignals {
  /** Finish what is in hand, accept nothing new, then return. */
  readonly draining: AbortSignal;
  /** Let go of everything now and return. Always later than, or together with, `draining`. */
  readonly aborted: AbortSignal;
}

/** A long-running part: it settles only because it was told to stop, or because it is broken. */
export type Part = (signals: StopSignals) => Promise<void>;

/** What a lifecycle needs. */
export interface LifecycleOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  /** How long draining may take before it becomes an abort. Keep it below the pod's termination grace period. */
  readonly drainMs: number;
  /** How long parts may take to let go after an abort; then `run` gives up on them. Default 5 seconds. */
  readonly abortMs?: number;
}

/**
 * Starts and stops the parts of a program in two steps: drain with a deadline, then abort. It knows no signals and no
 * exit codes; the main file calls `requestDrain` on SIGTERM, and a second SIGTERM, being a second call, aborts.
 */
export class Lifecycle implements StopSignals {
  readonly #options: LifecycleOptions;
  readonly #drain = new AbortController();
  readonly #abort = new AbortController();
  #cancelTimer: () => void = () => undefined;
  #finished = false;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  get draining(): AbortSignal {
    return this.#drain.signal;
  }

  get aborted(): AbortSignal {
    return this.#abort.signal;
  }

  /** Starts the drain; asked for again, aborts, because whoever asks twice does not want to wait. */
  requestDrain(reason: string): void {
    if (this.draining.aborted) this.requestAbort(`${reason}, asked again while draining`);
    else this.#startDrain(reason);
  }

  /** Aborts at once. */
  requestAbort(reason: string): void {
    if (this.aborted.aborted) return;
    const error = new CastaiError('ABORTED', reason);
    this.#cancelTimer();
    // Draining first: whoever sees an abort may rely on draining being over or under way.
    this.#drain.abort(error);
    this.#abort.abort(error);
  }

  /**
   * Runs all parts until every one has settled. A part that fails, or returns although nobody told it to, drains the others;
   * its error is thrown at the end. Throws `INTERNAL` with the names of parts that did not let go in time after an abort.
   */
  async run(parts: Readonly<Record<string, Part>>): Promise<void> {
    const running = new Set(Object.keys(parts));
    const failures: CastaiError[] = [];
    const all = Promise.all(
      Object.entries(parts).map(async ([name, part]) => {
        const failure = await this.#watch(name, part);
        running.delete(name);
        if (failure === undefined) return;
        failures.push(failure);
        if (!this.draining.aborted) this.#startDrain(`${name} ended: ${failure.message}`);
      }),
    );
    const stuck = await Promise.race([all.then(() => undefined), this.#giveUp(running)]);
    this.#finished = true;
    this.#cancelTimer();
    if (failures[0] !== undefined) throw failures[0];
    if (stuck !== undefined) throw stuck;
  }

  #startDrain(reason: string): void {
    const { clock, drainMs } = this.#options;
    if (!this.#finished) {
      this.#cancelTimer = clock.setTimer(drainMs, () => this.requestAbort(`draining took longer than ${drainMs} ms`));
    }
    this.#drain.abort(new CastaiError('ABORTED', reason));
  }

  /** How a part failed, if it did. */
  async #watch(name: string, part: Part): Promise<CastaiError | undefined> {
    try {
      // Also for a part that throws before its first await.
      await Promise.resolve(this).then(part);
    } catch (error) {
      return this.#isStop(error) ? undefined : toCastaiError(error, 'INTERNAL');
    }
    if (this.draining.aborted) return undefined;
    return new CastaiError('INTERNAL', `${name} ended although nobody told it to`);
  }

  /** Rejecting with the reason of one of our signals, or with any abort after it, is how a part says that it stopped. */
  #isStop(error: unknown): boolean {
    if (!this.draining.aborted) return false;
    const code: ErrorCode = 'ABORTED';
    return error === this.draining.reason || toCastaiError(error, 'INTERNAL').code === code;
  }

  /** Resolves when the parts had their time after an abort. */
  #giveUp(running: ReadonlySet<string>): Promise<CastaiError> {
    const { promise, resolve } = Promise.withResolvers<CastaiError>();
    const { clock, abortMs = 5_000 } = this.#options;
    const start = (): void => {
      if (this.#finished) return;
      this.#cancelTimer = clock.setTimer(abortMs, () => {
        const names = [...running].join(', ');
        resolve(new CastaiError('INTERNAL', `did not stop within ${abortMs} ms after an abort: ${names}`));
      });
    };
    if (this.aborted.aborted) start();
    else this.aborted.addEventListener('abort', start, { once: true });
    return promise;
  }
}
