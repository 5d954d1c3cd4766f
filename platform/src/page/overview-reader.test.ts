import { expect, test } from 'vitest';
import { NODES, PODS } from '@castai/test/platform-rig/hand-agent.ts';
import type { FeedRow } from '../store/feed-row.ts';
import type { ObjectBody } from '../store/platform-store.ts';
import { OverviewReader } from './overview-reader.ts';

const row: FeedRow = {
  ...PODS,
  key: 10,
  feedId: 1,
  clusterUid: 'u',
  resumePoint: '50',
  state: 'SYNCED',
  reason: '',
  mark: 1,
  vintage: 0,
  heldPosition: undefined,
  snapshotUpserts: undefined,
  resync: undefined,
  observedAtMs: undefined,
  appliedAtMs: undefined,
  staleSinceMs: undefined,
};
const clock = { monotonicMs: () => 0 };

/** A store of pods by uid; what is done before an answer goes out is up to the test. */
class PodStore {
  readonly phases = new Map<string, string>();
  beforeAnswer: () => void = () => {};
  /** Sizes of what was read at once. */
  readonly reads: number[] = [];

  async objects(_feedKey: number, uids: readonly string[]): Promise<ObjectBody[]> {
    return this.#answer([...this.phases].filter(([uid]) => uids.includes(uid)));
  }

  async objectsAfter(_feedKey: number, after: string, limit: number): Promise<ObjectBody[]> {
    return this.#answer(
      [...this.phases]
        .filter(([uid]) => uid > after)
        .sort((a, b) => (a[0] < b[0] ? -1 : 1))
        .slice(0, limit),
    );
  }

  #answer(found: readonly [string, string][]): ObjectBody[] {
    const objects = found.map(([uid, phase]) => ({ uid, body: Buffer.from(JSON.stringify({ status: { phase } })) }));
    this.reads.push(objects.length);
    this.beforeAnswer();
    return objects;
  }
}

test('a feed is read in steps, and what is left is told', async () => {
  const store = new PodStore();
  for (let n = 0; n < 450; n += 1) store.phases.set(`uid-${1_000 + n}`, 'Running');
  let now = 0;
  const reader = new OverviewReader({ store, clock: { monotonicMs: () => (now += 10) } });
  await reader.step([row]);
  expect([reader.overview.phases.total, reader.unread(() => 450)]).toEqual([400, 50]);
  await reader.step([row]);
  expect([reader.overview.phases.total, reader.unread(() => 450), store.reads]).toEqual([450, 0, [200, 200, 50]]);
});

test('what changes while it is read is read again', async () => {
  const store = new PodStore();
  store.phases.set('a', 'Pending');
  const reader = new OverviewReader({ store, clock });
  store.beforeAnswer = () => {
    store.beforeAnswer = () => {};
    store.phases.set('a', 'Running');
    reader.touched(10, ['a']);
  };
  await reader.step([row]);
  expect([reader.overview.phases.byPhase, reader.unread(() => 1)]).toEqual([{ Pending: 1 }, 0]);
  store.beforeAnswer = () => {
    store.beforeAnswer = () => {};
    store.phases.delete('a');
    reader.touched(10, ['a']);
  };
  await reader.step([row]);
  expect([reader.overview.phases.total, reader.unread(() => 0)]).toEqual([0, 0]);
});

test('of many changes none is left out', async () => {
  const store = new PodStore();
  const reader = new OverviewReader({ store, clock });
  await reader.step([row]);
  const uids = Array.from({ length: 450 }, (_, n) => `uid-${n}`);
  for (const uid of uids) store.phases.set(uid, 'Running');
  reader.touched(10, uids);
  await reader.step([row]);
  expect(reader.overview.phases).toEqual({ total: 450, byPhase: { Running: 450 } });
});

test('a feed that went takes its objects with it, and what starts over in the middle of a step is read anew by the next', async () => {
  const store = new PodStore();
  store.phases.set('a', 'Running');
  const reader = new OverviewReader({ store, clock });
  const nodes = { ...row, ...NODES, key: 11, group: 'other' };
  store.beforeAnswer = () => {
    reader.startOver();
    store.phases.clear();
  };
  await reader.step([row, nodes]);
  expect(reader.overview.phases.total).toBe(1);
  store.beforeAnswer = () => {};
  await reader.step([row, nodes]);
  expect(reader.overview.phases.total).toBe(0);
  store.phases.set('b', 'Running');
  reader.touched(10, ['b']);
  reader.touched(11, ['b']);
  await reader.step([row, nodes]);
  expect(reader.overview.phases.total).toBe(1);
  await reader.step([nodes]);
  expect(reader.overview.phases.total).toBe(0);
});
