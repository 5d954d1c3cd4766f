import { DataProblem } from './data-problem.ts';

/** Names of all folders together. A node has a few hundred; ten thousand are looked at in a tenth of a second. */
export const MOST_ENTRIES = 10_000;
/** A disk that takes longer than this for names and times is in trouble. */
const MOST_MS = 2_000;

/** Own clock of this process, in milliseconds that only rise. */
const monotonicMs = (): number => performance.now();

/**
 * What one look at the folder may cost. It happens in the process that answers probes, call by call without a pause, so a folder that
 * somebody fills must not hold it up: it is a condition of the data like others, and looked at again ever more rarely.
 */
export class ScanBudget {
  #entries = MOST_ENTRIES;
  readonly #nowMs: () => number;
  readonly #deadlineMs: number;

  constructor(nowMs: () => number = monotonicMs) {
    this.#nowMs = nowMs;
    this.#deadlineMs = nowMs() + MOST_MS;
  }

  /** Takes account of so many names. Throws `DataProblem` `too-large` when they are too many together, or took too long. */
  spend(entries: number): void {
    this.#entries -= entries;
    const isLate = this.#nowMs() > this.#deadlineMs;
    if (this.#entries >= 0 && !isLate) return;
    const why = isLate
      ? `looking at it takes longer than ${MOST_MS / 1000} s`
      : `it has more than ${MOST_ENTRIES} entries`;
    throw new DataProblem('too-large', `the folder of the Azure agent cannot be looked at: ${why}`, {
      hint: 'look at what fills it, or at the disk of the node',
    });
  }
}
