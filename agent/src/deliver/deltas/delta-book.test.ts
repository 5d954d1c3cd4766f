import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { DeltaBook } from './delta-book.ts';

const [PODS, METRICS, POOLS] = [1, 2, 3];
const NOW = 5;

const upsert = (feedId: number, name: string, uid = `uid-${name}`): Entry => ({
  type: 'upsert',
  feedId,
  uid,
  namespace: 'shop',
  name,
  resourceVersion: '1',
  observedAtMs: 1,
  encoding: 'JSON',
  body: Buffer.from(`{"metadata":{"name":"${name}"}}`),
});
const gone = (feedId: number, name: string): Entry => ({
  type: 'delete',
  feedId,
  uid: `uid-${name}`,
  namespace: 'shop',
  name,
  resourceVersion: '2',
  observedAtMs: 2,
});
const begin = (feedId: number): Entry => ({ type: 'snapshotBegin', feedId });
const end = (feedId: number, resourceVersion = '9'): Entry => ({
  type: 'snapshotEnd',
  feedId,
  resourceVersion,
  count: 0,
});
const abort = (feedId: number): Entry => ({ type: 'snapshotAbort', feedId, reason: 'EXPIRED' });

function newBook(): DeltaBook {
  const describeFeed = (feedId: number) => ({
    group: feedId === METRICS ? 'metrics.k8s.io' : feedId === POOLS ? 'karpenter.sh' : '',
    version: 'v1',
    kind: feedId === METRICS ? 'PodMetrics' : feedId === POOLS ? 'NodePool' : 'Pod',
    isPolled: feedId === METRICS,
  });
  const book = new DeltaBook(describeFeed, (kind) => (kind === 'Pod' ? METRICS : undefined));
  book.begin();
  return book;
}
const told = (book: DeltaBook, ...entries: Entry[]): string[] =>
  book.take(entries, NOW).items.map(({ event, kind, entry }) => `${event} ${kind} ${entry.name}`);
const holes = (book: DeltaBook, ...entries: Entry[]): readonly string[] => book.take(entries, NOW).holes;

