import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionInput, SessionState, SessionStep } from './session-signals.ts';
import { stepSession } from './session-state.ts';

const removal = (uid: string): Entry => ({
  type: 'delete',
  feedId: 1,
  uid,
  namespace: '',
  name: uid,
  resourceVersion: '1',
  observedAtMs: 0,
});
const upsert = (uid: string, feedId = 1): Entry => ({
  type: 'upsert',
  feedId,
  uid,
  namespace: '',
  name: uid,
  resourceVersion: '1',
  observedAtMs: 0,
  encoding: 'JSON',
  body: new Uint8Array(),
});
const begin = (feedId: number): Entry => ({ type: 'snapshotBegin', feedId });
const end = (feedId: number, count: number): Entry => ({ type: 'snapshotEnd', feedId, resourceVersion: '9', count });
const abort = (feedId: number): Entry => ({ type: 'snapshotAbort', feedId, reason: 'REFUSED' });
const progress = (feedId: number): Entry => ({ type: 'progress', feedId, resourceVersion: '9' });
const session = {
  epoch: 4,
  instanceId: 'us',
  seq: 7,
  processedSeq: 6,
  givenUp: new Map<number, number>(),
  asideInARow: 0,
};
const acked = (seq: number): SessionInput => ({
  type: 'acked',
  ack: { epoch: 4, receivedSeq: seq, processedSeq: seq, entryCount: 0, directives: [], rejections: [] },
});
const refused = (kind: string): SessionInput =>
  ({ type: 'refused', verdict: { kind, detail: '', keyChanged: false } }) as SessionInput;

