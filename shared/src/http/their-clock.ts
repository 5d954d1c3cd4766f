import type { Clock } from '../async/clock.ts';
import { type AnswerDate, readClock } from './read-clock.ts';
import { aheadIn, stepTheirClock, type TheirClockState, UNHEARD } from './their-clock-state.ts';

/**
 * The clock of one server, as the dates of its answers tell it: whoever asks it says so before and after. Whether ours is off is decided by
 * `their-clock-state.ts`; it costs no request.
 */
export class TheirClock {
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  #state: TheirClockState = UNHEARD;
  #last: { readonly aheadMs: number; readonly atMs: number } | undefined;

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** A request is sent now. What it gives is to be called when its answer begins; never, when there is none. */
  asked(): (answer: AnswerDate) => void {
    const sentAtMs = this.#clock.now();
    return (answer) => {
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
