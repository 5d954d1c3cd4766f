import { Backoff } from '@castai/shared/async/backoff.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ListRequest, WatchRequest } from '@castai/shared/kube/kube-stream.ts';
import type { ListPage } from '@castai/shared/kube/list-page.ts';
import type { WatchEvent } from '@castai/shared/kube/json/watch-decoder.ts';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../batch/outbox.ts';
import { SnapshotQueue } from './snapshot-queue.ts';
import { type FeedSource, type WatchedFeed, Watcher } from './watcher.ts';

const object = (name: string, resourceVersion: string): KubeObject => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion, managedFields: 'never sent' },
});

interface ScriptedPage {
  /** Of its objects; `c@130` is one that changed at 130, the others did at 5. */
  readonly names: readonly string[];
  readonly version: string;
  readonly next: string;
}

/** An API server of one collection, in memory: pages by token, watches that the test feeds. */
class ScriptedSource implements FeedSource {
  readonly lists: string[] = [];
  readonly watches: string[] = [];
  pages: Record<string, ScriptedPage | KubeError> = {};
  readonly #streams: { push: (step: WatchEvent[] | KubeError | 'end') => void; signal: AbortSignal }[] = [];

  listPage({ continueToken = '', limit }: ListRequest): Promise<ListPage> {
    this.lists.push(limit === 1 ? 'probe' : continueToken);
    const page = this.pages[continueToken];
    if (page === undefined || page instanceof KubeError)
      return Promise.reject(page ?? new Error(`no page ${continueToken}`));
    const metadata = {
      kind: 'PodList',
      apiVersion: 'v1',
      resourceVersion: page.version,
      continueToken: page.next,
      remainingItemCount: undefined,
    };
    const items = async function* (): AsyncGenerator<KubeObject> {
      for (const [name = '', version = '5'] of page.names.map((one) => one.split('@'))) {
        yield await Promise.resolve(object(name, version));
      }
    };
    return Promise.resolve({ metadata, items: items(), end: () => metadata });
  }

  async *watch({ resourceVersion }: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchEvent[]> {
    this.watches.push(resourceVersion);
    const steps: (WatchEvent[] | KubeError | 'end')[] = [];
    let wake = (): void => {};
    this.#streams.push({
      signal,
      push: (step) => {
        steps.push(step);
        wake();
      },
    });
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      const step = steps.shift();
      if (step === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if (step === 'end') return;
      if (step instanceof KubeError) throw step;
      yield step;
    }
    throw signal.reason;
  }

  push(step: WatchEvent[] | KubeError | 'end'): void {
    this.#streams.at(-1)?.push(step);
  }

  get openWatches(): number {
    return this.#streams.filter(({ signal }) => !signal.aborted).length;
  }
}

function short(entry: Entry): string {
  switch (entry.type) {
    case 'upsert':
      return `+${entry.name}@${entry.resourceVersion} ${Buffer.from(entry.body).toString()}`;
    case 'delete':
      return `-${entry.name}@${entry.resourceVersion}`;
    case 'snapshotEnd':
      return `end@${entry.resourceVersion}#${String(entry.count)}`;
    case 'progress':
      return `progress@${entry.resourceVersion}`;
    case 'feedState':
      return entry.state;
    case 'snapshotBegin':
    case 'snapshotAbort':
      return entry.type;
  }
}

