import type { Clock } from '@castai/shared/async/clock.ts';

/** What the API server says counts whole seconds, and has been on its way: as long as it differs by no more, the time is kept. */
const TOLERANCE_MS = 2000;
/** In the middle of the second that it names. */
const HALF_SECOND_MS = 500;

/**
 * Own timers, and of the time of day that of the API server, which is the same for every replica. What a record says of when its action was
 * claimed is read by another machine: by two clocks of their own, one of which is an hour ahead, that machine would believe the time of a
 * drain to be over and delete pods past their budgets at once. Own time until the API server has said anything.
 */
export class ServerClock implements Clock {
  readonly #own: Clock;
  #heard: { readonly atMs: number; readonly ownMs: number } | undefined;

  constructor(own: Clock) {
    this.#own = own;
  }

  /** The API server has just said what time it is. */
  heard(serverMs: number): void {
    const atMs = serverMs + HALF_SECOND_MS;
    if (this.#heard !== undefined && Math.abs(atMs - this.now()) <= TOLERANCE_MS) return;
    this.#heard = { atMs, ownMs: this.#own.monotonicMs() };
  }

  now(): number {
    if (this.#heard === undefined) return this.#own.now();
    return this.#heard.atMs + this.#own.monotonicMs() - this.#heard.ownMs;
  }

  monotonicMs(): number {
    return this.#own.monotonicMs();
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.#own.sleep(ms, signal);
  }

  setTimer(ms: number, fire: () => void): () => void {
    return this.#own.setTimer(ms, fire);
  }
}
