import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { describe, expect, it } from 'vitest';
import type { SentItem } from './delta-item.ts';
import type { DeltasInput, DeltasState, DeltasStep } from './deltas-signals.ts';
import { CLOSED, stepDeltas } from './deltas-state.ts';

const item = (uid: string): SentItem => ({
  event: 'update',
  kind: 'Pod',
  createdAtMs: 0,
  data: new Uint8Array(),
  entry: { type: 'delete', feedId: 1, uid, namespace: '', name: uid, resourceVersion: '1', observedAtMs: 0 },
});
const [a, b, c] = [item('a'), item('b'), item('c')];
const verdict = (kind: Verdict['kind'], more: object = {}): Verdict =>
  ({ kind, detail: '', keyChanged: false, failure: { kind: 'reset', code: '', detail: '' }, ...more }) as Verdict;
const refused = (kind: Verdict['kind'], more?: object): DeltasInput => ({
  type: 'refused',
  verdict: verdict(kind, more),
});

const token = 't-1';
const batch = { portions: [[a, b]], isCheck: false } as const;
const states: Record<DeltasState['phase'], DeltasState> = {
  closed: CLOSED,
  registering: { phase: 'registering', token },
  pausing: { phase: 'pausing', next: 'snapshot', token, reason: 'NOT_TAKEN' },
  doubting: { phase: 'doubting', token },
  streaming: { phase: 'streaming', token, rest: [] },
  ready: { phase: 'ready', token },
  sending: { phase: 'sending', token, batch },
  holding: { phase: 'holding', token, batch },
};
const inputs: Record<DeltasInput['type'], DeltasInput> = {
  start: { type: 'start' },
  registered: { type: 'registered', keptToken: undefined },
  due: { type: 'due', items: [a] },
  written: { type: 'written', rest: [] },
  accepted: { type: 'accepted', token: 't-2' },
  refused: refused('UNAVAILABLE'),
  timer: { type: 'timer' },
  proven: { type: 'proven' },
  snapshotDue: { type: 'snapshotDue', reason: 'HISTORY_LOST' },
};
const none = {
  start: '-',
  registered: '-',
  due: '-',
  written: '-',
  accepted: '-',
  refused: '-',
  timer: '-',
  proven: '-',
  snapshotDue: '-',
} as const;

/** Every state with every input; `-` is "nothing changes, nothing is done". */
const table: Record<DeltasState['phase'], Record<DeltasInput['type'], string>> = {
  closed: { ...none, start: 'registering register' },
  registering: { ...none, registered: 'streaming begin' },
  pausing: { ...none, timer: 'streaming begin' },
  doubting: { ...none, proven: 'pausing wait' },
  streaming: {
    ...none,
    written: 'streaming',
    accepted: 'ready confirm release',
    refused: 'pausing abandon wait',
  },
  ready: { ...none, due: 'sending prepare', snapshotDue: 'streaming begin' },
  sending: { ...none, accepted: 'ready confirm release', refused: 'holding wait' },
  holding: { ...none, timer: 'sending prepare' },
};

/** What each verdict leads to for a snapshot, for a delta of two items, of one, and for a heartbeat. */
const verdicts: Record<Verdict['kind'], { streaming: string; two: string; one: string; heartbeat: string }> = {
  UNKNOWN_EPOCH: {
    streaming: 'pausing abandon wait:snapshot',
    two: 'doubting abandon prove',
    one: 'doubting abandon prove',
    heartbeat: 'doubting abandon prove',
  },
  UNKNOWN_CLUSTER: {
    // The lists of the whole cluster were for nothing: a platform that registers it and knows it not must not have them every few seconds.
    streaming: 'pausing abandon wait:snapshot',
    two: 'pausing abandon wait:transient',
    one: 'pausing abandon wait:transient',
    heartbeat: 'pausing abandon wait:transient',
  },
  TOO_LARGE: {
    streaming: 'pausing abandon wait:stubborn',
    two: 'sending prepare',
    one: 'ready drop release',
    heartbeat: 'holding wait:transient',
  },
  REJECTED: {
    streaming: 'pausing abandon wait:stubborn',
    two: 'sending prepare',
    one: 'sending prepare',
    heartbeat: 'holding wait:stubborn',
  },
  UNSUPPORTED_ENCODING: same('pausing abandon wait:stubborn', 'holding wait:stubborn'),
  UNAUTHORIZED: same('pausing abandon wait:stubborn', 'holding wait:stubborn'),
  UNAVAILABLE: same('pausing abandon wait:snapshot', 'holding wait:transient'),
  NO_ANSWER: same('pausing abandon wait:snapshot', 'holding wait:transient'),
  INTERFERENCE: same('pausing abandon wait:snapshot', 'holding wait:transient'),
  FENCED: same('pausing abandon wait:snapshot', 'holding wait:transient'),
  NOT_LEADER: same('pausing abandon wait:snapshot', 'holding wait:transient'),
  GAP: same('pausing abandon wait:snapshot', 'holding wait:transient'),
};

