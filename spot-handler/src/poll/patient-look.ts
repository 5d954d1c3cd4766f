import type { Clock } from '@castai/shared/async/clock.ts';
import { Overlapping } from '@castai/shared/async/overlapping.ts';
import type { Unknown } from './classify-imds.ts';
import type { ImdsAnswer } from './imds-client.ts';

/** From one question to the next while none is answered: no service minds one a second. */
const AGAIN_MS = 1000;
/** So long a look waits before it says that it knows nothing; the existing handlers found 1 s too short on Azure. */
const LOOK_MS = 2000;
/** The longest lateness that is heard. Azure's own team promises 10 s, and up to 20 s have been seen in the field. */
export const PATIENCE_MS = 20_000;

/** What a look's question came to: an answer, or that nothing is known. */
export type Asked = ImdsAnswer | Unknown;

/** Asks the same question again and again, of a service that may answer each time only after seconds. */
export class PatientLook {
  readonly #attempts: Overlapping<Asked>;
  readonly #lookMs: number;

  /** `ask` is one attempt. `hangsMs` is how long the service itself lets it hang when all is well; 0 unless told. */
  constructor(
    ask: (signal: AbortSignal) => Promise<Asked>,
    { clock, hangsMs = 0 }: { readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>; readonly hangsMs?: number },
  ) {
    this.#lookMs = hangsMs + LOOK_MS;
    this.#attempts = new Overlapping({
      clock,
      againMs: hangsMs + AGAIN_MS,
      attemptMs: hangsMs + PATIENCE_MS,
      attempt: ask,
      isAnswer: (asked) => 'isAnswered' in asked && asked.isAnswered,
    });
  }

  /** The next answer; two seconds after it is due "no answer", while the questions go on. Throws only the signal's reason. */
  async next(signal: AbortSignal): Promise<Asked> {
    const asked = await this.#attempts.next(this.#lookMs, signal);
    return (
      asked ?? { isAnswered: false, isTimeout: true, detail: `no complete answer within ${this.#lookMs / 1000} s` }
    );
  }
}
