import type { Clock } from '@castai/shared/async/clock.ts';
import { Overlapping } from '@castai/shared/async/overlapping.ts';
import type { Unknown } from './classify-imds.ts';
import type { ImdsAnswer } from './imds-client.ts';

/** How a look that is due every second or two waits: in milliseconds. */
const OFTEN = {
  /** From one question to the next while none is answered: no service minds one a second. */
  againMs: 1000,
  /** So long it waits before it says that it knows nothing; the existing handlers found 1 s too short on Azure. */
  waitMs: 2000,
} as const;
/** How one waits that is due more seldom: an answer that comes after it has gone is old when the next one asks for it. */
const SELDOM = { againMs: 3000, waitMs: 10_000 } as const;
/** The longest lateness that is heard. Azure's own team promises 10 s, and up to 20 s have been seen in the field. */
export const PATIENCE_MS = 20_000;

/** What a look's question came to: an answer, or that nothing is known. */
export type Asked = ImdsAnswer | Unknown;

/** Asks the same question again and again, of a service that may answer each time only after seconds. */
export class PatientLook {
  /** The longest that a look takes, in milliseconds. */
  readonly lookMs: number;
  /** What of that is no silence: a look that is soon followed by others has none. */
  readonly slackMs: number;
  readonly #attempts: Overlapping<Asked>;
  readonly #isSeldom: boolean;

  /**
   * `ask` is one attempt. `hangsMs` is how long the service itself lets it hang when all is well, 0 unless told; `periodMs` how often a
   * look is due, a second unless told.
   */
  constructor(
    ask: (signal: AbortSignal) => Promise<Asked>,
    { clock, hangsMs = 0, periodMs = 1000 }: PatientLookOptions,
  ) {
    this.#isSeldom = periodMs > OFTEN.waitMs;
    const { againMs, waitMs } = this.#isSeldom ? SELDOM : OFTEN;
    this.lookMs = hangsMs + waitMs;
    this.slackMs = hangsMs > 0 || this.#isSeldom ? this.lookMs : 0;
    this.#attempts = new Overlapping({
      clock,
      againMs: hangsMs + againMs,
      attemptMs: hangsMs + PATIENCE_MS,
      attempt: ask,
      isAnswer: (asked) => 'isAnswered' in asked && asked.isAnswered,
    });
  }

  /** The next answer; when it is late by `lookMs` "no answer", while the questions go on. Throws only the signal's reason. */
  async next(signal: AbortSignal): Promise<Asked> {
    const asked = await this.#attempts.next(this.lookMs, signal);
    const isAnswer = asked !== undefined && 'isAnswered' in asked && asked.isAnswered;
    if (isAnswer && this.#isSeldom) this.#attempts.forget();
    return asked ?? { isAnswered: false, isTimeout: true, detail: `no complete answer within ${this.lookMs / 1000} s` };
  }
}

/** What it needs. */
interface PatientLookOptions {
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly hangsMs?: number;
  readonly periodMs?: number;
}
