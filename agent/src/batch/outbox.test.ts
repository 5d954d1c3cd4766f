import type { Entry, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

const upsert = (feedId: number, uid: string, resourceVersion: string, size = 10): Upsert => ({
  type: 'upsert',
  feedId,
  uid,
  namespace: '',
  name: uid,
  resourceVersion,
  observedAtMs: 0,
  encoding: 'JSON',
  body: new Uint8Array(size),
});
const BIG = 1 << 20;
const nothing = (): void => {};

/** Entries in short: `+a@2` upsert, `begin`, `end@rv#count`, `progress@rv`, … */
function short(entries: readonly Entry[]): string[] {
  return entries.map((entry) => {
    switch (entry.type) {
      case 'upsert':
        return `+${entry.uid}@${entry.resourceVersion}`;
      case 'delete':
        return `-${entry.uid}@${entry.resourceVersion}`;
      case 'offer':
        return `=${entry.uid}@${entry.resourceVersion}`;
      case 'snapshotBegin':
        return `begin ${String(entry.feedId)}${entry.afresh === true ? ' afresh' : ''}`;
      case 'snapshotEnd':
        return `end ${String(entry.feedId)}@${entry.resourceVersion}#${String(entry.count)}`;
      case 'snapshotAbort':
        return `abort ${String(entry.feedId)} ${entry.reason}`;
      case 'progress':
        return `progress ${String(entry.feedId)}@${entry.resourceVersion}`;
      case 'feedState':
        return `state ${String(entry.feedId)} ${entry.state}`;
    }
  });
}

function outboxWith(limitBytes = BIG): { outbox: Outbox; demoted: [number, number][] } {
  const demoted: [number, number][] = [];
  const outbox = new Outbox({
    limitBytes,
    onDemoted: (feedId, count) => demoted.push([feedId, count]),
    onWaiting: nothing,
  });
  return { outbox, demoted };
}

describe('outbox', () => {
  it('sends a snapshot of one page whole, with its count and the resume point of the list', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '100', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '7'), upsert(1, 'b', '9')], nothing);
    outbox.endSnapshot(1);
    outbox.report(1, 'SYNCED', '');
    expect(short(outbox.cut(BIG).entries)).toEqual(['begin 1', '+a@7', '+b@9', 'end 1@100#2', 'state 1 SYNCED']);
  });

  it('tells when the end of a snapshot has arrived, and not for the end of one that was superseded', async () => {
    const { outbox } = outboxWith();
    const { signal } = new AbortController();
    const told: string[] = [];
    const wait = (what: string): void => void outbox.whenEnded(1, signal)?.then(() => told.push(what));
    const snapshot = (): void => {
      outbox.startFeed(1, '100', false);
      outbox.beginSnapshot(1);
      outbox.endSnapshot(1);
    };
    expect(outbox.whenEnded(1, signal)).toBeUndefined();
    snapshot();
    outbox.cut(BIG);
    snapshot();
    wait('second');
    outbox.endReceived(1);
    await Promise.resolve();
    expect(told).toEqual([]);
    outbox.cut(BIG);
    outbox.endReceived(1);
    await Promise.resolve();
    expect([told, outbox.whenEnded(1, signal)]).toEqual([['second'], undefined]);
  });

  it('keeps nobody waiting for the end of a snapshot that is void', async () => {
    const over: Record<string, (outbox: Outbox, stop: AbortController) => void> = {
      aborted: (outbox) => outbox.abortSnapshot(1, 'RESYNC'),
      forgotten: (outbox) => void outbox.forgetFeed(1),
      'of a session before': (outbox) => outbox.clear(),
      'not wanted any more': (_, stop) => stop.abort(),
    };
    for (const [name, end] of Object.entries(over)) {
      const { outbox } = outboxWith();
      const stop = new AbortController();
      outbox.startFeed(1, '100', false);
      outbox.beginSnapshot(1);
      const told = outbox.whenEnded(1, stop.signal)?.then(() => name);
      end(outbox, stop);
      expect(await told).toBe(name);
    }
  });

  it('says that the platform has a feed whole when the end of its snapshot was received, not before', () => {
    const { outbox } = outboxWith();
    const snapshot = (): void => {
      outbox.startFeed(1, '100', false);
      outbox.beginSnapshot(1);
      outbox.addPage(1, [upsert(1, 'a', '7')], nothing);
      outbox.endSnapshot(1);
      outbox.cut(BIG);
    };
    snapshot();
    expect(outbox.isWhole(1)).toBe(false);
    outbox.endReceived(1);
    expect(outbox.isWhole(1)).toBe(true);
    snapshot();
    expect(outbox.isWhole(1)).toBe(true);
    outbox.forgetFeed(1);
    expect(outbox.isWhole(1)).toBe(false);
  });

  it('has a feed whole from its start when the platform had a resume point of it, until the session is over', () => {
    const { outbox } = outboxWith(5000);
    outbox.startFeed(1, '10', true);
    expect([outbox.isWhole(1), outbox.isWhole(2)]).toEqual([true, false]);
    // What is demoted comes again; the picture of before is still there.
    outbox.change(upsert(1, 'a', '11', 6000));
    expect(outbox.isWhole(1)).toBe(true);
    outbox.clear();
    expect(outbox.isWhole(1)).toBe(false);
  });

  it('claims progress after the changes that it covers, and only when it is news', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '10', true);
    outbox.change(upsert(1, 'a', '11'));
    expect(short(outbox.cut(BIG).entries)).toEqual(['+a@11', 'progress 1@11']);
    expect(outbox.cut(BIG).entries).toEqual([]);
    outbox.advance(1, '20');
    expect(short(outbox.cut(BIG).entries)).toEqual(['progress 1@20']);
  });

  it('does not claim a position while an older change still waits', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '10', true);
    outbox.change(upsert(1, 'a', '11', 3000));
    outbox.change(upsert(1, 'b', '12', 3000));
    expect(short(outbox.cut(3100).entries)).toEqual(['+a@11', 'progress 1@11']);
  });

  it('counts what the watch sends beside a snapshot, and sends it before the end, which would sweep it', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '100', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '7')], nothing);
    outbox.change(upsert(1, 'c', '101'));
    expect(short(outbox.cut(BIG).entries)).toEqual(['begin 1', '+a@7', '+c@101']);
    outbox.change(upsert(1, 'd', '102'));
    outbox.addPage(1, [upsert(1, 'b', '9')], nothing);
    outbox.endSnapshot(1);
    expect(short(outbox.cut(BIG).entries)).toEqual(['+b@9', '+d@102', 'end 1@102#4']);
  });

  it('sends a change in the place of the object on a page that still waits, never after or before it', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '100', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '7', 3000), upsert(1, 'b', '8', 3000), upsert(1, 'c', '9', 3000)], nothing);
    outbox.change(upsert(1, 'b', '101'));
    outbox.change({ ...upsert(1, 'c', '102'), type: 'delete' });
    expect(short(outbox.cut(BIG).entries)).toEqual(['begin 1', '+a@7', '+b@101', '-c@102']);
    outbox.endSnapshot(1);
    expect(short(outbox.cut(BIG).entries)).toEqual(['end 1@102#2']);
  });

  it('lets no change leave before what begins, voids or removes its feed in front of it', () => {
    const { outbox } = outboxWith();
    outbox.report(1, 'ABSENT', '');
    outbox.startFeed(1, '100', false);
    outbox.beginSnapshot(1);
    outbox.change(upsert(1, 'b', '101', 3000));
    expect(short(outbox.cut(60).entries)).toEqual(['state 1 ABSENT']);
    expect(short(outbox.cut(60).entries)).toEqual(['begin 1']);
    expect(short(outbox.cut(60).entries)).toEqual(['+b@101']);
    outbox.report(2, 'DEGRADED', '');
    outbox.abortSnapshot(1, 'EXPIRED');
    outbox.change(upsert(1, 'b', '102'));
    expect(short(outbox.cut(60).entries)).toEqual(['state 2 DEGRADED']);
    expect(short(outbox.cut(60).entries)).toEqual(['abort 1 EXPIRED']);
    expect(short(outbox.cut(BIG).entries)).toEqual(['+b@102']);
  });

  it('asks for the next page while less than a window of pages waits, or little of its feed, whatever was received', () => {
    const { outbox } = outboxWith(32 * BIG);
    const asked: string[] = [];
    const add = (feedId: number, page: number, kib: number): void =>
      outbox.addPage(feedId, [upsert(feedId, `p${String(page)}`, '7', kib * 1024)], () =>
        asked.push(`${String(feedId)}/${String(page)}`),
      );
    outbox.startFeed(1, '1', false);
    outbox.beginSnapshot(1);
    add(1, 1, 3000);
    add(1, 2, 3000);
    expect(asked).toEqual(['1/1', '1/2']);
    add(1, 3, 3000);
    expect(asked).toEqual(['1/1', '1/2']);
    outbox.startFeed(2, '1', false);
    outbox.beginSnapshot(2);
    add(2, 1, 1500);
    expect(asked).toEqual(['1/1', '1/2', '2/1']);
    add(2, 2, 1500);
    expect(asked).toEqual(['1/1', '1/2', '2/1']);
    expect(outbox.cut(7 * BIG).entries.length).toBeGreaterThan(0);
    expect(asked).toEqual(['1/1', '1/2', '2/1', '1/3', '2/2']);
    outbox.addPage(1, [], () => asked.push('empty'));
    expect(asked.at(-1)).toBe('empty');
  });

  it('has a window for fewer of small objects, of all feeds and of each', () => {
    const { outbox } = outboxWith(32 * BIG);
    const asked: string[] = [];
    let count = 0;
    const add = (feedId: number, objects: number): void => {
      const page = Array.from({ length: objects }, () => upsert(feedId, `p${String((count += 1))}`, '7', 100));
      outbox.addPage(feedId, page, () => asked.push(`${String(feedId)}/${String(objects)}`));
    };
    for (const feedId of [1, 2]) {
      outbox.startFeed(feedId, '1', false);
      outbox.beginSnapshot(feedId);
    }
    add(1, 2800);
    add(2, 1300);
    expect(asked).toEqual(['1/2800', '2/1300']);
    add(1, 1);
    add(2, 70);
    expect(asked).toEqual(['1/2800', '2/1300']);
    outbox.cut(32 * BIG);
    expect(asked).toEqual(['1/2800', '2/1300', '1/1', '2/70']);
  });

  it('has a smaller window where the bound is smaller, and never asks for pages of a snapshot that was given up', () => {
    const { outbox } = outboxWith(16_000);
    const asked: number[] = [];
    outbox.startFeed(1, '1', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '7', 1000)], () => asked.push(1));
    outbox.addPage(1, [upsert(1, 'b', '7', 1000)], () => asked.push(2));
    expect(asked).toEqual([1]);
    outbox.abortSnapshot(1, 'EXPIRED');
    outbox.cut(BIG);
    expect(asked).toEqual([1]);
  });

  it('gives snapshots a quarter of a batch while more changes wait than fit, and all that is left when fewer do', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '1', false);
    outbox.beginSnapshot(1);
    outbox.addPage(
      1,
      Array.from({ length: 40 }, (_, i) => upsert(1, `p${String(i)}`, '1', 950)),
      nothing,
    );
    outbox.startFeed(2, '1', true);
    for (let i = 0; i < 40; i += 1) outbox.change(upsert(2, `c${String(i)}`, String(i + 2), 950));
    const kinds = (maxBytes: number): [number, number] => {
      const ofPages = outbox.cut(maxBytes).entries.filter(({ type }) => type === 'upsert');
      return [ofPages.filter(({ feedId }) => feedId === 1).length, ofPages.filter(({ feedId }) => feedId === 2).length];
    };
    expect(kinds(20_400)).toEqual([5, 15]);
    expect(kinds(20_400)).toEqual([5, 15]);
    expect(kinds(20_400)).toEqual([10, 10]);
    expect(kinds(30_000)).toEqual([20, 0]);
  });

  it('aborts a snapshot that the platform has heard of, and forgets one that it has not', () => {
    const { outbox } = outboxWith();
    outbox.beginSnapshot(1);
    outbox.abortSnapshot(1, 'EXPIRED');
    expect(outbox.cut(BIG).entries).toEqual([]);
    outbox.startFeed(1, '1', false);
    outbox.beginSnapshot(1);
    outbox.cut(BIG);
    outbox.addPage(1, [upsert(1, 'a', '7')], nothing);
    outbox.abortSnapshot(1, 'EXPIRED');
    expect(short(outbox.cut(BIG).entries)).toEqual(['abort 1 EXPIRED']);
  });

  it('holds the end back while changes beside the snapshot do not fit into the batch, and nothing of other feeds with it', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '100', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '7', 3000)], nothing);
    expect(short(outbox.cut(3200).entries)).toEqual(['begin 1', '+a@7']);
    outbox.change(upsert(1, 'b', '101', 3000));
    outbox.change(upsert(1, 'c', '102', 3000));
    outbox.endSnapshot(1);
    outbox.report(1, 'SYNCED', '');
    outbox.startFeed(2, '50', false);
    outbox.beginSnapshot(2);
    outbox.addPage(2, [upsert(2, 'x', '7')], nothing);
    outbox.endSnapshot(2);
    expect(short(outbox.cut(3300).entries)).toEqual(['begin 2', '+x@7', 'end 2@50#1', '+b@101']);
    expect(short(outbox.cut(3300).entries)).toEqual(['+c@102', 'end 1@102#3', 'state 1 SYNCED']);
  });

  it('drops what waits of a snapshot when the next one begins, so that no end claims the position of another list', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '100', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '7', 3000), upsert(1, 'b', '9', 3000)], nothing);
    outbox.endSnapshot(1);
    outbox.report(1, 'SYNCED', '');
    expect(short(outbox.cut(3200).entries)).toEqual(['begin 1', '+a@7']);
    outbox.change(upsert(1, 'c', '150'));
    outbox.startFeed(1, '200', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'c', '150')], nothing);
    outbox.endSnapshot(1);
    expect(short(outbox.cut(BIG).entries)).toEqual(['abort 1 SUPERSEDED', 'begin 1', '+c@150', 'end 1@200#1']);
  });

  it('keeps through an abort what stays true without the snapshot', () => {
    const { outbox } = outboxWith();
    outbox.report(1, 'ABSENT', '');
    outbox.beginSnapshot(1);
    outbox.abortSnapshot(1, 'EXPIRED');
    outbox.abortSnapshot(1, 'DEMOTED');
    expect(short(outbox.cut(BIG).entries)).toEqual(['state 1 ABSENT']);
    outbox.beginSnapshot(1);
    outbox.cut(BIG);
    outbox.abortSnapshot(1, 'DEMOTED');
    outbox.abortSnapshot(1, 'DEMOTED');
    expect(short(outbox.cut(BIG).entries)).toEqual(['abort 1 DEMOTED']);
  });

  it('aborts in the place of what it drops, so that no state falls into an open snapshot', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '100', false);
    outbox.beginSnapshot(1);
    outbox.cut(BIG);
    outbox.report(2, 'SYNCED', '');
    outbox.endSnapshot(1);
    outbox.report(1, 'FORBIDDEN', '');
    outbox.forgetFeed(1);
    expect(short(outbox.cut(BIG).entries)).toEqual(['state 2 SYNCED', 'abort 1 DEMOTED', 'state 1 FORBIDDEN']);
  });

  it('keeps only the newest state of a feed that changes while nothing is sent, but every ABSENT', () => {
    const { outbox } = outboxWith();
    outbox.report(2, 'DEGRADED', 'other');
    for (let i = 0; i < 1000; i += 1) {
      outbox.report(1, 'DEGRADED', String(i));
      outbox.report(1, 'SYNCED', '');
    }
    outbox.report(1, 'ABSENT', '');
    outbox.report(1, 'FORBIDDEN', '');
    expect(short(outbox.cut(BIG).entries)).toEqual(['state 2 DEGRADED', 'state 1 ABSENT', 'state 1 FORBIDDEN']);
    expect(outbox.pendingBytes).toBe(0);
  });

  it('does not count an upsert that was dropped on the way', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '5', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '1'), upsert(1, 'b', '2')], nothing);
    const poison = outbox.cut(BIG).entries[1];
    if (poison !== undefined) outbox.dropped(poison);
    outbox.endSnapshot(1);
    expect(short(outbox.cut(BIG).entries)).toEqual(['end 1@5#1']);
  });

  it('demotes the largest feed when its bound is passed, and has room again after', () => {
    const { outbox, demoted } = outboxWith(10_000);
    outbox.startFeed(1, '1', true);
    outbox.startFeed(2, '1', true);
    outbox.change(upsert(1, 'x', '2', 500));
    outbox.change(upsert(2, 'a', '2', 4000));
    expect(outbox.hasRoom).toBe(false);
    outbox.change(upsert(2, 'b', '3', 5500));
    expect(demoted).toEqual([[2, 2]]);
    expect(outbox.hasRoom).toBe(true);
    expect(short(outbox.cut(BIG).entries)).toEqual(['+x@2', 'progress 1@2']);
  });

  it('goes on from what the platform was told when it drops changes, and from nowhere in a snapshot', () => {
    const { outbox, demoted } = outboxWith(10_000);
    outbox.startFeed(1, '10', true);
    outbox.change(upsert(1, 'a', '11', 1000));
    outbox.cut(BIG);
    for (const uid of ['b', 'c', 'd']) outbox.change(upsert(1, uid, `2${uid}`, 4000));
    expect([demoted, outbox.resumePoint(1)]).toEqual([[[1, 3]], '11']);
    expect(outbox.cut(BIG).entries).toEqual([]);
    outbox.startFeed(1, '11', true);
    outbox.change(upsert(1, 'b', '12'));
    expect(short(outbox.cut(BIG).entries)).toEqual(['+b@12', 'progress 1@12']);
    outbox.startFeed(2, '10', false);
    outbox.beginSnapshot(2);
    for (const uid of ['b', 'c', 'd']) outbox.change(upsert(2, uid, `2${uid}`, 4000));
    expect([demoted.at(-1), outbox.resumePoint(2), outbox.resumePoint(3)]).toEqual([[2, 3], '', '']);
  });

  it('counts pages towards its bound, and drops the feed of which the most waits, pages included', () => {
    const { outbox, demoted } = outboxWith(10_000);
    outbox.startFeed(1, '10', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '7', 3000), upsert(1, 'b', '7', 3000)], nothing);
    outbox.startFeed(2, '10', true);
    outbox.change(upsert(2, 'x', '11', 2500));
    expect(demoted).toEqual([]);
    outbox.change(upsert(2, 'y', '12', 1500));
    expect(demoted).toEqual([[1, 0]]);
    expect(short(outbox.cut(BIG).entries)).toEqual(['+x@11', '+y@12', 'progress 2@12']);
  });

  it('lets a feed be read on while there is room, or while it holds little itself', async () => {
    const { outbox } = outboxWith(100_000);
    const { signal } = new AbortController();
    outbox.startFeed(1, '1', true);
    outbox.startFeed(2, '1', true);
    outbox.change(upsert(1, 'a', '2', 74_000));
    expect(outbox.whenRoom(1, signal)).toBeUndefined();
    outbox.change(upsert(2, 'b', '2', 2500));
    expect(outbox.whenRoom(2, signal)).toBeUndefined();
    const room = outbox.whenRoom(1, signal);
    expect(room).toBeInstanceOf(Promise);
    outbox.cut(BIG);
    await room;
    expect(outbox.whenRoom(1, signal)).toBeUndefined();
  });

  it('lets whoever waits for room go on when what was waiting is dropped', async () => {
    const drops: Record<string, (outbox: Outbox) => void> = {
      clear: (outbox) => outbox.clear(),
      forget: (outbox) => outbox.forgetFeed(2),
      abort: (outbox) => outbox.abortSnapshot(2, 'EXPIRED'),
      start: (outbox) => outbox.startFeed(2, '3', true),
    };
    for (const [name, drop] of Object.entries(drops)) {
      const { outbox } = outboxWith(100_000);
      outbox.startFeed(1, '1', true);
      outbox.change(upsert(1, 'a', '2', 10_000));
      outbox.startFeed(2, '1', false);
      if (name === 'abort') {
        outbox.beginSnapshot(2);
        outbox.addPage(2, [upsert(2, 'p', '1', 70_000)], nothing);
      } else outbox.change(upsert(2, 'b', '2', 70_000));
      const room = outbox.whenRoom(1, new AbortController().signal);
      expect(room).toBeInstanceOf(Promise);
      drop(outbox);
      await room;
    }
  });

  it('lets a feed be read no further while the end of its snapshot waits for more changes than a little', async () => {
    const { outbox } = outboxWith(100_000);
    outbox.startFeed(1, '1', false);
    outbox.beginSnapshot(1);
    outbox.change(upsert(1, 'a', '2', 5000));
    expect(outbox.whenRoom(1, new AbortController().signal)).toBeUndefined();
    outbox.endSnapshot(1);
    const room = outbox.whenRoom(1, new AbortController().signal);
    expect(room).toBeInstanceOf(Promise);
    outbox.cut(60);
    outbox.cut(BIG);
    await room;
    expect(outbox.pendingCount).toBe(0);
  });

  it('gives feeds turns so that a busy one cannot hold up the others', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '1', true);
    outbox.startFeed(2, '1', true);
    for (let i = 0; i < 50; i += 1) outbox.change(upsert(1, `busy-${String(i)}`, String(2 + i), 1000));
    outbox.change(upsert(2, 'quiet', '2', 1000));
    expect(short(outbox.cut(20_000).entries)).toContain('+quiet@2');
  });

  it('takes a page of another feed, and a change of a feed that was not started, for bugs', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '100', true);
    expect(() => outbox.addPage(1, [upsert(2, 'a', '7')], nothing)).toThrow(
      'BUG: a page holds entries of another feed',
    );
    expect(() => outbox.change(upsert(2, 'a', '7'))).toThrow('BUG: change of feed 2 before it was started');
    expect(outbox.pendingCount).toBe(0);
  });

  it('says that something waits when all that is handed in together is there, not in the middle of it, and once', async () => {
    const told: number[] = [];
    const outbox: Outbox = new Outbox({
      limitBytes: BIG,
      onDemoted: nothing,
      onWaiting: () => told.push(outbox.pendingCount),
    });
    outbox.startFeed(1, '10', false);
    outbox.beginSnapshot(1);
    outbox.addPage(1, [upsert(1, 'a', '7')], nothing);
    outbox.change(upsert(1, 'b', '11'));
    outbox.endSnapshot(1);
    outbox.report(1, 'SYNCED', '');
    expect(told).toEqual([]);
    await Promise.resolve();
    expect(told).toEqual([5]);
    outbox.change(upsert(1, 'c', '12'));
    outbox.clear();
    await Promise.resolve();
    expect(told).toEqual([5]);
  });

  it('holds nothing after the session is over', () => {
    const { outbox } = outboxWith();
    outbox.startFeed(1, '1', true);
    outbox.change(upsert(1, 'a', '2'));
    outbox.startFeed(2, '1', false);
    outbox.beginSnapshot(2);
    outbox.clear();
    expect(outbox.pendingBytes).toBe(0);
    expect(() => outbox.advance(1, '3')).toThrow('BUG: change of feed 1 before it was started');
    expect(outbox.cut(BIG).entries).toEqual([]);
  });
});
