import { expect, it } from 'vitest';
import { type CallCause, causeOfCall } from './cause-of-call.ts';
import type { Verdict } from './transport.ts';

const TABLE: Record<Verdict['kind'], CallCause> = {
  NO_ANSWER: 'platform',
  UNAVAILABLE: 'platform',
  INTERFERENCE: 'platform',
  UNAUTHORIZED: 'api-key',
  UNKNOWN_CLUSTER: 'cluster-id',
  REJECTED: 'platform',
  TOO_LARGE: 'platform',
  UNSUPPORTED_ENCODING: 'platform',
  FENCED: 'platform',
  NOT_LEADER: 'platform',
  GAP: 'platform',
  UNKNOWN_EPOCH: 'platform',
};

it('an answer that is no success has one cause, whichever program got it', () => {
  for (const [kind, cause] of Object.entries(TABLE)) {
    expect([kind, causeOfCall({ kind, byPlatform: true, detail: '' } as Verdict)]).toEqual([kind, cause]);
  }
});
