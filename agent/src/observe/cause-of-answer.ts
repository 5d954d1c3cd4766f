import type { Cause } from '@castai/shared/verdict/causes.ts';
import { type CallCause, causeOfCall } from '@castai/shared/wire/cause-of-call.ts';
import type { Verdict as Answer } from '@castai/shared/wire/transport.ts';

/** What an answer of the platform can be the cause of. */
export type AnswerCause = CallCause | Extract<Cause, 'fenced' | 'refused-objects'>;

/** Which cause an answer of the platform is of; the doctor judges the same answers by the same words. */
export function causeOfAnswer(answer: Answer): AnswerCause {
  switch (answer.kind) {
    case 'FENCED':
    case 'NOT_LEADER':
      return 'fenced';
    case 'REJECTED':
      return answer.byPlatform ? 'refused-objects' : 'platform';
    case 'TOO_LARGE':
    case 'UNSUPPORTED_ENCODING':
      return answer.byPlatform === true ? 'refused-objects' : 'platform';
    default:
      return causeOfCall(answer);
  }
}
