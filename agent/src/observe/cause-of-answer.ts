import { unreachable } from '@castai/shared/errors.ts';
import type { Cause } from '@castai/shared/verdict/causes.ts';
import type { Verdict as Answer } from '@castai/shared/wire/transport.ts';

/** What an answer of the platform can be the cause of. */
export type AnswerCause = Extract<Cause, 'api-key' | 'cluster-id' | 'fenced' | 'platform' | 'refused-objects'>;

/** Which cause an answer of the platform is of; the doctor judges the same answers by the same words. */
export function causeOfAnswer(answer: Answer): AnswerCause {
  switch (answer.kind) {
    case 'UNAUTHORIZED':
      return 'api-key';
    case 'UNKNOWN_CLUSTER':
      return 'cluster-id';
    case 'FENCED':
    case 'NOT_LEADER':
      return 'fenced';
    case 'REJECTED':
      return answer.byPlatform ? 'refused-objects' : 'platform';
    case 'TOO_LARGE':
    case 'UNSUPPORTED_ENCODING':
      return answer.byPlatform === true ? 'refused-objects' : 'platform';
    case 'GAP':
    case 'UNKNOWN_EPOCH':
    case 'UNAVAILABLE':
    case 'NO_ANSWER':
    case 'INTERFERENCE':
      return 'platform';
    default:
      return unreachable(answer);
  }
}
