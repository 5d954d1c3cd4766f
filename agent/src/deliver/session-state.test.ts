import type { Ack, Entry, OpenResponse } from '@castai/shared/platform/ingest-messages.ts';
import type { Verdict } from '@castai/shared/platform/transport.ts';
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
const [a, b, c, d] = [entry('a'), entry('b'), entry('c'), entry('d')];
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
const session = { epoch: 4, seq: 7, processedSeq: 6 };
const refusal = { kind: 'FENCED', detail: '' } as const;
const states: Record<SessionState['phase'], SessionState> = {
  closed: CLOSED,
  registering: { phase: 'registering' },
  opening: { phase: 'opening' },
  pausing: { phase: 'pausing', next: 'open' },
  fenced: { phase: 'fenced', refusal },
  ready: { phase: 'ready', session },
  sending: { phase: 'sending', session, hand: { parts: [[a, b]], refusalsInARow: 0 } },
  holding: { phase: 'holding', session, hand: { parts: [[a, b]], refusalsInARow: 0 } },
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
  hand: { parts: [entries], refusalsInARow: 0 },
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

  it('finds the one entry that is refused, drops it alone and delivers the others', () => {
    let state = sending(a, b, c, d);
    const delivered: Entry[] = [];
    const dropped: unknown[] = [];
    for (let i = 0; i < 20 && state.phase === 'sending'; i += 1) {
      const [part] = state.hand.parts;
      const isPoisoned = part.includes(c);
      if (!isPoisoned) delivered.push(...part);
      const step = stepSession(state, isPoisoned ? refused('REJECTED') : acked(state.session.seq));
      dropped.push(...step.commands.filter((command) => command.type === 'drop'));
      state = step.state;
    }
    expect(delivered).toEqual([a, b, d]);
    expect(dropped).toEqual([{ type: 'drop', entry: c, reason: 'REJECTED', isStillCounted: false }]);
    expect(state).toMatchObject({ phase: 'ready', session: { seq: 9 } });
  });

  it('takes an upsert that is given up off the count of the snapshot that ends in the same batch', () => {
    const upsert = (feedId: number, uid: string): Entry => ({
      ...(entry(uid) as Extract<Entry, { type: 'delete' }>),
      type: 'upsert',
      feedId,
      encoding: 'JSON',
      body: new Uint8Array(),
    });
    const end = (feedId: number, count: number): Entry => ({
      type: 'snapshotEnd',
      feedId,
      resourceVersion: '9',
      count,
    });
    const f = (behind: Entry[], expected: { behind: Entry[]; isStillCounted: boolean }): void => {
      const from: SessionState = {
        phase: 'sending',
        session,
        hand: { parts: [[upsert(1, 'poison')], behind], refusalsInARow: 0 },
      };
      const step = stepSession(from, refused('REJECTED'));
      expect(step.commands).toMatchObject([
        { type: 'drop', isStillCounted: expected.isStillCounted },
        { type: 'prepare', entries: expected.behind },
      ]);
    };
    f([upsert(1, 'x'), end(2, 5), end(1, 2)], {
      behind: [upsert(1, 'x'), end(2, 5), end(1, 1)],
      isStillCounted: false,
    });
    f([upsert(1, 'x'), end(2, 5)], { behind: [upsert(1, 'x'), end(2, 5)], isStillCounted: true });
    const next: Entry[] = [{ type: 'snapshotBegin', feedId: 1 }, end(1, 0)];
    f(next, { behind: next, isStillCounted: false });
  });

  it('stops dropping and opens again when entry after entry is refused', () => {
    const many = Array.from({ length: 40 }, (_, index) => entry(String(index)));
    let state: SessionState = sending(...many);
    let drops = 0;
    for (let i = 0; i < 200 && state.phase === 'sending'; i += 1) {
      const step = stepSession(state, refused('REJECTED'));
      drops += step.commands.filter((command) => command.type === 'drop').length;
      state = step.state;
    }
    expect(state).toEqual({ phase: 'pausing', next: 'open' });
    expect(drops).toBe(4);
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

  it('never loses or repeats an entry on random walks, and never skips a seq', () => {
    const answer = fc.oneof(
      { weight: 4, arbitrary: fc.constant('ack') },
      fc.constantFrom('TOO_LARGE', 'REJECTED', 'UNAVAILABLE', 'NO_ANSWER', 'UNAUTHORIZED', 'INTERFERENCE'),
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 80 }), fc.integer({ min: 0, max: 9 }), (answers, size) => {
        const batch = Array.from({ length: size }, (_, index) => entry(String(index)));
        let step = stepSession({ phase: 'ready', session }, { type: 'due', entries: batch });
        const gone: Entry[] = [];
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
            for (const command of step.commands) if (command.type === 'drop') gone.push(command.entry);
          }
        }
        const { state } = step;
        const left = state.phase === 'sending' || state.phase === 'holding' ? state.hand.parts.flat() : [];
        if (state.phase !== 'pausing') expect([...gone, ...left]).toEqual(batch);
      }),
    );
  });
});
