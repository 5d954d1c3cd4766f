import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { eventOf, ScriptedFeedSource, unreadable } from '../../testing/scripted-feed-source.ts';
import { Backoff } from '../async/backoff.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { KubeItem } from '../kube/kube-item.ts';
import type { WatchEvent } from '../kube/watch-events.ts';
import type { FeedSink } from './feed-sink.ts';
import { SnapshotQueue } from './snapshot-queue.ts';
import type { WatchedFeed } from './watched-feed.ts';
import { Watcher } from './watcher.ts';

/** Writes down what it is told. */
class RecordingSink implements FeedSink<string> {
  readonly calls: string[] = [];
  /** Pages that were handed over and not received. */
  receipts: (() => void)[] = [];
  /** Until when the watch may not be read on; undefined: it may. */
  room: Promise<void> | undefined;
  /** Where a demoted feed goes on from. */
  point = '';
  /** Until when the end of the last snapshot is on its way; undefined: it has arrived. */
  ended: Promise<void> | undefined;
  /** Called after every change. */
  onChange: () => void = () => {};

  start(_: number, position: string, isResumed: boolean): void {
    this.calls.push(`${isResumed ? 'resume' : 'start'}@${position}`);
  }
  begin(): void {
    this.calls.push('begin');
  }
  page(_: number, kept: readonly string[], onReceived: () => void): void {
    this.calls.push(`page ${kept.join(' ')}`.trim());
    this.receipts.push(onReceived);
  }
  end(): void {
    this.calls.push('end');
  }
  abort(_: number, reason: string): void {
    this.calls.push(`abort ${reason}`);
  }
  change(_: number, { metadata }: KubeItem, kept: string | undefined): void {
    this.calls.push(kept === undefined ? `-${metadata.name}@${metadata.resourceVersion ?? ''}` : `+${kept}`);
    this.onChange();
  }
  advance(_: number, position: string): void {
    this.calls.push(`advance@${position}`);
  }
  report(_: number, state: string): void {
    this.calls.push(state);
  }
  whenRoom(_: number, signal: AbortSignal): Promise<void> | undefined {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    return this.room && Promise.race([this.room, promise]);
  }
  whenEnded(): Promise<void> | undefined {
    return this.ended;
  }
  resumePoint(): string {
    return this.point;
  }
}

interface StartOptions {
  readonly hasBookmarks?: boolean;
  readonly random?: number;
  readonly mode?: 'watch' | 'poll';
  readonly fieldSelector?: string;
  readonly gatherMs?: number | undefined;
  readonly keepSnapshot?: WatchedFeed<string>['keepSnapshot'];
}

function start(options: StartOptions = {}) {
  const clock = new ManualClock();
  const source = new ScriptedFeedSource();
  const sink = new RecordingSink();
  const seen: string[] = [];
  const feed: WatchedFeed<string> = {
    id: 1,
    name: 'pods',
    path: '/api/v1/pods',
    fieldSelector: options.fieldSelector ?? '',
    traits: { mode: options.mode ?? 'watch', hasBookmarks: options.hasBookmarks ?? true },
    priority: 0,
    keep: ({ metadata: { name, resourceVersion = '' } }) => {
      if (name === 'bad') throw new Error('a bug');
      return name === 'hidden' ? undefined : `${name}@${resourceVersion}`;
    },
    keepUnreadable: ({ name, uid }) => (name === '' && uid === '' ? undefined : `${name}?`),
    ...(options.keepSnapshot === undefined ? {} : { keepSnapshot: options.keepSnapshot }),
  };
  const watcher = new Watcher(feed, {
    source,
    sink,
    queue: new SnapshotQueue({ places: 2, hasRoom: () => true }),
    observer: {
      onEvents: () => {},
      onRestart: (_, reason) => seen.push(reason),
      onFailure: (_, error) => seen.push(`failure ${error.code}`),
      onUnreadable: (_, { reason, namespace, name }) => seen.push(`left out ${reason} ${namespace}/${name}`),
      onBroken: (_, error) => seen.push(`BROKEN ${String(error)}`),
    },
    settings: { pageSize: 2, pollMs: 60_000, gatherMs: options.gatherMs },
    clock,
    random: () => options.random ?? 0.5,
    createBackoff: () =>
      new Backoff({ initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 }, { clock, random: () => 0.5 }),
    onNotFound: () => seen.push('not found'),
    onForbidden: () => seen.push('forbidden'),
    onRewound: () => seen.push('rewound'),
  });
  /** What the sink was told until nothing more comes; then it receives the pages. */
  const deliver = async (): Promise<string[]> => {
    await clock.advance(0);
    const calls = sink.calls.splice(0);
    for (const tell of sink.receipts.splice(0)) tell();
    return calls;
  };
  return { clock, source, sink, seen, watcher, deliver };
}

