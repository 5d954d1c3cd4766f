import type { Clock } from './clock.ts';

/** How attempts at one thing follow each other, in milliseconds. */
export interface Overlap {
  /** From the begin of one attempt to the begin of the next one beside it. */
  readonly againMs: number;
  /** How long an attempt may take before it is given up: the longest lateness that is still heard. */
  readonly attemptMs: number;
}

/** What attempts at one thing need. */
export interface OverlappingOptions<T> extends Overlap {
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** One attempt. Rejects only after an abort. */
  readonly attempt: (signal: AbortSignal) => Promise<T>;
  /** Whether somebody answered: an attempt that only failed says nothing about those that still wait. */
  readonly isAnswer: (value: T) => boolean;
}

interface Running {
  readonly startedAtMs: number;
  readonly control: AbortController;
}

/**
 * Asks somebody who may answer late. An attempt that is cut off after a short time and begun anew is never heard where every answer takes
 * longer than that; so attempts go on when nobody waits any more, others begin beside them, and the first answer counts, whichever
 * attempt it belongs to. Attempts that began before the one that was answered are ended: they can only say what was true earlier.
 *
 * For questions that are asked for ever, as looks are; one piece of work is for `hedged.ts`.
 */
export class Overlapping<T> {
  readonly #options: OverlappingOptions<T>;
  readonly #running = new Set<Running>();
  #arrived: { readonly value: T } | undefined;
  #wake: () => void = () => {};
  #heard: AbortSignal | undefined;

  constructor(options: OverlappingOptions<T>) {
    this.#options = options;
  }

  /**
   * The next answer, or undefined when none came within `waitMs`; then attempts go on, and the next call may get what they bring. One
   * call at a time. Throws only the signal's reason; the signal ends all attempts.
   */
  async next(waitMs: number, signal: AbortSignal): Promise<T | undefined> {
    const { clock } = this.#options;
    const untilMs = clock.monotonicMs() + waitMs;
    signal.throwIfAborted();
    this.#endWith(signal);
    for (;;) {
      const nowMs = clock.monotonicMs();
      if (this.#arrived === undefined && this.#dueAtMs() <= nowMs) this.#start(nowMs);
      const value = await this.#arrival(Math.min(untilMs, this.#dueAtMs()) - nowMs);
      signal.throwIfAborted();
      if (value !== undefined || clock.monotonicMs() >= untilMs) return value;
    }
  }

  /** Ends what runs and drops what has arrived: for who asks so seldom that it would be old when it is asked for next. */
  forget(): void {
    this.#arrived = undefined;
    for (const { control } of this.#running) control.abort(new Error('nobody waits'));
  }

  /** One listener for good, because attempts go on between two calls: the signal is that of the program's part, and there is one. */
  #endWith(signal: AbortSignal): void {
    if (this.#heard === signal) return;
    this.#heard = signal;
    signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /** When the next attempt may begin. */
  #dueAtMs(): number {
    const last = Math.max(-Infinity, ...[...this.#running].map(({ startedAtMs }) => startedAtMs));
    return last + this.#options.againMs;
  }

  /** What arrives within so long, or undefined. */
  async #arrival(ms: number): Promise<T | undefined> {
    if (this.#arrived === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const cancel = this.#options.clock.setTimer(ms, resolve);
      await promise;
      cancel();
      this.#wake = () => {};
    }
    const value = this.#arrived?.value;
    this.#arrived = undefined;
    return value;
  }

  #start(startedAtMs: number): void {
    const { clock, attempt, attemptMs } = this.#options;
    const running: Running = { startedAtMs, control: new AbortController() };
    const cancel = clock.setTimer(attemptMs, () => running.control.abort(new Error('overdue')));
    this.#running.add(running);
    const over = (value?: T): void => {
      cancel();
      this.#running.delete(running);
      if (value !== undefined && !running.control.signal.aborted) this.#take(running, value);
    };
    // It rejects only after an abort: it was late, or a later one was answered.
    attempt(running.control.signal).then(over, () => over());
  }

  #take({ startedAtMs }: Running, value: T): void {
    for (const other of this.#options.isAnswer(value) ? this.#running : []) {
      if (other.startedAtMs < startedAtMs) other.control.abort(new Error('a later attempt was answered'));
    }
    this.#arrived = { value };
    this.#wake();
  }

  #stop(): void {
    for (const { control } of this.#running) control.abort(new Error('ended'));
    this.#wake();
  }
}
