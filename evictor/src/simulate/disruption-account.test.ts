import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { pod } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { DisruptionAccount } from './disruption-account.ts';

const budget = (
  name: string,
  status: Record<string, unknown> = {},
  spec: Record<string, unknown> = {},
): KubeObject => ({
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'shop', uid: `budget-${name}`, generation: 1 },
  spec: { selector: { matchLabels: { app: 'web' } }, minAvailable: 2, ...spec },
  status: {
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 3,
    desiredHealthy: 2,
    expectedPods: 3,
    ...status,
  },
});

const SYNC_FAILED = { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'why' };

function unready(name: string): KubeObject {
  const one = pod(name, 'n');
  one['status'] = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };
  return one;
}

function ask(objects: readonly KubeObject[]): string[] {
  const { budgets, pods } = stateOf(objects);
  return new DisruptionAccount(budgets).ask(pods).blockers.map(({ code, pod: name }) => `${name} ${code}`);
}

test.each<readonly [string, KubeObject[], string[]]>([
  ['no budget', [pod('a', 'n'), pod('b', 'n')], []],
  ['as many as it allows', [budget('x'), pod('a', 'n')], []],
  ['one more than it allows', [budget('x'), pod('a', 'n'), pod('b', 'n')], ['shop/b pdb_no_budget']],
  ['two budgets', [budget('x'), budget('y'), pod('a', 'n')], ['shop/a pdb_overlap']],
  [
    'a budget of another namespace',
    [budget('x', { disruptionsAllowed: 0 }), pod('a', 'n', { namespace: 'other' })],
    [],
  ],
  ['a budget whose controller lags', [budget('x', { observedGeneration: 0 }), pod('a', 'n')], ['shop/a pdb_stale']],
  ['a budget whose status is ahead', [budget('x', { observedGeneration: 2 }), pod('a', 'n')], []],
  [
    'a budget that the controller manager cannot work out, for which nobody need wait',
    [budget('x', { observedGeneration: 0, disruptionsAllowed: 0, conditions: [SYNC_FAILED] }), pod('a', 'n')],
    ['shop/a pdb_no_budget'],
  ],
  [
    'one of which an older status allowed something',
    [budget('x', { observedGeneration: 0, conditions: [SYNC_FAILED] }), pod('a', 'n')],
    ['shop/a pdb_stale'],
  ],
  [
    'one that allows less than nothing',
    [budget('x', { disruptionsAllowed: -1 }), pod('a', 'n')],
    ['shop/a pdb_no_budget'],
  ],
  [
    'a budget without a selector, which protects nothing',
    [budget('x', { disruptionsAllowed: 0 }, { selector: null }), pod('a', 'n')],
    [],
  ],
  [
    'an empty selector, which protects everything',
    [budget('x', { disruptionsAllowed: 0 }, { selector: {} }), pod('a', 'n', { app: 'db' })],
    ['shop/a pdb_no_budget'],
  ],
  ['a pod that is not ready beside enough that are', [budget('x', { disruptionsAllowed: 0 }), unready('a')], []],
  [
    'one beside too few',
    [budget('x', { disruptionsAllowed: 0, currentHealthy: 1 }), unready('a')],
    ['shop/a pdb_no_budget'],
  ],
  [
    'one that may always go',
    [
      budget('x', { disruptionsAllowed: 0, currentHealthy: 1 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
      unready('a'),
    ],
    [],
  ],
])('%s', (_name, objects, expected) => {
  expect(ask(objects)).toEqual(expected);
});

test('what was taken is gone for those that come later, and asking takes nothing', () => {
  const { budgets, pods } = stateOf([
    budget('x', { disruptionsAllowed: 2 }),
    pod('a', 'n'),
    pod('b', 'm'),
    pod('c', 'o'),
  ]);
  const account = new DisruptionAccount(budgets);
  const blocked = (): string[] => account.ask(pods.slice(1)).blockers.map(({ detail }) => detail);
  expect(blocked()).toEqual([]);
  account.take(account.ask(pods.slice(0, 1)).withdrawal);
  expect(blocked()).toEqual(['shop/x allows 2, and this is one more']);
});