function start(options: { limitBytes?: number; random?: number; mode?: 'watch' | 'poll' } = {}) {
  const clock = new ManualClock();
  const source = new ScriptedSource();
  const seen: string[] = [];
  const outbox: Outbox = new Outbox({
    limitBytes: options.limitBytes ?? 1 << 20,
    onDemoted: () => watcher.dispatch({ type: 'demoted' }),
    onWaiting: () => {},
  });
  const feed: WatchedFeed = {
    id: 1,
    name: 'pods',
    path: '/api/v1/pods',
    fieldSelector: '',
    traits: { mode: options.mode ?? 'watch', hasBookmarks: true },
    priority: 0,
    scrub: ({ metadata: { name } }) => (name === 'hidden' ? undefined : { name }),
  };
  const watcher: Watcher = new Watcher(feed, {
    source,
    outbox,
    queue: new SnapshotQueue({ places: 2, hasRoom: () => outbox.hasRoom }),
    observer: {
      onEvents: () => {},
      onRestart: (_, reason) => seen.push(reason),
      onFailure: (_, error) => seen.push(`failure ${error.code}`),
      onBroken: (_, error) => seen.push(`BROKEN ${String(error)}`),
    },
    settings: { pageSize: 2, pollMs: 60_000 },
    clock,
    random: () => options.random ?? 0.5,
    createBackoff: () =>
      new Backoff({ initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 }, { clock, random: () => 0.5 }),
    onNotFound: () => seen.push('not found'),
    onForbidden: () => seen.push('forbidden'),
    onRewound: () => seen.push('rewound'),
  });
  /** Cuts a batch and confirms it. */
  const deliver = async (): Promise<string[]> => {
    await clock.advance(0);
    const cut = outbox.cut(1 << 20);
    for (const tell of cut.onReceived) tell();
    await clock.advance(0);
    return cut.entries.map(short);
  };
  return { clock, source, seen, outbox, watcher, deliver };
}

const modified = (name: string, version: string): WatchEvent => ({ type: 'MODIFIED', object: object(name, version) });

