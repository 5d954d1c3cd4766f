import type { Ack, Entry, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOSED, type SessionInput, type SessionState, type SessionStep, stepSession } from './session-state.ts';

const entry = (uid: string): Entry => ({
  type: 'delete',
  feedId: 1,
  uid,
  namespace: '',
  name: uid,
  resourceVersion: '1',
  observedAtMs: 0,
});
const [a, b, c] = [entry('a'), entry('b'), entry('c')];
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
const verdict = (kind: Verdict['kind'], more: object = {}): Verdict =>
  ({ kind, detail: '', keyChanged: false, failure: { kind: 'reset', code: '', detail: '' }, ...more }) as Verdict;
const opened: OpenResponse = {
  epoch: 4,
  resume: [],
  limits: { maxBatchBytes: 1, heartbeatMs: 2, minBatchIntervalMs: 3 },
  directives: [],
};
const ack = (seq: number, processed = seq, more: Partial<Ack> = {}): Ack => ({
  epoch: 4,
  receivedSeq: seq,
  processedSeq: processed,
  entryCount: 0,
  directives: [],
  rejections: [],
  ...more,
});
const session = { epoch: 4, seq: 7, processedSeq: 6, givenUp: new Map<number, number>(), asideInARow: 0 };
/** A hand from which nothing was sent yet. */
const fresh = { suspects: 0, taken: new Map<number, number>() };
const lost = { kind: 'FENCED', detail: '' } as const;
const states: Record<SessionState['phase'], SessionState> = {
  closed: CLOSED,
  registering: { phase: 'registering' },
  opening: { phase: 'opening' },
  pausing: { phase: 'pausing', next: 'open' },
  fenced: { phase: 'fenced', lost },
  ready: { phase: 'ready', session },
  sending: { phase: 'sending', session, hand: { parts: [[a, b]], ...fresh } },
  holding: { phase: 'holding', session, hand: { parts: [[a, b]], ...fresh } },
};
const inputs: Record<SessionInput['type'], SessionInput> = {
  start: { type: 'start' },
  registered: { type: 'registered' },
  opened: { type: 'opened', response: opened },
  due: { type: 'due', entries: [a] },
  acked: { type: 'acked', ack: ack(7) },
  refused: { type: 'refused', verdict: verdict('UNAVAILABLE', { retryAfterMs: 5 }) },
  timer: { type: 'timer' },
  offerChanged: { type: 'offerChanged' },
  proven: { type: 'proven', byLease: false },
};
const short = (step: SessionStep): string =>
  [step.state.phase, ...step.commands.map((command) => command.type)].join(' ');

/** Every state with every input; `-` is "nothing changes, nothing is done". */
const table: Record<SessionState['phase'], Record<SessionInput['type'], string>> = {
  closed: {
    start: 'registering register',
    registered: '-',
    opened: '-',
    due: '-',
    acked: '-',
    refused: '-',
    timer: '-',
    offerChanged: '-',
    proven: '-',
  },
  registering: {
    start: '-',
    registered: 'opening open',
    opened: '-',
    due: '-',
    acked: '-',
    refused: '-',
    timer: '-',
    offerChanged: '-',
    proven: '-',
  },
  opening: {
    start: '-',
    registered: '-',
    opened: 'ready adopt heed',
    due: '-',
    acked: '-',
    refused: 'pausing wait',
    timer: '-',
    offerChanged: '-',
    proven: '-',
  },
  pausing: {
    start: '-',
    registered: '-',
    opened: '-',
    due: '-',
    acked: '-',
    refused: '-',
    timer: 'opening open',
    offerChanged: '-',
    proven: '-',
  },
  fenced: {
    start: '-',
    registered: '-',
    opened: '-',
    due: '-',
    acked: '-',
    refused: '-',
    timer: 'opening open',
    offerChanged: '-',
    proven: 'fenced wait',
  },
  ready: {
    start: '-',
    registered: '-',
    opened: '-',
    due: 'sending prepare',
    acked: '-',
    refused: '-',
    timer: '-',
    offerChanged: 'opening abandon open',
    proven: '-',
  },
  sending: {
    start: '-',
    registered: '-',
    opened: '-',
    due: '-',
    acked: 'ready confirm release heed',
    refused: 'holding wait',
    timer: '-',
    offerChanged: '-',
    proven: '-',
  },
  holding: {
    start: '-',
    registered: '-',
    opened: '-',
    due: '-',
    acked: '-',
    refused: '-',
    timer: 'sending resend',
    offerChanged: '-',
    proven: '-',
  },
};

