import { describe, expect, it } from 'vitest';
import { KubeError } from '../kube/kube-error.ts';
import { jsonItem, type KubeItem } from '../kube/kube-item.ts';
import type { ListPage } from '../kube/list-page.ts';
import { type PageSlice, pageSlices, type SliceOptions } from './page-slices.ts';

interface Wanted {
  readonly names: readonly string[];
  readonly version?: string;
  readonly next?: string;
  /** The server says its version behind the items. */
  readonly isVersionLate?: boolean;
  readonly breaksOff?: boolean;
}

/** A page, and how many of its items were read. */
function pageOf({ names, version = '100', next = '', isVersionLate = false, breaksOff = false }: Wanted) {
  const metadata = {
    kind: 'PodList',
    apiVersion: 'v1',
    resourceVersion: version,
    continueToken: next,
    remainingItemCount: undefined,
  };
  const read = { count: 0 };
  const items = async function* (): AsyncGenerator<KubeItem[]> {
    for (const [name = '', resourceVersion = '5'] of names.map((one) => one.split('@'))) {
      read.count += 1;
      yield await Promise.resolve([jsonItem({ metadata: { name, uid: name, resourceVersion } })]);
    }
    if (breaksOff) throw new KubeError('KUBE_STREAM_BROKEN', 'it breaks off');
  };
  const page: ListPage = { metadata: isVersionLate ? undefined : metadata, items: items(), end: () => metadata };
  return { page, read };
}

const options: SliceOptions<string> = {
  keep: ({ metadata: { name } }) => (name.startsWith('hidden') ? undefined : name),
  settle: () => [],
  maxObjects: 2,
  bytesOf: () => 1,
  needsNoVersion: false,
};
const NONE = new Set<string>();
/** Its objects, version, newest, and what follows. */
const short = (slice: PageSlice<string>): string =>
  [slice.without(NONE).join('+'), `@${slice.version}`, slice.newest, slice.goesOn ? '…' : slice.token].join(' ');

describe('the slices of a page', () => {
  it('are one when the page is of the size that was asked for', async () => {
    expect(await all({ names: ['a', 'b@7'], next: 't2' })).toEqual(['a+b @100 7 t2']);
    expect(await all({ names: [] })).toEqual([' @100  ']);
  });

  it('are as many as a page needs whose server knows no pages, each with the newest version of its own objects', async () => {
    expect(await all({ names: ['a', 'b@7', 'c', 'd', 'e@9'] })).toEqual(['a+b @100 7 …', 'c+d @100 5 …', 'e @100 9 ']);
  });

  it('have what is told of objects that could not be read, each of those that stood in it', async () => {
    const waiting = ['x', 'y', 'z'];
    const settle = () => waiting.splice(0, 1).map((name) => ({ uid: name, kept: `${name}?` }));
    const { page } = pageOf({ names: ['a', 'b', 'c', 'd', 'e'] });
    const slices: string[] = [];
    for await (const slice of pageSlices(page, { ...options, settle })) {
      slices.push(slice.without(new Set(['y'])).join('+'));
    }
    expect(slices).toEqual(['a+b+x?', 'c+d', 'e+z?']);
  });

  it('end before an object that would make them larger than a mebibyte, however few they are', async () => {
    const bytesOf = (name: string): number => (name.startsWith('big') ? 900_000 : 100_000);
    const names = ['big1', 'a', 'b', 'big2', 'big3'];
    expect(await all({ names }, { bytesOf, maxObjects: 250 })).toEqual([
      'big1+a @100 5 …',
      'b+big2 @100 5 …',
      'big3 @100 5 ',
    ]);
  });

  it('hold what is kept and nothing of the rest, however much that is', async () => {
    const names = ['hidden1', 'hidden2', 'hidden3@9', 'a', 'b'];
    expect(await all({ names })).toEqual(['a+b @100 9 ']);
  });

  it('are read no further than somebody asks', async () => {
    const { page, read } = pageOf({ names: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
    const slices = pageSlices(page, options);
    await slices.next();
    expect(read.count).toBe(3);
    await slices.next();
    expect(read.count).toBe(5);
    await slices.return();
    expect(await page.items[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  it('wait for the version of a list that has to be watched from, and for no other', async () => {
    expect(await all({ names: ['a', 'b', 'c'], isVersionLate: true })).toEqual(['a+b+c @100 5 ']);
    const polled = { needsNoVersion: true };
    expect(await all({ names: ['a', 'b', 'c'], version: '' }, polled)).toEqual(['a+b @ 5 …', 'c @ 5 ']);
  });

  it('are not taken of a list that says its version behind more than there is memory for', async () => {
    const list = { names: Array.from({ length: 20 }, (_, index) => `big${String(index)}`), isVersionLate: true };
    const bytesOf = (): number => 900_000;
    await expect(all(list, { bytesOf })).rejects.toMatchObject({ code: 'KUBE_FRAME_TOO_LARGE' });
    expect(await all({ ...list, names: list.names.slice(0, 9) }, { bytesOf })).toHaveLength(1);
  });

  it('leave out whose state is older than what the watch has told', async () => {
    const { page } = pageOf({ names: ['a', 'b'] });
    for await (const slice of pageSlices(page, options)) expect(slice.without(new Set(['a']))).toEqual(['b']);
  });

  it('are good although the page breaks off behind them', async () => {
    const { page } = pageOf({ names: ['a', 'b', 'c'], breaksOff: true });
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const slice of pageSlices(page, options)) seen.push(slice.without(NONE).join('+'));
    };
    await expect(read()).rejects.toThrow('it breaks off');
    expect(seen).toEqual(['a+b']);
  });
});

async function all(wanted: Wanted, more: Partial<SliceOptions<string>> = {}): Promise<string[]> {
  const seen: string[] = [];
  const { page } = pageOf(wanted);
  for await (const slice of pageSlices(page, { ...options, ...more })) seen.push(short(slice));
  return seen;
}
