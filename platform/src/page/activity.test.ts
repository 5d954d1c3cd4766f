import { expect, test } from 'vitest';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { begin, end, PODS, progress, remove, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { planBatch } from '../ingest/plan-batch.ts';
import type { IngestEvent } from '../ingest/ingest-event.ts';
import type { FeedRow } from '../store/feed-row.ts';
import { Activity } from './activity.ts';

const pods: FeedRow = {
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

function processed(entries: Entry[]): IngestEvent {
  const feeds = new Map([[1, pods]]);
  const plan = planBatch(entries, {
    feeds,
    maxObjectBytes: 1000,
    held: () => undefined,
    batchId: '1-1',
    isJsonObject: () => true,
    refuse: ({ name }) => (name.startsWith('bad') ? 'POISONED' : undefined),
  });
  const batch = { epoch: 1, seq: 1, sentAtMs: 0, entries };
  return { type: 'processed', cluster: 'c', batch, plan, feeds, touched: new Map() };
}

function told(entries: Entry[]): string[] {
  const activity = new Activity();
  activity.ingested(processed(entries), 5_000);
  return activity.events.map(({ tone, kind, text }) => `${tone} | ${kind} | ${text}`).toReversed();
}

test('few changes are told by name, many by number', () => {
  expect(told([upsert('a'), remove('b')])).toEqual(['plain | pods | upserted default/a, deleted default/b']);
  expect(told(['a', 'b', 'c', 'd'].map((name) => upsert(name)))).toEqual(['plain | pods | upserted 4 objects']);
});

test('snapshots, states and rejections are told', () => {
  expect(told([begin(), upsert('a'), end(1)])).toEqual([
    'plain | pods | upserted default/a',
    'plain | pods | snapshot began',
    'good | pods | snapshot ended: 1 objects',
  ]);
  expect(told([{ type: 'feedState', feedId: 1, state: 'FORBIDDEN', reason: 'no list' }])).toEqual([
    'plain | pods | state: FORBIDDEN: no list',
  ]);
  expect(told([upsert('bad-1'), upsert('bad-2'), { ...progress('9'), feedId: 7 }])).toEqual([
    'plain | pods | upserted default/bad-1, default/bad-2',
    'bad | pods | rejected bad-1 and 1 more: POISONED',
    'bad | unknown feed | rejected entry 2: UNKNOWN_FEED',
  ]);
});

test('a heartbeat is not told', () => {
  expect(told([progress('51')])).toEqual([]);
});

test('only the newest events are kept', () => {
  const activity = new Activity();
  for (let index = 1; index <= 100; index += 1) {
    activity.note({ atMs: index, tone: 'plain', kind: 'k', text: String(index) });
  }
  expect([activity.events.length, activity.events[0]?.text, activity.events.at(-1)?.text]).toEqual([60, '100', '41']);
});

test('a list that was given out does not change any more', () => {
  const activity = new Activity();
  const before = activity.events;
  activity.note({ atMs: 1, tone: 'plain', kind: 'k', text: 't' });
  expect([before.length, activity.events.length]).toEqual([0, 1]);
});

test('the rate is of whole seconds, and forgets', () => {
  const activity = new Activity();
  activity.ingested(processed([upsert('a'), upsert('b')]), 5_100);
  activity.ingested(processed([upsert('a')]), 5_900);
  activity.ingested(processed([remove('a')]), 7_000);
  expect(activity.rates(8_200).slice(-4)).toEqual([0, 3, 0, 1]);
  expect(activity.rates(8_200)).toHaveLength(60);
  expect(activity.rates(100_000).every((rate) => rate === 0)).toBe(true);
});

test('what other programs tell is not pushed out by changes', () => {
  const activity = new Activity();
  for (let n = 1; n <= 7; n += 1) activity.note({ atMs: n, tone: 'warn', kind: 'interruption', text: `notice ${n}` });
  activity.note({ atMs: 8, tone: 'good', kind: 'init data', text: 'delivered' });
  for (let n = 0; n < 200; n += 1) activity.note({ atMs: 9, tone: 'plain', kind: 'pods', text: 'upserted' });
  expect(activity.notices.map(({ text }) => text)).toEqual([
    'delivered',
    'notice 7',
    'notice 6',
    'notice 5',
    'notice 4',
  ]);
  expect(activity.events.every(({ kind }) => kind === 'pods')).toBe(true);
});
