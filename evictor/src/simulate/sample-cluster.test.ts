import { sampleCluster } from '@castai/test/samples/sample-cluster.ts';
import { must } from '@castai/shared/errors.ts';
import { expect, test } from 'vitest';
import { stateOf } from '../testing/state-of.ts';
import type { RemovalPolicy } from './removal-policy.ts';
import type { Removal } from './removal.ts';
import { notLookedAt, type SearchBefore, turnsAfter } from './search-before.ts';
import { simulate } from './simulate.ts';

const POLICY: RemovalPolicy = { isAggressive: false, isScoped: false, nodeGraceMs: 0, headroom: 0.05, rules: [] };
const NOW = Date.parse('2026-12-01T12:00:00Z');
const state = stateOf([...sampleCluster({ seed: 1, nodes: 12, pods: 120 })]);

test('every node is removable or has a reason, and no pod is moved to a node that goes', () => {
  const { removable, blocked } = simulate({ state, policy: POLICY, nowMs: NOW });
  const names = [...removable, ...blocked].map(({ node }) => node.name);
  expect(names.sort()).toEqual(state.nodes.map(({ name }) => name).sort());
  expect(blocked.filter(({ blockers }) => blockers.length === 0)).toEqual([]);
  const going = new Set(removable.map(({ node }) => node.name));
  expect(removable.flatMap(({ moves }) => moves).filter(({ to }) => going.has(to))).toEqual([]);
  expect(going.size).toBeGreaterThan(0);
});

test('whenever time is up, what was found stands, and of the rest some are not looked at', () => {
  const whole = simulate({ state, policy: POLICY, nowMs: NOW });
  const names = new Set(whole.removable.map(({ node }) => node.name));
  const found = new Set<number>();
  for (let most = 0; most < 400; most += 1) {
    let looks = 0;
    const cut = simulate({ state, policy: POLICY, nowMs: NOW, hasTime: () => (looks += 1) <= most });
    expect(cut.removable.filter(({ node }) => !names.has(node.name))).toEqual([]);
    const all = [...cut.removable, ...cut.blocked].map(({ node }) => node.name);
    expect(all.sort()).toEqual(state.nodes.map(({ name }) => name).sort());
    const isCut = cut.blocked.some(({ blockers }) => blockers.some(({ code }) => code === 'not_looked_at'));
    expect(isCut || cut.removable.length === whole.removable.length).toBe(true);
    found.add(cut.removable.length);
  }
  // However little time there is, one is looked at.
  expect(Math.min(...found)).toBe(1);
  expect(found.size).toBeGreaterThan(2);
});

/** Searches that go on from each other, each with this many questions for the time, until all is looked at. */
function inTurns(isSameCluster: boolean, most: number): Removal[] {
  const passes: Removal[] = [];
  for (let before: SearchBefore | undefined; passes.length < 50;) {
    let looks = 0;
    const removal = simulate({ state, policy: POLICY, nowMs: NOW, before, hasTime: () => (looks += 1) <= most });
    passes.push(removal);
    before = { removal, isSameCluster, turns: turnsAfter(removal, before?.turns) };
    if (isSameCluster && notLookedAt(removal) === 0) break;
  }
  return passes;
}

test.each([0, 1, 7, 40])(
  'of the same cluster a few searches with %i questions find all that a long one does',
  (most) => {
    const whole = simulate({ state, policy: POLICY, nowMs: NOW });
    const passes = inTurns(true, most);
    const names = (removal: Removal | undefined) => removal?.removable.map(({ node }) => node.name);
    expect(names(passes.at(-1))).toEqual(names(whole));
    const left = passes.map(notLookedAt);
    expect(left).toEqual([...new Set(left)].toSorted((a, b) => b - a));
    const twice = passes.flatMap(({ blocked }) =>
      blocked.filter(({ blockers }) => new Set(blockers.map((one) => JSON.stringify(one))).size < blockers.length),
    );
    expect(twice).toEqual([]);
    const codes = ({ blocked }: Removal) => blocked.map(({ node, blockers }) => [node.name, blockers[0]?.code]);
    expect(codes(must(passes.at(-1), 'a pass'))).toEqual(codes(whole));
  },
);

test('while a cluster changes all the time each node is looked at some day, and what was found is not lost', () => {
  const passes = inTurns(false, 0);
  const looked = new Set<string>();
  for (const { removable, blocked } of passes) {
    for (const { node } of removable) looked.add(node.name);
    for (const { node, blockers } of blocked)
      if (blockers.every(({ code }) => code !== 'not_looked_at')) looked.add(node.name);
  }
  expect(looked.size).toBe(state.nodes.length);
  const counts = passes.map(({ removable }) => removable.length);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(counts.at(-1)).toBe(simulate({ state, policy: POLICY, nowMs: NOW }).removable.length);
});
