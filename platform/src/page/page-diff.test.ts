import { expect, test } from 'vitest';
import { pageDiff } from './page-diff.ts';
import type { PageModel } from './page-model.ts';

const NONE = { requested: 0, allocatable: 0 };
const empty: PageModel = {
  clusters: [],
  summary: null,
  feeds: [],
  pods: { total: 0, byPhase: {}, uncounted: 0, isStale: false },
  namespaces: [],
  namespaceCount: 0,
  totals: { nodes: 0, spot: 0, idle: 0, cpu: NONE, memory: NONE },
  groups: [],
  lists: { version: 0, uncounted: 0 },
  problems: [],
  interruptions: [],
  rates: [0, 0],
  notices: [],
  events: [],
  logs: [],
  faults: [],
};
const a = { key: 'a', pods: 1, pending: 0 };
const b = { key: 'b', pods: 1, pending: 0 };

test('the first state goes out whole', () => {
  expect(pageDiff(undefined, { ...empty, namespaces: [a] })).toEqual({
    ...empty,
    namespaces: { set: [a], order: ['a'] },
  });
});

test('an unchanged page is nothing', () => {
  expect(pageDiff({ ...empty, namespaces: [a] }, { ...empty, namespaces: [{ ...a }], rates: [0, 0] })).toBeUndefined();
});

test('a changed value goes out alone', () => {
  expect(pageDiff(empty, { ...empty, namespaceCount: 2, rates: [0, 5] })).toEqual({ namespaceCount: 2, rates: [0, 5] });
});

test('of a list only changed rows go out, and the order when it changed', () => {
  const f = (before: PageModel['namespaces'], after: PageModel['namespaces']) =>
    pageDiff({ ...empty, namespaces: before }, { ...empty, namespaces: after })?.['namespaces'];
  expect(f([a, b], [a, { ...b, pods: 2 }])).toEqual({ set: [{ ...b, pods: 2 }] });
  expect(f([a, b], [b, a])).toEqual({ set: [], order: ['b', 'a'] });
  expect(f([a], [a, b])).toEqual({ set: [b], order: ['a', 'b'] });
  expect(f([a, b], [b])).toEqual({ set: [], order: ['b'] });
  expect(f([a], [])).toEqual({ set: [], order: [] });
  expect(f([], [a])).toEqual({ set: [a], order: ['a'] });
});