describe('book of what was told', () => {
  it('says add of what a list shows for the first time, and update of what comes after it', () => {
    const book = newBook();
    expect(told(book, begin(PODS), upsert(PODS, 'a'), upsert(PODS, 'a'), end(PODS), upsert(PODS, 'a'))).toEqual([
      'add Pod a',
      'update Pod a',
      'update Pod a',
    ]);
    expect(told(book, gone(PODS, 'a'))).toEqual(['delete Pod a']);
  });

  it('tells what of a list that was begun twice is gone', () => {
    const book = newBook();
    const first = [begin(PODS), upsert(PODS, 'a'), upsert(PODS, 'b'), upsert(PODS, 'c'), upsert(PODS, 'd')];
    expect(told(book, ...first, gone(PODS, 'd'), abort(PODS)).at(-1)).toBe('delete Pod d');
    expect(told(book, begin(PODS), upsert(PODS, 'a'), abort(PODS))).toEqual(['update Pod a']);
    expect(told(book, begin(PODS), upsert(PODS, 'b'), upsert(PODS, 'e'), end(PODS))).toEqual([
      'update Pod b',
      'add Pod e',
      'delete Pod c',
      'delete Pod a',
    ]);
    expect(holes(book)).toEqual([]);
  });

  it('ends a life before it tells the next one under its name, and never after it', () => {
    const book = newBook();
    const lives = (...entries: Entry[]): string[] =>
      book.take(entries, NOW).items.map(({ event, entry: { name, uid } }) => `${event} ${name} ${uid}`);
    expect(lives(begin(PODS), upsert(PODS, 'a'), abort(PODS), begin(PODS), upsert(PODS, 'a', 'u2'), end(PODS))).toEqual(
      ['add a uid-a', 'delete a uid-a', 'add a u2'],
    );
    book.begin();
    // The watch beside a list that was renewed in between tells late what went.
    expect(lives(begin(PODS), upsert(PODS, 'a', 'u2'), gone(PODS, 'a'), end(PODS))).toEqual(['add a u2']);
    book.begin();
    // Whose uid could not be read is no other life.
    expect(lives(begin(PODS), upsert(PODS, 'a', 'shop/a'), upsert(PODS, 'a'), gone(PODS, 'a'), end(PODS))).toEqual([
      'add a shop/a',
      'update a uid-a',
      'delete a uid-a',
    ]);
  });

  it('knows of which objects a document under way has told something', () => {
    const book = newBook();
    const repeated = (...entries: Entry[]): string[] =>
      [...book.take(entries, NOW).repeated].map(({ event, entry: { name } }) => `${event} ${name}`);
    expect(repeated(begin(PODS), upsert(PODS, 'a'), upsert(PODS, 'b'), gone(PODS, 'c'))).toEqual([]);
    expect(repeated(upsert(PODS, 'a'), gone(PODS, 'b'), upsert(PODS, 'd'), abort(PODS))).toEqual([
      'update a',
      'delete b',
    ]);
    expect(repeated(begin(PODS), upsert(PODS, 'a', 'u2'), end(PODS))).toEqual(['delete a', 'delete d']);
    // Of a feed that was told whole nobody remembers who was in it.
    expect(repeated(upsert(PODS, 'e'), gone(PODS, 'f'), upsert(POOLS, 'e'))).toEqual(['update e', 'delete f']);
  });

  it('sees a hole in a feed that is listed again after it was whole, for nobody remembers what it had told', () => {
    const book = newBook();
    expect(holes(book, begin(PODS), upsert(PODS, 'a'), end(PODS))).toEqual([]);
    expect(holes(book, begin(PODS))).toEqual(['HISTORY_LOST']);
    book.begin([PODS]);
    expect(holes(book, begin(PODS))).toEqual(['HISTORY_LOST']);
    book.begin();
    expect(holes(book, begin(PODS))).toEqual([]);
  });

  it('remembers names of a polled feed, and tells what its next list does not show', () => {
    const book = newBook();
    const list = (...names: string[]): string[] =>
      told(book, begin(METRICS), ...names.map((name) => upsert(METRICS, name, `shop/${name}`)), end(METRICS, ''));
    expect(list('a', 'b')).toEqual(['add PodMetrics a', 'add PodMetrics b']);
    expect(list('b')).toEqual(['update PodMetrics b', 'delete PodMetrics a']);
    expect(list('b', 'c')).toEqual(['update PodMetrics b', 'update PodMetrics c']);
    const [deleted] = book.take([begin(METRICS), upsert(METRICS, 'c', 'shop/c'), end(METRICS, '')], NOW).items.slice(1);
    expect(deleted?.entry).toEqual({
      type: 'delete',
      feedId: METRICS,
      uid: 'shop/b',
      namespace: 'shop',
      name: 'b',
      resourceVersion: '',
      observedAtMs: NOW,
    });
    expect(deleted?.data.toString()).toBe('{"metadata":{"name":"b","namespace":"shop"}}');
  });

  it('lets the usage of a pod go with it where an earlier process has told it', () => {
    const book = newBook();
    book.begin([PODS]);
    expect(told(book, gone(PODS, 'a'))).toEqual(['delete Pod a', 'delete PodMetrics a']);
    told(book, begin(METRICS), upsert(METRICS, 'b', 'shop/b'), end(METRICS, ''));
    expect(told(book, gone(PODS, 'b'), gone(POOLS, 'c'))).toEqual(['delete Pod b', 'delete NodePool c']);
    expect(told(book, begin(METRICS), end(METRICS, ''))).toEqual(['delete PodMetrics b']);
  });

  it('sees a hole in a resource that is served no more, if anything of it was told', () => {
    const absent: Entry = { type: 'feedState', feedId: POOLS, state: 'ABSENT', reason: '' };
    const book = newBook();
    expect(holes(book, absent)).toEqual([]);
    expect(holes(book, begin(POOLS), upsert(POOLS, 'a'), absent)).toEqual(['NOT_SERVED']);
    expect(book.isTold(POOLS)).toBe(false);
    expect(holes(book, { ...absent, state: 'FORBIDDEN' }, { ...absent, state: 'DEGRADED' })).toEqual([]);
  });

  it('says from where feeds go on once it is taken, and which of them have come to the end of a list', () => {
    const book = newBook();
    const { positions, ended } = book.take(
      [begin(PODS), end(PODS, '7'), { type: 'progress', feedId: POOLS, resourceVersion: '8' }, begin(POOLS)],
      NOW,
    );
    expect([...positions]).toEqual([
      [PODS, '7'],
      [POOLS, '8'],
    ]);
    expect(ended).toEqual([PODS]);
    expect([PODS, POOLS].map((feedId) => book.isTold(feedId))).toEqual([true, false]);
  });
});
