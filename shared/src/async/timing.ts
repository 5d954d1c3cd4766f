import type { Clock } from './clock.ts';

/** What everything with a loop gets handed in, so that tests decide on it. Name the methods of the clock that are used: `Timing<'now'>`. */
export interface Timing<Uses extends keyof Clock = keyof Clock> {
  readonly clock: Pick<Clock, Uses>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}
