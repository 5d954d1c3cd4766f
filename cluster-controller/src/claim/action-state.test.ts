import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActionRecord } from './action-record.ts';
import type { ActionFacts, ActionInput, ActionState, ActionStepped } from './action-signals.ts';
import { EMPTIED_FORGOTTEN_AFTER, foundState, FORGOTTEN_AFTER, RECEIVED, stepAction } from './action-state.ts';

const facts: ActionFacts = { id: 'a-1', kind: 'drainNode', epoch: { lease: 'l', transitions: 4 } };
const record: ActionRecord = {
  id: 'a-1',
  kind: 'drainNode',
  epoch: facts.epoch,
  claimedAtMs: 1000,
  target: { is: 'found', uid: 'node-uid' },
  step: 'cordon',
  progress: {},
};
const outcome = { is: 'done', detail: 'all have left' } as const;
const done: ActionRecord = { ...record, step: 'evict', outcome };
const before: ActionRecord = { ...record, step: 'evict', epoch: { lease: 'l', transitions: 3 } };
const failed: ActionRecord = { ...done, outcome: { is: 'failed', code: 'timeout', detail: 'too slow' } };
const LAST = FORGOTTEN_AFTER - 1;

const states = {
  waiting: RECEIVED,
  'waiting, forgotten': { phase: 'received', doing: 'waiting', missed: LAST },
  resolving: { phase: 'received', doing: 'resolving', missed: LAST },
  'resting before resolving': { phase: 'received', doing: 'resting', missed: LAST },
  'resting before resolving, forgotten': { phase: 'received', doing: 'resting', missed: FORGOTTEN_AFTER },
  claiming: { phase: 'claiming', doing: 'saving', record, missed: LAST },
  'claiming, resting': { phase: 'claiming', doing: 'resting', record, missed: 0 },
  'claiming, resting, forgotten': { phase: 'claiming', doing: 'resting', record, missed: LAST },
  claimed: foundState(before),
  'claimed, asked for': { phase: 'claimed', isAsked: true, record: before, missed: 0 },
  'claimed, forgotten': { phase: 'claimed', isAsked: true, record: before, missed: LAST },
  working: { phase: 'running', doing: 'working', record },
  'saving a step': { phase: 'running', doing: 'saving', record },
  'saving a step, resting': { phase: 'running', doing: 'resting', record },
  finished: { phase: 'finished', doing: 'saving', record: done },
  'finished, resting': { phase: 'finished', doing: 'resting', record: done },
  acking: { phase: 'acking', record: done, missed: 0 },
  'acking, forgotten': { phase: 'acking', record: done, missed: LAST },
  acked: foundState(done),
  'acked, forgotten': { phase: 'acked', record: done, missed: EMPTIED_FORGOTTEN_AFTER - 1 },
  erasing: { phase: 'erasing', doing: 'saving', record: failed },
  'erasing, resting': { phase: 'erasing', doing: 'resting', record: failed },
  over: { phase: 'over' },
} as const satisfies Record<string, ActionState>;

const inputs = {
  seen: { type: 'seen' },
  missed: { type: 'missed' },
  admitted: { type: 'admitted' },
  refused: { type: 'refused', outcome: { is: 'failed', code: 'timeout', detail: 'too old' }, nowMs: 1000 },
  resolved: { type: 'resolved', target: { is: 'found', uid: 'node-uid' }, nowMs: 1000 },
  'not resolved': { type: 'resolveFailed', retryAfterMs: 3000 },
  saved: { type: 'saved' },
  'not saved': { type: 'saveFailed', retryAfterMs: 5000 },
  fenced: { type: 'fenced' },
  advanced: { type: 'advanced', step: 'evict', progress: { isCordonOurs: true } },
  concluded: { type: 'concluded', outcome, progress: {} },
  rested: { type: 'rested' },
  'ack settled': { type: 'ackSettled' },
  stopped: { type: 'stopped' },
} as const satisfies Record<string, ActionInput>;

/** Phase, what it does, and commands in one line. */
function short({ state, commands }: ActionStepped): string {
  const doing = 'doing' in state ? ` ${state.doing}` : '';
  const words = commands.map((command) => {
    switch (command.type) {
      case 'save':
      case 'work':
        return `${command.type} ${command.record.outcome?.is ?? command.record.step}`;
      case 'ack':
        return `ack ${command.outcome.is}`;
      case 'rest':
        return `rest ${command.atLeastMs}`;
      default:
        return command.type;
    }
  });
  return [`${state.phase}${doing}`, ...words].join(', ');
}

