import { expect, test } from 'vitest';
import type { Candidate } from './candidate.ts';
import { GoingOn } from './going-on.ts';
import type { Blocker } from './reason.ts';
import type { SearchBefore } from './search-before.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const CANDIDATES = NAMES.map((name, index) => ({
  placed: { index, record: { name } },
})) as unknown as readonly Candidate[];
const by = (code: Blocker['code']): Blocker => ({ code, pod: '', detail: '' });

/** `a` could go, `b` has no room, `c` comes later, `d` was not looked at, `e` is new. */
function before(rest: Partial<SearchBefore> = {}): SearchBefore {
  const node = (name: string) => ({ name }) as SearchBefore['removal']['blocked'][number]['node'];
  return {
    removal: {
      removable: [{ node: node('a'), moves: [] }],
      blocked: [
        { node: node('b'), blockers: [by('no_room_cpu')] },
        { node: node('c'), blockers: [by('later')] },
        { node: node('d'), blockers: [by('not_looked_at')] },
      ],
      saved: {},
    },
    isSameCluster: true,
    turns: new Map(),
    ...rest,
  };
}

function turnsOf(goingOn: GoingOn) {
  const { carried, waiting, known } = goingOn.inTurn(CANDIDATES);
  const names = (some: readonly Candidate[]): string[] => some.map(({ placed }) => placed.record.name);
  return { carried: names(carried), waiting: names(waiting), known: known.map(({ index }) => NAMES[index]) };
}

test('a search that begins anew asks all in the order in which they were given', () => {
  const goingOn = new GoingOn(undefined);
  expect(turnsOf(goingOn)).toEqual({ carried: [], waiting: NAMES, known: [] });
  expect(CANDIDATES.some((one) => goingOn.isCarried(one) || goingOn.isSettled(one.placed.index))).toBe(false);
});

test('one that goes on in the same cluster asks anew what could go, then what was not looked at, and nothing else', () => {
  const goingOn = new GoingOn(before());
  expect(turnsOf(goingOn)).toEqual({ carried: ['a'], waiting: ['d', 'e'], known: ['b', 'c'] });
  expect(NAMES.filter((_, index) => goingOn.isSettled(index))).toEqual(['b']);
  expect(CANDIDATES.map((one) => goingOn.isCarried(one))).toEqual([true, false, false, false, false]);
});

test('in a cluster that has changed what kept a node is asked again', () => {
  const goingOn = new GoingOn(before({ isSameCluster: false }));
  expect(turnsOf(goingOn)).toEqual({ carried: ['a'], waiting: ['b', 'c', 'd', 'e'], known: [] });
  expect(NAMES.some((_, index) => goingOn.isSettled(index))).toBe(false);
});

test('who was looked at longest ago comes first, and before all who never was', () => {
  const turns = new Map([
    ['b', 3],
    ['c', 1],
    ['d', 2],
  ]);
  expect(turnsOf(new GoingOn(before({ isSameCluster: false, turns }))).waiting).toEqual(['e', 'c', 'd', 'b']);
});
