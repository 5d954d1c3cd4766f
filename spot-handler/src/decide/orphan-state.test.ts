import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { NO_ORPHAN, type OrphanInput, type OrphanState, type OrphanStep, stepOrphan } from './orphan-state.ts';

const ABSENT_MS = 3000;
const SOURCES = ['instance-action', 'rebalance'] as const;

const states = {
  none: NO_ORPHAN,
  held: { phase: 'held', emptySinceMs: new Map(), done: new Set() },
  'one source is empty': { phase: 'held', emptySinceMs: new Map([['instance-action', 0]]), done: new Set() },
  'one source is done': {
    phase: 'held',
    emptySinceMs: new Map([
      ['instance-action', 0],
      ['rebalance', 0],
    ]),
    done: new Set(['rebalance']),
  },
} as const satisfies Record<string, OrphanState>;

const look = { type: 'looked', source: 'instance-action', hasReason: false, sources: SOURCES, atMs: 3000 } as const;
const inputs = {
  found: { type: 'found' },
  cleared: { type: 'cleared' },
  'empty look': look,
  'empty look, too soon': { ...look, atMs: 2999 },
  'empty look, sources not known': { ...look, sources: [] },
  'look with a reason': { ...look, hasReason: true },
} as const satisfies Record<string, OrphanInput>;

function short({ state, commands }: OrphanStep): string {
  const phase =
    state.phase === 'none'
      ? 'none'
      : `held(${[...state.emptySinceMs].map(([source, ms]) => `${source} ${ms}${state.done.has(source) ? ' done' : ''}`).join(', ')})`;
  return [phase, ...commands].join(' ');
}

/** Every state with every input. */
const table: Record<keyof typeof states, Record<keyof typeof inputs, string>> = {
  none: {
    found: 'held() hold',
    cleared: 'none',
    'empty look': 'none',
    'empty look, too soon': 'none',
    'empty look, sources not known': 'none',
    'look with a reason': 'none',
  },
  held: {
    found: 'held() hold',
    cleared: 'none release',
    'empty look': 'held(instance-action 3000)',
    'empty look, too soon': 'held(instance-action 2999)',
    'empty look, sources not known': 'held(instance-action 3000)',
    'look with a reason': 'held()',
  },
  'one source is empty': {
    found: 'held() hold',
    cleared: 'none release',
    // The other has to be looked at as well.
    'empty look': 'held(instance-action 0 done)',
    'empty look, too soon': 'held(instance-action 0)',
    'empty look, sources not known': 'held(instance-action 0 done)',
    'look with a reason': 'held()',
  },
  'one source is done': {
    found: 'held() hold',
    cleared: 'none release',
    'empty look': 'none release',
    'empty look, too soon': 'held(instance-action 0, rebalance 0 done)',
    'empty look, sources not known': 'held(instance-action 0 done, rebalance 0 done)',
    'look with a reason': 'held(rebalance 0 done)',
  },
};

const keysOf = <Key extends string>(record: Record<Key, unknown>): Key[] => Object.keys(record) as Key[];

describe('every state with every input', () => {
  for (const state of keysOf(states)) {
    it(`in ${state}`, () => {
      for (const input of keysOf(inputs)) {
        const step = stepOrphan(ABSENT_MS, states[state], inputs[input]);
        expect([input, short(step)]).toEqual([input, table[state][input]]);
      }
    });
  }
});

test('whatever is looked at, a mark is given back only when every source was empty twice since the last reason in it', () => {
  const one = fc.record({ source: fc.constantFrom(...SOURCES), hasReason: fc.boolean(), afterMs: fc.nat(2000) });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), (walk) => {
      let state: OrphanState = stepOrphan(ABSENT_MS, NO_ORPHAN, { type: 'found' }).state;
      const emptySinceMs = new Map<string, number>();
      const done = new Set<string>();
      let atMs = 0;
      for (const { source, hasReason, afterMs } of walk) {
        atMs += afterMs;
        if (hasReason) {
          emptySinceMs.delete(source);
          done.delete(source);
        } else {
          emptySinceMs.set(source, emptySinceMs.get(source) ?? atMs);
          if (atMs - (emptySinceMs.get(source) ?? atMs) >= ABSENT_MS) done.add(source);
        }
        const isOver = state.phase === 'held' && done.size === SOURCES.length;
        const step = stepOrphan(ABSENT_MS, state, { type: 'looked', source, hasReason, sources: SOURCES, atMs });
        expect(step.commands).toEqual(isOver ? ['release'] : []);
        ({ state } = step);
      }
    }),
    { verbose: true },
  );
});
