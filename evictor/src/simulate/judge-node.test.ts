import { expect, test } from 'vitest';
import { node } from '../testing/objects.ts';
import { readNode } from '../view/node-record.ts';
import { viewInterners } from '../view/view-interners.ts';
import { judgeNode } from './judge-node.ts';
import type { RemovalPolicy } from './removal-policy.ts';

const NOON = Date.parse('2026-06-01T12:00:00Z');
const POLICY: RemovalPolicy = { isAggressive: false, isScoped: false, nodeGraceMs: 300_000, headroom: 0, rules: [] };

function reasons(object: ReturnType<typeof node>, policy: Partial<RemovalPolicy> = {}, nowMs = NOON): string[] {
  return judgeNode(readNode(object, viewInterners()), { ...POLICY, ...policy }, nowMs).map(({ code, detail }) =>
    detail === '' ? code : `${code}: ${detail}`,
  );
}

test('nothing speaks against an ordinary node', () => {
  expect(reasons(node('n'))).toEqual([]);
});

test.each<readonly [string, Record<string, string>, string]>([
  [
    'a mark',
    { 'autoscaling.cast.ai/removal-disabled': 'true' },
    'removal_disabled: autoscaling.cast.ai/removal-disabled',
  ],
  [
    "another tool's mark",
    { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' },
    'removal_disabled: cluster-autoscaler.kubernetes.io/scale-down-disabled',
  ],
  ['the control plane', { 'node-role.kubernetes.io/control-plane': '' }, 'control_plane'],
  ['that a virtual kubelet made it', { type: 'virtual-kubelet' }, 'virtual_node'],
  ['that it is of another cluster', { 'liqo.io/type': 'virtual-node' }, 'virtual_node'],
  ['that Fargate takes it back by itself', { 'eks.amazonaws.com/compute-type': 'fargate' }, 'virtual_node'],
])('%s keeps it', (_name, labels, expected) => {
  expect(reasons(node('n', { labels }))).toEqual([expected]);
});

test('a young one is left alone, and one whose clock is ahead is young', () => {
  const made = Date.parse('2026-06-01T00:00:00Z');
  expect(reasons(node('n'), {}, made + 299_999)).toEqual(['young_node: 4 minutes old']);
  expect(reasons(node('n'), {}, made + 300_000)).toEqual([]);
  expect(reasons(node('n'), {}, made - 86_400_000)).toEqual(['young_node: 0 minutes old']);
});

test('in scoped mode only nodes of the platform are looked at', () => {
  expect(reasons(node('n'), { isScoped: true })).toEqual([
    'out_of_scope: provisioner.cast.ai/managed-by is not cast.ai',
  ]);
  expect(reasons(node('n', { labels: { 'provisioner.cast.ai/managed-by': 'cast.ai' } }), { isScoped: true })).toEqual(
    [],
  );
});

test('a rule keeps the nodes that it selects', () => {
  const rules = [
    {
      match: { is: 'node' as const, selector: [{ key: 'k', operator: 'Exists' as const, values: [] }] },
      setting: 'removalDisabled' as const,
    },
  ];
  expect(reasons(node('n', { labels: { k: '' } }), { rules })).toEqual(['rule_keeps_node: removalDisabled']);
  expect(reasons(node('n'), { rules })).toEqual([]);
});

test('of one that is not ready or on its way out nothing is known', () => {
  const gone = node('n');
  gone['status'] = { conditions: [{ type: 'Ready', status: 'Unknown' }] };
  gone.metadata['deletionTimestamp'] = '2026-06-01T00:00:00Z';
  expect(reasons(gone)).toEqual(['ending_node', 'not_ready']);
});
