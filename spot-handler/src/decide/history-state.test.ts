import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { AWAITED, type HistoryInput, type HistoryState, type HistoryStep, stepHistory } from './history-state.ts';

const states = {
  awaited: AWAITED,
  'known of no node': { phase: 'known', uid: '' },
  'known of a': { phase: 'known', uid: 'a' },
} as const satisfies Record<string, HistoryState>;

const inputs = {
  a: { type: 'node', uid: 'a' },
  b: { type: 'node', uid: 'b' },
  deleted: { type: 'deleted' },
  'patience over': { type: 'patience over' },
} as const satisfies Record<string, HistoryInput>;

function short({ state, commands }: HistoryStep): string {
  return [state.phase === 'known' ? `known(${state.uid})` : state.phase, ...commands].join(' ');
}

type Row = Record<keyof typeof inputs, string>;

/** Every state with every input. */
const table: Record<keyof typeof states, Row> = {
  awaited: {
    a: 'known(a) restore reconsider',
    b: 'known(b) restore reconsider',
    deleted: 'known() reconsider',
    'patience over': 'known() reconsider',
  },
  'known of no node': {
    a: 'known(a) restore reconsider',
    b: 'known(b) restore reconsider',
    deleted: 'known() reconsider',
    'patience over': 'known() reconsider',
  },
  'known of a': {
    a: 'known(a) reconsider',
    b: 'known(b) restore reconsider',
    deleted: 'known(a) reconsider',
    'patience over': 'known(a) reconsider',
  },
};

const keysOf = <Key extends string>(record: Record<Key, unknown>): Key[] => Object.keys(record) as Key[];

describe('every state with every input', () => {
  for (const state of keysOf(states)) {
    it(`in ${state}`, () => {
      for (const input of keysOf(inputs)) {
        const step = stepHistory(states[state], inputs[input]);
        expect([input, short(step)]).toEqual([input, table[state][input]]);
      }
    });
  }
});

test('whatever is heard, each registration of a node is taken over once, and the wait never begins again', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...keysOf(inputs)), { minLength: 1, maxLength: 40 }), (walk) => {
      let state: HistoryState = AWAITED;
      let registered = '';
      for (const name of walk) {
        const input = inputs[name];
        const step = stepHistory(state, input);
        const isNew = input.type === 'node' && input.uid !== registered;
        if (input.type === 'node') registered = input.uid;
        expect(step).toEqual({
          state: { phase: 'known', uid: registered },
          commands: isNew ? ['restore', 'reconsider'] : ['reconsider'],
        });
        ({ state } = step);
      }
    }),
    { verbose: true },
  );
});
