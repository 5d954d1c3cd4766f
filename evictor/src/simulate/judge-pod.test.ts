import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { expect, test } from 'vitest';
import { pod, type PodWishes, replicaSet } from '../testing/objects.ts';
import { stateOf } from '../testing/state-of.ts';
import { judgePod, type PodFate } from './judge-pod.ts';
import type { EvictionRule, PodMatch, RemovalPolicy } from './removal-policy.ts';

const POLICY: RemovalPolicy = { isAggressive: false, isScoped: false, nodeGraceMs: 0, headroom: 0, rules: [] };
const ANY: PodMatch = { is: 'pod', namespace: undefined, kind: undefined, replicasMin: undefined, selector: [] };
const rule = (setting: EvictionRule['setting'], match: Partial<PodMatch> = {}): EvictionRule => ({
  match: { ...ANY, ...match },
  setting,
});

/** What becomes of it: `ends`, `moves`, or the first reason why it blocks. */
function fate(...what: Parameters<typeof judge>): string {
  const judged = judge(...what);
  return judged.is === 'blocks' ? (judged.blockers[0]?.code ?? '') : judged.is;
}

/** Every reason why it blocks. */
function reasons(...what: Parameters<typeof judge>): string[] {
  const judged = judge(...what);
  return judged.is === 'blocks' ? judged.blockers.map(({ code, detail }) => `${code} ${detail}`.trim()) : [];
}

function judge(
  object: KubeObject,
  policy: Partial<RemovalPolicy> = {},
  others: readonly KubeObject[] = [replicaSet('web', 3)],
): PodFate {
  const { pods, workloads } = stateOf([object, ...others]);
  const [one] = pods;
  if (one === undefined) throw new Error('no pod');
  const context = {
    policy: { ...POLICY, ...policy },
    nodeLabels: { role: 'batch' },
    workloads: new Map(workloads.map((workload) => [workload.uid, workload])),
    volumeProblems: () => [],
  };
  return judgePod(one, context);
}

const of = (wishes: PodWishes): KubeObject => pod('p', 'n', wishes);
const CLAIM = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'x' } }] };
const FOLDER = { volumes: [{ name: 'v', hostPath: { path: '/data' } }] };

test.each<readonly [string, KubeObject, { default: string; aggressive: string; disposable: string }]>([
  ['one of three', of({}), { default: 'moves', aggressive: 'moves', disposable: 'moves' }],
  [
    'of an unknown ReplicaSet',
    of({ app: 'gone' }),
    { default: 'single_replica', aggressive: 'moves', disposable: 'moves' },
  ],
  ['a bare pod', of({ owner: null }), { default: 'bare_pod', aggressive: 'moves', disposable: 'moves' }],
  [
    'of a StatefulSet',
    of({ owner: { kind: 'StatefulSet', name: 's' } }),
    { default: 'statefulset', aggressive: 'moves', disposable: 'moves' },
  ],
  ['of a Job', of({ owner: { kind: 'Job', name: 'j' } }), { default: 'job', aggressive: 'moves', disposable: 'moves' }],
  [
    'of a foreign controller',
    of({ owner: { kind: 'Workflow', name: 'w' } }),
    { default: 'unknown_controller', aggressive: 'moves', disposable: 'moves' },
  ],
  [
    'of a DaemonSet',
    of({ owner: { kind: 'DaemonSet', name: 'd' } }),
    { default: 'ends', aggressive: 'ends', disposable: 'ends' },
  ],
  [
    'of a foreign DaemonSet',
    of({ owner: { kind: 'ExtendedDaemonSetReplicaSet', name: 'd' } }),
    { default: 'ends', aggressive: 'ends', disposable: 'ends' },
  ],
  ['static', of({ owner: { kind: 'Node', name: 'n' } }), { default: 'ends', aggressive: 'ends', disposable: 'ends' }],
  ['with a claim', of(CLAIM), { default: 'volume_claim', aggressive: 'volume_claim', disposable: 'moves' }],
  [
    'with a folder of the node',
    of(FOLDER),
    { default: 'local_storage', aggressive: 'local_storage', disposable: 'moves' },
  ],
  [
    'with an emptyDir',
    of({ volumes: [{ name: 'v', emptyDir: {} }] }),
    { default: 'moves', aggressive: 'moves', disposable: 'moves' },
  ],
  [
    'of another scheduler',
    of({ schedulerName: 'volcano' }),
    { default: 'foreign_scheduler', aggressive: 'foreign_scheduler', disposable: 'foreign_scheduler' },
  ],
  [
    'with a gate',
    of({ schedulingGates: [{ name: 'g' }] }),
    { default: 'scheduling_gate', aggressive: 'scheduling_gate', disposable: 'scheduling_gate' },
  ],
  [
    'with devices by claim',
    of({ resourceClaims: [{ name: 'r' }] }),
    { default: 'resource_claim', aggressive: 'resource_claim', disposable: 'resource_claim' },
  ],
  [
    'of a group',
    of({ workloadRef: { name: 'w' } }),
    { default: 'pod_group', aggressive: 'pod_group', disposable: 'pod_group' },
  ],
  [
    'with a disk that it names by itself',
    of({ volumes: [{ name: 'v', iscsi: {} }] }),
    { default: 'volume_unknown', aggressive: 'volume_unknown', disposable: 'volume_unknown' },
  ],
  [
    'with a volume of tomorrow',
    of({ volumes: [{ name: 'v', hologram: {} }] }),
    { default: 'unknown_constraint', aggressive: 'unknown_constraint', disposable: 'unknown_constraint' },
  ],
  [
    'with a field of tomorrow',
    of({ placementPolicy: {} }),
    { default: 'unknown_constraint', aggressive: 'unknown_constraint', disposable: 'unknown_constraint' },
  ],
  [
    'with an affinity of tomorrow',
    of({
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: {}, maxDistance: 3 }],
        },
      },
    }),
    { default: 'unknown_constraint', aggressive: 'unknown_constraint', disposable: 'unknown_constraint' },
  ],
  [
    'with a request that is no quantity',
    of({ requests: { cpu: 'much' } }),
    { default: 'unknown_constraint', aggressive: 'unknown_constraint', disposable: 'unknown_constraint' },
  ],
])('%s', (_name, object, expected) => {
  const disposable = {
    ...object,
    metadata: { ...object.metadata, annotations: { 'autoscaling.cast.ai/disposable': 'true' } },
  };
  expect({
    default: fate(object),
    aggressive: fate(object, { isAggressive: true }),
    disposable: fate(disposable),
  }).toEqual(expected);
});

