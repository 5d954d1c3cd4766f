import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { describe, expect, it } from 'vitest';
import { allFeeds } from '../feeds/feeds.ts';
import { lintPolicy } from './lint-policy.ts';
import { LINT_RULES } from './lint-rules.ts';

const specs = allFeeds({ configMapNamespaces: [], readRbac: true, readIngress: true });
const without = (name: string): typeof specs => specs.filter((spec) => spec.name !== name);
const POD = { group: '', kind: 'Pod' };
const REPLICA_SET = { group: 'apps', kind: 'ReplicaSet' };
const DEPLOYMENT = { group: 'apps', kind: 'Deployment' };

interface Judged {
  readonly kind?: typeof POD;
  readonly of?: typeof specs;
}

function judge(object: object, { kind = POD, of = specs }: Judged = {}): unknown {
  const errors: string[] = [];
  const policy = lintPolicy({ specs: of, onError: (ruleId) => errors.push(ruleId) });
  const findings = policy.judge(kind)?.({ metadata: { name: 'a' }, ...object });
  return errors.length === 0 ? findings : { findings, errors };
}

const owned = (apiVersion: string, kind: string, more: object = {}): object => ({
  metadata: { name: 'a', ownerReferences: [{ apiVersion, kind, name: 'o', controller: true }], ...more },
  spec: { hostNetwork: true, serviceAccountName: 'a', automountServiceAccountToken: false },
});

describe('an object that a controller made', () => {
  it.each([
    ['a replica set', owned('apps/v1', 'ReplicaSet')],
    ['a job', owned('batch/v1', 'Job')],
    ['a replication controller', owned('v1', 'ReplicationController')],
  ])('is not judged twice: its owner is %s', (_name, pod) => {
    expect(judge(pod)).toBeUndefined();
  });

  it.each([
    ['a node, which makes no more of them', owned('v1', 'Node')],
    ['of a kind that is not judged', owned('argoproj.io/v1alpha1', 'Workflow')],
    ['of a kind that is only called like one that is', owned('example.com/v1', 'ReplicaSet')],
  ])('is judged where its owner is %s', (_name, pod) => {
    expect(judge(pod)).toEqual(['host-network']);
  });

  it('is judged where an owner does not control it', () => {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'o' }];
    const pod = { ...owned('v1', 'Node'), metadata: { name: 'a', ownerReferences } };
    expect(judge(pod)).toEqual(['host-network']);
  });

  it('is judged where its owner is not read', () => {
    expect(judge(owned('batch/v1', 'Job'), { of: without('jobs.batch') })).toEqual(['host-network']);
    expect(judge(owned('apps/v1', 'ReplicaSet'), { of: without('replicasets.apps') })).toEqual(['host-network']);
  });

  it("is not judged where its owner's owner is read", () => {
    const pod = owned('apps/v1', 'ReplicaSet', { labels: { 'pod-template-hash': '5d4f' } });
    expect(judge(pod, { of: without('replicasets.apps') })).toBeUndefined();
  });

  it('is not judged as a revision that is only kept', () => {
    const revision = (replicas: number): object => ({
      ...owned('argoproj.io/v1alpha1', 'Rollout'),
      spec: { replicas, template: { spec: { hostPID: true, automountServiceAccountToken: false } } },
    });
    expect(judge(revision(0), { kind: REPLICA_SET })).toBeUndefined();
    expect(judge(revision(1), { kind: REPLICA_SET })).toEqual(['host-pid']);
  });
});

describe('what is set aside', () => {
  const pod = (annotations: unknown, template: object = {}): object => ({
    metadata: { name: 'a', annotations },
    spec: {
      template: { ...template, spec: { hostNetwork: true, hostPID: true, automountServiceAccountToken: false } },
    },
  });

  it('is a rule that the object names, whatever it says of it', () => {
    expect(judge(pod({ 'ignore-check.kube-linter.io/host-pid': '' }), { kind: DEPLOYMENT })).toEqual(['host-network']);
  });

  it('is every rule where the object says so', () => {
    expect(judge(pod({ 'kube-linter.io/ignore-all': 'a test' }), { kind: DEPLOYMENT })).toEqual([]);
  });

  it('is nothing that only the template of its pods names, or another rule', () => {
    const template = { metadata: { annotations: { 'kube-linter.io/ignore-all': '' } } };
    const annotations = { 'ignore-check.kube-linter.io/host': '', 'ignore-check.kube-linter.io/': '' };
    expect(judge(pod(annotations, template), { kind: DEPLOYMENT })).toEqual(['host-network', 'host-pid']);
  });

  it('are the roles that every cluster has', () => {
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const kind = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' };
    const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
    expect(judge({ rules, metadata: { name: 'cluster-admin', labels } }, { kind })).toBeUndefined();
  });
});

