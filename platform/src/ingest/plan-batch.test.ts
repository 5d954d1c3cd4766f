import { expect, test } from 'vitest';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { begin, end, progress, remove, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { planBatch, type BatchPlan, type PlanContext } from './plan-batch.ts';
import type { FeedProgress } from '../store/feed-row.ts';

const synced: FeedProgress = {
  key: 10,
  resumePoint: '50',
  state: 'SYNCED',
  reason: '',
  mark: 3,
  vintage: 6,
  heldPosition: '50',
  snapshotUpserts: undefined,
  resync: undefined,
  observedAtMs: undefined,
};

function plan(feed: Partial<FeedProgress>, entries: Entry[], context: Partial<PlanContext> = {}): BatchPlan {
  return planBatch(entries, {
    feeds: new Map([[1, { ...synced, ...feed }]]),
    maxObjectBytes: 1_000,
    batchId: '7-9',
    held: () => undefined,
    isJsonObject: (body) => body[0] === 0x7b,
    refuse: () => undefined,
    ...context,
  });
}

const effects = (result: BatchPlan): string[] =>
  result.effects.map((effect) => {
    const uid = effect.type === 'put' ? effect.upsert.uid : 'uid' in effect ? effect.uid : '';
    const named = effect.type === 'keepNamed' ? `${effect.namespace}/${effect.name}` : '';
    return [effect.type, effect.feedKey, 'mark' in effect ? `mark ${effect.mark}` : '', uid, named]
      .filter((part) => part !== '')
      .join(' ');
  });

test('upserts and deletes become effects in stream order', () => {
  const result = plan({}, [
    upsert('a', { observedAtMs: 40 }),
    remove('a'),
    upsert('a', { uid: 'second-life', observedAtMs: 30 }),
  ]);
  expect(effects(result)).toEqual(['put 10 mark 3 uid-a', 'remove 10 uid-a', 'put 10 mark 3 second-life']);
  expect(result.feeds.get(1)).toEqual({ ...synced, observedAtMs: 1_000 });
});

test('a snapshot marks what comes, counts it, sweeps the rest and sets the resume point, all at its end', () => {
  const result = plan({}, [begin(), upsert('a'), upsert('b'), end(2, '90')]);
  expect(effects(result)).toEqual(['put 10 mark 4 uid-a', 'put 10 mark 4 uid-b', 'sweep 10 mark 4']);
  expect(result.feeds.get(1)).toEqual({
    ...synced,
    mark: 4,
    resumePoint: '90',
    heldPosition: '90',
    observedAtMs: 1_000,
  });
});

test('a begin forgets the resume point and answers the wish for a resync', () => {
  const result = plan({ resync: { id: 'r', reason: 'x' } }, [begin()]);
  expect(result.feeds.get(1)).toEqual({ ...synced, mark: 4, resumePoint: undefined, snapshotUpserts: 0 });
});

test('a snapshot during which a resync was asked for sets no resume point, so that no session forgets the wish', () => {
  const resync = { id: 'r', reason: 'x' };
  const result = plan({ resync, snapshotUpserts: 0, resumePoint: undefined }, [end(0, '90')]);
  expect(effects(result)).toEqual(['sweep 10 mark 3']);
  expect(result.feeds.get(1)).toMatchObject({ resync, resumePoint: undefined, snapshotUpserts: undefined });
});

test('a second begin starts the count again', () => {
  const result = plan({}, [begin(), upsert('a'), begin(), upsert('b'), end(1, '90')]);
  expect(effects(result)).toEqual(['put 10 mark 4 uid-a', 'put 10 mark 5 uid-b', 'sweep 10 mark 5']);
});

test('a snapshot goes on over batches, with changes of a running watch among its objects', () => {
  const open = { snapshotUpserts: 2, mark: 4, resumePoint: undefined };
  const result = plan(open, [remove('a'), upsert('c'), end(3, '90')]);
  expect(effects(result)).toEqual(['remove 10 uid-a', 'put 10 mark 4 uid-c', 'sweep 10 mark 4']);
});

test('a count that differs sweeps nothing, forgets the resume point and asks for a resync', () => {
  const result = plan({}, [begin(), upsert('a'), end(2, '90')]);
  expect(effects(result)).toEqual(['put 10 mark 4 uid-a']);
  const resync = { id: 'count-7-9-1', reason: 'the snapshot said 2 objects and had 1' };
  expect(result.feeds.get(1)).toEqual({ ...synced, mark: 4, resumePoint: undefined, observedAtMs: 1_000, resync });
  expect(result.milestones.map(({ type }) => type)).toEqual(['snapshotBegin', 'countMismatch']);
});

test('an abort closes the snapshot without a sweep', () => {
  const result = plan({}, [begin(), upsert('a'), { type: 'snapshotAbort', feedId: 1, reason: '410' }]);
  expect(effects(result)).toEqual(['put 10 mark 4 uid-a']);
  expect(result.feeds.get(1)).toMatchObject({ snapshotUpserts: undefined, resumePoint: undefined });
});

test('an end without a begin is refused and changes nothing', () => {
  const result = plan({}, [end(0, '90')]);
  expect([effects(result), result.rejections, result.feeds.size]).toEqual([
    [],
    [{ entryIndex: 0, code: 'NO_SNAPSHOT' }],
    0,
  ]);
});

test('progress moves a resume point', () => {
  expect(plan({}, [progress('51'), progress('52')]).feeds.get(1)?.resumePoint).toBe('52');
});

test('progress never creates a resume point: before and within a snapshot it has no effect', () => {
  const result = plan({ resumePoint: undefined }, [progress('51'), begin(), progress('52')]);
  expect([result.feeds.get(1)?.resumePoint, result.ignored, result.rejections]).toEqual([undefined, 2, []]);
});

test('progress without a resourceVersion is refused', () => {
  const result = plan({}, [progress('')]);
  expect(result.rejections).toEqual([{ entryIndex: 0, code: 'NO_RESOURCE_VERSION' }]);
});

test('a snapshot without a resourceVersion, as of a feed that is polled, sweeps and leaves no resume point', () => {
  const result = plan({}, [begin(), upsert('a'), end(1, '')]);
  expect(effects(result)).toEqual(['put 10 mark 4 uid-a', 'sweep 10 mark 4']);
  expect([result.feeds.get(1)?.resumePoint, result.rejections]).toEqual([undefined, []]);
});

test('FORBIDDEN and DEGRADED remove nothing, ABSENT removes everything', () => {
  const f = (state: 'SYNCED' | 'FORBIDDEN' | 'ABSENT' | 'DEGRADED') => {
    const result = plan({}, [{ type: 'feedState', feedId: 1, state, reason: 'why' }]);
    return [effects(result), result.feeds.get(1)?.state, result.feeds.get(1)?.resumePoint];
  };
  expect(f('SYNCED')).toEqual([[], 'SYNCED', '50']);
  expect(f('FORBIDDEN')).toEqual([[], 'FORBIDDEN', '50']);
  expect(f('DEGRADED')).toEqual([[], 'DEGRADED', '50']);
  expect(f('ABSENT')).toEqual([['clear 10'], 'ABSENT', undefined]);
});

test('a snapshot that met FORBIDDEN does not sweep any more', () => {
  const forbidden: Entry = { type: 'feedState', feedId: 1, state: 'FORBIDDEN', reason: '' };
  const result = plan({}, [begin(), upsert('a'), forbidden, end(1, '90')]);
  expect(effects(result)).toEqual(['put 10 mark 4 uid-a']);
  expect(result.rejections).toEqual([{ entryIndex: 3, code: 'NO_SNAPSHOT' }]);
});

test('entries are refused alone, each with its reason', () => {
  const f = (entry: Entry, context: Partial<PlanContext> = {}): string[] => {
    const result = plan({}, [upsert('before'), entry, upsert('after')], context);
    expect(effects(result)).toEqual(['put 10 mark 3 uid-before', 'put 10 mark 3 uid-after']);
    return result.rejections.map(({ entryIndex, code }) => `${entryIndex} ${code}`);
  };
  expect(f(upsert('a', { body: Buffer.from('[1]') }))).toEqual(['1 INVALID_BODY']);
  expect(f(upsert('a', { body: Buffer.alloc(1_001, 0x7b) }))).toEqual(['1 TOO_LARGE']);
  expect(f(upsert('a', { encoding: 'KUBERNETES_PROTOBUF' }))).toEqual(['1 UNSUPPORTED_ENCODING']);
  expect(f(upsert('a', { uid: '' }))).toEqual(['1 NO_UID']);
  expect(f({ ...remove('a'), uid: '' } as Entry)).toEqual(['1 NO_UID']);
  expect(f(upsert('a', { feedId: 9 }))).toEqual(['1 UNKNOWN_FEED']);
  expect(f(upsert('a'), { refuse: ({ name }) => (name === 'a' ? 'POISONED' : undefined) })).toEqual(['1 POISONED']);
});

test('an upsert without a body says in a snapshot that an object exists: what is known of it stays, by uid or by name', () => {
  const body = new Uint8Array();
  const f = (entry: Entry): unknown[] => {
    const result = plan({}, [begin(), entry, end(1, '90')]);
    return [effects(result), result.rejections.map(({ code }) => code), result.feeds.get(1)?.resumePoint];
  };
  expect(f(upsert('a', { body }))).toEqual([['keep 10 mark 4 uid-a', 'sweep 10 mark 4'], [], '90']);
  expect(f(upsert('a', { body, uid: 'default/a' }))).toEqual([
    ['keepNamed 10 mark 4 default/a', 'sweep 10 mark 4'],
    [],
    '90',
  ]);
  expect(f(upsert('a', { body, uid: '' }))).toEqual([['sweep 10 mark 4'], ['NO_UID'], '90']);
  expect(plan({}, [begin(), upsert('a', { body })]).feeds.get(1)?.observedAtMs).toBeUndefined();
  expect(plan({}, [upsert('a', { body })]).rejections).toEqual([{ entryIndex: 0, code: 'INVALID_BODY' }]);
});

test('an object whose new state is refused within a snapshot counts, and keeps its last known state', () => {
  const result = plan({}, [begin(), upsert('a', { body: Buffer.from('x') }), end(1, '90')]);
  expect(effects(result)).toEqual(['keep 10 mark 4 uid-a', 'sweep 10 mark 4']);
  expect(result.feeds.get(1)?.resumePoint).toBe('90');
});

const offer = (uid: string, resourceVersion = '100', feedId = 1): Entry => ({
  type: 'offer',
  feedId,
  uid,
  resourceVersion,
});
const holds =
  (...uids: string[]) =>
  (feedKey: number, uid: string): string | undefined =>
    feedKey === 10 && uids.includes(uid) ? '100' : undefined;

test('an offer of just the version that is held marks its object, counts and changes nothing else', () => {
  const result = plan({}, [begin(), offer('uid-a'), upsert('b'), end(2, '90')], { held: holds('uid-a') });
  expect(effects(result)).toEqual(['keep 10 mark 4 uid-a', 'put 10 mark 4 uid-b', 'sweep 10 mark 4']);
  expect([result.wanted, result.rejections]).toEqual([[], []]);
  expect(result.feeds.get(1)).toMatchObject({ resumePoint: '90', heldPosition: '90', vintage: 6 });
});

test('an offer of another version, of an object that is not held or without a version is wanted, and does not count', () => {
  const entries = [begin(), offer('uid-a', '99'), offer('uid-b'), offer('uid-c', ''), offer('uid-a')];
  const held = (_: number, uid: string) => (uid === 'uid-c' ? '' : holds('uid-a')(10, uid));
  const result = plan({}, entries, { held });
  expect([result.wanted, result.feeds.get(1)?.snapshotUpserts]).toEqual([[1, 2, 3], 1]);
});

test('an end that counts offers which are wanted sweeps nothing', () => {
  const result = plan({}, [begin(), offer('uid-a'), end(1, '90')]);
  expect(effects(result)).toEqual([]);
  expect(result.feeds.get(1)).toMatchObject({ resumePoint: undefined, heldPosition: '50' });
  expect(result.feeds.get(1)?.resync?.reason).toBe('the snapshot said 1 objects and had 0');
});

test('an offer outside of a snapshot marks nothing, and one for an unknown feed is refused', () => {
  const result = plan({}, [offer('uid-a'), offer('uid-a', '100', 9)], { held: holds('uid-a') });
  expect([result.wanted, result.rejections]).toEqual([[0], [{ entryIndex: 1, code: 'UNKNOWN_FEED' }]]);
  expect(effects(result)).toEqual([]);
});

test.each<[string, Entry[]]>([
  ['was removed', [begin(), remove('a'), offer('uid-a')]],
  ['was changed', [begin(), upsert('a', { resourceVersion: '101' }), offer('uid-a')]],
  ['may have been swept', [begin(), end(0, '90'), begin(), offer('uid-a')]],
  ['went with the resource', [{ type: 'feedState', feedId: 1, state: 'ABSENT', reason: '' }, begin(), offer('uid-a')]],
  ['may be of another version', [begin(), upsert('x', { uid: 'default/x', body: Buffer.alloc(0) }), offer('uid-a')]],
  ['is of a history that was rewound', [{ type: 'snapshotBegin', feedId: 1, afresh: true }, offer('uid-a')]],
])('an offer is wanted of an object that %s in the same batch', (_what, entries) => {
  const { wanted } = plan({}, entries, { held: holds('uid-a') });
  expect(wanted).toEqual([entries.length - 1]);
});

test('an offer marks what the same batch has put', () => {
  const { wanted } = plan({}, [{ type: 'snapshotBegin', feedId: 1, afresh: true }, upsert('a'), offer('uid-a')]);
  expect(wanted).toEqual([]);
});

test('a snapshot begun afresh is of another vintage, with which its objects are put', () => {
  const result = plan({}, [{ type: 'snapshotBegin', feedId: 1, afresh: true }, upsert('a')]);
  expect(result.effects).toMatchObject([{ type: 'put', vintage: 7 }]);
  expect(result.feeds.get(1)).toMatchObject({ vintage: 7, heldPosition: undefined });
  expect(plan({}, [begin(), upsert('a')]).effects).toMatchObject([{ type: 'put', vintage: 6 }]);
});

test('progress moves the position that was heard of, where a snapshot has ended in this vintage', () => {
  expect(plan({}, [progress('75')]).feeds.get(1)).toMatchObject({ resumePoint: '75', heldPosition: '75' });
  const none = plan({ heldPosition: undefined }, [progress('75')]).feeds.get(1);
  expect(none).toMatchObject({ resumePoint: '75', heldPosition: undefined });
});
