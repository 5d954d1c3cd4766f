import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { pod } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { judgeBudgets } from './judge-budgets.ts';

const budget = (name: string, spec: Record<string, unknown>, status: Record<string, unknown> = {}): KubeObject => ({
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'shop', uid: `budget-${name}`, generation: 2 },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  status: {
    observedGeneration: 2,
    expectedPods: 2,
    desiredHealthy: 1,
    currentHealthy: 2,
    disruptionsAllowed: 1,
    ...status,
  },
});

/** What the controller manager writes when it cannot count. */
const SYNC_FAILED = {
  type: 'DisruptionAllowed',
  status: 'False',
  reason: 'SyncFailed',
  message: 'found no controllers for pod "a"',
};

function problems(...objects: KubeObject[]): string[] {
  const { budgets, pods } = stateOf(objects);
  return judgeBudgets(budgets, pods).map(
    ({ name, code, detail }) => `${name} ${code}${detail === '' ? '' : `: ${detail}`}`,
  );
}

test.each<readonly [string, KubeObject[], string[]]>([
  ['one that works', [budget('x', { minAvailable: 1 }), pod('a', 'n')], []],
  [
    'minAvailable of all',
    [budget('x', { minAvailable: 2 }, { desiredHealthy: 2, disruptionsAllowed: 0 }), pod('a', 'n')],
    ['x never_satisfiable: minAvailable 2 means 2 of 2 pods'],
  ],
  [
    'maxUnavailable of none',
    [budget('x', { maxUnavailable: '0%' }, { desiredHealthy: 2, disruptionsAllowed: 0 }), pod('a', 'n')],
    ['x never_satisfiable: maxUnavailable 0% means 2 of 2 pods'],
  ],
  [
    'no disruption now, because a pod is not healthy',
    [budget('x', { minAvailable: 1 }, { currentHealthy: 1, disruptionsAllowed: 0 }), pod('a', 'n')],
    [],
  ],
  ['no pod', [budget('x', { minAvailable: 1 }), pod('a', 'n', { app: 'db' })], ['x selects_nothing: app=web']],
  [
    'no selector',
    [budget('x', { minAvailable: 1, selector: null }), pod('a', 'n')],
    ['x selects_nothing: it has no selector'],
  ],
  [
    'two for one pod',
    [budget('x', { minAvailable: 1 }), budget('y', { minAvailable: 1, selector: {} }), pod('a', 'n')],
    ['x overlap: y', 'y overlap: x'],
  ],
  [
    'one of which the status is old',
    [budget('x', { minAvailable: 2 }, { observedGeneration: 1, desiredHealthy: 2 }), pod('a', 'n')],
    ['x stale'],
  ],
  [
    'one that the controller manager fails to count, whatever the rest of its status says',
    [
      budget(
        'x',
        { maxUnavailable: 1 },
        { observedGeneration: undefined, conditions: [SYNC_FAILED], disruptionsAllowed: 0 },
      ),
      budget('y', { maxUnavailable: 1, selector: { matchLabels: { app: 'db' } } }, { conditions: [SYNC_FAILED] }),
      pod('a', 'n'),
      pod('b', 'n', { app: 'db' }),
    ],
    ['x not_counted: found no controllers for pod "a"', 'y not_counted: found no controllers for pod "a"'],
  ],
  [
    'one of pods without controllers, which are passed over',
    [
      budget('x', { maxUnavailable: 1 }, { expectedPods: 0, desiredHealthy: 0, disruptionsAllowed: 0 }),
      pod('a', 'n', { owner: null }),
    ],
    ['x not_counted: the pod a has no controller, and no other pod counts'],
  ],
  [
    'one of a Deployment that is scaled to nothing, whose last pods are ending',
    [budget('x', { maxUnavailable: 1 }, { expectedPods: 0, desiredHealthy: 0, disruptionsAllowed: 0 }), pod('a', 'n')],
    [],
  ],
  [
    'one that expects none because there is none',
    [budget('x', { maxUnavailable: 1 }, { expectedPods: 0, desiredHealthy: 0, disruptionsAllowed: 0 })],
    ['x selects_nothing: app=web'],
  ],
  ['one whose status is ahead of it', [budget('x', { minAvailable: 1 }, { observedGeneration: 3 }), pod('a', 'n')], []],
  [
    'a selector of tomorrow',
    [budget('x', { selector: { matchExpressions: [{ key: 'a', operator: 'Like', values: [] }] } }), pod('a', 'n')],
    ['x unknown_selector: operator Like'],
  ],
])('%s', (_name, objects, expected) => {
  expect(problems(...objects)).toEqual(expected);
});

test('of several others the first by name is named, in whatever order they come', () => {
  const three = ['z', 'x', 'y'].map((name) => budget(name, { minAvailable: 1 }));
  const expected = ['x overlap: y', 'y overlap: x', 'z overlap: x'];
  expect(problems(...three, pod('a', 'n'))).toEqual(expected);
  expect(problems(...three.toReversed(), pod('a', 'n'))).toEqual(expected);
});

test('budgets of two namespaces have nothing to do with each other', () => {
  const other = budget('x', { minAvailable: 1 });
  const elsewhere = { ...other, metadata: { ...other.metadata, namespace: 'yard', uid: 'budget-yard' } };
  expect(problems(budget('x', { minAvailable: 1 }), elsewhere, pod('a', 'n'))).toEqual(['x selects_nothing: app=web']);
});
