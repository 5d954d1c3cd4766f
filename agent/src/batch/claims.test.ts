import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { Claims } from './claims.ts';

const upsert = (feedId: number): Entry => ({
  type: 'upsert',
  feedId,
  uid: 'a',
  namespace: '',
  name: 'a',
  resourceVersion: '5',
  observedAtMs: 0,
  encoding: 'JSON',
  body: new Uint8Array(),
});
const begin: Entry = { type: 'snapshotBegin', feedId: 1 };
const end: Entry = { type: 'snapshotEnd', feedId: 1, resourceVersion: '', count: 0 };

describe('claims', () => {
  it('give the end of a snapshot what went out of it, and its point', () => {
    const claims = new Claims();
    claims.start(1, '100', false);
    claims.begin(1);
    for (const entry of [begin, upsert(1), upsert(2), upsert(1)]) claims.passed(entry, () => '100');
    claims.dropped(upsert(1));
    claims.dropped(upsert(2));
    expect([[...claims.inSnapshot], [...claims.resumable()], claims.of(1)]).toEqual([[1], [], '']);
    expect(claims.passed(end, () => '110')).toEqual({ ...end, resourceVersion: '110', count: 1 });
    expect([[...claims.inSnapshot], [...claims.resumable()], claims.of(1)]).toEqual([[], [[1, '110']], '110']);
  });

  it('know whether the platform has heard of a snapshot that is void', () => {
    const claims = new Claims();
    claims.begin(1);
    expect(claims.abort(1)).toBe(false);
    claims.begin(1);
    claims.passed(begin, () => '');
    expect([claims.abort(1), claims.abort(1)]).toEqual([true, false]);
  });

  it('know what the platform has whole: what it had before, and whose end it has received, through a demotion', () => {
    const claims = new Claims();
    claims.start(1, '100', true);
    claims.start(2, '100', false);
    claims.begin(2);
    claims.passed({ ...end, feedId: 2 }, () => '100');
    claims.start(2, '100', true);
    expect([claims.isWhole(1), claims.isWhole(2)]).toEqual([true, false]);
    claims.endReceived(2);
    claims.forget(2);
    expect([claims.isWhole(2), claims.of(2)]).toEqual([true, '']);
    claims.forgetWhole(2);
    expect(claims.isWhole(2)).toBe(false);
    claims.clear();
    expect([claims.isWhole(1), claims.of(1)]).toEqual([false, '']);
  });
});
