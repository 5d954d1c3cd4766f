import { expect, test } from 'vitest';
import type { HistoryLine } from '../platform-rig/client.ts';
import { countOffers, offersMissing } from './offers-made.ts';

const history = (...records: HistoryLine['record'][]): HistoryLine[] =>
  records.map((record, id) => ({ id, cluster: 'c', epoch: 1, seq: 1, atMs: 0, record }));
const held = { type: 'offer', feedId: 1, uid: 'a', resourceVersion: '1' };

test('offers are counted by what the platform said, and snapshots that begin afresh', () => {
  const lines = history(
    { type: 'snapshotBegin', feedId: 1 },
    held,
    held,
    { ...held, wanted: true },
    { type: 'snapshotBegin', feedId: 1, afresh: true },
    { type: 'upsert', feedId: 1 },
  );
  expect(countOffers(lines)).toEqual({ held: 2, wanted: 1, afresh: 1 });
});

test('a run that was to try offers and has had none taken is no good run, and no offer belongs on the second wire', () => {
  const none = { held: 0, wanted: 0, afresh: 3 };
  expect(offersMissing(none, 'ingest')).toEqual([
    'nothing was offered that the platform had: this run has tried no offer',
  ]);
  expect(offersMissing({ ...none, wanted: 4 }, 'ingest')).toHaveLength(1);
  expect(offersMissing({ ...none, held: 1 }, 'ingest')).toEqual([]);
  expect(offersMissing(none, 'agent-deltas')).toEqual([]);
  expect(offersMissing({ ...none, wanted: 1 }, 'agent-deltas')).toEqual([
    'something was offered on a wire that has no offers',
  ]);
});
