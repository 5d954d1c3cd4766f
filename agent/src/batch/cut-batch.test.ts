import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { entryBytes } from '@castai/shared/wire/ingest/entry-wire.ts';
import { describe, expect, it } from 'vitest';
import { Coalescer } from '../coalesce/coalescer.ts';
import { Claims } from './claims.ts';
import { cutBatch } from './cut-batch.ts';
import { Lane } from './lane.ts';
import { OfferBook } from './offer-book.ts';

const upsert = (feedId: number, uid: string, resourceVersion: string, bytes = 100): Upsert => ({
  type: 'upsert',
  feedId,
  uid,
  namespace: '',
  name: uid,
  resourceVersion,
  observedAtMs: 0,
  encoding: 'JSON',
  body: new Uint8Array(bytes),
});

function start(feeds: readonly number[]) {
  const sources = { lane: new Lane(), coalescer: new Coalescer(), claims: new Claims(), offers: new OfferBook() };
  for (const feedId of feeds) {
    sources.coalescer.start(feedId, '1');
    sources.claims.start(feedId, '1', true);
  }
  return sources;
}

const words = (entries: readonly Entry[]): string[] =>
  entries.map((entry) =>
    'uid' in entry ? `${String(entry.feedId)}/${entry.uid}` : `${entry.type} ${String(entry.feedId)}`,
  );

describe('a batch', () => {
  it('holds some of the lane, then changes, then more of the lane, then what may be claimed after them', () => {
    const sources = start([1, 2]);
    for (const uid of ['p', 'q', 'r']) sources.lane.push(upsert(2, uid, '2', 1000));
    sources.coalescer.push(upsert(1, 'a', '7', 1000));
    const { entries } = cutBatch(sources, 5000);
    expect(words(entries)).toEqual(['2/p', '1/a', '2/q', '2/r', 'progress 1']);
    expect(cutBatch(sources, 5000).entries).toEqual([]);
  });

  it('holds no more of snapshots than six MiB, however large it may be, and changes besides', () => {
    const sources = start([1, 2]);
    for (let index = 0; index < 13; index += 1) sources.lane.push(upsert(2, `p${String(index)}`, '2', 1_000_000));
    for (const uid of ['a', 'b']) sources.coalescer.push(upsert(1, uid, '7', 2_000_000));
    expect(words(cutBatch(sources, 16_000_000).entries)).toEqual([
      '2/p0',
      '2/p1',
      '2/p2',
      '1/a',
      '1/b',
      '2/p3',
      '2/p4',
      '2/p5',
      'progress 1',
    ]);
    const next = words(cutBatch(sources, 16_000_000).entries);
    expect(next).toEqual(['2/p6', '2/p7', '2/p8', '2/p9', '2/p10', '2/p11']);
    sources.coalescer.push(upsert(1, 'c', '8', 100));
    // A quarter is taken before the changes, the rest after them.
    expect(words(cutBatch(sources, 1_800_000).entries)).toEqual(['2/p12', '1/c', 'progress 1']);
  });

  it('takes at least one entry, however large, and no more than fit after it', () => {
    const sources = start([1]);
    sources.coalescer.push(upsert(1, 'huge', '7', 9000));
    sources.coalescer.push(upsert(1, 'small', '8', 10));
    expect(words(cutBatch(sources, 5000).entries)).toEqual(['1/huge', 'progress 1']);
    expect(words(cutBatch(sources, 5000).entries)).toEqual(['1/small', 'progress 1']);
  });

  it('gives every feed a turn: a busy one cannot hold up the others', () => {
    const sources = start([1, 2]);
    for (let index = 0; index < 40; index += 1)
      sources.coalescer.push(upsert(1, `a${String(index)}`, String(index + 2), 900));
    sources.coalescer.push(upsert(2, 'b', '3', 900));
    expect(words(cutBatch(sources, 8000).entries)).toContain('2/b');
  });

  it('ends a snapshot after the changes of its feed, and lets the snapshots of others pass', () => {
    const sources = start([1, 2]);
    for (const feedId of [1, 2]) {
      sources.claims.begin(feedId);
      sources.lane.push({ type: 'snapshotBegin', feedId });
      sources.lane.push({ type: 'snapshotEnd', feedId, resourceVersion: '', count: 0 });
    }
    const change = upsert(1, 'a', '7', 3000);
    sources.coalescer.push(change);
    const first = cutBatch(sources, entryBytes(change) - 1000);
    expect(words(first.entries)).toEqual(['snapshotBegin 1', 'snapshotBegin 2', 'snapshotEnd 2']);
    expect(words(cutBatch(sources, 5000).entries)).toEqual(['1/a', 'snapshotEnd 1']);
  });
});
