/**
 * That a sink which keeps to the promises of `feed-sink.ts` holds the truth, with nothing else around the engine: the smallest one, a
 * set of names.
 */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { eventOf, ScriptedFeedSource } from '../../testing/scripted-feed-source.ts';
import { Backoff } from '../async/backoff.ts';
import { KubeError } from '../kube/kube-error.ts';
import { type KubeItem, uidOf } from '../kube/kube-item.ts';
import type { FeedSink } from './feed-sink.ts';
import { SnapshotQueue } from './snapshot-queue.ts';
import { Watcher } from './watcher.ts';

interface Named {
  readonly uid: string;
  readonly name: string;
}

/** What a feed has: marked while a snapshot tells it, swept at its end. */
class NameSet implements FeedSink<Named> {
  readonly #names = new Map<string, string>();
  #told: Set<string> | undefined;
  /** Where one could go on from. */
  position = '';
  state = '';

  get names(): string[] {
    return [...this.#names.values()].toSorted();
  }

  start(_: number, position: string): void {
    this.position = position;
  }
  begin(): void {
    this.#told = new Set();
  }
  page(_: number, kept: readonly Named[], onReceived: () => void): void {
    for (const one of kept) this.#put(one);
    // Nothing waits here: called before this returns.
    onReceived();
  }
  end(): void {
    for (const uid of this.#names.keys()) if (this.#told?.has(uid) === false) this.#names.delete(uid);
    this.#told = undefined;
  }
  abort(): void {
    this.#told = undefined;
  }
  change(_: number, { metadata }: KubeItem, kept: Named | undefined): void {
    if (kept === undefined) this.#names.delete(uidOf(metadata));
    else this.#put(kept);
    this.position = metadata.resourceVersion ?? '';
  }
  advance(_: number, position: string): void {
    this.position = position;
  }
  report(_: number, state: string): void {
    this.state = state;
  }

  #put({ uid, name }: Named): void {
    this.#names.set(uid, name);
    this.#told?.add(uid);
  }
}

function start() {
  const clock = new ManualClock();
  const source = new ScriptedFeedSource();
  const names = new NameSet();
  const bugs: unknown[] = [];
  const watcher = new Watcher<Named>(
    {
      id: 1,
      name: 'pods',
      path: '/api/v1/pods',
      fieldSelector: '',
      traits: { mode: 'watch', hasBookmarks: true },
      priority: 0,
      keep: ({ metadata }) =>
        metadata.name.startsWith('ignored') ? undefined : { uid: uidOf(metadata), name: metadata.name },
    },
    {
      source,
      sink: names,
      queue: new SnapshotQueue({ places: 1, hasRoom: () => true }),
      observer: {
        onEvents: () => {},
        onRestart: () => {},
        onFailure: () => {},
        onUnreadable: () => {},
        onBroken: (_, error) => bugs.push(error),
      },
      settings: { pageSize: 2, pollMs: 60_000 },
      clock,
      random: () => 0.5,
      createBackoff: () =>
        new Backoff({ initialMs: 800, maxMs: 30_000, factor: 2, resetAfterMs: 120_000 }, { clock, random: () => 0.5 }),
      onNotFound: () => {},
      onForbidden: () => {},
      onRewound: () => {},
    },
  );
  const settle = async (ms = 0): Promise<[string[], string, string]> => {
    await clock.advance(ms);
    expect(bugs).toEqual([]);
    return [names.names, names.position, names.state];
  };
  return { source, watcher, settle };
}

describe('a sink', () => {
  it('holds what exists, by list and watch', async () => {
    const { source, watcher, settle } = start();
    source.pages = {
      '': { names: ['a', 'b'], version: '100', next: 't2' },
      t2: { names: ['c', 'ignored'], version: '100', next: '' },
    };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    expect(await settle()).toEqual([['a', 'b', 'c'], '100', 'SYNCED']);
    source.push([eventOf('ADDED', 'd', '101'), eventOf('DELETED', 'a', '102'), eventOf('MODIFIED', 'b', '103')]);
    expect(await settle()).toEqual([['b', 'c', 'd'], '103', 'SYNCED']);
    source.push([{ type: 'BOOKMARK', resourceVersion: '110' }]);
    expect(await settle()).toEqual([['b', 'c', 'd'], '110', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('loses what went while nobody looked when history is lost: a relist sweeps', async () => {
    const { source, watcher, settle } = start();
    source.pages = { '': { names: ['a', 'b'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await settle();
    source.pages = { '': { names: ['b', 'c'], version: '200', next: '' } };
    source.push(new KubeError('KUBE_EXPIRED', 'too old'));
    expect(await settle(800)).toEqual([['b', 'c'], '200', 'SYNCED']);
    watcher.dispatch({ type: 'stop' });
  });

  it('loses nothing by a snapshot that is given up', async () => {
    const { source, watcher, settle } = start();
    source.pages = { '': { names: ['a', 'b'], version: '100', next: '' } };
    watcher.dispatch({ type: 'start', resumePoint: '' });
    await settle();
    source.pages = {
      '': { names: ['b'], version: '200', next: 't2' },
      t2: new KubeError('KUBE_SERVER_ERROR', 'later'),
    };
    watcher.dispatch({ type: 'resync' });
    expect((await settle(60_000))[0]).toEqual(['a', 'b']);
    source.pages['t2'] = { names: ['c'], version: '200', next: '' };
    expect((await settle(60_000))[0]).toEqual(['b', 'c']);
    watcher.dispatch({ type: 'stop' });
  });

  it('goes on where it was, and begins anew when history was rewound meanwhile', async () => {
    const resumed = start();
    resumed.source.pages = { '': { names: ['x'], version: '120', next: '' } };
    resumed.watcher.dispatch({ type: 'start', resumePoint: '100' });
    await resumed.settle();
    resumed.source.push([eventOf('ADDED', 'y', '121')]);
    expect(await resumed.settle()).toEqual([['y'], '121', 'SYNCED']);
    resumed.watcher.dispatch({ type: 'stop' });

    const rewound = start();
    rewound.source.pages = { '': { names: ['x'], version: '80', next: '' } };
    rewound.watcher.dispatch({ type: 'start', resumePoint: '100' });
    expect(await rewound.settle(800)).toEqual([['x'], '80', 'SYNCED']);
    rewound.watcher.dispatch({ type: 'stop' });
  });
});
