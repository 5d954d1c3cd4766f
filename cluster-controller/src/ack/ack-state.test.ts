import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Ack,
  type AckInput,
  type AckState,
  type AckStepped,
  AT_ONCE,
  NOTHING_TO_TELL,
  stepAcks,
} from './ack-state.ts';

const ack = (id: string): Ack => ({ id, error: null });
const under = (...ids: string[]): AckState['underWay'] => new Map(ids.map((id) => [id, ack(id)]));
const full = Array.from({ length: AT_ONCE }, (_, index) => `f${index}`);

const states = {
  empty: NOTHING_TO_TELL,
  'sending a': { ...NOTHING_TO_TELL, underWay: under('a') },
  'full, a waits': { ...NOTHING_TO_TELL, waiting: [ack('a')], underWay: under(...full) },
  'resting, a and b wait': { waiting: [ack('a'), ack('b')], underWay: new Map(), isAway: true, isResting: true },
  'asking with a for b': { waiting: [ack('b')], underWay: under('a'), isAway: true, isResting: false },
  'resting, b under way': { waiting: [ack('a')], underWay: under('b'), isAway: true, isResting: true },
} as const satisfies Record<string, AckState>;
const inputs = {
  'a wanted': { type: 'wanted', ack: ack('a') },
  'c wanted': { type: 'wanted', ack: ack('c') },
  'a withdrawn': { type: 'withdrawn', id: 'a' },
  'a settled': { type: 'settled', id: 'a' },
  'b settled': { type: 'settled', id: 'b' },
  'f0 settled': { type: 'settled', id: 'f0' },
  'a failed': { type: 'failed', id: 'a', retryAfterMs: 2000 },
  'b failed': { type: 'failed', id: 'b', retryAfterMs: 0 },
  rested: { type: 'rested' },
  stopped: { type: 'stopped' },
} as const satisfies Record<string, AckInput>;

/** What waits, what is under way, how it is, and what is to be done. */
function short({ state, commands }: AckStepped): string {
  const { waiting, underWay, isAway, isResting } = state;
  const ids = (acks: Iterable<Ack>): string => [...acks].map(({ id }) => id).join(' ');
  const way = underWay.size > 2 ? String(underWay.size) : ids(underWay.values());
  const words = commands.map((command) =>
    command.type === 'send' ? `send ${command.ack.id}` : `rest ${command.atLeastMs}`,
  );
  return [`${ids(waiting)} | ${way}${isAway ? ' away' : ''}${isResting ? ' resting' : ''}`, ...words].join(', ').trim();
}

type Row = Record<keyof typeof inputs, string>;
const keysOf = <Key extends string>(of: Record<Key, unknown>): Key[] => Object.keys(of) as Key[];
const all = (cell: string): Row => Object.fromEntries(keysOf(inputs).map((input) => [input, cell])) as Row;

/** Every state with every input; `-` is "nothing changes". */
const table: Record<keyof typeof states, Row> = {
  empty: { ...all('-'), 'a wanted': '| a, send a', 'c wanted': '| c, send c' },
  'sending a': {
    ...all('-'),
    'c wanted': '| a c, send c',
    'a withdrawn': '|',
    'a settled': '|',
    'a failed': 'a |  away resting, rest 2000',
    stopped: '|',
  },
  'full, a waits': {
    ...all('-'),
    'c wanted': 'a c | 8',
    'a withdrawn': '| 8',
    'f0 settled': '| 8, send a',
    stopped: '|',
  },
  'resting, a and b wait': {
    ...all('-'),
    'c wanted': 'a b c |  away resting',
    'a withdrawn': 'b |  away resting',
    rested: 'b | a away, send a',
    stopped: '|',
  },
  'asking with a for b': {
    ...all('-'),
    'c wanted': 'b c | a away',
    'a withdrawn': '| b away, send b',
    'a settled': '| b, send b',
    'a failed': 'b a |  away resting, rest 2000',
    stopped: '|',
  },
  'resting, b under way': {
    ...all('-'),
    'c wanted': 'a c | b away resting',
    'a withdrawn': '| b away resting',
    'b settled': 'a |  resting',
    'b failed': 'a b |  away resting',
    rested: 'a | b away',
    stopped: '|',
  },
};

describe('the outbox', () => {
  for (const name of keysOf(table)) {
    it(`${name}: every input does what the table says`, () => {
      const same = short({ state: states[name], commands: [] });
      for (const input of keysOf(inputs)) {
        const found = short(stepAcks(states[name], inputs[input]));
        expect([input, found === same ? '-' : found]).toEqual([input, table[name][input]]);
      }
    });
  }

  it('one that is never taken does not keep the others from being told', () => {
    let state: AckState = NOTHING_TO_TELL;
    const taken: string[] = [];
    const take = (input: AckInput): void => {
      const stepped = stepAcks(state, input);
      ({ state } = stepped);
      for (const command of stepped.commands) {
        if (command.type !== 'send') continue;
        const { id } = command.ack;
        if (id !== 'poison') taken.push(id);
        take(id === 'poison' ? { type: 'failed', id, retryAfterMs: 0 } : { type: 'settled', id });
      }
    };
    for (const id of ['poison', 'a', 'b', 'c']) take({ type: 'wanted', ack: ack(id) });
    for (let turn = 0; turn < 3; turn += 1) take({ type: 'rested' });
    expect(taken.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('at random: never more than it may, nothing twice at once, and nothing is lost', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm');
    const input: fc.Arbitrary<AckInput> = fc.oneof(
      id.map((one) => ({ type: 'wanted', ack: ack(one) }) as const),
      id.map((one) => ({ type: 'settled', id: one }) as const),
      id.map((one) => ({ type: 'failed', id: one, retryAfterMs: 0 }) as const),
      fc.constant({ type: 'rested' } as const),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 200 }), (walk) => {
        let state: AckState = NOTHING_TO_TELL;
        const open = new Set<string>();
        for (const one of walk) {
          if (one.type === 'wanted') open.add(one.ack.id);
          if (one.type === 'settled' && state.underWay.has(one.id)) open.delete(one.id);
          const { state: next, commands } = stepAcks(state, one);
          const sent = commands.flatMap((command) => (command.type === 'send' ? [command.ack.id] : []));
          for (const sentId of sent)
            expect([next.underWay.has(sentId), state.underWay.has(sentId)]).toEqual([true, false]);
          expect(next.underWay.size).toBeLessThanOrEqual(AT_ONCE);
          const ids = [...next.waiting.map((waiting) => waiting.id), ...next.underWay.keys()];
          expect(ids.toSorted()).toEqual([...open].toSorted());
          state = next;
        }
        for (let turn = 0; state.waiting.length + state.underWay.size > 0; turn += 1) {
          expect(turn).toBeLessThan(100);
          state = stepAcks(state, { type: 'rested' }).state;
          for (const sentId of state.underWay.keys()) state = stepAcks(state, { type: 'settled', id: sentId }).state;
        }
      }),
    );
  });
});