function same(streaming: string, delta: string) {
  return { streaming, two: delta, one: delta, heartbeat: delta };
}

const short = ({ state, commands }: DeltasStep): string => [state.phase, ...commands.map(({ type }) => type)].join(' ');
const long = ({ state, commands }: DeltasStep): string =>
  [state.phase, ...commands.map((command) => (command.type === 'wait' ? `wait:${command.kind}` : command.type))].join(
    ' ',
  );

/** Runs inputs from a state and gives the last step. */
function walk(from: DeltasState, ...steps: DeltasInput[]): DeltasStep {
  let step: DeltasStep = { state: from, commands: [] };
  for (const input of steps) step = stepDeltas(step.state, input);
  return step;
}
const sending = (...items: SentItem[]): DeltasState => ({
  phase: 'sending',
  token,
  batch: { portions: [items], isCheck: false },
});
const accepted = (next: string): DeltasInput => ({ type: 'accepted', token: next });

describe('machine of the second wire', () => {
  it('answers every input in every state as the table says', () => {
    for (const [phase, row] of Object.entries(table)) {
      for (const [type, expected] of Object.entries(row)) {
        const state = states[phase as DeltasState['phase']];
        const step = stepDeltas(state, inputs[type as DeltasInput['type']]);
        expect([phase, type, short(step)]).toEqual([phase, type, expected === '-' ? phase : expected]);
        if (expected === '-') expect(step).toEqual({ state, commands: [] });
      }
    }
  });

  it('answers every verdict as the table says', () => {
    for (const [kind, expected] of Object.entries(verdicts)) {
      const input = refused(kind as Verdict['kind']);
      expect([kind, long(stepDeltas(states.streaming, input))]).toEqual([kind, expected.streaming]);
      expect([kind, long(stepDeltas(states.sending, input))]).toEqual([kind, expected.two]);
      expect([kind, long(stepDeltas(sending(a), input))]).toEqual([kind, expected.one]);
      expect([kind, long(stepDeltas(sending(), input))]).toEqual([kind, expected.heartbeat]);
    }
  });

  it('gives no item up for a heartbeat that was taken only after a wait: the item is tried before', () => {
    for (const kind of ['UNAUTHORIZED', 'UNAVAILABLE', 'NO_ANSWER', 'INTERFERENCE', 'UNSUPPORTED_ENCODING'] as const) {
      const checking = walk(sending(a), refused('REJECTED'));
      expect(checking.commands).toEqual([{ type: 'prepare', token, items: [] }]);
      const again = walk(checking.state, refused(kind), { type: 'timer' });
      expect([kind, again.commands]).toEqual([kind, [{ type: 'prepare', token, items: [a] }]]);
      expect(walk(again.state, accepted('t-2')).commands).toEqual([
        { type: 'confirm', token: 't-2', isSnapshot: false },
        { type: 'release' },
      ]);
    }
  });

  it('goes on under a kept token with a heartbeat, before anything is read again', () => {
    const step = stepDeltas(states.registering, { type: 'registered', keptToken: 'kept' });
    expect(step).toEqual({
      state: { phase: 'sending', token: 'kept', batch: { portions: [[]], isCheck: false } },
      commands: [{ type: 'resume' }, { type: 'prepare', token: 'kept', items: [] }],
    });
    const lost = walk(step.state, refused('UNKNOWN_EPOCH'), { type: 'proven' }, { type: 'timer' });
    expect(lost.commands).toEqual([{ type: 'begin', token: 'kept', reason: 'TOKEN_REFUSED' }]);
  });

  it('sends a full snapshot with the token that was refused, and with none where that is refused as well', () => {
    const stale = walk(states.sending, refused('UNKNOWN_EPOCH'), { type: 'proven' }, { type: 'timer' });
    expect(stale.commands).toEqual([{ type: 'begin', token, reason: 'TOKEN_REFUSED' }]);
    const bare = walk(stale.state, refused('UNKNOWN_EPOCH'), { type: 'timer' });
    expect(bare.commands).toEqual([{ type: 'begin', token: '', reason: 'NOT_TAKEN' }]);
  });

  it('believes nobody who takes a snapshot before it is written to its end', () => {
    const step = walk({ phase: 'streaming', token, rest: undefined }, accepted('t-2'));
    expect(long(step)).toBe('pausing abandon wait:snapshot');
  });

  it('lets what a snapshot could not say follow it at once, one item an object, and is ready after that', () => {
    const again = item('a');
    const rest = [a, again, b];
    const written = walk({ phase: 'streaming', token, rest: undefined }, { type: 'written', rest });
    const first = walk(written.state, accepted('t-2'));
    expect(first.commands).toEqual([
      { type: 'confirm', token: 't-2', isSnapshot: true },
      { type: 'prepare', token: 't-2', items: [a, b] },
    ]);
    const second = walk(first.state, accepted('t-3'));
    expect(second.commands.at(-1)).toEqual({ type: 'prepare', token: 't-3', items: [again] });
    expect(long(walk(second.state, accepted('t-4')))).toBe('ready confirm release');
    // The same of a delta.
    const due = walk(states.ready, { type: 'due', items: rest });
    expect(due.commands).toEqual([{ type: 'prepare', token, items: [a, b] }]);
  });

  it('uses the token of each answer for the next request', () => {
    const ready = walk({ phase: 'streaming', token, rest: [] }, accepted('t-2'));
    expect(ready.commands[0]).toEqual({ type: 'confirm', token: 't-2', isSnapshot: true });
    const sent = walk(ready.state, { type: 'due', items: [a, b, c] });
    expect(sent.commands).toEqual([{ type: 'prepare', token: 't-2', items: [a, b, c] }]);
    const half = walk(sent.state, refused('TOO_LARGE'));
    expect(half.commands).toEqual([{ type: 'prepare', token: 't-2', items: [a, b] }]);
    const rest = walk(half.state, accepted('t-3'));
    expect(rest.commands.at(-1)).toEqual({ type: 'prepare', token: 't-3', items: [c] });
    expect(walk(rest.state, accepted('t-4')).state).toEqual({ phase: 'ready', token: 't-4' });
  });

  it('offers the same items with the same token after an outage, with Retry-After as the floor', () => {
    const held = walk(states.sending, refused('UNAVAILABLE', { retryAfterMs: 9_000 }));
    expect(held.commands).toEqual([{ type: 'wait', kind: 'transient', retryAfterMs: 9_000 }]);
    expect(walk(held.state, { type: 'timer' }).commands).toEqual([{ type: 'prepare', token, items: [a, b] }]);
  });

  it('tries a changed key at once', () => {
    expect(long(walk(states.sending, refused('UNAUTHORIZED', { keyChanged: true })))).toBe('holding wait:none');
    expect(long(walk(states.streaming, refused('UNAUTHORIZED', { keyChanged: true })))).toBe(
      'pausing abandon wait:none',
    );
  });

  it('gives a refused item up when the platform takes a heartbeat, and keeps it when it takes nothing', () => {
    const check = walk(sending(a, b), refused('REJECTED'), refused('REJECTED'));
    expect(check.commands).toEqual([{ type: 'prepare', token, items: [] }]);
    expect(walk(check.state, accepted('t-2')).commands).toEqual([
      { type: 'confirm', token: 't-2', isSnapshot: false },
      { type: 'drop', item: a, reason: 'REJECTED' },
      { type: 'prepare', token: 't-2', items: [b] },
    ]);
    const held = walk(check.state, refused('REJECTED'));
    expect(held.commands).toEqual([{ type: 'wait', kind: 'stubborn', retryAfterMs: 0 }]);
    expect(walk(held.state, { type: 'timer' }).commands).toEqual([{ type: 'prepare', token, items: [a] }]);
  });

  it('registers again when the platform does not know the cluster', () => {
    expect(short(walk(states.sending, refused('UNKNOWN_CLUSTER'), { type: 'timer' }))).toBe('registering register');
  });

  it('loses no item on a random walk: each is taken, given up with a reason, or read again', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new SeededRandom(seed);
    const kinds = Object.keys(verdicts) as Verdict['kind'][];
    for (let round = 0; round < 300; round++) {
      let state: DeltasState = { phase: 'ready', token };
      let inHand = new Set<string>();
      let wire: readonly SentItem[] = [];
      for (let index = 0; index < 60; index++) {
        const items = Array.from({ length: random.integer(5) }, (_, n) => item(`${index}-${n}`));
        const input = random.pick<DeltasInput>([
          ...Object.values(inputs),
          { type: 'due', items },
          accepted('t-2'),
          refused(random.pick(kinds)),
          refused('TOO_LARGE'),
          refused('REJECTED'),
        ]);
        const isTaken: boolean = input.type === 'accepted' && state.phase === 'sending';
        if (input.type === 'due' && state.phase === 'ready') {
          inHand = new Set(input.items.map(({ entry }) => entry.uid));
        }
        if (isTaken) for (const { entry } of wire) inHand.delete(entry.uid);
        const step = stepDeltas(state, input);
        for (const command of step.commands) {
          if (command.type === 'prepare') wire = command.items;
          if (command.type === 'drop') inHand.delete(command.item.entry.uid);
          if (command.type === 'abandon' || command.type === 'begin') inHand.clear();
        }
        state = step.state;
        const held =
          state.phase === 'sending' || state.phase === 'holding'
            ? state.batch.portions.flat().map(({ entry }) => entry.uid)
            : [];
        expect({ seed, held: held.toSorted() }).toEqual({ seed, held: [...inHand].toSorted() });
      }
    }
  });
});