/** What each verdict leads to while opening and while sending a batch of two. */
const verdicts: Record<Verdict['kind'], { opening: string; sending: string }> = {
  FENCED: { opening: 'fenced prove', sending: 'fenced abandon prove' },
  NOT_LEADER: { opening: 'fenced prove', sending: 'fenced abandon prove' },
  GAP: { opening: 'pausing wait', sending: 'pausing abandon wait' },
  UNKNOWN_EPOCH: { opening: 'pausing wait', sending: 'pausing abandon wait' },
  UNKNOWN_CLUSTER: { opening: 'pausing wait', sending: 'pausing abandon wait' },
  TOO_LARGE: { opening: 'pausing wait', sending: 'sending prepare' },
  REJECTED: { opening: 'pausing wait', sending: 'sending prepare' },
  UNSUPPORTED_ENCODING: { opening: 'pausing wait', sending: 'holding wait' },
  UNAUTHORIZED: { opening: 'pausing wait', sending: 'holding wait' },
  UNAVAILABLE: { opening: 'pausing wait', sending: 'holding wait' },
  NO_ANSWER: { opening: 'pausing wait', sending: 'holding wait' },
  INTERFERENCE: { opening: 'pausing wait', sending: 'holding wait' },
};

/** Runs inputs from a state and gives the last step. */
function walk(from: SessionState, ...steps: SessionInput[]): SessionStep {
  let step: SessionStep = { state: from, commands: [] };
  for (const input of steps) step = stepSession(step.state, input);
  return step;
}
const refused = (kind: Verdict['kind'], more?: object): SessionInput => ({
  type: 'refused',
  verdict: verdict(kind, more),
});
const acked = (seq: number): SessionInput => ({ type: 'acked', ack: ack(seq) });
const sending = (...entries: Entry[]): SessionState => ({
  phase: 'sending',
  session,
  hand: { parts: [entries], ...fresh },
});

describe('session machine', () => {
  it('answers every input in every state as the table says', () => {
    for (const [phase, row] of Object.entries(table)) {
      for (const [type, expected] of Object.entries(row)) {
        const state = states[phase as SessionState['phase']];
        const step = stepSession(state, inputs[type as SessionInput['type']]);
        expect([phase, type, short(step)]).toEqual([phase, type, expected === '-' ? phase : expected]);
        if (expected === '-') expect(step).toEqual({ state, commands: [] });
      }
    }
  });

  it('answers every verdict as the table says', () => {
    for (const [kind, expected] of Object.entries(verdicts)) {
      const input = refused(kind as Verdict['kind']);
      expect([kind, short(stepSession(states.opening, input))]).toEqual([kind, expected.opening]);
      expect([kind, short(stepSession(states.sending, input))]).toEqual([kind, expected.sending]);
    }
  });

  it('sends the same bytes with the same seq after an outage, with Retry-After as the floor', () => {
    const held = walk(states.sending, refused('UNAVAILABLE', { retryAfterMs: 9_000 }));
    expect(held.commands).toEqual([{ type: 'wait', kind: 'transient', reason: 'UNAVAILABLE', retryAfterMs: 9_000 }]);
    expect(walk(held.state, { type: 'timer' }).commands).toEqual([{ type: 'resend' }]);
  });

  it('tries a changed key at once and an unchanged one stubbornly', () => {
    const waits = (more: object): unknown => walk(states.sending, refused('UNAUTHORIZED', more)).commands[0];
    expect(waits({ keyChanged: true })).toMatchObject({ kind: 'none' });
    expect(waits({ keyChanged: false })).toMatchObject({ kind: 'stubborn' });
  });

  it('sends a batch that is too large in halves under rising seqs', () => {
    const half = walk(sending(a, b, c), refused('TOO_LARGE'));
    expect(half.commands).toEqual([{ type: 'prepare', epoch: 4, seq: 7, entries: [a, b] }]);
    const rest = walk(half.state, acked(7));
    expect(rest.commands[1]).toEqual({ type: 'prepare', epoch: 4, seq: 8, entries: [c] });
    expect(short(walk(rest.state, acked(8)))).toBe('ready confirm release heed');
  });

  it('only waits when a heartbeat is refused, for it has no entry to drop', () => {
    expect(short(walk(sending(), refused('TOO_LARGE')))).toBe('holding wait');
  });

  it('resends the batch in hand when the gap starts there, and opens again when it does not', () => {
    expect(short(walk(states.sending, refused('GAP', { expectedSeq: 7 })))).toBe('holding wait');
    expect(short(walk(states.sending, refused('GAP', { expectedSeq: 3 })))).toBe('pausing abandon wait');
  });

  it('opens again when the ack is for other content than was sent, for the seq was cut differently before', () => {
    expect(short(walk(states.sending, refused('INTERFERENCE', { ackMismatch: true })))).toBe('pausing abandon wait');
    expect(short(walk(states.sending, refused('INTERFERENCE', { ackMismatch: false })))).toBe('holding wait');
  });

  it('registers before it opens again when the platform does not know the cluster', () => {
    const paused = walk(states.sending, refused('UNKNOWN_CLUSTER'));
    expect(walk(paused.state, { type: 'timer' }).commands).toEqual([{ type: 'register' }]);
  });

  it('prepares again with the next compression and waits when there is none', () => {
    expect(short(walk(states.sending, refused('UNSUPPORTED_ENCODING', { next: 'gzip' })))).toBe('sending prepare');
    expect(short(walk(states.opening, refused('UNSUPPORTED_ENCODING', { next: 'gzip' })))).toBe('opening open');
  });

  it('counts batches as processed when the platform says so, and never backwards', () => {
    const processed = (processedSeq: number): unknown =>
      stepSession(states.sending, { type: 'acked', ack: ack(7, processedSeq) }).commands[0];
    expect(processed(7)).toMatchObject({ type: 'confirm', processed: 1 });
    expect(processed(6)).toMatchObject({ type: 'confirm', processed: 0 });
    expect(processed(2)).toMatchObject({ type: 'confirm', processed: 0 });
  });

  it('passes on limits, directives and rejections of an ack', () => {
    const directives = [{ id: 'x', resync: { feedIds: [1], reason: 'r' } }];
    const rejections = [{ entryIndex: 1, code: 'TOO_LARGE' }];
    const step = stepSession(states.sending, {
      type: 'acked',
      ack: ack(7, 7, { directives, rejections, limits: opened.limits }),
    });
    expect(step.commands).toContainEqual({ type: 'reject', entries: [a, b], rejections });
    expect(step.commands).toContainEqual({ type: 'heed', limits: opened.limits, directives });
  });
});