describe('watcher', () => {
  it('snapshots a feed without a resume point, scrubbed, and watches from the version of the list', async () => {
    const { source, watcher, deliver } = start();
    source.pages = { '': { names: ['a', 'b'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['snapshotBegin', '+a@5 {"name":"a"}', '+b@5 {"name":"b"}', 'end@100#2', 'SYNCED']);
    expect(source.watches).toEqual(['100']);
    watcher.dispatch({ type: 'stop' });
    expect(source.openWatches).toBe(0);
  });

  it('goes on from a resume point without listing anything but the probe', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: ['a'], version: '120', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    expect(source.lists).toEqual(['probe']);
    source.push([modified('a', '130')]);
    expect(await deliver()).toEqual(['SYNCED', '+a@130 {"name":"a"}', 'progress@130']);
    watcher.dispatch({ type: 'stop' });
  });

  it('skips in later pages what the watch has touched, and counts what it sent (C35)', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = {
      '': { names: ['a', 'b'], version: '100', next: 't2' },
      t2: { names: ['c', 'd'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    source.push([modified('c', '101'), { type: 'DELETED', object: object('d', '102') }]);
    expect(await deliver()).toEqual([
      'snapshotBegin',
      '+a@5 {"name":"a"}',
      '+b@5 {"name":"b"}',
      '+c@101 {"name":"c"}',
      '-d@102',
    ]);
    expect(await deliver()).toEqual(['end@102#3', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('sends a page of a renewed token once the watch has brought what changed on it, not later (C29)', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = {
      '': { names: ['a'], version: '100', next: 't2' },
      t2: new KubeError('KUBE_EXPIRED', 'the token is too old', { continueToken: 'renewed' }),
      renewed: { names: ['c', 'd@120'], version: '130', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    expect(await deliver()).toEqual(['snapshotBegin', '+a@5 {"name":"a"}']);
    expect(seen).toEqual(['failure KUBE_EXPIRED', 'KUBE_EXPIRED']);
    expect(await deliver()).toEqual([]);
    source.push([modified('d', '120')]);
    expect(await deliver()).toEqual(['+c@5 {"name":"c"}', '+d@120 {"name":"d"}', 'end@120#3', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('snapshots when its resume point lies in the future of a rewound history, and says so (C11)', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: ['a'], version: '80', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    expect(seen).toEqual(['REWOUND', 'rewound']);
    await clock.advance(800);
    expect(await deliver()).toEqual(['snapshotBegin', '+a@5 {"name":"a"}', 'end@80#1', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('sends a delete for an object of which nothing may leave any more', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '90' });
    await clock.advance(0);
    source.push([modified('hidden', '101')]);
    expect(await deliver()).toEqual(['SYNCED', '-hidden@101', 'progress@101']);
    watcher.dispatch({ type: 'stop' });
  });

  it('turns bookmarks into progress and never into objects', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    source.push([{ type: 'BOOKMARK', resourceVersion: '500' }]);
    expect(await deliver()).toEqual(['SYNCED', 'progress@500']);
    watcher.dispatch({ type: 'stop' });
  });

  it('does not go back to a bookmark that is older than its position (C18)', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '100' });
    await clock.advance(0);
    source.push([modified('a', '1005'), { type: 'BOOKMARK', resourceVersion: '999' }]);
    expect(await deliver()).toEqual(['SYNCED', '+a@1005 {"name":"a"}', 'progress@1005']);
    source.push('end');
    await clock.advance(1000);
    expect(source.watches).toEqual(['100', '1005']);
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
    expect(await deliver()).toEqual(['snapshotBegin', '+a@5 {"name":"a"}', 'end@100#1', 'SYNCED']);
    expect(seen).toContain('KUBE_EXPIRED');
    watcher.dispatch({ type: 'stop' });
  });

  it('watches on from the last position after the server ended the watch, with a short pause', async () => {
    const { source, watcher, deliver, clock } = start();
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    source.push([modified('a', '105')]);
    await clock.advance(0);
    source.push('end');
    await clock.advance(499);
    expect(source.watches).toEqual(['100']);
    await clock.advance(1);
    expect(source.watches).toEqual(['100', '105']);
    watcher.dispatch({ type: 'stop' });
  });

  it('stops taking events when its pending changes pass the bound, and snapshots again when there is room', async () => {
    const { source, watcher, deliver, clock, seen } = start({ limitBytes: 2000 });
    source.pages = { '': { names: [], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await deliver();
    source.push(Array.from({ length: 50 }, (_, index) => modified(`p${String(index)}`, String(101 + index))));
    await clock.advance(0);
    expect(seen).toContain('DEMOTED');
    expect(source.lists).toEqual(['', '']);
    expect(await deliver()).toEqual(['snapshotBegin', 'end@100#0', 'SYNCED']);
    expect(seen.filter((line) => line.startsWith('BROKEN'))).toEqual([]);
    watcher.dispatch({ type: 'stop' });
  });

  it('asks again for a list without a resourceVersion (C30)', async () => {
    const { source, watcher, deliver, clock, seen } = start();
    source.pages = { '': { names: ['a'], version: '', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['DEGRADED']);
    source.pages = { '': { names: ['a'], version: '100', next: '' } };
    await clock.advance(800);
    expect(await deliver()).toEqual(['snapshotBegin', '+a@5 {"name":"a"}', 'end@100#1', 'SYNCED']);
    expect(seen).toContain('failure KUBE_STREAM_BROKEN');
    watcher.dispatch({ type: 'stop' });
  });

  it('takes a polled list as it is: virtual objects have no version', async () => {
    const { source, watcher, deliver } = start({ mode: 'poll' });
    source.pages = { '': { names: ['a'], version: '', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await deliver()).toEqual(['snapshotBegin', '+a@5 {"name":"a"}', 'end@#1', 'SYNCED']);
    expect(watcher.status.state).toBe('SYNCED');
    watcher.dispatch({ type: 'stop' });
  });

  it('ignores the receipt of a page whose snapshot was given up', async () => {
    const { source, watcher, outbox, clock } = start();
    source.pages = {
      '': { names: ['a', 'b'], version: '100', next: 't2' },
      t2: { names: ['c'], version: '100', next: 't3' },
      t3: new KubeError('KUBE_THROTTLED', 'later'),
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await clock.advance(0);
    const early = outbox.cut(1 << 20);
    watcher.dispatch({ type: 'resync' });
    watcher.dispatch({ type: 'demoted' });
    await clock.advance(0);
    for (const tell of early.onReceived) tell();
    await clock.advance(0);
    // The second page of the new snapshot waits for the receipt of its own first page, not for that of the old one.
    expect(outbox.cut(1 << 20).entries.map(short)).toEqual([
      'snapshotAbort',
      'snapshotBegin',
      '+a@5 {"name":"a"}',
      '+b@5 {"name":"b"}',
    ]);
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
