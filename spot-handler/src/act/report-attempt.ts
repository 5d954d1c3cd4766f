import type { Clock } from '@castai/shared/async/clock.ts';
import { hedged } from '@castai/shared/async/hedged.ts';
import { NO_ANSWER_HINT } from '@castai/shared/http/network-error.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { ReportOutcome } from './spot-writer.ts';

/** From one request to the next one beside it, while none is answered. The platform takes an event that it has as one that it has. */
const AGAIN_MS = 3000;
/** A request is waited for so long: every answer may take seconds, as in a mass interruption. */
export const REPORT_PATIENCE_MS = 20_000;

/** A request that nobody answered: others may still be. */
class Unanswered extends Error {
  readonly outcome: ReportOutcome;

  constructor(outcome: ReportOutcome) {
    super('no answer');
    this.outcome = outcome;
  }
}

/** What an attempt needs. */
export interface ReportAttempt {
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Makes one request. Rejects only with the signal's reason. */
  readonly request: (signal: AbortSignal) => Promise<ReportOutcome>;
  /** Told each time that one more request begins because no other was answered yet. */
  readonly onLate: (verdict: Verdict) => void;
}

/** What the platform says, by the first of several requests that it answers. Rejects only with the signal's reason. */
export async function attemptReport(
  { clock, request, onLate }: ReportAttempt,
  signal: AbortSignal,
): Promise<ReportOutcome> {
  const hedge = {
    clock,
    ms: REPORT_PATIENCE_MS,
    againMs: AGAIN_MS,
    overdue: () =>
      new Unanswered({ is: 'refused', verdict: noAnswer(`no answer within ${REPORT_PATIENCE_MS / 1000} s`) }),
    isAnswer: (error: unknown) => !(error instanceof Unanswered),
    onLate: () => onLate(noAnswer(`no answer within ${AGAIN_MS / 1000} s; it is waited for`)),
  };
  const attempt = async (limited: AbortSignal): Promise<ReportOutcome> => {
    const outcome = await request(limited);
    if (outcome.is === 'refused' && outcome.verdict.kind === 'NO_ANSWER') throw new Unanswered(outcome);
    return outcome;
  };
  try {
    return await hedged(hedge, attempt, signal);
  } catch (error) {
    if (error instanceof Unanswered) return error.outcome;
    throw error;
  }
}

function noAnswer(detail: string): Verdict {
  return { kind: 'NO_ANSWER', failure: { kind: 'timeout', code: '', detail }, detail, hint: NO_ANSWER_HINT };
}
