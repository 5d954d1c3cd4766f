import type { Clock } from '../async/clock.ts';
import { parseHttpDate } from './http-date.ts';
import { type AnswerDate, readClock } from './read-clock.ts';
import { ServerClock } from './server-clock.ts';
import { aheadIn, stepTheirClock, type TheirClockState, UNHEARD } from './their-clock-state.ts';

/**
 * The clock of one server, as the dates of its answers tell it: whoever asks it says so before and after. Whether ours is off is decided by
 * `their-clock-state.ts`, what time it is there by `server-clock.ts`; it costs no request.
 */
export class TheirClock {
  /**
   * Their time of day, by own timers; our own until they have told theirs. For whatever others read beside what others have written: records,
   * Events, leases.
   */
  readonly time: Clock;
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly #told: ServerClock;
  #state: TheirClockState = UNHEARD;
  #last: { readonly aheadMs: number; readonly atMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#told = new ServerClock(clock);
    this.time = this.#told;
  }

  /** A request is sent now. What it gives is to be called when its answer begins; never, when there is none. */
  asked(): (answer: AnswerDate) => void {
    const sentAtMs = this.#clock.now();
    return (answer) => {
      const atMs = answer.age === undefined ? parseHttpDate(answer.date ?? '') : undefined;
      if (atMs !== undefined) this.#told.heard(atMs);
      const aheadMs = readClock(answer, { sentAtMs, receivedAtMs: this.#clock.now() });
      if (aheadMs === undefined) return;
      this.#last = { aheadMs, atMs: this.#clock.monotonicMs() };
      this.#state = stepTheirClock(this.#state, { type: 'told', aheadMs }).state;
    };
  }

  /** By how many milliseconds our clock is ahead of theirs, negative: behind; 0: they agree; undefined: nobody has told lately. */
  get aheadMs(): number | undefined {
    const { atMs = -Infinity } = this.#last ?? {};
    const silentMs = this.#clock.monotonicMs() - atMs;
    this.#state = stepTheirClock(this.#state, { type: 'looked', silentMs }).state;
    return aheadIn(this.#state);
  }

  /** The same by the last answer alone, for whoever asks once. */
  get lastAheadMs(): number | undefined {
    return this.#last?.aheadMs;
  }
}
