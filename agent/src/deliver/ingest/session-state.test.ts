import type { Ack, Entry, OpenResponse } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { describe, expect, it } from 'vitest';
import type { SessionInput, SessionState, SessionStep } from './session-signals.ts';
import { CLOSED, stepSession } from './session-state.ts';

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
const session = {
  epoch: 4,
  instanceId: 'us',
  seq: 7,
  processedSeq: 6,
  givenUp: new Map<number, number>(),
  asideInARow: 0,
};
/** A batch from which nothing was sent yet. */
const fresh = { suspects: 0, mayBeApplied: false, taken: new Map<number, number>() };
const lost = { kind: 'FENCED', detail: '' } as const;
const states: Record<SessionState['phase'], SessionState> = {
  closed: CLOSED,
  registering: { phase: 'registering' },
  opening: { phase: 'opening' },
  pausing: { phase: 'pausing', next: 'open' },
  fenced: { phase: 'fenced', lost },
  ready: { phase: 'ready', session },
  sending: { phase: 'sending', session, batch: { portions: [[a, b]], ...fresh } },
  holding: { phase: 'holding', session, batch: { portions: [[a, b]], ...fresh } },
};
const inputs: Record<SessionInput['type'], SessionInput> = {
  start: { type: 'start' },
  registered: { type: 'registered' },
  opened: { type: 'opened', response: opened, instanceId: 'us' },
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
  batch: { portions: [entries], ...fresh },
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
    expect(held.commands).toEqual([{ type: 'wait', kind: 'transient', retryAfterMs: 9_000 }]);
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

  it('never sends other content under a seq that may have been applied: a refusal then opens anew', () => {
    const unanswered = ['NO_ANSWER', 'UNAVAILABLE', 'INTERFERENCE'] as const;
    const refusals = ['TOO_LARGE', 'REJECTED'] as const;
    const again = { type: 'timer' } as const;
    const f = (expected: string, ...inputs_: SessionInput[]): void => {
      expect(short(walk(sending(a, b), ...inputs_))).toBe(expected);
    };
    for (const lostBy of unanswered) {
      for (const refusedBy of refusals) {
        f('pausing abandon wait', refused(lostBy), again, refused(refusedBy));
        // What is refused for another reason in between does not tell what became of the first attempt.
        f('pausing abandon wait', refused(lostBy), again, refused('UNAUTHORIZED'), again, refused(refusedBy));
        const encoding = refused('UNSUPPORTED_ENCODING', { next: 'gzip' });
        f('pausing abandon wait', refused(lostBy), again, encoding, refused(refusedBy));
        // The platform says that it has not got it.
        f('sending prepare', refused(lostBy), again, refused('GAP', { expectedSeq: 7 }), again, refused(refusedBy));
        // Of the next seq nothing is in doubt.
        f(
          'sending prepare',
          refused('TOO_LARGE'),
          refused(lostBy),
          again,
          acked(7),
          acked(8),
          { type: 'due', entries: [a, b] },
          refused(refusedBy),
        );
      }
    }
    // There is only one content of a heartbeat.
    expect(short(walk(sending(), refused('NO_ANSWER'), again, refused('REJECTED')))).toBe('holding wait');
  });

  it('opens again at once when the session that took over is its own, and asks who may send when it is not', () => {
    const own = walk(states.sending, refused('FENCED', { openedBy: 'us' }));
    expect(own.commands).toEqual([{ type: 'abandon' }, { type: 'wait', kind: 'transient', retryAfterMs: 0 }]);
    expect(short(walk(own.state, { type: 'timer' }))).toBe('opening open');
    expect(short(walk(states.sending, refused('FENCED', { openedBy: 'them' })))).toBe('fenced abandon prove');
    expect(short(walk(states.sending, refused('FENCED')))).toBe('fenced abandon prove');
    const opened_ = walk(states.opening, { type: 'opened', response: opened, instanceId: 'them' });
    const hand = walk(opened_.state, { type: 'due', entries: [a] });
    expect(short(walk(hand.state, refused('FENCED', { openedBy: 'them' })))).toBe('pausing abandon wait');
  });

  it('registers before it opens again when the platform does not know the cluster', () => {
    const paused = walk(states.sending, refused('UNKNOWN_CLUSTER'));
    expect(walk(paused.state, { type: 'timer' }).commands).toEqual([{ type: 'register' }]);
  });

  it('prepares again with the next compression and waits when there is none', () => {
    expect(short(walk(states.sending, refused('UNSUPPORTED_ENCODING', { next: 'gzip' })))).toBe('sending prepare');
    expect(short(walk(states.opening, refused('UNSUPPORTED_ENCODING', { next: 'gzip' })))).toBe('opening open');
  });

  it('tells of which feeds the platform has received the end of a snapshot, of the part that was acked alone', () => {
    const end = (feedId: number): Entry => ({ type: 'snapshotEnd', feedId, resourceVersion: '9', count: 1 });
    const due: SessionInput = { type: 'due', entries: [end(1), end(2)] };
    const complete = (step: SessionStep): unknown => step.commands.filter(({ type }) => type === 'complete');
    expect(complete(walk(states.ready, due))).toEqual([]);
    expect(complete(walk(states.ready, due, acked(7)))).toEqual([{ type: 'complete', feedIds: [1, 2] }]);
    const halved = { type: 'acked', ack: ack(7, 7, { entryCount: 1 }) } as const;
    expect(complete(walk(states.ready, due, refused('TOO_LARGE'), halved))).toEqual([
      { type: 'complete', feedIds: [1] },
    ]);
  });

  it('counts batches as processed when the platform says so, and never backwards', () => {
    const processed = (processedSeq: number): unknown =>
      stepSession(states.sending, { type: 'acked', ack: ack(7, processedSeq) }).commands[0];
    expect(processed(7)).toMatchObject({ type: 'confirm', processed: 1 });
    expect(processed(6)).toMatchObject({ type: 'confirm', processed: 0 });
    expect(processed(2)).toMatchObject({ type: 'confirm', processed: 0 });
  });

  it('packs anew what came with the refusal, because what is in hand has no bodies any more', () => {
    const whole: [Entry, Entry] = [{ ...a }, { ...b }];
    const state: SessionState = { phase: 'sending', session, batch: { portions: [[a, b], [c]], ...fresh } };
    const packed = (kind: Verdict['kind'], more: object = {}): readonly Entry[] => {
      const { commands } = stepSession(state, { type: 'refused', verdict: verdict(kind, more), entries: whole });
      return commands.flatMap((command) => (command.type === 'prepare' ? command.entries : []));
    };
    expect(packed('TOO_LARGE')[0]).toBe(whole[0]);
    expect(packed('REJECTED')[0]).toBe(whole[0]);
    expect(packed('UNSUPPORTED_ENCODING', { next: 'gzip' })[1]).toBe(whole[1]);
  });

  it('tells which offers of a batch are wanted, and of one without offers nothing', () => {
    const offer: Entry = { type: 'offer', feedId: 1, uid: 'o', resourceVersion: '1' };
    const answers = (entries: Entry[], wanted: number[]): unknown[] =>
      walk(states.ready, { type: 'due', entries }, { type: 'acked', ack: ack(7, 7, { wanted }) }).commands.filter(
        ({ type }) => type === 'answerOffers',
      );
    expect(answers([a, offer], [1])).toEqual([{ type: 'answerOffers', entries: [a, offer], wanted: [1] }]);
    expect(answers([offer], [])).toEqual([{ type: 'answerOffers', entries: [offer], wanted: [] }]);
    // Of places that are no offers, that come twice or that are none, nothing is sent, and nothing is counted.
    expect(answers([a, offer], [0, 1, 1, 2, 99])).toEqual([{ type: 'answerOffers', entries: [a, offer], wanted: [1] }]);
    expect(answers([a], [0])).toEqual([]);
    // Before the batch is let go of, after which the next one is cut.
    const { commands } = walk(states.ready, { type: 'due', entries: [offer] }, acked(7));
    expect(commands.map(({ type }) => type)).toEqual(['confirm', 'answerOffers', 'release', 'heed']);
  });

  it('takes offers out of what is refused, and opens anew where it may have been applied', () => {
    const offers = ['o', 'p'].map((uid): Entry => ({ type: 'offer', feedId: 1, uid, resourceVersion: '1' }));
    const due: SessionInput = { type: 'due', entries: [a, ...offers] };
    const step = walk(states.ready, due, refused('REJECTED'));
    expect(step.commands).toEqual([
      { type: 'withdraw', offers },
      { type: 'prepare', epoch: 4, seq: 7, entries: [a] },
    ]);
    expect(short(walk(states.ready, { type: 'due', entries: offers }, refused('REJECTED')))).toBe(
      'ready withdraw release',
    );
    const unanswered = walk(states.ready, due, refused('UNAVAILABLE'), { type: 'timer' }, refused('REJECTED'));
    expect(short(unanswered)).toBe('pausing abandon wait');
    // One that is too large is halved first: it may be about the size.
    expect(short(walk(states.ready, due, refused('TOO_LARGE')))).toBe('sending prepare');
    expect(short(walk(states.ready, { type: 'due', entries: offers.slice(1) }, refused('TOO_LARGE')))).toBe(
      'ready withdraw release',
    );
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