test.each([
  ['autoscaling.cast.ai/removal-disabled', 'true'],
  ['beta.evictor.cast.ai/eviction-disabled', 'true'],
  ['cluster-autoscaler.kubernetes.io/safe-to-evict', 'false'],
  ['karpenter.sh/do-not-disrupt', 'true'],
])('%s=%s keeps it, as a label and as an annotation, whatever else is said', (key, value) => {
  const more = { isAggressive: true, rules: [rule('disposable')] };
  const disposable = { 'autoscaling.cast.ai/disposable': 'true' };
  expect(fate(of({ labels: { [key]: value } }), more)).toBe('pod_removal_disabled');
  expect(fate(of({ annotations: { [key]: value, ...disposable } }), more)).toBe('pod_removal_disabled');
  expect(fate(of({ annotations: { [key]: 'maybe' } }))).toBe('moves');
});

test('removal-disabled goes before disposable, that before a rule, that before the mode', () => {
  const job = { owner: { kind: 'Job', name: 'j' } };
  expect(fate(of(job), { rules: [rule('aggressive')] })).toBe('moves');
  expect(fate(of(job), { rules: [rule('aggressive'), rule('removalDisabled')] })).toBe('rule_keeps_pod');
  expect(
    fate(of({ ...job, labels: { 'beta.evictor.cast.ai/disposable': 'true' } }), { rules: [rule('removalDisabled')] }),
  ).toBe('moves');
  expect(fate(of({}), { isAggressive: true, rules: [rule('removalDisabled')] })).toBe('rule_keeps_pod');
});

test('a rule is about the pods that it selects', () => {
  const keeps = (match: Partial<PodMatch>): string => fate(of({}), { rules: [rule('removalDisabled', match)] });
  expect(keeps({ namespace: 'shop' })).toBe('rule_keeps_pod');
  expect(keeps({ namespace: 'other' })).toBe('moves');
  expect(keeps({ kind: 'Deployment' })).toBe('rule_keeps_pod');
  expect(keeps({ kind: 'ReplicaSet' })).toBe('rule_keeps_pod');
  expect(keeps({ kind: 'Job' })).toBe('moves');
  expect(keeps({ replicasMin: 3 })).toBe('rule_keeps_pod');
  expect(keeps({ replicasMin: 4 })).toBe('moves');
  expect(keeps({ selector: [{ key: 'app', operator: 'In', values: ['web'] }] })).toBe('rule_keeps_pod');
  expect(keeps({ selector: [{ key: 'app', operator: 'In', values: ['db'] }] })).toBe('moves');
});

test('one that is over or ending needs no place', () => {
  const over = of({ owner: null });
  over['status'] = { phase: 'Succeeded' };
  const ending = of({ owner: null });
  ending.metadata['deletionTimestamp'] = '2026-06-01T00:00:00Z';
  expect([fate(over), fate(ending)]).toEqual(['ends', 'ends']);
});

test('a rule for nodes speaks of the pods on them, and a node that it keeps is told as a node', () => {
  const onNodes = (setting: EvictionRule['setting'], value: string): EvictionRule => ({
    match: { is: 'node', selector: [{ key: 'role', operator: 'In', values: [value] }] },
    setting,
  });
  const job = of({ owner: { kind: 'Job', name: 'j' } });
  expect(fate(job, { rules: [onNodes('aggressive', 'batch')] })).toBe('moves');
  expect(fate(job, { rules: [onNodes('aggressive', 'web')] })).toBe('job');
  expect(fate(of(FOLDER), { rules: [onNodes('aggressive', 'batch')] })).toBe('local_storage');
  expect(fate(of(FOLDER), { rules: [onNodes('disposable', 'batch')] })).toBe('moves');
  expect(fate(of({}), { rules: [onNodes('removalDisabled', 'batch')] })).toBe('moves');
});

test('everything that stands in the way of a pod is told at once', () => {
  const marks = { 'autoscaling.cast.ai/removal-disabled': 'true', 'karpenter.sh/do-not-disrupt': 'true' };
  const kept = { ...FOLDER, owner: { kind: 'Job', name: 'j' }, schedulingGates: [{ name: 'g' }, { name: 'h' }] };
  const all = of({ ...kept, volumes: [...CLAIM.volumes, ...FOLDER.volumes], annotations: marks });
  expect(reasons(all, { rules: [rule('removalDisabled')] })).toEqual([
    'pod_removal_disabled autoscaling.cast.ai/removal-disabled, karpenter.sh/do-not-disrupt',
    'rule_keeps_pod removalDisabled',
    'scheduling_gate g',
    'scheduling_gate h',
    'volume_claim x',
    'local_storage hostPath',
    'job Job j',
  ]);
});