type Row = Record<keyof typeof inputs, string>;
const keysOf = <Key extends string>(of: Record<Key, unknown>): Key[] => Object.keys(of) as Key[];
const all = (cell: string): Row => Object.fromEntries(keysOf(inputs).map((input) => [input, cell])) as Row;
const ends = (cell: string): Pick<Row, 'fenced' | 'stopped'> => ({ fenced: cell, stopped: cell });
const counts = { seen: '+', missed: '+' };

/** Every state with every input; `-` is "nothing changes", `+` "only what was counted changes". */
const table: Record<keyof typeof states, Row> = {
  waiting: {
    ...all('-'),
    ...ends('over'),
    missed: '+',
    admitted: 'received resolving, resolve',
    refused: 'finished saving, save failed',
  },
  'waiting, forgotten': {
    ...all('-'),
    ...ends('over'),
    seen: '+',
    missed: 'over',
    admitted: 'received resolving, resolve',
    refused: 'finished saving, save failed',
  },
  resolving: {
    ...all('-'),
    ...ends('over'),
    ...counts,
    resolved: 'claiming saving, save cordon',
    'not resolved': 'received resting, rest 3000',
    refused: 'finished saving, save failed',
  },
  'resting before resolving': {
    ...all('-'),
    ...ends('over'),
    ...counts,
    rested: 'received waiting',
    refused: 'finished saving, save failed',
  },
  'resting before resolving, forgotten': {
    ...all('-'),
    ...ends('over'),
    ...counts,
    rested: 'over',
    refused: 'finished saving, save failed',
  },
  claiming: {
    ...all('-'),
    ...ends('over'),
    ...counts,
    saved: 'running working, work cordon',
    'not saved': 'claiming resting, rest 5000',
  },
  'claiming, resting': { ...all('-'), ...ends('over'), missed: '+', rested: 'claimed' },
  'claiming, resting, forgotten': {
    ...all('-'),
    ...ends('over'),
    seen: '+',
    missed: 'erasing saving, forget, erase',
    rested: 'claimed',
  },
  claimed: { ...all('-'), ...ends('over'), ...counts },
  'claimed, asked for': {
    ...all('-'),
    ...ends('over'),
    missed: '+',
    admitted: 'claiming saving, save evict',
    refused: 'finished saving, save failed',
  },
  'claimed, forgotten': {
    ...all('-'),
    ...ends('over'),
    seen: '+',
    missed: 'erasing saving, forget, erase',
    admitted: 'claiming saving, save evict',
    refused: 'finished saving, save failed',
  },
  working: {
    ...all('-'),
    ...ends('over, halt'),
    advanced: 'running saving, save evict',
    concluded: 'finished saving, save done',
  },
  'saving a step': {
    ...all('-'),
    ...ends('over'),
    saved: 'running working, work cordon',
    'not saved': 'running resting, rest 5000',
  },
  'saving a step, resting': { ...all('-'), ...ends('over'), rested: 'running saving, save cordon' },
  finished: { ...all('-'), ...ends('over'), saved: 'acking, ack done', 'not saved': 'finished resting, rest 5000' },
  'finished, resting': { ...all('-'), ...ends('over'), rested: 'finished saving, save done' },
  acking: { ...all('-'), ...ends('over, withdraw'), missed: '+', 'ack settled': 'acked' },
  'acking, forgotten': {
    ...all('-'),
    ...ends('over, withdraw'),
    seen: '+',
    missed: 'erasing saving, withdraw, forget, erase',
    'ack settled': 'acked',
  },
  acked: { ...all('-'), ...ends('over'), missed: '+', seen: 'acking, ack done' },
  'acked, forgotten': {
    ...all('-'),
    ...ends('over'),
    seen: 'acking, ack done',
    missed: 'erasing saving, forget, erase',
  },
  erasing: { ...all('-'), ...ends('over'), saved: 'over', 'not saved': 'erasing resting, rest 5000' },
  'erasing, resting': { ...all('-'), ...ends('over'), rested: 'erasing saving, erase' },
  over: all('-'),
};