describe('what is given up', () => {
  /** What a session does with batches whose entries the platform takes or refuses; refused with all that stands beside them. */
  function deliver(isTaken: (entry: Entry) => boolean, ...batches: Entry[][]) {
    const told = { taken: [] as Entry[], dropped: [] as string[], aside: [] as number[], requests: 0, phase: '' };
    let state: SessionState = { phase: 'ready', session };
    for (const entries of batches) {
      if (state.phase !== 'ready') break;
      let step: SessionStep = stepSession(state, { type: 'due', entries });
      while (step.state.phase === 'sending') {
        const [portion] = step.state.batch.portions;
        const isGood = portion.every(isTaken);
        if (isGood) told.taken.push(...portion);
        told.requests += 1;
        step = stepSession(step.state, isGood ? acked(step.state.session.seq) : refused('REJECTED'));
        for (const command of step.commands) {
          if (command.type === 'drop' && command.entry.type === 'upsert') told.dropped.push(command.entry.uid);
          if (command.type === 'setAside') told.aside.push(command.feedId);
        }
        if (told.requests > 1000) throw new Error('it does not end');
      }
      ({ state } = step);
    }
    return { ...told, phase: state.phase };
  }
  const isGood = (one: Entry): boolean => !('uid' in one) || !one.uid.startsWith('poison');
  const many = (count: number, name: string, feedId = 1): Entry[] =>
    Array.from({ length: count }, (_, index) => upsert(`${name}${String(index)}`, feedId));
  const uids = (entries: readonly Entry[]): string[] =>
    entries.flatMap((one) => ('uid' in one ? one.uid : [])).toSorted();

  it('is the one object that is refused, where others of its feed are taken', () => {
    const f = (batch: Entry[]): void => {
      const { taken, dropped, aside, phase } = deliver(isGood, batch);
      expect({ dropped, aside, phase }).toEqual({ dropped: ['poison'], aside: [], phase: 'ready' });
      expect(uids(taken)).toEqual(uids(batch.filter(isGood)));
    };
    f([upsert('x'), upsert('y'), upsert('poison'), upsert('z')]);
    f([upsert('poison'), upsert('x'), progress(1)]);
    f([upsert('x'), upsert('poison')]);
    f([begin(1), upsert('poison'), upsert('x'), end(1, 2)]);
  });

  it('is every one of many neighbours, wherever they stand, in few requests', () => {
    const f = (before: number, poison: number, behind: number): void => {
      const objects = [...many(before, 'before'), ...many(poison, 'poison'), ...many(behind, 'behind')];
      const { taken, dropped, aside, requests } = deliver(isGood, [begin(1), ...objects, end(1, objects.length)]);
      expect([before, poison, behind, dropped.toSorted(), aside]).toEqual([
        before,
        poison,
        behind,
        uids(many(poison, 'poison')),
        [],
      ]);
      expect(uids(taken)).toEqual(uids(objects.filter(isGood)));
      // The end states what was sent, or the platform would ask for the snapshot again, for ever.
      expect(taken.at(-1)).toEqual(end(1, before + behind));
      expect(requests).toBeLessThan(40 + 4 * poison);
    };
    f(0, 6, 10);
    f(10, 6, 0);
    f(0, 6, 1);
    f(100, 6, 100);
    f(0, 50, 200);
    f(200, 50, 0);
    f(3, 6, 3);
  });

  it('is one object as soon as the session has seen the platform take others of its feed', () => {
    const { dropped, aside } = deliver(isGood, [upsert('x')], [upsert('poison'), progress(1)]);
    expect({ dropped, aside }).toEqual({ dropped: ['poison'], aside: [] });
  });

  it('is nothing of a feed of which the platform has taken no object: it is set aside, and the others go on', () => {
    const f = (batch: Entry[], taken: Entry[]): void => {
      expect(deliver(isGood, batch)).toMatchObject({ taken, dropped: [], aside: [1], phase: 'ready' });
    };
    f([upsert('poison'), progress(1), upsert('x', 2)], [upsert('x', 2)]);
    f(
      [begin(1), upsert('poison'), end(1, 1), upsert('x', 2), progress(2)],
      [begin(1), abort(1), upsert('x', 2), progress(2)],
    );
    f([begin(1), ...many(250, 'poison'), upsert('x', 2)], [begin(1), upsert('x', 2)]);
  });

  it('is nothing of many feeds either, as long as the platform takes objects of others', () => {
    const batch = [1, 2, 3, 4, 5, 6].map((feedId) => upsert(feedId === 3 || feedId === 5 ? 'x' : 'poison', feedId));
    expect(deliver(isGood, batch)).toMatchObject({ dropped: [], aside: [1, 2, 4, 6], phase: 'ready' });
  });

  it('is at most five objects of a feed that the platform takes no more', () => {
    const changes = Array.from({ length: 20 }, (_, index) => [upsert(`poison${String(index)}`)]);
    const { dropped, aside } = deliver(isGood, [upsert('x')], ...changes);
    expect(dropped).toHaveLength(5);
    expect(aside[0]).toBe(1);
  });

  it('is nothing at all by a platform that refuses everything: the session begins anew after three feeds', () => {
    const batch = [1, 2, 3, 4].flatMap((feedId) => [begin(feedId), ...many(100, 'any', feedId), end(feedId, 100)]);
    expect(deliver(() => false, batch)).toMatchObject({ dropped: [], aside: [1, 2], phase: 'pausing' });
    const objects = [1, 2, 3, 4].flatMap((feedId) => [...many(100, 'any', feedId), progress(feedId)]);
    const everything = deliver(() => false, objects);
    expect(everything).toMatchObject({ dropped: [], aside: [1, 2], phase: 'pausing' });
    expect(everything.requests).toBeLessThan(100);
  });

  it('is nothing by a platform that takes marks and heartbeats and no object: those speak for nothing', () => {
    const isMark = (one: Entry): boolean => one.type !== 'upsert';
    const snapshot = (feedId: number): Entry[] => [begin(feedId), upsert('x', feedId), end(feedId, 1)];
    const batches = [1, 2, 3, 4].flatMap((feedId) => [snapshot(feedId), []]);
    expect(deliver(isMark, ...batches)).toMatchObject({ dropped: [], aside: [1, 2], phase: 'pausing' });
  });

  it('is no object where only marks are taken: a snapshot without its objects would empty the feed', () => {
    const isMark = (one: Entry): boolean => one.type !== 'upsert';
    const batch = [begin(1), upsert('x'), upsert('y'), end(1, 2)];
    expect(deliver(isMark, batch)).toMatchObject({ taken: [begin(1), abort(1)], dropped: [], aside: [1] });
  });

  it('is no delete: the feed is set aside, and its snapshot says the same', () => {
    const { taken, dropped, aside } = deliver(isGood, [upsert('x'), removal('poison'), upsert('y'), progress(1)]);
    expect({ taken, dropped, aside }).toEqual({ taken: [upsert('x')], dropped: [], aside: [1] });
  });

  it('is no mark either: what no snapshot says again begins a session', () => {
    const f = (mark: Entry, expected: { taken: Entry[]; aside: number[]; phase: string }): void => {
      const { taken, dropped, aside, phase } = deliver((one) => one !== mark, [upsert('x'), mark]);
      expect([mark.type, { taken, dropped, aside, phase }]).toEqual([mark.type, { dropped: [], ...expected }]);
    };
    f(begin(1), { taken: [upsert('x')], aside: [1], phase: 'ready' });
    f(end(1, 1), { taken: [upsert('x'), abort(1)], aside: [1], phase: 'ready' });
    f(progress(1), { taken: [upsert('x')], aside: [1], phase: 'ready' });
    f(abort(1), { taken: [upsert('x')], aside: [], phase: 'pausing' });
    const forbidden: Entry = { type: 'feedState', feedId: 1, state: 'FORBIDDEN', reason: 'x' };
    f(forbidden, { taken: [upsert('x')], aside: [], phase: 'pausing' });
  });

  it('never is that a resource is gone, which removes its objects', () => {
    const absent: Entry = { type: 'feedState', feedId: 1, state: 'ABSENT', reason: '' };
    const { taken, aside } = deliver(isGood, [absent, upsert('poison')]);
    expect({ taken, aside }).toEqual({ taken: [absent], aside: [1] });
  });

  it('tells whether a snapshot that goes on has counted it', () => {
    const from: SessionState = {
      phase: 'sending',
      session: { ...session, givenUp: new Map([[1, 0]]) },
      batch: { portions: [[upsert('poison')], [upsert('x')]], suspects: 0, mayBeApplied: false, taken: new Map() },
    };
    expect(stepSession(from, refused('REJECTED')).commands).toEqual([
      { type: 'drop', entry: upsert('poison'), reason: 'REJECTED', isStillCounted: true },
      { type: 'prepare', epoch: 4, seq: 7, entries: [upsert('x')] },
    ]);
  });

  it('leaves no entry lost or sent twice on random walks, and no seq out', () => {
    const answer = fc.oneof(
      { weight: 4, arbitrary: fc.constant('ack') },
      fc.constantFrom('TOO_LARGE', 'REJECTED', 'UNAVAILABLE', 'NO_ANSWER', 'UNAUTHORIZED', 'INTERFERENCE'),
    );
    const anEntry = fc.oneof(
      { weight: 5, arbitrary: fc.record({ make: fc.constant('upsert'), feedId: fc.integer({ min: 1, max: 3 }) }) },
      fc.record({
        make: fc.constantFrom('delete', 'begin', 'end', 'progress', 'offer'),
        feedId: fc.integer({ min: 1, max: 3 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 120 }), fc.array(anEntry, { maxLength: 20 }), (answers, kinds) => {
        const batch = kinds.map(({ make, feedId }, index): Entry => {
          if (make === 'begin') return begin(feedId);
          if (make === 'end') return end(feedId, 100 + index);
          if (make === 'progress') return progress(feedId);
          if (make === 'offer') return { type: 'offer', feedId, uid: String(index), resourceVersion: '1' };
          return make === 'delete' ? { ...removal(String(index)), feedId } : upsert(String(index), feedId);
        });
        let step = stepSession({ phase: 'ready', session }, { type: 'due', entries: batch });
        const gone: Entry[] = [];
        const aside = new Set<number>();
        let seq = session.seq;
        for (const next of answers) {
          if (step.state.phase === 'holding') step = stepSession(step.state, { type: 'timer' });
          if (step.state.phase !== 'sending') break;
          expect(step.state.session.seq).toBe(seq);
          if (next === 'ack') {
            gone.push(...step.state.batch.portions[0]);
            step = stepSession(step.state, acked(seq));
            seq += 1;
          } else {
            step = stepSession(step.state, refused(next));
            for (const command of step.commands) {
              if (command.type === 'drop') gone.push(command.entry);
              // Its object goes out in its place, by way of the outbox.
              if (command.type === 'withdraw') gone.push(...command.offers);
              if (command.type === 'setAside') aside.add(command.feedId);
            }
          }
        }
        const { state } = step;
        if (state.phase === 'pausing') return;
        const left = state.phase === 'sending' || state.phase === 'holding' ? state.batch.portions.flat() : [];
        // What a feed sent before it was set aside stays sent; apart from the set-aside ones, every entry is somewhere, once.
        const key = (one: Entry): string => `${String(one.feedId)} ${one.type} ${'uid' in one ? one.uid : ''}`;
        const ofOthers = (entries: readonly Entry[]): string[] =>
          entries
            .filter(({ feedId }) => !aside.has(feedId))
            .map(key)
            .toSorted();
        expect(ofOthers([...gone, ...left])).toEqual(ofOthers(batch));
        // An object may overtake others of its feed, but no mark of it.
        for (const feedId of [1, 2, 3].filter((one) => !aside.has(one))) {
          const segments = (entries: readonly Entry[]): string[] => {
            let segment = 0;
            return entries
              .filter((one) => one.feedId === feedId && one.type !== 'progress')
              .map((one) =>
                one.type === 'upsert' || one.type === 'delete' || one.type === 'offer'
                  ? `${String(segment)} ${key(one)}`
                  : `${String((segment += 1))} ${key(one)}`,
              )
              .toSorted();
          };
          expect(segments([...gone, ...left])).toEqual(segments(batch));
        }
      }),
    );
  });
});
