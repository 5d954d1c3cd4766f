import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, Coalescer } from './coalescer.ts';

const upsert = (uid: string, resourceVersion: string, size = 10): Change => ({
  type: 'upsert',
  feedId: 1,
  uid,
  namespace: 'shop',
  name: uid,
  resourceVersion,
  observedAtMs: 0,
  encoding: 'JSON',
  body: new Uint8Array(size),
});
const gone = (uid: string, resourceVersion: string): Change => ({
  type: 'delete',
  feedId: 1,
  uid,
  namespace: 'shop',
  name: uid,
  resourceVersion,
  observedAtMs: 0,
});
const versions = (changes: Change[]): string[] => changes.map((change) => `${change.uid}@${change.resourceVersion}`);

function startedAt(position: string): Coalescer {
  const coalescer = new Coalescer();
  coalescer.start(1, position);
  return coalescer;
}

describe('coalescer', () => {
  it('keeps only the newest change of an object and moves it to the tail', () => {
    const coalescer = startedAt('10');
    coalescer.push(upsert('a', '11'));
    coalescer.push(upsert('b', '12'));
    coalescer.push(upsert('a', '13'));
    expect(versions(coalescer.take(1, 1e6))).toEqual(['b@12', 'a@13']);
    expect(coalescer.pendingBytes).toBe(0);
  });

  it('keeps that an object is new until somebody was told of it', () => {
    const coalescer = startedAt('10');
    const news = (): unknown[] => coalescer.take(1, 1e6).map((change) => 'isNew' in change);
    coalescer.push({ ...upsert('a', '11'), isNew: true } as Change);
    coalescer.push(upsert('a', '12'));
    coalescer.push(upsert('a', '13'));
    expect(news()).toEqual([true]);
    coalescer.push(upsert('a', '14'));
    expect(news()).toEqual([false]);
    coalescer.push({ ...upsert('a', '15'), isNew: true } as Change);
    coalescer.push(gone('a', '16'));
    expect(news()).toEqual([false]);
  });

  it('keeps a delete and the re-creation under one name apart, in order', () => {
    const coalescer = startedAt('10');
    coalescer.push(gone('old', '11'));
    coalescer.push(upsert('new', '12'));
    expect(versions(coalescer.take(1, 1e6))).toEqual(['old@11', 'new@12']);
  });

  it('lets a delete replace the upsert of the same object', () => {
    const coalescer = startedAt('10');
    coalescer.push(upsert('a', '11'));
    coalescer.push(gone('a', '12'));
    expect(coalescer.take(1, 1e6)).toEqual([gone('a', '12')]);
  });

  it('claims the position before the oldest change that is still pending', () => {
    const coalescer = startedAt('10');
    coalescer.push(upsert('a', '11'));
    coalescer.push(upsert('b', '12'));
    expect(coalescer.claimable(1)).toBe('10');
    coalescer.take(1, 1);
    expect(coalescer.claimable(1)).toBe('11');
    coalescer.push(upsert('b', '13'));
    expect(coalescer.claimable(1)).toBe('12');
    coalescer.take(1, 1e6);
    expect(coalescer.claimable(1)).toBe('13');
  });

  it('claims what was before all changes of one version while one of them is pending: watching from it would miss that one', () => {
    const coalescer = startedAt('10');
    coalescer.push(gone('a', '11'));
    coalescer.push(gone('b', '11'));
    coalescer.push(gone('c', '11'));
    coalescer.take(1, 1);
    expect(coalescer.claimable(1)).toBe('10');
    coalescer.take(1, 1e6);
    expect(coalescer.claimable(1)).toBe('11');
    coalescer.advance(1, '20');
    coalescer.push(gone('d', '21'));
    expect(coalescer.claimable(1)).toBe('20');
  });

  it('claims a bookmark at once when nothing is pending, and not before when something is', () => {
    const coalescer = startedAt('10');
    coalescer.advance(1, '20');
    expect(coalescer.claimable(1)).toBe('20');
    coalescer.push(upsert('a', '21'));
    coalescer.advance(1, '30');
    expect(coalescer.claimable(1)).toBe('20');
    coalescer.take(1, 1e6);
    expect(coalescer.claimable(1)).toBe('30');
  });

  it('gives at least one change however small the room is, and no more than fits', () => {
    const coalescer = startedAt('1');
    coalescer.push(upsert('a', '2', 5000));
    coalescer.push(upsert('b', '3', 5000));
    coalescer.push(upsert('c', '4', 5000));
    expect(coalescer.take(1, 10).length).toBe(1);
    expect(coalescer.take(1, 11_000).length).toBe(2);
  });

  it('knows the bytes of each feed, and forgets one whole', () => {
    const coalescer = new Coalescer();
    coalescer.start(1, '1');
    coalescer.start(2, '1');
    coalescer.push({ ...upsert('a', '2', 100), feedId: 1 });
    coalescer.push({ ...upsert('b', '2', 9000), feedId: 2 });
    expect(coalescer.bytesOf(2)).toBe(coalescer.pendingBytes - coalescer.bytesOf(1));
    expect(coalescer.bytesOf(3)).toBe(0);
    expect(coalescer.forget(2)).toBe(1);
    expect(coalescer.claimable(2)).toBeUndefined();
    expect([...coalescer.pendingFeeds()]).toEqual([1]);
  });

  it('always heals: replaying from the claimed point plus what was taken gives the newest state (I5)', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('change' as const),
        uid: fc.constantFrom('a', 'b', 'c', 'd'),
        deleted: fc.boolean(),
        isOfSameVersion: fc.boolean(),
      }),
      fc.record({ do: fc.constant('bookmark' as const) }),
      fc.record({ do: fc.constant('take' as const), bytes: fc.integer({ min: 1, max: 600 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const coalescer = startedAt('0');
        const history: Change[] = [];
        /** Objects that changed at the revision, which may be several. */
        const changed = new Set<string>();
        const platform = new Map<string, Change>();
        let revision = 0;
        for (const next of steps) {
          if (next.do === 'change') {
            const isShared = next.isOfSameVersion && changed.size > 0 && !changed.has(next.uid);
            if (!isShared) {
              revision += 1;
              changed.clear();
            }
            changed.add(next.uid);
            const change = next.deleted ? gone(next.uid, String(revision)) : upsert(next.uid, String(revision));
            history.push(change);
            coalescer.push(change);
          } else if (next.do === 'bookmark') {
            revision += 1;
            changed.clear();
            coalescer.advance(1, String(revision));
          } else {
            for (const change of coalescer.take(1, next.bytes)) platform.set(change.uid, change);
          }
          const claimed = Number(coalescer.claimable(1));
          const healed = new Map(platform);
          for (const change of history) if (Number(change.resourceVersion) > claimed) healed.set(change.uid, change);
          const truth = new Map(history.map((change) => [change.uid, change]));
          expect(new Set(healed.values())).toEqual(new Set(truth.values()));
        }
      }),
    );
  });
});