describe('an object that is not what its schema says', () => {
  it('is an error of each rule that cannot read it, and the others go on', () => {
    const pod = { spec: { hostNetwork: true, hostPID: 'yes', automountServiceAccountToken: false, volumes: {} } };
    expect(judge(pod)).toEqual({
      findings: ['host-network'],
      errors: ['host-pid', 'sensitive-host-mounts', 'writable-host-mount', 'docker-sock', 'container-runtime-sock'],
    });
  });

  it('is an error of every rule about pods where it has no specification that can be read', () => {
    const errors = LINT_RULES.filter(({ about }) => about === 'pod').map(({ id }) => id);
    expect(judge({ spec: [] })).toEqual({ findings: [], errors });
    expect(judge({ spec: 'x' }, { kind: DEPLOYMENT })).toEqual({ findings: [], errors });
  });

  it('is judged as nobody’s where its owners and annotations cannot be read', () => {
    const spec = { hostNetwork: true, serviceAccountName: 'a', automountServiceAccountToken: false };
    expect(judge({ metadata: { name: 'a', ownerReferences: 7, annotations: 'x' }, spec })).toEqual(['host-network']);
  });

  it('never throws, whatever it is made of', () => {
    const seed = 20_261_129;
    const random = new SeededRandom(seed);
    const keys = [
      'spec',
      'template',
      'containers',
      'securityContext',
      'capabilities',
      'add',
      'rules',
      'verbs',
      'volumes',
    ];
    const keys2 = ['metadata', 'annotations', 'ownerReferences', 'labels', 'status', 'image', 'resources', 'requests'];
    const value = (depth: number): unknown => {
      if (depth > 4 || random.chance(0.3))
        return random.pick<unknown>([null, 1, 'x', true, [], {}, [null], ['x'], [[]], -1, '']);
      if (random.chance(0.3)) return [value(depth + 1), value(depth + 1)];
      const some = Array.from({ length: 4 }, () => random.pick([...keys, ...keys2]));
      return Object.fromEntries(some.map((key) => [key, value(depth + 1)]));
    };
    const policy = lintPolicy({ specs, onError: () => undefined });
    const known = new Set(LINT_RULES.map(({ id }) => id));
    for (let run = 0; run < 3000; run += 1) {
      const object = {
        spec: value(0),
        rules: value(2),
        metadata: { name: 'a', annotations: value(3), labels: value(3) },
      };
      for (const kind of [POD, DEPLOYMENT, { group: 'policy', kind: 'PodDisruptionBudget' }]) {
        const findings = policy.judge(kind)?.(object) ?? [];
        expect(
          findings.every((id) => known.has(id)),
          `seed ${seed}, run ${run}`,
        ).toBe(true);
      }
    }
  });
});

describe('kinds', () => {
  it('of others than Kubernetes itself are not judged', () => {
    const policy = lintPolicy({ specs, onError: () => undefined });
    const judged = specs.filter((spec) => policy.judge(spec) !== undefined).map(({ name }) => name);
    expect(judged).toEqual([
      'pods',
      'deployments.apps',
      'replicasets.apps',
      'daemonsets.apps',
      'statefulsets.apps',
      'jobs.batch',
      'cronjobs.batch',
      'replicationcontrollers',
      'poddisruptionbudgets.policy',
      'roles.rbac.authorization.k8s.io',
      'clusterroles.rbac.authorization.k8s.io',
      'clusterrolebindings.rbac.authorization.k8s.io',
    ]);
    expect(specs.filter((spec) => policy.version(spec) !== 0).map(({ name }) => name)).toEqual(judged);
  });

  it('have their pods where their schema puts them', () => {
    const spec = { hostIPC: true, serviceAccountName: 'a', automountServiceAccountToken: false };
    const job = { spec: { jobTemplate: { spec: { template: { spec } } } } };
    expect(judge(job, { kind: { group: 'batch', kind: 'CronJob' } })).toEqual(['host-ipc']);
  });

  it('are judged anew when a rule comes or goes, or another kind is read', () => {
    const version = (of: typeof specs, rules = LINT_RULES): number =>
      lintPolicy({ specs: of, rules, onError: () => undefined }).version(POD);
    const before = version(specs);
    expect(version(specs)).toBe(before);
    expect(version(specs, LINT_RULES.slice(1))).not.toBe(before);
    expect(version(without('jobs.batch'))).not.toBe(before);
    expect(version(without('services'))).toBe(before);
    expect(
      version(
        specs,
        LINT_RULES.filter(({ about }) => about !== 'role'),
      ),
    ).toBe(before);
  });
});
