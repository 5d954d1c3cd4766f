import type { Clock } from '../async/clock.ts';

/** What a server says counts whole seconds, and has been on its way: as long as it differs by no more, the time is kept. */
const TOLERANCE_MS = 2000;
/** In the middle of the second that it names. */
const HALF_SECOND_MS = 500;

/**
 * Own timers, and of the time of day that of a server, which is the same for every replica and stands in whatever it writes itself. What a record says of when its action was
 * claimed is read by another machine: by two clocks of their own, one of which is an hour ahead, that machine would believe the time of a
 * drain to be over and delete pods past their budgets at once. Own time until it has said anything.
 *
 * One answer alone that contradicts moves nothing: it may be of one replica of several that is off by itself, or of a proxy, or have been on
 * its way for long. The next one that says the same does.
 */
export class ServerClock implements Clock {
  readonly #own: Clock;
  #heard: Heard | undefined;
  /** The last answer, if it contradicts what was heard before. */
  #doubted: Heard | undefined;

  constructor(own: Clock) {
    this.#own = own;
  }

  /** The server has just said what time it is. */
  heard(serverMs: number): void {
    const told = { atMs: serverMs + HALF_SECOND_MS, ownMs: this.#own.monotonicMs() };
    const isSaidBy = (before: Heard): boolean => Math.abs(told.atMs - this.#since(before)) <= TOLERANCE_MS;
    const isKept = this.#heard !== undefined && isSaidBy(this.#heard);
    const isCertain = this.#heard === undefined || (this.#doubted !== undefined && isSaidBy(this.#doubted));
    this.#doubted = isKept || isCertain ? undefined : told;
    if (isCertain && !isKept) this.#heard = told;
  }

  now(): number {
    return this.#heard === undefined ? this.#own.now() : this.#since(this.#heard);
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

  #since({ atMs, ownMs }: Heard): number {
    return atMs + this.#own.monotonicMs() - ownMs;
  }
}

/** What time it was by the server, and by the own timers. */
interface Heard {
  readonly atMs: number;
  readonly ownMs: number;
}
