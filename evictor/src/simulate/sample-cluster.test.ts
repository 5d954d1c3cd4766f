import { sampleCluster } from '@castai/test/samples/sample-cluster.ts';
import { expect, test } from 'vitest';
import { stateOf } from '../testing/state-of.ts';
import type { RemovalPolicy } from './removal-policy.ts';
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

test('when time is up the rest is not looked at, and what was found stands', () => {
  const whole = simulate({ state, policy: POLICY, nowMs: NOW });
  let looks = 0;
  const cut = simulate({ state, policy: POLICY, nowMs: NOW, hasTime: () => (looks += 1) <= 2 });
  const names = new Set(whole.removable.map(({ node }) => node.name));
  expect(cut.removable.length).toBeGreaterThan(0);
  expect(cut.removable.filter(({ node }) => !names.has(node.name))).toEqual([]);
  expect(cut.blocked.some(({ blockers }) => blockers.some(({ code }) => code === 'not_looked_at'))).toBe(true);
});
