import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { type BatchInHand, sendAnotherAhead, uncount, withoutFeed } from './batch-in-hand.ts';

const upsert = (uid: string, feedId = 1): Upsert => ({
  type: 'upsert',
  feedId,
  uid,
  namespace: '',
  name: uid,
  resourceVersion: '1',
  observedAtMs: 0,
  encoding: 'JSON',
  body: new Uint8Array(),
});
const remove = (uid: string): Entry => ({
  type: 'delete',
  feedId: 1,
  uid,
  namespace: '',
  name: uid,
  resourceVersion: '2',
  observedAtMs: 0,
});
const begin = (feedId: number): Entry => ({ type: 'snapshotBegin', feedId });
const end = (feedId: number, count: number): Entry => ({ type: 'snapshotEnd', feedId, resourceVersion: '9', count });
const abort = (feedId: number): Entry => ({ type: 'snapshotAbort', feedId, reason: 'REFUSED' });
const progress = (feedId: number): Entry => ({ type: 'progress', feedId, resourceVersion: '9' });
const refused = upsert('refused');
const batchOf = (behind: Entry[], suspects = 0, tried: Upsert[] = []): BatchInHand => ({
  portions: [[refused], ...tried.map((one) => [one]), behind],
  suspects,
  mayBeApplied: false,
  taken: new Map(),
});

describe('another object that is sent ahead', () => {
  const f = (behind: Entry[], expected: string | undefined): void => {
    const ahead = sendAnotherAhead(batchOf(behind), refused);
    const [first] = ahead?.portions[0] ?? [];
    expect(first !== undefined && 'uid' in first ? first.uid : undefined).toBe(expected);
    if (ahead === undefined) return;
    expect(ahead.suspects).toBe(1);
    expect(ahead.portions.flat()).toHaveLength(behind.length + 1);
    expect(ahead.portions[1]).toEqual([refused]);
  };

  it('is the farthest of its feed', () => {
    f([upsert('x'), upsert('other', 2), upsert('y'), progress(1)], 'y');
    f([upsert('other', 2)], undefined);
    f([], undefined);
  });

  it('passes no mark of its feed, nor another entry of the same object', () => {
    f([upsert('x'), end(1, 2), upsert('y')], 'x');
    f([end(1, 1), begin(1), upsert('y')], undefined);
    f([upsert('x'), end(2, 5), upsert('y')], 'y');
    f([upsert('refused'), remove('x'), upsert('x')], undefined);
  });

  it('is another one each time, spread over the batch', () => {
    const objects = Array.from({ length: 13 }, (_, index) => upsert(String(index)));
    const uids: string[] = [];
    let batch = batchOf(objects);
    for (let i = 0; i < 4; i += 1) {
      const [first, ...others] = sendAnotherAhead(batch, refused)?.portions ?? [];
      if (first === undefined) break;
      uids.push(...first.flatMap((entry) => ('uid' in entry ? entry.uid : [])));
      batch = { ...batch, portions: [first, ...others], suspects: i + 1 };
    }
    expect(uids).toEqual(['12', '5', '3', '2']);
  });
});

describe('a feed that is left out', () => {
  it('leaves nothing of it behind but that its resource is gone', () => {
    const absent: Entry = { type: 'feedState', feedId: 1, state: 'ABSENT', reason: '' };
    const { portions, suspects } = withoutFeed(
      batchOf([absent, upsert('x'), remove('y'), upsert('other', 2), progress(1), progress(2)], 1, [upsert('tried')]),
      1,
    );
    expect(portions).toEqual([[absent, upsert('other', 2), progress(2)]]);
    expect(suspects).toBe(0);
  });

  it('gives up the snapshot whose end is left out, unless its begin is as well', () => {
    const f = (behind: Entry[], expected: Entry[]): void => {
      expect(withoutFeed(batchOf(behind), 1).portions.flat()).toEqual(expected);
    };
    f([end(1, 5)], [abort(1)]);
    f([end(1, 5), begin(1), upsert('x')], [abort(1)]);
    f([begin(1), upsert('x'), end(1, 1)], []);
    f([upsert('x'), end(2, 3)], [end(2, 3)]);
  });
});

describe('an object that is given up', () => {
  it('is taken off the count of its snapshot, whose end may follow in the same batch', () => {
    const f = (behind: Entry[], expected: { portions: Entry[]; isStillCounted: boolean }): void => {
      const { portions, isStillCounted } = uncount(refused, [behind]);
      expect({ portions: portions.flat(), isStillCounted }).toEqual(expected);
    };
    f([upsert('x'), end(2, 5), end(1, 2)], { portions: [upsert('x'), end(2, 5), end(1, 1)], isStillCounted: false });
    f([upsert('x'), end(2, 5)], { portions: [upsert('x'), end(2, 5)], isStillCounted: true });
    // Of the snapshot that begins behind it, it is no part.
    f([begin(1), end(1, 0)], { portions: [begin(1), end(1, 0)], isStillCounted: false });
  });
});
