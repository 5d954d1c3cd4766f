import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import type { Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../../batch/outbox.ts';
import { DeltaBook, type Taken } from './delta-book.ts';
import type { DeltaFeed } from './delta-feeds.ts';
import type { SentItem } from './delta-item.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

const [PODS, JOBS] = [1, 2];
const pod = (name: string, resourceVersion: string, bytes = 0): Upsert => ({
  type: 'upsert',
  feedId: PODS,
  uid: `uid-${name}`,
  namespace: 'shop',
  name,
  resourceVersion,
  observedAtMs: 0,
  encoding: 'JSON',
  body: Buffer.from(JSON.stringify({ metadata: { name }, spec: 'x'.repeat(bytes) })),
});
const feed = (id: number, name: string, kind: string, phase: DeltaFeed['status']['phase']): DeltaFeed => ({
  id,
  name,
  group: '',
  version: 'v1',
  kind,
  isPolled: false,
  shape: 'v1/1',
  isBarred: false,
  status: { phase, state: 'SYNCED', restarts: 0 },
});
const shown = (items: readonly SentItem[]): string[] =>
  items.map(({ event, entry: { name, resourceVersion } }) => `${event} ${name}@${resourceVersion}`);

interface Document {
  readonly items: readonly { event: string; data: { metadata: { name: string; resourceVersion: string } } }[];
}

/** A writer with two feeds that the test plays, of which only that of the pods can be in the snapshot. */
function start({ write = () => Promise.resolve() }: { readonly write?: () => Promise<void> } = {}) {
  const clock = new ManualClock();
  const feeds = [feed(PODS, 'pods', 'Pod', 'live'), feed(JOBS, 'jobs', 'Job', 'forbidden')];
  const outbox: Outbox = new Outbox({ limitBytes: 1 << 24, onDemoted: () => {}, onWaiting: () => writer.pump() });
  const stream = { text: '', taken: 0, signs: 0, isEnded: false };
  const seen = { isMine: true, used: 0, taken: [] as Taken[], rest: [] as string[][], bugs: [] as unknown[] };
  const writer: SnapshotWriter = new SnapshotWriter({
    outbox,
    book: new DeltaBook(
      (id) => feeds[id - 1] ?? feed(id, '', '', 'live'),
      () => undefined,
    ),
    feeds: {
      list: () => feeds,
      adopt: () => {},
      abandon: () => {},
      used: (entries) => {
        seen.used += entries.length;
      },
      onRoom: () => {},
    },
    clock,
    stream: {
      outcome: Promise.withResolvers<never>().promise,
      get bytes() {
        return stream.taken;
      },
      write: (bytes) => {
        stream.text += Buffer.from(bytes).toString();
        return write();
      },
      keepAlive: () => {
        stream.signs += 1;
      },
      end: () => {
        stream.isEnded = true;
      },
    },
    mayEnd: () => seen.isMine,
    onTaken: (taken) => seen.taken.push(taken),
    onWritten: (rest) => seen.rest.push(shown(rest)),
    onBug: (error) => seen.bugs.push(error),
  });
  /** Lists pods, to the end of the list. */
  const list = (...pods: Upsert[]): void => {
    outbox.startFeed(PODS, '5', false);
    outbox.beginSnapshot(PODS);
    outbox.addPage(PODS, pods, () => {});
    outbox.endSnapshot(PODS);
  };
  const told = (): string[] =>
    (JSON.parse(stream.text) as Document).items.map(
      ({ event, data }) => `${event} ${data.metadata.name}@${data.metadata.resourceVersion}`,
    );
  const begin = (): void => writer.begin(Buffer.from('{"items":['));
  return { clock, feeds, outbox, stream, seen, writer, list, told, begin };
}

describe('a full snapshot that is written', () => {
  it('is one document of all that the feeds bring, and ends when all of them are in it', async () => {
    const { clock, stream, seen, writer, list, told, begin } = start();
    begin();
    await clock.advance(0);
    expect([stream.text, stream.isEnded]).toEqual(['{"items":[', false]);
    list(pod('a', '1'), pod('b', '2'));
    await clock.advance(0);
    expect(told()).toEqual(['add a@1', 'add b@2']);
    expect([stream.isEnded, seen.rest, writer.items, seen.used]).toEqual([true, [[]], 2, 4]);
    expect(seen.taken.flatMap(({ ended }) => ended)).toEqual([PODS]);
    expect([seen.bugs, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('has one item an object: news of what it has told follows it', async () => {
    const { clock, feeds, outbox, seen, list, told, begin, stream } = start();
    feeds[1] = feed(JOBS, 'jobs', 'Job', 'listing');
    begin();
    list(pod('a', '1'), pod('b', '2'));
    await clock.advance(0);
    outbox.change(pod('a', '7'));
    outbox.startFeed(JOBS, '5', false);
    outbox.change({ ...pod('c', '8'), feedId: JOBS });
    await clock.advance(0);
    expect(stream.isEnded).toBe(false);
    feeds[1] = feed(JOBS, 'jobs', 'Job', 'absent');
    await clock.advance(5_000);
    expect([told(), seen.rest]).toEqual([['add a@1', 'add b@2', 'add c@8'], [['update a@7']]]);
  });

  it('tells news in the same document after all, when more of it waits than memory is given', async () => {
    const { clock, feeds, outbox, seen, list, told, begin } = start();
    feeds[1] = feed(JOBS, 'jobs', 'Job', 'listing');
    begin();
    list(pod('a', '1'), pod('b', '2'));
    await clock.advance(0);
    outbox.change(pod('a', '7', 3 << 20));
    await clock.advance(0);
    outbox.change(pod('b', '8', 2 << 20));
    await clock.advance(0);
    feeds[1] = feed(JOBS, 'jobs', 'Job', 'absent');
    await clock.advance(5_000);
    expect([told(), seen.rest]).toEqual([['add a@1', 'add b@2', 'update a@7', 'update b@8'], [[]]]);
  });

  it('has no end without the right to send, and gets it when the right is back', async () => {
    const { clock, seen, stream, list, begin } = start();
    seen.isMine = false;
    begin();
    list(pod('a', '1'));
    await clock.advance(60_000);
    expect([stream.isEnded, seen.rest]).toEqual([false, []]);
    seen.isMine = true;
    await clock.advance(5_000);
    expect([stream.isEnded, seen.rest]).toEqual([true, [[]]]);
  });

  it('waits two minutes for a feed that may never come, and a new two minutes when it came meanwhile', async () => {
    const { clock, feeds, stream, list, begin } = start();
    const unknown = feed(JOBS, 'jobs', 'Job', 'unknown');
    feeds[1] = unknown;
    begin();
    list(pod('a', '1'));
    await clock.advance(115_000);
    feeds[1] = feed(JOBS, 'jobs', 'Job', 'listing');
    await clock.advance(5_000);
    feeds[1] = unknown;
    await clock.advance(120_000);
    expect(stream.isEnded).toBe(false);
    await clock.advance(5_000);
    expect(stream.isEnded).toBe(true);
  });

  it('gives a sign of life while it waits, and says when bytes were last seen to leave', async () => {
    const { clock, stream, writer, begin } = start();
    begin();
    await clock.advance(5_000);
    expect([stream.signs, writer.takenAtMs]).toEqual([1, undefined]);
    stream.taken = 10;
    await clock.advance(10_000);
    const seenAtMs = clock.monotonicMs() - 5_000;
    expect([stream.signs, writer.takenAtMs]).toEqual([3, seenAtMs]);
  });

  it('takes no more out of the outbox than the platform takes', async () => {
    const room = Promise.withResolvers<void>();
    const { clock, outbox, stream, writer, list, begin } = start({ write: () => room.promise });
    begin();
    list(pod('a', '1'));
    const startedAtMs = clock.monotonicMs();
    await clock.advance(60_000);
    expect([outbox.pendingCount > 0, stream.text]).toEqual([true, '{"items":[']);
    expect(writer.transfer).toEqual({ startedAtMs, bytes: 0, waitedMs: 60_000 });
    room.resolve();
    await clock.advance(0);
    await clock.advance(40_000);
    expect(writer.transfer).toEqual({ startedAtMs, bytes: 0, waitedMs: 60_000 });
    expect([outbox.pendingCount, stream.isEnded]).toEqual([0, true]);
  });

  it('is written on no more when it is given up, and leaves no timer', async () => {
    const { clock, outbox, seen, stream, writer, list, begin } = start();
    begin();
    await clock.advance(0);
    writer.stop();
    list(pod('a', '1'));
    await clock.advance(60_000);
    expect([stream.text, stream.signs, stream.isEnded]).toEqual(['{"items":[', 0, false]);
    expect([outbox.pendingCount > 0, seen.rest, clock.pendingTimers]).toEqual([true, [], 0]);
  });

  it('passes on that it could not be written', async () => {
    const bug = new TypeError('x is not a function');
    const { clock, seen, begin, writer } = start({ write: () => Promise.reject(bug) });
    begin();
    await clock.advance(0);
    writer.stop();
    expect(seen.bugs).toEqual([bug]);
  });
});