describe('the life of an action', () => {
  for (const name of keysOf(table)) {
    it(`${name}: every input does what the table says`, () => {
      for (const input of keysOf(inputs)) {
        const stepped = stepAction(facts, states[name], inputs[input]);
        const isSame = JSON.stringify(stepped.state) === JSON.stringify(states[name]) && stepped.commands.length === 0;
        const isPhaseSame = short(stepped) === short({ state: states[name], commands: [] });
        expect([input, isSame ? '-' : isPhaseSame ? '+' : short(stepped)]).toEqual([input, table[name][input]]);
      }
    });
  }

  it('writes down what it is about, and with which right', () => {
    const { commands } = stepAction(facts, states.resolving, inputs.resolved);
    expect(commands).toEqual([{ type: 'save', record }]);
    expect(stepAction(facts, states['claimed, asked for'], inputs.admitted).commands).toEqual([
      { type: 'save', record: { ...before, epoch: facts.epoch } },
    ]);
  });

  it('is forgotten after ten polls in a row without it, and not before', () => {
    let state: ActionState = foundState(failed);
    const step = (input: ActionInput): ActionStepped => {
      const stepped = stepAction(facts, state, input);
      state = stepped.state;
      return stepped;
    };
    for (let poll = 1; poll < FORGOTTEN_AFTER; poll += 1) expect(step(inputs.missed).commands).toEqual([]);
    step(inputs.seen);
    step(inputs['ack settled']);
    for (let poll = 1; poll < FORGOTTEN_AFTER; poll += 1) expect(step(inputs.missed).commands).toEqual([]);
    expect(step(inputs.missed).commands).toEqual([{ type: 'forget', record: failed }, { type: 'erase' }]);
  });

  it('that emptied a node is known for longer, because the deletion of the node relies on it', () => {
    let state: ActionState = foundState(done);
    for (let poll = 1; poll < EMPTIED_FORGOTTEN_AFTER; poll += 1) ({ state } = stepAction(facts, state, inputs.missed));
    expect([state.phase, stepAction(facts, state, inputs.missed).commands]).toEqual([
      'acked',
      [{ type: 'forget', record: done }, { type: 'erase' }],
    ]);
  });
});

describe('at random', () => {
  const anyInput = fc.constantFrom(...Object.values<ActionInput>(inputs));
  const anyStart = fc.constantFrom<ActionState>(RECEIVED, foundState(before), foundState(done));

  it('works only on what is stored, tells only what is stored, and is silent when it is over', () => {
    fc.assert(
      fc.property(anyStart, fc.array(anyInput, { maxLength: 200 }), (start, walk) => {
        let state = start;
        let stored = 'record' in start && start.phase === 'acked' ? JSON.stringify(start.record) : '';
        let written = '';
        let isWorking = false;
        let works = 0;
        for (const input of walk) {
          const { state: next, commands } = stepAction(facts, state, input);
          if (input.type === 'saved' && written !== '' && 'doing' in state && state.doing === 'saving')
            stored = written;
          if (input.type === 'advanced' || input.type === 'concluded') isWorking = false;
          if (state.phase === 'over') expect([next, commands]).toEqual([state, []]);
          for (const command of commands) {
            if (command.type === 'save') written = JSON.stringify(command.record);
            if (command.type === 'work') {
              // One step at a time, and the one that is written down.
              expect([JSON.stringify(command.record), isWorking]).toEqual([stored, false]);
              expect(command.record.outcome).toBe(undefined);
              isWorking = true;
              works += 1;
            }
            if (command.type === 'ack') expect(JSON.parse(stored)).toMatchObject({ outcome: command.outcome });
          }
          // Redelivery alone never leads to work.
          if (input.type === 'seen' || input.type === 'missed')
            expect(commands.some(({ type }) => type === 'work')).toBe(false);
          state = next;
        }
        if (start.phase === 'acked') expect(works).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('ends in an acknowledgement as soon as everything goes well', () => {
    fc.assert(
      fc.property(anyStart, fc.array(anyInput, { maxLength: 60 }), (start, walk) => {
        let state = start;
        for (const input of walk) state = stepAction(facts, state, input).state;
        if (state.phase === 'over' || state.phase === 'erasing') return;
        const well: ActionInput[] = [
          'seen',
          'admitted',
          'rested',
          'admitted',
          'resolved',
          'saved',
          'concluded',
          'rested',
          'saved',
        ].map((name) => inputs[name as keyof typeof inputs]);
        for (const input of [...well, ...well]) state = stepAction(facts, state, input).state;
        expect(state.phase).toBe('acking');
      }),
      { numRuns: 1000 },
    );
  });
});
