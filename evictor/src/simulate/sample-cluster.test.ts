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
  expect(found.has(0)).toBe(true);
  expect(found.size).toBeGreaterThan(2);
});