const bookmark = (resourceVersion: string) => ({ type: 'BOOKMARK', resourceVersion }) as const;

describe('watcher', () => {
  it('snapshots a feed without a resume point, and watches from the version of the list', async () => {
    const { source, watcher, deliver } = start();
    source.pages = { '': { names: ['a', 'hidden', 'b'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5 b@5', 'end', 'SYNCED']);
    expect(source.watches).toEqual(['100']);
    watcher.dispatch({ type: 'stop' });
    expect(source.openWatches).toBe(0);
  });

  it.each([undefined, 500])('watches in gathers where it is told to: %s', async (gatherMs) => {
    const { source, watcher, deliver } = start({ gatherMs });
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    expect(source.gatherMs).toEqual([gatherMs]);
    watcher.dispatch({ type: 'stop' });
  });

  it('goes on from a resume point without listing anything but the probe', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: ['a'], version: '120', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    expect(source.lists).toEqual(['probe']);
    source.push([eventOf('MODIFIED', 'a', '130')]);
    expect(await deliver()).toEqual(['resume@100', 'SYNCED', '+a@130']);
    expect(watcher.status.position).toBe('130');
    watcher.dispatch({ type: 'stop' });
  });

  it('asks for the newest version without its selector, which would make the API server read all Events to find one', async () => {
    const { source, watcher, clock } = start({ fieldSelector: 'reason=Evicted' });
    source.pages = { '': { names: ['a'], version: '120', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    watcher.dispatch({ type: 'resync' });
    await clock.advance(0);
    expect(source.lists).toEqual(['probe', ' reason=Evicted']);
    watcher.dispatch({ type: 'stop' });
  });

  it('keeps the objects of each snapshot by a function of their own where the feed has one', async () => {
    let snapshots = 0;
    const { source, watcher, deliver, clock } = start({
      keepSnapshot: () => {
        snapshots += 1;
        const snapshot = snapshots;
        return ({ metadata: { name } }) => `${name} of ${String(snapshot)}`;
      },
    });
    source.pages = {
      '': { names: ['a', 'b'], version: '100', next: 't2' },
      t2: { names: ['c'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    source.push([eventOf('MODIFIED', 'a', '101')]);
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a of 1 b of 1', '+a@101']);
    expect(await deliver()).toEqual(['page c of 1', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'resync' });
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a of 2 b of 2']);
    watcher.dispatch({ type: 'stop' });
  });

  it('hands a page of any length over in slices, and reads no further than one ahead of what was received', async () => {
    for (const [mode, begun, ended] of [
      ['watch', ['start@100', 'begin'], ['end', 'SYNCED']],
      ['poll', ['start@100', 'begin'], ['end', 'SYNCED']],
    ] as const) {
      const { source, watcher, deliver, clock } = start({ mode });
      source.pages = { '': { names: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'], version: '100', next: '' } };
      watcher.dispatch({ type: 'start', resumePoint: '' });
      await clock.advance(60_000);
      // One slice is out and one in hand, with the object that did not fit into it.
      expect(source.itemsRead).toBe(5);
      expect(await deliver()).toEqual([...begun, 'page a@5 b@5']);
      await clock.advance(0);
      expect(source.itemsRead).toBe(7);
      expect(await deliver()).toEqual(['page c@5 d@5']);
      expect(await deliver()).toEqual(['page e@5 f@5']);
      expect(await deliver()).toEqual(['page g@5 h@5']);
      expect(await deliver()).toEqual(['page i@5', ...ended]);
      watcher.dispatch({ type: 'stop' });
    }
  });

  it('watches beside a list of slices, and skips in the later ones what the watch has told', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: ['a', 'b', 'c', 'd', 'e', 'f'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    expect(source.watches).toEqual(['100']);
    source.push([eventOf('MODIFIED', 'd', '101'), eventOf('MODIFIED', 'f', '102')]);
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5 b@5', '+d@101', '+f@102']);
    expect(await deliver()).toEqual(['page c@5']);
    expect(await deliver()).toEqual(['page e@5', 'end', 'SYNCED']);
    expect(source.watches).toEqual(['100']);
    watcher.dispatch({ type: 'stop' });
  });

  it('voids a snapshot whose only page breaks off behind slices, and reads none of it when it is stopped between them', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: ['a', 'b', 'c', 'd', 'e', 'f'], version: '100', next: '' } };
    source.breaksOffAfter = 4;
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5 b@5', 'DEGRADED', 'abort KUBE_STREAM_BROKEN']);
    source.breaksOffAfter = Infinity;
    await clock.advance(800);
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5 b@5']);
    const { itemsRead } = source;
    watcher.dispatch({ type: 'stop' });
    await clock.advance(0);
    expect(source.itemsRead).toBe(itemsRead);
    expect(source.openLists).toBe(0);
  });

  it('skips in later pages what the watch has touched (C35)', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = {
      '': { names: ['a', 'b'], version: '100', next: 't2' },
      t2: { names: ['c', 'd'], version: '100', next: 't3' },
      t3: { names: ['e'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    source.push([eventOf('MODIFIED', 'c', '101'), eventOf('DELETED', 'd', '102')]);
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5 b@5', '+c@101', '-d@102']);
    expect(await deliver()).toEqual(['page']);
    expect(await deliver()).toEqual(['page e@5', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('reads on behind pages without an object that name a next one, first or later, and sweeps nothing before the last (C33)', async () => {
    const { source, watcher, deliver } = start();
    source.pages = {
      '': { names: [], version: '100', next: 't2' },
      t2: { names: ['a', 'b'], version: '100', next: 't3' },
      t3: { names: [], version: '100', next: 't4' },
      t4: { names: [], version: '100', next: 't5' },
      t5: { names: ['c'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    const told: string[] = [];
    for (let round = 0; round < 8; round += 1) told.push(...(await deliver()));
    expect(told).toEqual(['start@100', 'begin', 'page', 'page a@5 b@5', 'page', 'page', 'page c@5', 'end', 'SYNCED']);
    expect(source.lists).toEqual(['', 't2', 't3', 't4', 't5']);
    watcher.dispatch({ type: 'stop' });
  });

  it('skips nothing in a later snapshot because of an earlier one', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = {
      '': { names: ['a'], version: '100', next: 't2' },
      t2: { names: ['c'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    source.push([eventOf('MODIFIED', 'c', '101')]);
    await deliver();
    expect(await deliver()).toEqual(['page', 'end', 'SYNCED']);
    source.push([eventOf('MODIFIED', 'c', '103')]);
    expect(await deliver()).toEqual(['+c@103']);
    watcher.dispatch({ type: 'resync' });
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5']);
    expect(await deliver()).toEqual(['page c@5', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('hands over a page of a renewed token once the watch has brought what changed on it, not later (C29)', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = {
      '': { names: ['a'], version: '100', next: 't2' },
      t2: new KubeError('KUBE_EXPIRED', 'the token is too old', { continueToken: 'renewed' }),
      renewed: { names: ['c', 'd@120'], version: '130', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5']);
    expect(seen).toEqual(['failure KUBE_EXPIRED', 'KUBE_EXPIRED']);
    expect(await deliver()).toEqual([]);
    source.push([eventOf('MODIFIED', 'd', '120')]);
    expect(await deliver()).toEqual(['+d@120', 'page c@5', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('hands over a list that is older than its objects: at once when the watch brings them, after a while when it does not', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: ['a@101'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['start@100', 'begin']);
    source.push([eventOf('MODIFIED', 'a', '101')]);
    expect(await deliver()).toEqual(['+a@101', 'page', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'resync' });
    expect(await deliver()).toEqual(['start@100', 'begin']);
    await clock.advance(129_999);
    expect(await deliver()).toEqual([]);
    await clock.advance(1);
    expect(await deliver()).toEqual(['page a@101', 'end', 'SYNCED']);
    expect(clock.pendingTimers).toBe(0);
    watcher.dispatch({ type: 'stop' });
  });

  it('counts the time of each page that is held by itself', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = {
      '': { names: ['a@101'], version: '100', next: 't2' },
      t2: { names: ['b@103'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(100_000);
    source.push([eventOf('MODIFIED', 'x', '101')]);
    expect(await deliver()).toEqual(['start@100', 'begin', '+x@101', 'page a@101']);
    await clock.advance(129_999);
    expect(await deliver()).toEqual([]);
    await clock.advance(1);
    expect(await deliver()).toEqual(['page b@103', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('snapshots when its resume point lies in the future of a rewound history, and says so (C11)', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: ['a'], version: '80', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    expect(seen).toEqual(['REWOUND', 'rewound']);
    await clock.advance(800);
    expect(await deliver()).toEqual(['resume@100', 'start@80', 'begin', 'page a@5', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('waits with its position when it is refused, says so, and goes on when it is allowed (C47)', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    source.push(new KubeError('KUBE_FORBIDDEN', 'not any more'));
    expect(await deliver()).toEqual(['resume@100', 'SYNCED', 'FORBIDDEN']);
    expect(seen).toEqual(['failure KUBE_FORBIDDEN', 'KUBE_FORBIDDEN', 'forbidden']);
    watcher.dispatch({ type: 'allowed' });
    expect(await deliver()).toEqual(['SYNCED']);
    expect(source.watches).toEqual(['100', '100']);
    watcher.dispatch({ type: 'stop' });
  });

  it('tells the end of an object of which nothing is kept any more', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '90' });
    await clock.advance(0);
    source.push([eventOf('MODIFIED', 'hidden', '101')]);
    expect(await deliver()).toEqual(['resume@90', 'SYNCED', '-hidden@101']);
    watcher.dispatch({ type: 'stop' });
  });

  it('turns bookmarks into a position and never into objects', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    source.push([bookmark('500')]);
    expect(await deliver()).toEqual(['resume@100', 'SYNCED', 'advance@500']);
    watcher.dispatch({ type: 'stop' });
  });

  it('does not go back to a bookmark that is older than its position (C18)', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    source.push([eventOf('MODIFIED', 'a', '1005'), bookmark('999')]);
    source.push([bookmark('1004'), bookmark('1006'), bookmark('1005')]);
    expect(await deliver()).toEqual(['resume@100', 'SYNCED', '+a@1005', 'advance@1006']);
    source.push('end');
    await clock.advance(1000);
    expect(source.watches).toEqual(['100', '1006']);
    watcher.dispatch({ type: 'stop' });
  });

  it('takes a bookmark at its position for a sign of life', async () => {
    const { source, watcher, clock, seen } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    // Three brief ends without a word would count as an expired position.
    for (let turn = 0; turn < 3; turn += 1) {
      source.push([bookmark('100')]);
      source.push('end');
      await clock.advance(1000);
    }
    expect(seen).toEqual(['ENDED', 'ENDED', 'ENDED']);
    expect(source.watches).toEqual(['100', '100', '100', '100']);
    watcher.dispatch({ type: 'stop' });
  });

  it('snapshots again after a 410 in the stream, after a wait', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: ['a'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    source.push(new KubeError('KUBE_EXPIRED', 'too old'));
    await clock.advance(399);
    expect(source.lists).toEqual(['']);
    await clock.advance(1);
    expect(source.lists).toEqual(['', '']);
    // What a feed is at is said after every snapshot: what was said after the one before may have been dropped with it.
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5', 'end', 'SYNCED']);
    expect(seen).toContain('KUBE_EXPIRED');
    watcher.dispatch({ type: 'stop' });
  });

  it('ends a list whose history is gone on the way, with nothing of the watch after that, and lists again (C7)', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = {
      '': { names: ['a'], version: '100', next: 't2' },
      t2: { names: ['b', 'c'], version: '100', next: 't3' },
      t3: { names: ['d'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5']);
    source.push([eventOf('MODIFIED', 'd', '105')]);
    source.push(new KubeError('KUBE_EXPIRED', 'too old'));
    expect(await deliver()).toEqual(['page b@5 c@5', '+d@105']);
    expect(source.openWatches).toBe(0);
    expect(await deliver()).toEqual(['page', 'end', 'DEGRADED']);
    expect([seen, source.lists]).toEqual([
      ['failure KUBE_EXPIRED', 'KUBE_EXPIRED'],
      ['', 't2', 't3'],
    ]);
    expect(watcher.status).toMatchObject({
      phase: 'pausing',
      state: expect.stringMatching(/^DEGRADED: KUBE_EXPIRED: the list took longer/u) as string,
    });
    source.pages = { '': { names: ['a', 'd'], version: '110', next: '' } };
    await clock.advance(400);
    expect(await deliver()).toEqual(['start@110', 'begin', 'page a@5 d@5', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not list again before the end of the snapshot before has arrived, and not at all when it was stopped', async () => {
    for (const mode of ['watch', 'poll'] as const) {
      const { source, sink, watcher, deliver, clock } = start({ mode });
      source.pages = { '': { names: ['a'], version: '100', next: '' } };
      const { promise, resolve } = Promise.withResolvers<void>();
      sink.ended = promise;
      watcher.dispatch({ type: 'start', resumePoint: '' });
      await deliver();
      if (mode === 'watch') source.push(new KubeError('KUBE_EXPIRED', 'too old'));
      await clock.advance(600_000);
      expect(source.lists).toEqual(['']);
      resolve();
      await clock.advance(0);
      // The pause begins only now.
      await clock.advance(399);
      expect(source.lists).toEqual(['']);
      await clock.advance(60_000);
      expect(source.lists).toEqual(['', '']);
      sink.ended = new Promise(() => {});
      await deliver();
      watcher.dispatch({ type: 'stop' });
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('forgets whom it waited for when it is stopped', async () => {
    const { source, sink, watcher, deliver, clock } = start();
    source.pages = { '': { names: ['a'], version: '100', next: '' } };
    const { promise, resolve } = Promise.withResolvers<void>();
    sink.ended = promise;
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    source.push(new KubeError('KUBE_EXPIRED', 'too old'));
    await clock.advance(0);
    watcher.dispatch({ type: 'stop' });
    source.pages = { '': new KubeError('KUBE_SERVER_ERROR', 'not now') };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    expect([watcher.phase, clock.pendingTimers]).toEqual(['pausing', 1]);
    resolve();
    await clock.advance(0);
    // The wait of this life is not begun a second time for what the one before waited for.
    expect([watcher.phase, clock.pendingTimers]).toEqual(['pausing', 1]);
    watcher.dispatch({ type: 'stop' });
  });

  it('takes a list that is older than where it was for what there is, and watches from there (C31)', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: ['a', 'b'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    source.push([eventOf('MODIFIED', 'a', '105'), eventOf('DELETED', 'b', '106')]);
    expect(await deliver()).toEqual(['+a@105', '-b@106']);
    source.pages = { '': { names: ['a', 'b'], version: '90', next: '' } };
    source.push(new KubeError('KUBE_EXPIRED', 'too old'));
    await clock.advance(400);
    expect(await deliver()).toEqual(['start@90', 'begin', 'page a@5 b@5', 'end', 'SYNCED']);
    expect([source.watches, watcher.status.position]).toEqual([['100', '90'], '90']);
    watcher.dispatch({ type: 'stop' });
  });

  it('watches on from the last position after the server ended the watch, with a short pause', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    source.push([eventOf('MODIFIED', 'a', '105')]);
    await clock.advance(0);
    source.push('end');
    await clock.advance(499);
    expect(source.watches).toEqual(['100']);
    await clock.advance(1);
    expect(source.watches).toEqual(['100', '105']);
    watcher.dispatch({ type: 'stop' });
  });

  it('hands on nothing more of a chunk when the sink has dropped what it held, and snapshots again', async () => {
    const { source, sink, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    sink.onChange = () => {
      if (sink.calls.length === 2) watcher.dispatch({ type: 'demoted' });
    };
    source.push(['p1', 'p2', 'p3', 'p4'].map((name, index) => eventOf('ADDED', name, String(101 + index))));
    await clock.advance(0);
    expect(await deliver()).toEqual(['+p1@101', '+p2@102', 'start@100', 'begin', 'page', 'end', 'SYNCED']);
    expect(seen).toEqual(['DEMOTED']);
    expect(source.openWatches).toBe(1);
    watcher.dispatch({ type: 'stop' });
  });

  it('watches on from where the sink has everything when that has dropped the rest, and lists nothing', async () => {
    const { source, sink, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    source.push([eventOf('MODIFIED', 'a', '103')]);
    await deliver();
    sink.point = '102';
    watcher.dispatch({ type: 'demoted' });
    await clock.advance(1000);
    expect(await deliver()).toEqual(['resume@102']);
    expect([source.lists, source.watches, seen]).toEqual([[''], ['100', '102'], ['DEMOTED']]);
    source.push([eventOf('MODIFIED', 'a', '103')]);
    expect(await deliver()).toEqual(['+a@103']);
    watcher.dispatch({ type: 'stop' });
  });

  it('reads no watch on, and opens none, while the sink has no room; what came meanwhile is not lost', async () => {
    const { source, sink, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    const { promise, resolve } = Promise.withResolvers<void>();
    sink.room = promise;
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['start@100', 'begin', 'page', 'end', 'SYNCED']);
    await clock.advance(300_000);
    expect(source.watches).toEqual([]);
    resolve();
    sink.room = undefined;
    await clock.advance(0);
    expect(source.watches).toEqual(['100']);
    const closed = Promise.withResolvers<void>();
    sink.room = closed.promise;
    source.push([eventOf('MODIFIED', 'a', '101')]);
    expect(await deliver()).toEqual(['+a@101']);
    source.push([eventOf('MODIFIED', 'b', '102')]);
    await clock.advance(300_000);
    expect(await deliver()).toEqual([]);
    closed.resolve();
    sink.room = undefined;
    expect(await deliver()).toEqual(['+b@102']);
    watcher.dispatch({ type: 'stop' });
  });

  it('hands on as much of a chunk as there is room for, and where it is, and the rest when there is room again', async () => {
    const { source, sink, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    const { promise, resolve } = Promise.withResolvers<void>();
    sink.onChange = () => {
      sink.room = promise;
    };
    source.push(['p1', 'p2', 'p3'].map((name, index) => eventOf('ADDED', name, String(101 + index))));
    expect(await deliver()).toEqual(['+p1@101']);
    expect(watcher.status.position).toBe('101');
    sink.onChange = () => {};
    sink.room = undefined;
    resolve();
    expect(await deliver()).toEqual(['+p2@102', '+p3@103']);
    await clock.advance(0);
    expect(watcher.status.position).toBe('103');
    watcher.dispatch({ type: 'stop' });
  });

  it('takes a watch for dead that is silent for longer than bookmarks are apart; without bookmarks only one that outlasts its end', async () => {
    for (const [hasBookmarks, random, expected] of [
      [true, 0, [240, 200_000]],
      [true, 1, [580, 200_000]],
      [false, 0, [240, 245_000]],
      [false, 1, [580, 585_000]],
    ] as const) {
      const { source, watcher, deliver } = start({ hasBookmarks, random });
      source.pages = { '': { names: [], version: '100', next: '' } };
      watcher.dispatch({ type: 'start', resumePoint: '' });
      await deliver();
      expect(source.patience).toEqual([expected]);
      watcher.dispatch({ type: 'stop' });
    }
  });

  it('is stopped while it waits for room', async () => {
    const { source, sink, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    sink.room = new Promise(() => {});
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    watcher.dispatch({ type: 'stop' });
    await clock.advance(0);
    expect([source.watches, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('gives up a list whose pages go round in a circle, says so, and gives its place to others', async () => {
    const page = (names: string[], next: string) => ({ names, version: '100', next });
    const circles = {
      'the same page again': { '': page(['a', 'b'], 't1'), t1: page(['a', 'b'], 't1') },
      'the first page under other tokens': {
        '': page(['a', 'b'], 't1'),
        t1: page(['a', 'b'], 't2'),
        t2: page(['a', 'b'], 't3'),
      },
      'later pages in turn': {
        '': page(['a', 'b'], 't1'),
        t1: page(['c', 'd'], 't2'),
        t2: page(['e', 'f'], 't1'),
      },
      'pages of nothing': { '': page([], 't1'), t1: page([], 't1') },
    };
    const given: Record<string, [isToldToLog: boolean, isGivenUp: boolean, isPaced: boolean]> = {};
    for (const [name, pages] of Object.entries(circles)) {
      const { watcher, source, clock, deliver, seen } = start();
      source.pages = pages;
      watcher.dispatch({ type: 'start', resumePoint: '' });
      for (let round = 0; round < 12; round += 1) await deliver();
      const isTold = seen.includes('failure KUBE_STREAM_BROKEN');
      for (let minute = 0; minute < 10; minute += 1) {
        await clock.advance(60_000);
        await deliver();
      }
      given[name] = [isTold, seen.includes('KUBE_STREAM_BROKEN'), source.lists.length < 400];
      watcher.dispatch({ type: 'stop' });
    }
    expect(given).toEqual(Object.fromEntries(Object.keys(circles).map((name) => [name, [true, true, true]])));
  });

  it('asks again for a list without a resourceVersion (C30)', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: ['a'], version: '', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['DEGRADED']);
    source.pages = { '': { names: ['a'], version: '100', next: '' } };
    await clock.advance(800);
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5', 'end', 'SYNCED']);
    expect(seen).toContain('failure KUBE_STREAM_BROKEN');
    watcher.dispatch({ type: 'stop' });
  });

  it('takes a polled list as it is, for virtual objects have no version, and lists again about a minute later', async () => {
    for (const [random, ms] of [
      [0, 54_000],
      [0.5, 60_000],
    ] as const) {
      const { source, watcher, deliver, clock } = start({ mode: 'poll', random });
      source.pages = { '': { names: ['a'], version: '', next: '' } };
      watcher.dispatch({ type: 'start', resumePoint: '' });
      expect(await deliver()).toEqual(['start@', 'begin', 'page a@5', 'end', 'SYNCED']);
      expect(watcher.status.state).toBe('SYNCED');
      await clock.advance(ms - 1);
      expect(await deliver()).toEqual([]);
      await clock.advance(1);
      expect(await deliver()).toEqual(['start@', 'begin', 'page a@5', 'end', 'SYNCED']);
      watcher.dispatch({ type: 'stop' });
    }
  });

  it('ignores the receipt of a page whose snapshot was given up', async () => {
    const { source, sink, watcher, clock } = start();
    source.pages = {
      '': { names: ['a', 'b'], version: '100', next: 't2' },
      t2: { names: ['c'], version: '100', next: 't3' },
      t3: new KubeError('KUBE_THROTTLED', 'later'),
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    const early = sink.receipts.splice(0);
    watcher.dispatch({ type: 'resync' });
    watcher.dispatch({ type: 'demoted' });
    await clock.advance(0);
    for (const tell of early) tell();
    await clock.advance(0);
    // The second page of the new snapshot waits for the receipt of its own first page, not for that of the old one.
    expect(sink.calls).toEqual([
      'start@100',
      'begin',
      'page a@5 b@5',
      'abort RESYNC',
      'start@100',
      'begin',
      'page a@5 b@5',
    ]);
    watcher.dispatch({ type: 'stop' });
  });

  it('reads a page again that holds what cannot be read, and leaves out what cannot be read again, but not that it exists', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: ['a', '!b', '!d', '!'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['DEGRADED']);
    expect(seen).toEqual(['failure KUBE_STREAM_BROKEN', 'KUBE_STREAM_BROKEN']);
    // One of them was broken only that time.
    source.pages = { '': { names: ['a', '!b', 'd', '!'], version: '100', next: '' } };
    await clock.advance(800);
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5 d@5 b?', 'end', 'SYNCED']);
    expect(seen.slice(2)).toEqual(['left out NOT_JSON /b', 'left out NOT_JSON /']);
    watcher.dispatch({ type: 'resync' });
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5 d@5 b?', 'end', 'SYNCED']);
    expect(seen.slice(4)).toEqual(['RESYNC']);
    watcher.dispatch({ type: 'stop' });
  });

  it('says nothing of an unreadable object on a later page when the watch has brought it meanwhile', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = {
      '': { names: ['!c'], version: '100', next: '' },
      t2: { names: ['b', '!c'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    source.pages = { ...source.pages, '': { names: ['a'], version: '100', next: 't2' } };
    await clock.advance(800);
    source.push([eventOf('DELETED', 'c', '101')]);
    expect(await deliver()).toEqual(['DEGRADED', 'start@100', 'begin', 'page a@5', '-c@101']);
    expect(await deliver()).toEqual(['page b@5', 'end', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('begins a watch again where an event cannot be read, and passes it by when it cannot be read again', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    source.push([eventOf('ADDED', 'a', '105')]);
    source.push(unreadable('b', '106'));
    expect(await deliver()).toEqual(['+a@105']);
    await clock.advance(800);
    expect(source.watches).toEqual(['100', '105']);
    source.push(unreadable('b', '106'));
    source.push([eventOf('MODIFIED', 'a', '107')]);
    expect(await deliver()).toEqual(['+a@107']);
    source.push(unreadable('b', '108'));
    source.push([eventOf('MODIFIED', 'b', '109')]);
    expect(await deliver()).toEqual(['+b@109']);
    expect(source.watches).toEqual(['100', '105']);
    expect(seen).toEqual(['failure KUBE_STREAM_BROKEN', 'KUBE_STREAM_BROKEN', 'left out NOT_JSON /b']);
    // It could be read since: if it cannot be once more, that is doubted and told again.
    source.push(unreadable('b', '110'));
    await clock.advance(1600);
    source.push(unreadable('b', '110'));
    await deliver();
    expect(source.watches).toEqual(['100', '105', '109']);
    expect(seen.slice(3)).toEqual(['failure KUBE_STREAM_BROKEN', 'KUBE_STREAM_BROKEN', 'left out NOT_JSON /b']);
    watcher.dispatch({ type: 'stop' });
  });

  it('goes on with what stands beside an object that cannot be kept: a bug costs that object alone', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = {
      '': { names: ['a', 'bad'], version: '100', next: 't2' },
      t2: { names: ['b'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    source.push([eventOf('MODIFIED', 'bad', '101'), eventOf('MODIFIED', 'a', '102'), eventOf('DELETED', 'bad', '103')]);
    expect(await deliver()).toEqual(['start@100', 'begin', 'page a@5 bad?', 'advance@101', '+a@102', '-bad@103']);
    expect(seen).toEqual(['left out KEEP_FAILED /bad']);
    expect(watcher.status.position).toBe('103');
    watcher.dispatch({ type: 'stop' });
  });

  it('reads what came in protobuf and cannot be kept again, and leaves it out only then', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: ['a'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    const protobuf = { message: 'core.v1.Pod', bytes: Buffer.alloc(0) };
    const broken = { ...eventOf('MODIFIED', 'bad', '102'), protobuf } as WatchEvent;
    source.push([eventOf('MODIFIED', 'a', '101'), broken, eventOf('MODIFIED', 'a', '103')]);
    await clock.advance(0);
    expect(source.distrusted).toEqual(['/api/v1/pods']);
    expect(watcher.status.position).toBe('101');
    expect(seen).toEqual(['failure KUBE_STREAM_BROKEN', 'KUBE_STREAM_BROKEN']);
    await clock.advance(800);
    expect(source.watches).toEqual(['100', '101']);
    source.push([eventOf('MODIFIED', 'bad', '102'), eventOf('MODIFIED', 'a', '103')]);
    expect((await deliver()).slice(-3)).toEqual(['+a@101', 'advance@102', '+a@103']);
    expect(seen.slice(2)).toEqual(['left out KEEP_FAILED /bad']);
    watcher.dispatch({ type: 'stop' });
  });

  it('does the same in a polled list', async () => {
    const { source, watcher, deliver, clock, seen } = start({ mode: 'poll' });
    source.pages = { '': { names: ['a', '!b', 'bad'], version: '', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['DEGRADED']);
    await clock.advance(800);
    expect(await deliver()).toEqual(['start@', 'begin', 'page a@5 b? bad?', 'end', 'SYNCED']);
    expect(seen).toEqual([
      'left out KEEP_FAILED /bad',
      'failure KUBE_STREAM_BROKEN',
      'KUBE_STREAM_BROKEN',
      'left out NOT_JSON /b',
    ]);
    watcher.dispatch({ type: 'stop' });
  });

  it('asks for the newest version whatever the object is that comes with it', async () => {
    const { source, watcher, clock, seen } = start();
    source.pages = { '': { names: ['!a'], version: '120', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    expect(source.watches).toEqual(['100']);
    expect(seen).toEqual([]);
    watcher.dispatch({ type: 'stop' });
  });

  it('leaves no timer and no request behind when it stops', async () => {
    const { source, watcher, clock } = start();
    source.pages = { '': new KubeError('KUBE_UNREACHABLE', 'refused') };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(1);
    watcher.dispatch({ type: 'stop' });
    expect(clock.pendingTimers).toBe(0);
    expect(watcher.status.phase).toBe('stopped');
  });
});
