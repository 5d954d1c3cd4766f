/** What the decisions of `session-rules.ts` are answered with, where they are refusals. */
import type { Batch } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { Refusal } from '../answer/refusal.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import { judgeBatch } from './session-rules.ts';

/** 409: somebody else has led since. */
export function notLeader({ lease }: Pick<ClusterRow, 'lease'>): Refusal {
  const { uid = '', transitions = 0 } = lease ?? {};
  return new Refusal(409, 'NOT_LEADER', {
    message: `lease ${uid} was already seen with ${transitions} transitions`,
    details: { seenTransitions: transitions },
  });
}

/** Throws the refusal that rule 1 or 8 asks for; false: a repetition. */
export function isNew(stored: ClusterRow, batch: Batch & { readonly digest: string }): boolean {
  const verdict = judgeBatch(stored, batch);
  switch (verdict.type) {
    case 'apply':
      return true;
    case 'duplicate':
      return false;
    case 'gap':
      throw new Refusal(409, 'GAP', {
        message: `seq ${batch.seq} came${batch.seq < verdict.expectedSeq ? ' with other content than before' : ''}, ${verdict.expectedSeq} is next`,
        details: { expectedSeq: verdict.expectedSeq },
      });
    case 'fenced':
      throw new Refusal(409, 'FENCED', {
        message: `epoch ${batch.epoch} ended, ${stored.epoch} was issued since, to ${stored.instanceId}`,
        details: { openedBy: stored.instanceId },
      });
    case 'unknownEpoch':
      throw new Refusal(409, 'UNKNOWN_EPOCH', { message: `no session has epoch ${batch.epoch}` });
  }
}
