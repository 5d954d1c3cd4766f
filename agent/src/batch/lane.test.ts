import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { Lane } from './lane.ts';

const page = (feedId: number, uid: string, resourceVersion = '5'): Entry => ({
  type: 'upsert',
  feedId,
  uid,
  namespace: '',
  name: uid,
  resourceVersion,
  observedAtMs: 0,
  encoding: 'JSON',
  body: new Uint8Array(10),
});
const begin = (feedId: number): Entry => ({ type: 'snapshotBegin', feedId });
const end = (feedId: number): Entry => ({ type: 'snapshotEnd', feedId, resourceVersion: '', count: 0 });
const state = (feedId: number, name: 'SYNCED' | 'ABSENT'): Entry => ({
  type: 'feedState',
  feedId,
  state: name,
  reason: '',
});

function laneOf(...entries: Entry[]): Lane {
  const lane = new Lane();
  for (const entry of entries) lane.push(entry);
  return lane;
}
const short = (lane: Lane): string[] =>
  [...lane.entries].map((entry) => (entry.type === 'upsert' ? `${entry.uid}@${entry.resourceVersion}` : entry.type));

describe('lane', () => {
  it('keeps the order in which things came, and knows what they cost', () => {
    const lane = laneOf(begin(1), page(1, 'a'), page(2, 'b'), end(1));
    expect(short(lane)).toEqual(['snapshotBegin', 'a@5', 'b@5', 'snapshotEnd']);
    expect([lane.count, lane.bytes]).toEqual([4, lane.bytesOf(1) + lane.bytesOf(2)]);
    for (const entry of lane.entries) lane.delete(entry);
    expect([lane.count, lane.bytes, lane.bytesOf(1), lane.bytesOf(2)]).toEqual([0, 0, 0, 0]);
  });

  it('holds an object of a feed once: what is newer takes the place of what still waits', () => {
    const lane = laneOf(page(1, 'a'), page(1, 'b'), page(2, 'a'));
    lane.supersede(1, 'a');
    lane.supersede(1, 'unknown');
    expect(short(lane)).toEqual(['b@5', 'a@5']);
    lane.push(page(1, 'b', '6'));
    expect(short(lane)).toEqual(['a@5', 'b@6']);
  });

  it('takes objects without a uid for different ones', () => {
    const lane = laneOf(page(1, ''), page(1, ''));
    lane.supersede(1, '');
    expect(lane.count).toBe(2);
  });

  it('drops a snapshot with what is true of it alone, and says where it was', () => {
    const lane = laneOf(
      state(2, 'SYNCED'),
      begin(1),
      page(1, 'a'),
      state(2, 'ABSENT'),
      state(1, 'SYNCED'),
      state(1, 'ABSENT'),
    );
    const next = lane.dropSnapshot(1);
    lane.insert(next, { type: 'snapshotAbort', feedId: 1, reason: '' });
    expect([...lane.entries].map((entry) => [entry.feedId, entry.type, 'state' in entry ? entry.state : ''])).toEqual([
      [2, 'feedState', 'SYNCED'],
      [1, 'snapshotAbort', ''],
      [2, 'feedState', 'ABSENT'],
      [1, 'feedState', 'ABSENT'],
    ]);
    expect(lane.dropSnapshot(3)).toBeUndefined();
  });

  it('is closed to the changes of a feed as long as its begin, its abort or its ABSENT waits', () => {
    const lane = laneOf(begin(1), page(1, 'a'), page(2, 'b'), end(3), state(4, 'SYNCED'), state(5, 'ABSENT'));
    expect(lane.closed).toEqual(new Set([1, 5]));
  });

  it('knows of which feeds the end waits', () => {
    const lane = laneOf(page(2, 'b'), end(1));
    expect([lane.isEnding(1), lane.isEnding(2), lane.isEnding(3)]).toEqual([true, false, false]);
    for (const entry of lane.entries) lane.delete(entry);
    expect(lane.isEnding(1)).toBe(false);
  });

  it('finds the last entry of a feed, and holds nothing when it was cleared', () => {
    const lane = laneOf(begin(1), page(1, 'a'), begin(2));
    expect(lane.lastOf(1)?.type).toBe('upsert');
    expect(lane.lastOf(3)).toBeUndefined();
    lane.clear();
    expect([lane.count, lane.bytes, lane.bytesOf(1), [...lane.entries]]).toEqual([0, 0, 0, []]);
  });
});
