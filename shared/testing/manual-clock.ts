import { assert } from '../src/errors.ts';
import { type Clock, sleepOn } from '../src/async/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in the order of their due times, then of their creation. */
export class ManualClock implements Clock {
  readonly #startedAt: number;
  readonly #timers = new Set<Timer>();
  #elapsedMs = 0;
  #wallJumpMs = 0;

  /** `startedAt` is the wall clock at the beginning, in milliseconds since the epoch. */
  constructor(startedAt = Date.UTC(2026, 0, 1)) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#startedAt + this.#elapsedMs + this.#wallJumpMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  setTimer(ms: number, fire: () => void): () => void {
    assert(!Number.isNaN(ms), 'a timer of NaN milliseconds');
    const timer = { dueMs: this.#elapsedMs + Math.max(0, ms), fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Puts the wall clock forward, or back, as NTP or a person does; no time passes, and no timer is due for it. */
  jumpWall(ms: number): void {
    this.#wallJumpMs += ms;
  }

  /** How many timers wait: zero at the end of a test means that nothing was left behind. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due, if any waits. */
  get nextTimerMs(): number | undefined {
    const next = this.#nextTimer();
    return next === undefined ? undefined : next.dueMs - this.#elapsedMs;
  }

  /**
   * Moves time by `ms`, firing on the way what falls due, including timers that fired ones set. What the fired code
   * awaits is given turns of the event loop after each timer, so that it can go on before time does.
   */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    await settle();
    for (;;) {
      const next = this.#nextTimer();
      if (next === undefined || next.dueMs > targetMs) break;
      this.#timers.delete(next);
      this.#elapsedMs = next.dueMs;
      next.fire();
      await settle();
    }
    this.#elapsedMs = targetMs;
    await settle();
  }

  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}

/** Lets promises that are already resolved run on; two turns, because a stream's callbacks take one of their own. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