describe('what is given up', () => {
  /** What a session does with batches whose entries the platform takes or refuses; refused with all that stands beside them. */
  function deliver(isTaken: (entry: Entry) => boolean, ...batches: Entry[][]) {
    const told = { taken: [] as Entry[], dropped: [] as string[], aside: [] as number[], requests: 0, phase: '' };
    let state: SessionState = { phase: 'ready', session };
    for (const entries of batches) {
      if (state.phase !== 'ready') break;
      let step: SessionStep = stepSession(state, { type: 'due', entries });
      while (step.state.phase === 'sending') {
        const [part] = step.state.hand.parts;
        const isGood = part.every(isTaken);
        if (isGood) told.taken.push(...part);
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

  it('is no object where only marks are taken: a snapshot without its objects would empty the feed', () => {
    const isMark = (one: Entry): boolean => one.type !== 'upsert';
    const batch = [begin(1), upsert('x'), upsert('y'), end(1, 2)];
    expect(deliver(isMark, batch)).toMatchObject({ taken: [begin(1), abort(1)], dropped: [], aside: [1] });
  });

  it('is no delete: the feed is set aside, and its snapshot says the same', () => {
    const { taken, dropped, aside } = deliver(isGood, [upsert('x'), entry('poison'), upsert('y'), progress(1)]);
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
      hand: { parts: [[upsert('poison')], [upsert('x')]], ...fresh },
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
        make: fc.constantFrom('delete', 'begin', 'end', 'progress'),
        feedId: fc.integer({ min: 1, max: 3 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 120 }), fc.array(anEntry, { maxLength: 20 }), (answers, kinds) => {
        const batch = kinds.map(({ make, feedId }, index): Entry => {
          if (make === 'begin') return begin(feedId);
          if (make === 'end') return end(feedId, 100 + index);
          if (make === 'progress') return progress(feedId);
          return make === 'delete' ? ({ ...a, feedId, uid: String(index) } as Entry) : upsert(String(index), feedId);
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
            gone.push(...step.state.hand.parts[0]);
            step = stepSession(step.state, acked(seq));
            seq += 1;
          } else {
            step = stepSession(step.state, refused(next));
            for (const command of step.commands) {
              if (command.type === 'drop') gone.push(command.entry);
              if (command.type === 'setAside') aside.add(command.feedId);
            }
          }
        }
        const { state } = step;
        if (state.phase === 'pausing') return;
        const left = state.phase === 'sending' || state.phase === 'holding' ? state.hand.parts.flat() : [];
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
                one.type === 'upsert' || one.type === 'delete'
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
