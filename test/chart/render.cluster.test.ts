import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { EVENT_TYPES, eventName, type EventReason } from '@castai/agent/observe/kube-event.ts';
import { allFeeds } from '@castai/agent/feeds/feeds.ts';
import { SWITCH_NAME } from '@castai/cluster-controller/claim/kill-switch.ts';
import { shardName, SHARDS } from '@castai/cluster-controller/claim/record-shard.ts';
import { RIGHTS_OF_KIND } from '@castai/cluster-controller/do/rights-of-kind.ts';
import { ACTION_KINDS, type ActionKind } from '@castai/cluster-controller/poll/action.ts';
import { feedsFor, type Report } from '@castai/evictor/view/view-feeds.ts';
import { describeOptions } from '@castai/shared/config/option-table.ts';
import { readProgramDocs } from '../../scripts/docs/read-program-docs.ts';
import { SHIPPED_PROGRAMS } from '../../scripts/programs.ts';
import type { ApiObject } from '../cluster/api-client.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { CHART, CI_FOLDER } from '../../scripts/chart/chart-folder.ts';
import {
  duplicatesIn,
  findObject,
  goldenOf,
  keyOf,
  type RbacRule,
  rulesOf,
  workloadsIn,
} from '../stages/chart/rendered-objects.ts';

const SHAPES = readdirSync(CI_FOLDER).sort();
const KEY = ['--set', 'apiKeySecret.name=k'];
/** What Node itself and the C library read. */
const NOT_OPTIONS = [
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'MALLOC_ARENA_MAX',
  'MALLOC_MMAP_THRESHOLD_',
  'UV_THREADPOOL_SIZE',
];

let helms: Record<3 | 4, Helm>;

beforeAll(async () => {
  // One after the other: each build uses every core.
  const helm4 = await createHelm(4);
  helms = { 3: await createHelm(3), 4: helm4 };
});
afterAll(() => {
  helms?.[3][Symbol.dispose]();
  helms?.[4][Symbol.dispose]();
});

describe.each(SHAPES)('%s', (file) => {
  const values = ['--values', join(CI_FOLDER, file)];
  let objects: ApiObject[];

  beforeAll(async () => {
    objects = await helms[4].template(...values);
  });

  test('both Helms find nothing to complain about and give the same objects, those of the golden file', async () => {
    for (const major of [3, 4] as const) {
      const { code, stdout, stderr } = await helms[major].lint(...values);
      expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
    }
    expect(goldenOf(await helms[3].template(...values))).toBe(goldenOf(objects));
    await expect(goldenOf(objects)).toMatchFileSnapshot(
      join(CI_FOLDER, '../../golden', file.replace('-values.yaml', '.yaml')),
    );
  });

  test('no name stands twice in a list, no object twice, and no two components select the same pods', () => {
    const keys = objects.map(keyOf);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    const own = objects.filter(({ kind }) => kind !== 'PrometheusRule');
    expect(own.flatMap((object) => duplicatesIn(object, keyOf(object)))).toEqual([]);
    const selectors = workloadsIn(objects).map(({ spec }) => JSON.stringify(spec.selector.matchLabels));
    expect(new Set(selectors).size).toBe(selectors.length);
    for (const { spec } of workloadsIn(objects)) {
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    }
  });

  test('the chart makes no namespace, sets no replicas and hands no token to a pod but its own projected one', () => {
    expect(objects.map(({ kind }) => kind)).not.toContain('Namespace');
    for (const { metadata, spec } of workloadsIn(objects)) {
      // Of which there are two unless told.
      const isSeveral = file === 'two-replicas-values.yaml' || metadata?.name?.endsWith('-cluster-controller') === true;
      if (!isSeveral) expect(spec).not.toHaveProperty('replicas');
      expect(spec.template.spec).toMatchObject({ automountServiceAccountToken: false });
      expect(JSON.stringify(spec.template.spec.containers)).not.toContain('not-a-real-key');
    }
  });
});

/** `group/resource verb`, one per right. */
function rightsOf(rules: readonly RbacRule[]): string[] {
  const rights = rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => `${group}/${resource} ${verb} ${name}`.trim())),
      ),
    ),
  );
  return rights.sort();
}

test.each([
  { readRbac: true, readIngress: true, configMapNamespaces: [] },
  { readRbac: false, readIngress: true, configMapNamespaces: ['shop'] },
  { readRbac: true, readIngress: false, configMapNamespaces: ['shop', 'payments', 'shop'] },
])('the rights of the agent are its feeds, no more and no less: %o', async (options) => {
  const { readRbac, readIngress, configMapNamespaces } = options;
  const objects = await helms[4].template(
    ...KEY,
    '--set',
    `agent.rbac.readRbac=${readRbac},agent.rbac.readIngress=${readIngress}`,
    '--set-json',
    `agent.configMapNamespaces=${JSON.stringify(configMapNamespaces)}`,
  );
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
  const ofFeeds = allFeeds(options).filter(({ namespace }) => namespace === '');
  const needed = ofFeeds.flatMap(({ group, resource, mode }) =>
    ['list', ...(mode === 'watch' ? ['watch'] : [])].map((verb) => `${group}/${resource} ${verb}`),
  );
  expect(rightsOf(rulesOf(roles, 'castai-agent'))).toEqual([...new Set(needed), '/namespaces get kube-system'].sort());
  const isWritten = ['castai-agent-lease', 'castai-agent-events'];
  const inThem = objects.filter(({ kind, metadata }) => kind === 'Role' && !isWritten.includes(metadata?.name ?? ''));
  const inNamespaces = inThem.map(({ metadata }) => metadata?.namespace ?? '');
  expect(inNamespaces.sort()).toEqual([...new Set(configMapNamespaces)].sort());
  for (const role of inThem) expect(rightsOf(rulesOf([role], ''))).toEqual(['/configmaps list', '/configmaps watch']);
});

test('the agent may write the Events that it has, by their names, and no other', async () => {
  const on = await helms[4].template(...KEY, '--set', 'fullnameOverride=mine');
  const names = (Object.keys(EVENT_TYPES) as EventReason[]).map((reason) => eventName('mine-agent', reason));
  const rights = names.flatMap((name) => [`/events create ${name}`, `/events patch ${name}`]);
  expect(rightsOf(rulesOf([findObject(on, 'Role', 'mine-agent-events')], ''))).toEqual(rights.sort());
});

test.each([
  ['agent', 'agent'],
  ['evictor', 'evictor'],
  ['cluster-controller', 'clusterController'],
])('%s may use its own lease and no other, where there is an election', async (name, key) => {
  const alone = ['--set', `clusterId=c,agent.enabled=false,${key}.enabled=true,${key}.replicas=1`];
  const on = await helms[4].template(...KEY, ...alone, '--set', 'fullnameOverride=mine');
  expect(rightsOf(rulesOf([findObject(on, 'Role', `mine-${name}-lease`)], ''))).toEqual([
    `coordination.k8s.io/leases create mine-${name}`,
    `coordination.k8s.io/leases get mine-${name}`,
    `coordination.k8s.io/leases patch mine-${name}`,
  ]);
  const env = workloadsIn(on)[0]?.spec.template.spec.containers[0]?.env;
  expect(env?.find((one) => one.name === 'LEASE_NAME')).toEqual({ name: 'LEASE_NAME', value: `mine-${name}` });
  const off = await helms[4].template(...KEY, ...alone, '--set', `${key}.leaderElection=false`);
  expect(off.filter(({ metadata }) => metadata?.name?.endsWith('-lease'))).toEqual([]);
  expect(JSON.stringify(off)).not.toMatch(/LEASE_NAME/u);
  const neither = await helms[4].template(...KEY, '--set', 'agent.leaderElection=false,agent.kubernetesEvents=false');
  expect(JSON.stringify(neither)).not.toMatch(/POD_NAME/u);
  expect(neither.filter(({ kind }) => kind === 'Role')).toEqual([]);
});

test('more pods than one are spread, and one of them may be away; of one pod nothing is said', async () => {
  const shape = async (...sets: string[]) => {
    const objects = await helms[4].template(...KEY, ...sets.flatMap((set) => ['--set', set]));
    const [agent] = workloadsIn(objects);
    const spread = agent?.spec.template.spec['topologySpreadConstraints'] as { topologyKey: string }[] | undefined;
    return {
      replicas: (agent?.spec as { replicas?: number } | undefined)?.replicas,
      spread: spread?.map(({ topologyKey }) => topologyKey),
      budgets: objects.filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ spec }) => spec),
    };
  };
  expect(await shape()).toEqual({ replicas: undefined, spread: undefined, budgets: [] });
  expect(await shape('agent.replicas=3')).toMatchObject({
    replicas: 3,
    spread: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'],
    budgets: [{ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }],
  });
  const own = ['topologyKey=rack', 'maxSkew=1', 'whenUnsatisfiable=DoNotSchedule'];
  const sets = own.map((set) => `agent.topologySpreadConstraints[0].${set}`);
  expect((await shape('agent.replicas=2', ...sets)).spread).toEqual(['rack']);
});

test.each([
  { mode: 'report', rights: ['/nodes get', '/nodes watch'] },
  { mode: 'report,spotHandler.rbac.takeBack=true', rights: ['/nodes get', '/nodes patch', '/nodes watch'] },
  { mode: 'mark', rights: ['/nodes get', '/nodes patch', '/nodes watch'] },
  {
    mode: 'evict',
    rights: ['/nodes get', '/nodes patch', '/nodes watch', '/pods list', '/pods/eviction create'],
  },
])('the spot handler has the rights of what it is to do: $mode', async ({ mode, rights }) => {
  const on = ['--set', `spotHandler.enabled=true,spotHandler.mode=${mode},clusterId=c`];
  const objects = await helms[4].template(...KEY, ...on);
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
  expect(rightsOf(rulesOf(roles, 'castai-spot-handler'))).toEqual(rights);
  expect(findObject(objects, 'Role', 'castai-spot-handler-events')).toMatchObject({
    metadata: { namespace: 'default' },
    rules: [{ apiGroups: [''], resources: ['events'], verbs: ['create'] }],
  });
});

test.each<Report[][]>([
  [['removal', 'drift', 'age', 'budgets']],
  [['removal']],
  [['budgets']],
  [['budgets', 'drift']],
  [['drift']],
  [['age', 'drift', 'age']],
])('the rights of the evictor are the collections that its reports need, to read and no more: %j', async (reports) => {
  const on = ['agent.enabled=false,evictor.enabled=true', `evictor.reports={${reports.join()}}`];
  const objects = await helms[4].template(...on.flatMap((set) => ['--set', set]));
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
  const needed = feedsFor(reports).flatMap(({ group, resource }) =>
    ['list', 'watch'].map((verb) => `${group}/${resource} ${verb}`),
  );
  // Asked now and then, not followed.
  if (reports.includes('drift')) needed.push('karpenter.sh/nodeclaims list');
  expect(rightsOf(rulesOf(roles, 'castai-evictor'))).toEqual(needed.sort());
  const env = workloadsIn(objects)[0]?.spec.template.spec.containers[0]?.env;
  expect(env?.find(({ name }) => name === 'REPORTS')?.value?.split(',')).toEqual([...new Set(reports)]);
});

test('the evictor may create Events about nodes where it is asked to, and no other right comes with it', async () => {
  const on = ['--set', 'agent.enabled=false,evictor.enabled=true,evictor.leaderElection=false,evictor.nodeEvents=true'];
  const objects = await helms[4].template(...on);
  const role = findObject(objects, 'Role', 'castai-evictor-events');
  expect([role.metadata?.namespace, rightsOf(rulesOf([role], ''))]).toEqual(['default', ['/events create']]);
  const env = workloadsIn(objects)[0]?.spec.template.spec.containers[0]?.env;
  expect(env?.find(({ name }) => name === 'NODE_EVENTS')?.value).toBe('true');
});

test('the evictor may read the one ConfigMap that tells the next maintenance window, where it is named', async () => {
  const on = ['--set', 'agent.enabled=false,evictor.enabled=true,evictor.leaderElection=false'];
  const window = 'evictor.maintenanceConfigMap.name=upcoming,evictor.maintenanceConfigMap.namespace=infra';
  const objects = await helms[4].template(...on, '--set', window);
  const role = findObject(objects, 'Role', 'castai-evictor-window');
  expect([role.metadata?.namespace, rightsOf(rulesOf([role], ''))]).toEqual(['infra', ['/configmaps get upcoming']]);
  const env = workloadsIn(objects)[0]?.spec.template.spec.containers[0]?.env;
  expect(env?.find(({ name }) => name === 'MAINTENANCE_CONFIG_MAP')?.value).toBe('infra/upcoming');
  const without = await helms[4].template(...on);
  expect(without.filter(({ kind }) => kind === 'Role')).toEqual([]);
  expect(JSON.stringify(without)).not.toContain('MAINTENANCE_CONFIG_MAP');
});

test('the evictor is told nothing of the platform, and its network policy leads to the API server alone', async () => {
  const cas = ['--values', join(CI_FOLDER, 'proxy-ca-values.yaml'), '--set', 'evictor.enabled=true'];
  for (const flavor of ['kubernetes', 'cilium']) {
    const policyKind = flavor === 'cilium' ? 'CiliumNetworkPolicy' : 'NetworkPolicy';
    const policy = `networkPolicy.enabled=true,networkPolicy.flavor=${flavor}`;
    const objects = await helms[4].template(...cas, '--set', policy, '--set', 'apiUrl=https://platform.example:8443');
    const ofEvictor = objects.filter(({ metadata }) => metadata?.name?.startsWith('castai-evictor') === true);
    const text = JSON.stringify(ofEvictor);
    expect(text).not.toMatch(/platform\.example|8443|proxy|api-key|trusted-ca|CLUSTER_ID|pod-token/u);
    expect(ofEvictor.map(({ kind = '' }) => kind).sort()).toEqual(
      [
        'ClusterRole',
        'ClusterRoleBinding',
        'Deployment',
        'Pod',
        'Role',
        'RoleBinding',
        'ServiceAccount',
        policyKind,
        policyKind,
      ].sort(),
    );
    expect(JSON.stringify(objects)).toMatch(/platform\.example.*8443/u);
  }
});

test('an evictor that is to send its report has key, id, CA and way out as the others have them', async () => {
  const cas = ['--values', join(CI_FOLDER, 'proxy-ca-values.yaml'), '--set', 'evictor.enabled=true'];
  const send = 'evictor.sendReport=true,clusterId=c,agent.skipNamespaces={hr,law},evictor.skipNamespaces={law,pay}';
  for (const flavor of ['kubernetes', 'cilium']) {
    const policy = `networkPolicy.enabled=true,networkPolicy.flavor=${flavor}`;
    const url = 'apiUrl=https://platform.example:8443';
    const objects = await helms[4].template(...cas, '--set', send, '--set', policy, '--set', url);
    const specOf = (kind: string, name: string): Record<string, unknown> => findObject(objects, kind, name).spec ?? {};
    const kind = flavor === 'cilium' ? 'CiliumNetworkPolicy' : 'NetworkPolicy';
    for (const [ours, theirs] of [
      ['castai-evictor', 'castai-agent'],
      ['castai-evictor-doctor', 'castai-doctor'],
    ] as const) {
      // A way out that is the agent's to the letter.
      expect(specOf(kind, ours)['egress']).toEqual(specOf(kind, theirs)['egress']);
    }
    expect(JSON.stringify(specOf(kind, 'castai-evictor')['egress'])).toContain('8443');
    const workloads = workloadsIn(objects);
    const podOf = (name: string) => workloads.find(({ metadata }) => metadata?.name === name)?.spec.template.spec;
    const sent = ['API_URL', 'API_KEY_FILE', 'CLUSTER_ID', 'TLS_CA_CERT_FILE', 'HTTPS_PROXY', 'NO_PROXY'];
    const envOf = (name: string) => podOf(name)?.containers[0]?.env.filter((one) => sent.includes(one.name));
    expect(
      envOf('castai-evictor')
        ?.map(({ name }) => name)
        .sort(),
    ).toEqual([...sent].sort());
    expect(envOf('castai-evictor')).toEqual(envOf('castai-agent'));
    const skipped = podOf('castai-evictor')?.containers[0]?.env.find(({ name }) => name === 'SKIP_NAMESPACES');
    expect(skipped?.value).toBe('hr,law,pay');
  }
  const own = ['evictor.enabled=true', send, 'evictor.apiKeySecret.name=of-its-own'].flatMap((set) => ['--set', set]);
  const names = workloadsIn(await helms[4].template(...KEY, ...own)).map(({ metadata, spec }) => [
    metadata?.name,
    JSON.stringify(spec.template.spec).match(/"secretName":"([^"]*)"/u)?.[1],
  ]);
  expect(Object.fromEntries(names)).toMatchObject({ 'castai-agent': 'k', 'castai-evictor': 'of-its-own' });
});

test('rules of the evictor come as an object, as text or from a ConfigMap, and a change makes its pod anew', async () => {
  const rule = { podSelector: { namespace: 'batch', kind: 'Job' }, settings: { removalDisabled: { enabled: true } } };
  const text =
    'evictionConfig: [{podSelector: {kind: Job, namespace: batch}, settings: {removalDisabled: {enabled: true}}}]';
  const look = async (...values: string[]): Promise<Record<string, unknown>> => {
    const on = ['--set', 'agent.enabled=false,evictor.enabled=true'];
    const objects = await helms[4].template(...on, ...values);
    const map = objects.find(({ kind }) => kind === 'ConfigMap');
    const [evictor] = workloadsIn(objects);
    const { metadata, spec } = evictor?.spec.template ?? {};
    const volume = spec?.volumes.find(({ name }) => name === 'rules');
    const [container] = spec?.containers ?? [];
    const file = container?.env.find(({ name }) => name === 'RULES_FILE')?.value;
    const mount = container?.volumeMounts?.find(({ name }) => name === 'rules');
    const data = map?.['data'] as Record<string, string> | undefined;
    return {
      checksum: (metadata?.annotations as Record<string, string> | undefined)?.['checksum/rules'],
      from: volume?.configMap,
      isFound: file === `${mount?.mountPath}/${volume?.configMap?.items?.[0]?.path}`,
      rules: data === undefined ? undefined : (parse(data['config.yaml'] ?? '') as unknown),
    };
  };
  const none = await look();
  expect(none).toEqual({ checksum: undefined, from: undefined, isFound: false, rules: undefined });
  const object = await look('--set-json', `evictor.customConfig=${JSON.stringify({ evictionConfig: [rule] })}`);
  expect(object).toEqual({
    checksum: expect.stringMatching(/^[\da-f]{64}$/u) as unknown,
    from: { name: 'castai-evictor-rules', items: [{ key: 'config.yaml', path: 'rules.yaml' }] },
    isFound: true,
    rules: { evictionConfig: [rule] },
  });
  expect(await look('--set-json', `evictor.customConfig=${JSON.stringify(text)}`)).toEqual(object);
  const other = { evictionConfig: [{ ...rule, settings: { disposable: true } }] };
  const changed = await look('--set-json', `evictor.customConfig=${JSON.stringify(other)}`);
  expect(changed['checksum']).not.toBe(object['checksum']);
  expect(await look('--set', 'evictor.customConfigMap.name=castai-evictor-config')).toEqual({
    checksum: undefined,
    from: { name: 'castai-evictor-config', items: [{ key: 'config.yaml', path: 'rules.yaml' }] },
    isFound: true,
    rules: undefined,
  });
});

/** The rights of a table of kinds in all namespaces, or in one, as `rightsOf` writes them. */
function rightsOfKinds(kinds: readonly ActionKind[], namespace?: string): string[] {
  const all = kinds.flatMap((kind) => RIGHTS_OF_KIND[kind]).filter((right) => right.namespace === namespace);
  return all.map(({ group, resource, subresource, verb }) =>
    subresource === undefined ? `${group}/${resource} ${verb}` : `${group}/${resource}/${subresource} ${verb}`,
  );
}

/** What objects need of each resource that is allowed. */
const OBJECT_VERBS: Readonly<Partial<Record<ActionKind, readonly string[]>>> = {
  patch: ['get', 'patch'],
  create: ['get', 'create', 'patch'],
  delete: ['get', 'delete'],
};

test.each<ActionKind[][]>([
  ...ACTION_KINDS.map((kind): ActionKind[][] => [[kind]]),
  [[...ACTION_KINDS]],
  [['drainNode', 'deleteNode', 'checkNodeStatus']],
  [['patchNode', 'evictPod', 'patchNode', 'delete', 'patch']],
])(
  'the rights of the cluster controller are those of the actions that are enabled, no more and no less: %j',
  async (kinds) => {
    const on = [
      'clusterId=c,agent.enabled=false,clusterController.enabled=true',
      `clusterController.actions={${kinds.join()}}`,
      'clusterController.objectResources={*.autoscaling.cast.ai,secrets,things.example.com}',
    ];
    const objects = await helms[4].template(...KEY, ...on.flatMap((set) => ['--set', set]));
    const ofObjects = kinds
      .flatMap((kind) => OBJECT_VERBS[kind] ?? [])
      .flatMap((verb) => [`autoscaling.cast.ai/* ${verb}`, `/secrets ${verb}`, `example.com/things ${verb}`]);
    const needed = [...new Set([...rightsOfKinds(kinds), ...ofObjects])].sort();
    const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
    expect(rightsOf(rulesOf(roles, 'castai-cluster-controller'))).toEqual(needed);
    // What is needed in one namespace is given there, unless it is given everywhere.
    const inDefault = objects.filter(({ kind, metadata }) => kind === 'Role' && metadata?.namespace === 'default');
    const ofDefault = rightsOfKinds(kinds, 'default').filter((right) => !needed.includes(right));
    expect(rightsOf(rulesOf(inDefault, 'castai-cluster-controller'))).toEqual([...new Set(ofDefault)]);
    // Where nothing is needed there is no role, and nothing that binds one.
    expect(objects.filter(({ kind }) => kind === 'ClusterRoleBinding')).toHaveLength(needed.length === 0 ? 0 : 1);
    const env = workloadsIn(objects)[0]?.spec.template.spec.containers[0]?.env;
    expect(env?.find(({ name }) => name === 'ACTIONS')?.value?.split(',')).toEqual([...new Set(kinds)]);
  },
);

test('in its own namespace the cluster controller may write its records by their names, and read the switch', async () => {
  const on = 'clusterId=c,agent.enabled=false,clusterController.enabled=true,fullnameOverride=mine';
  const objects = await helms[4].template(...KEY, '--set', on);
  const role = findObject(objects, 'Role', 'mine-cluster-controller-records');
  const names = Array.from({ length: SHARDS }, (_, shard) => shardName(shard));
  const rights = names.flatMap((name) => [`/configmaps get ${name}`, `/configmaps patch ${name}`]);
  expect(role.metadata?.namespace).toBe('castai-agent');
  expect(rightsOf(rulesOf([role], ''))).toEqual(
    ['/configmaps create', `/configmaps get ${SWITCH_NAME}`, ...rights].sort(),
  );
  // The policy that confines what is created names the same.
  const policy = findObject(objects, 'ValidatingAdmissionPolicy', 'mine-cluster-controller-own-records');
  const text = JSON.stringify(policy.spec);
  expect([...text.matchAll(/castai-cluster-controller-actions-\d+/gu)].map(([name]) => name)).toEqual(names);
  expect(text).not.toContain(SWITCH_NAME);
});

test('the policies of the cluster controller name its account, and there is none for what is off', async () => {
  const policiesOf = async (...sets: string[]): Promise<Record<string, string>> => {
    const on = ['clusterId=c,agent.enabled=false,clusterController.enabled=true,fullnameOverride=mine', ...sets];
    const objects = await helms[4].template(...KEY, ...on.flatMap((set) => ['--set', set]));
    const found = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    const bound = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    expect(bound.map(({ spec }) => spec?.['policyName'])).toEqual(found.map(({ metadata }) => metadata?.name));
    return Object.fromEntries(found.map(({ metadata, spec }) => [metadata?.name ?? '', JSON.stringify(spec)]));
  };
  const both = ['mine-cluster-controller-nodes', 'mine-cluster-controller-own-records'];
  const plain = await policiesOf('clusterController.serviceAccount.name=hand');
  expect(Object.keys(plain).sort()).toEqual(both);
  for (const text of Object.values(plain)) expect(text).toContain("'system:serviceaccount:castai-agent:hand'");
  const cordons = (await policiesOf('clusterController.actions={drainNode}'))['mine-cluster-controller-nodes'];
  expect(cordons).toContain('may only cordon');
  expect(cordons).toContain('may not delete nodes');
  expect(plain['mine-cluster-controller-nodes']).not.toMatch(/may only cordon|may not delete nodes/u);
  expect(Object.keys(await policiesOf('clusterController.actions={evictPod,checkNodeStatus}'))).toEqual([both[1]]);
  // Whoever may write any ConfigMap is not confined to the records.
  expect(Object.keys(await policiesOf('clusterController.objectResources={configmaps}'))).toEqual([both[0]]);
  for (const off of ['rbac.nodePolicy=false', 'rbac.create=false'])
    expect(await policiesOf(`clusterController.${off}`)).toEqual({});
  // As with --reuse-values of a release that did not know the value.
  expect(Object.keys(await policiesOf('clusterController.rbac.nodePolicy=null')).sort()).toEqual(both);
});

test('of the cluster controller there are two pods with a budget, in the class that GKE wants a quota for', async () => {
  const on = 'clusterId=c,agent.enabled=false,clusterController.enabled=true';
  const objects = await helms[4].template(...KEY, '--set', on);
  const [controller] = workloadsIn(objects);
  expect(controller?.spec).toMatchObject({ replicas: 2 });
  expect(findObject(objects, 'PodDisruptionBudget', 'castai-cluster-controller').spec).toMatchObject({
    maxUnavailable: 1,
  });
  expect(controller?.spec.template.spec).toMatchObject({
    priorityClassName: 'system-cluster-critical',
    automountServiceAccountToken: false,
  });
  const quota = objects.find(({ kind }) => kind === 'ResourceQuota');
  expect(JSON.stringify(quota?.spec)).toContain('system-cluster-critical');
  // It lies on few nodes, and so sends no token of its pod.
  expect(JSON.stringify(controller)).not.toMatch(/pod-token|POD_TOKEN_FILE/u);
});

test('without an election the cluster controller is told its namespace all the same', async () => {
  const on =
    'clusterId=c,clusterController.enabled=true,clusterController.replicas=1,clusterController.leaderElection=false';
  const objects = await helms[4].template(...KEY, '--set', on);
  const env = workloadsIn(objects).find(({ metadata }) => metadata?.name === 'castai-cluster-controller')?.spec.template
    .spec.containers[0]?.env;
  expect(env?.find(({ name }) => name === 'POD_NAMESPACE')?.valueFrom?.fieldRef?.fieldPath).toBe('metadata.namespace');
  expect(env?.some(({ name }) => name === 'LEASE_NAME')).toBe(false);
});

/** Variables that no value of the chart sets, and why not; `extraEnv` can. */
const NOT_BY_VALUE: Readonly<Record<string, string>> = {
  API_KEY: 'mounted as a file, see API_KEY_FILE',
  MASK_KEY: 'mounted as a file, see MASK_KEY_FILE',
  KUBECONFIG: 'inside of a cluster there is the service account',
  SERVICE_ACCOUNT_DIR: 'mounted where the programs look for it',
  ADMIN_HOST: 'a pod is asked at its own address; the spot handler on the network of its node listens there alone',
  PHASE2_PERMISSIONS: 'an older name of MODE',
  COMPAT_FULL_OBJECTS: 'gives up most of the scrub policy: meant to be written out where somebody sees it',
  AZURE_API_VERSION: 'one that is refused falls back to the default',
  READ_ENCODING: 'what does not come through as protobuf is read as JSON by itself: there is nothing to choose',
  MAINTENANCE_FILE: 'a document of the cloud, of its own format: extraVolumes and extraEnv bring it',
  DELTAS_CONFIG_MAP: 'only where there is no election; the shape public-api has it',
  IMDS_URL: 'the same in every cloud',
  WAAGENT_DIR: 'the same on every node of Azure, and mounted there',
};
/** A value for everything that is empty unless told. */
const EVERYTHING = {
  'proxy.http': 'http://p.example:1',
  clusterId: 'c',
  provider: 'aks',
  'agent.configMapNamespaces': '{a}',
  'agent.annotationPrefixes': '{a.b/}',
  'agent.skipFeeds': '{services}',
  'agent.extraKinds': '{example.com/v1/widgets:metadata}',
  'agent.skipNamespaces': '{hr}',
  'agent.labelsMasked': '{owner}',
  'agent.maskKeySecret.name': 'k',
  'agent.scrubReenable': '{args}',
  'agent.rbac.writeClusterId': 'true',
  'clusterIdFrom.configMap.name': 'ids',
  'spotHandler.enabled': 'true',
  'spotHandler.eventTypes': '{preempt,stop}',
  'aksInitData.enabled': 'true',
  'aksInitData.platformKeys': '{example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}',
  'evictor.enabled': 'true',
  'evictor.sendReport': 'true',
  'evictor.customConfigMap.name': 'rules',
  'evictor.prices.currency': 'EUR',
  'evictor.maintenanceConfigMap.name': 'window',
  'evictor.prices.prices[0].instanceType': 'm5.large',
  'evictor.prices.prices[0].perHour': '1',
  'clusterController.enabled': 'true',
} as const;

const docs = await readProgramDocs();

/** The variables of a program. */
function optionNames(program: string): string[] {
  return describeOptions(docs.get(program)?.options ?? {}).flatMap(({ name }) => name.split(' or '));
}

test.each(SHIPPED_PROGRAMS)(
  'values set every option of the program, and nothing that is none: $name',
  async ({ name: program }) => {
    const rows = optionNames(program);
    const identity = rows
      .filter((name) => /^(?:EKS|GKE|AKS|KOPS|OPENSHIFT|SELFHOSTEDEC2|ANYWHERE)_/u.test(name))
      .map((name) => `identity.${name}=x`);
    const sets = [...Object.entries(EVERYTHING).map(([key, value]) => `${key}=${value}`), ...identity];
    const values = ['--values', join(CI_FOLDER, 'proxy-ca-values.yaml')];
    const objects = await helms[4].template(...values, ...sets.flatMap((set) => ['--set', set]));
    const [workload] = workloadsIn(objects).filter(({ metadata }) => metadata?.name === `castai-${program}`);
    const names = workload?.spec.template.spec.containers[0]?.env.map(({ name }) => name) ?? [];
    expect(names.filter((name) => !rows.includes(name) && !NOT_OPTIONS.includes(name))).toEqual([]);
    expect(rows.filter((name) => !names.includes(name) && !(name in NOT_BY_VALUE))).toEqual([]);
  },
);

test('every exception from that is still an option', () => {
  const rows = SHIPPED_PROGRAMS.flatMap(({ name }) => optionNames(name));
  expect(Object.keys(NOT_BY_VALUE).filter((name) => !rows.includes(name))).toEqual([]);
});

test('values reach the programs as they are', async () => {
  const sets = [
    'spotHandler.enabled=true,clusterId=c,spotHandler.mode=evict,spotHandler.acknowledgeEvents=true',
    'spotHandler.dryRun=true,spotHandler.kubernetesEvents=false,spotHandler.markAheadSeconds=86400',
    'agent.pageSize=500,agent.pollSeconds=3600,agent.kubernetesEvents=false',
    'agent.sendLogs=false,agent.logFormat=text,spotHandler.logFormat=text',
  ];
  const objects = await helms[4].template(...KEY, '--set', sets.join(','));
  const env = workloadsIn(objects).flatMap(({ spec }) => spec.template.spec.containers[0]?.env ?? []);
  const given = Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
  expect(given).toMatchObject({
    ACKNOWLEDGE_EVENTS: 'true',
    ADMIN_HOST: { fieldRef: { fieldPath: 'status.hostIP' } },
    DRY_RUN: 'true',
    KUBERNETES_EVENTS: 'false',
    LOG_FORMAT: 'text',
    MARK_AHEAD_SECONDS: '86400',
    PAGE_SIZE: '500',
    POLL_SECONDS: '3600',
    SEND_LOGS: 'false',
  });
  expect(given).not.toHaveProperty('EVENT_TYPES');
  // Nobody writes Events then, so nobody may.
  expect(objects.map(({ metadata }) => metadata?.name)).not.toContain('castai-spot-handler-events');
});

test('who sends lines of its log is said for each program by itself', async () => {
  const sets = 'clusterController.enabled=true,clusterId=c,clusterController.sendLogs=false';
  const workloads = workloadsIn(await helms[4].template(...KEY, '--set', sets));
  const said = workloads.map(({ metadata, spec }) => {
    const env = spec.template.spec.containers[0]?.env ?? [];
    return [metadata?.name, env.find(({ name }) => name === 'SEND_LOGS')?.value];
  });
  expect(Object.fromEntries(said)).toEqual({ 'castai-agent': 'true', 'castai-cluster-controller': 'false' });
});

test('a policy of the network binds each pod that has a network of its own', async () => {
  const policies = async (...sets: string[]): Promise<Record<string, string>> => {
    const components =
      'spotHandler.enabled=true,aksInitData.enabled=true,evictor.enabled=true,clusterController.enabled=true';
    const on = `networkPolicy.enabled=true,${components},clusterId=c,provider=aks`;
    const all = [
      on,
      'aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}',
      ...sets,
    ].flatMap((set) => ['--set', set]);
    const objects = await helms[4].template(...KEY, ...all);
    const found = objects.filter(({ kind }) => kind?.endsWith('NetworkPolicy') === true);
    return Object.fromEntries(found.map(({ metadata, spec }) => [metadata?.name ?? '', JSON.stringify(spec)]));
  };
  const withoutHost = [
    'agent',
    'aks-init-data',
    'cluster-controller',
    'cluster-controller-doctor',
    'doctor',
    'evictor',
    'evictor-doctor',
  ].map((name) => `castai-${name}`);
  expect(Object.keys(await policies()).sort()).toEqual(withoutHost);
  const labels = 'matchLabels.k8s-app=prometheus';
  const from = {
    kubernetes: `networkPolicy.metricsFrom[0].podSelector.${labels}`,
    cilium: `networkPolicy.metricsFrom[0].${labels}`,
  };
  for (const flavor of ['kubernetes', 'cilium'] as const) {
    const all = await policies('spotHandler.hostNetwork=false', `networkPolicy.flavor=${flavor}`, from[flavor]);
    expect(Object.keys(all).sort()).toEqual([...withoutHost, 'castai-spot-handler']);
    const isTold = all['castai-agent']?.includes('"k8s-app":"prometheus"') ?? false;
    expect(isTold).toBe(true);
    const mayAsk = Object.entries(all)
      .filter(([, spec]) => spec.includes('169.254.169.254/32'))
      .map(([name]) => name);
    expect(mayAsk).toEqual(['castai-spot-handler']);
  }
});

/** Memory that a node keeps for each. */
const REQUESTS: Readonly<Record<string, string>> = {
  agent: '128Mi',
  'spot-handler': '48Mi',
  'aks-init-data': '48Mi',
  evictor: '192Mi',
  'cluster-controller': '128Mi',
};

test('the pods set what the programs must be started with', async () => {
  const workloads = workloadsIn(await helms[4].template('--values', join(CI_FOLDER, 'aks-values.yaml')));
  for (const { name, environment, limitMiB } of SHIPPED_PROGRAMS) {
    const container = workloads.find(({ metadata }) => metadata?.name === `castai-${name}`)?.spec.template.spec
      .containers[0];
    const env = Object.fromEntries((container?.env ?? []).map((one) => [one.name, one.value]));
    // What sends nothing is given no key.
    const key = name === 'evictor' ? {} : { API_KEY_FILE: '/var/run/castai/api-key/key' };
    expect(env).toMatchObject({ ...environment, ...key });
    expect('API_KEY_FILE' in env).toBe('API_KEY_FILE' in key);
    expect([name, container?.['resources']]).toMatchObject([
      name,
      { requests: { memory: REQUESTS[name] }, limits: { memory: `${limitMiB}Mi` } },
    ]);
  }
});

test('of two variables with one name the component wins over all, and the last over the first', async () => {
  const objects = await helms[4].template(
    '--values',
    join(CI_FOLDER, 'full-values.yaml'),
    '--set',
    'agent.extraEnv[0].name=LOG_LEVEL,agent.extraEnv[0].value=warn',
  );
  const env = workloadsIn(objects).map(({ metadata, spec }) => [
    metadata?.name,
    spec.template.spec.containers[0]?.env.filter(({ name }) => name === 'LOG_LEVEL' || name === 'SHARED'),
  ]);
  expect(Object.fromEntries(env)).toMatchObject({
    'castai-agent': [
      { name: 'LOG_LEVEL', value: 'warn' },
      { name: 'SHARED', value: 'of the agent' },
    ],
    'castai-spot-handler': [
      { name: 'LOG_LEVEL', value: 'debug' },
      { name: 'SHARED', value: 'shared' },
    ],
  });
});

test('the registry stands in front once, a digest wins over tags and leaves the tag readable', async () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const image = async (...sets: string[]): Promise<string | undefined> => {
    const [agent] = workloadsIn(await helms[4].template(...KEY, ...sets.flatMap((set) => ['--set', set])));
    return `${agent?.spec.template.spec.containers[0]?.image} ${JSON.stringify(agent?.spec.template.metadata.annotations ?? {})}`;
  };
  expect(await image()).toBe('registry.example.com/castai/agent:0.1.0 {}');
  expect(await image('agent.image.repository=a.example/mirror/agent', 'image.registry=')).toBe(
    'a.example/mirror/agent:0.1.0 {}',
  );
  expect(await image('image.registry=a.example', 'image.tag=v2')).toBe('a.example/castai/agent:v2 {}');
  expect(await image('image.registry=a.example', 'global.imageRegistry=b.example/mirror/', 'agent.image.tag=v3')).toBe(
    'b.example/mirror/castai/agent:v3 {}',
  );
  expect(await image(`agent.image.digest=${digest}`, 'image.tag=v2', 'image.registry=')).toBe(
    `castai/agent@${digest} {"castai/image-tag":"v2"}`,
  );
});

test('single alerts can be left out and changed, and thresholds set by name', async () => {
  const rules = async (...sets: string[]) => {
    const on = ['--set', 'monitoring.rules.enabled=true', ...sets.flatMap((set) => ['--set', set])];
    const rule = (await helms[4].template(...KEY, ...on)).find(({ kind }) => kind === 'PrometheusRule');
    const groups = rule?.spec?.['groups'] as { rules: Record<string, unknown>[] }[];
    return new Map(groups.flatMap((group) => group.rules).map((one) => [one['alert'], one]));
  };
  const plain = await rules();
  expect(plain.size).toBeGreaterThan(20);
  const changed = await rules(
    'monitoring.rules.alerts.CastaiPodsPending.enabled=false',
    'monitoring.rules.alerts.CastaiAgentNotDelivering.for=9m',
    'monitoring.rules.alerts.CastaiAgentNotDelivering.severity=info',
    'monitoring.rules.thresholds.agentNotDeliveringSeconds=901',
    'monitoring.rules.alertLabels.team=x',
    'agent.resources.limits.memory=300Mi',
    'monitoring.rules.runbookBase=https://docs.example',
    'monitoring.rules.alerts.CastaiAgentAbsent.severity=page',
    'monitoring.rules.alerts.CastaiAgentAbsent.keep_firing_for=10m',
    'monitoring.rules.alerts.CastaiAgentAbsent.labels.tier=1a',
    'monitoring.rules.alerts.CastaiAgentAbsent.annotations.note=call us',
    'monitoring.platformScrape.enabled=true',
    'monitoring.platformScrape.jobName=costs.saas',
  );
  expect(changed.get('CastaiAgentAbsent')).toMatchObject({
    keep_firing_for: '10m',
    labels: { severity: 'page', team: 'x', tier: '1a' },
    annotations: { note: 'call us', runbook_url: 'https://docs.example/monitoring/runbooks/CastaiAgentAbsent.md' },
  });
  // The alert about the platform's metrics looks for the job that the ScrapeConfig makes, whatever its name.
  expect(changed.get('CastaiPlatformMetricsDown')?.['expr']).toContain(String.raw`job=~"costs\\.saas"`);
  // A path is no link.
  for (const one of plain.values())
    expect(Object.keys(one['annotations'] as object)).toEqual(['description', 'summary']);
  expect(changed.size).toBe(plain.size - 1);
  const { expr, ...rest } = changed.get('CastaiAgentNotDelivering') ?? {};
  expect(expr).toBe(String(plain.get('CastaiAgentNotDelivering')?.['expr']).replace('> 300', '> 901'));
  expect(expr).toMatch(/> 901$/mu);
  expect(rest).toMatchObject({
    for: '9m',
    labels: { severity: 'info', team: 'x' },
    annotations: { runbook_url: expect.stringMatching(/^https:\/\/docs\.example\/./u) as unknown },
  });
  // The limit that an alert is about is the one of the container.
  expect(plain.get('CastaiAgentMemoryNearLimit')?.['expr']).toContain(String(256 * 1024 * 1024));
  expect(changed.get('CastaiAgentMemoryNearLimit')?.['expr']).toContain(String(300 * 1024 * 1024));
  expect(JSON.stringify([...plain.values()])).not.toContain('# $');
  // What an alert looks for by name has the name of this release.
  const everything = [
    'spotHandler.enabled=true',
    'aksInitData.enabled=true',
    'aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}',
  ];
  const named = await rules('fullnameOverride=shop', 'clusterId=c', ...everything);
  const workloads = {
    CastaiAgentAbsent: '".*shop-agent"',
    CastaiSpotHandlerAbsent: '".*shop-spot-handler"',
    CastaiAksInitDataAbsent: '".*shop-aks-init-data"',
  };
  for (const [alert, name] of Object.entries(workloads)) expect(named.get(alert)?.['expr']).toContain(name);
  expect(plain.get('CastaiAgentAbsent')?.['expr']).toBe(changed.get('CastaiAgentAbsent')?.['expr']);
});

test('every mistake is refused with what to do about it', async () => {
  const f = async (sets: string[], ...said: (string | RegExp)[]): Promise<void> => {
    const { code, stderr } = await helms[4].run(
      'template',
      'castai',
      CHART,
      '--namespace',
      'ns',
      '--kube-version',
      '1.37.2',
      ...sets.flatMap((set) => ['--set', set]),
    );
    expect({ sets, isRefused: code !== 0 }).toEqual({ sets, isRefused: true });
    for (const text of said) expect(stderr).toMatch(text);
  };
  const key = 'apiKeySecret.name=k';
  await f([], /there is no API key/u, /kubectl create secret generic castai-api-key --namespace ns/u, /UPGRADING\.md/u);
  await f(['spotHandler.enabled=true', 'clusterId=c', 'spotHandler.apiKeySecret.name=s'], /there is no API key/u);
  await f([key, 'agent.enabeld=false'], /enabeld/u);
  await f([key, 'agent.enabled=yes'], /got string, want boolean/u);
  await f([key, 'agent.port=80'], /port.*minimum/u);
  await f([key, 'provider=ibm'], /provider/u);
  await f([key, 'agent.image.digest=latest'], /digest/u);
  await f([key, 'apiUrl=api.cast.ai'], /apiUrl/u);
  await f([key, 'apiKey=x'], /both set/u);
  await f([key, 'agent.enabled=false'], /no component is enabled/u);
  await f([key, 'spotHandler.enabled=true'], /spotHandler needs clusterId/u);
  const spot = 'spotHandler.enabled=true,clusterId=c';
  await f([key, spot, 'serverless=autopilot'], /spotHandler is enabled, and Autopilot gives no pod the network/u);
  await f([key, spot, 'serverless=fargate'], /Fargate runs no DaemonSet/u, /take serverless out/u);
  await f([key, 'serverless=fargate', 'provider=gke'], /Set provider=eks/u);
  await f([key, 'global.castai.provider=gcp'], /global\.castai\.provider is gcp, and the agent takes aks, eks/u);
  await f([key, 'global.castai.apiURL=api.cast.ai'], /global\.castai\.apiURL is api\.cast\.ai/u);
  await f(['global.castai.apiKeySecretRef=My_Key'], /global\.castai\.apiKeySecretRef is My_Key/u);
  await f([key, 'agent.rbac.writeClusterId=true'], /Set clusterIdFrom\.configMap\.name/u);
  await f([key, 'aksInitData.enabled=true', 'provider=eks', 'clusterId=c'], /provider is eks/u);
  await f([key, 'spotHandler.enabled=true', 'provider=anywhere', 'clusterId=c'], /provider is anywhere/u);
  await f([key, 'trustedCa.pem=x', 'trustedCa.secret.name=y'], /trustedCa\.pem and trustedCa\.secret\.name/u);
  await f([key, 'aksInitData.enabled=true', 'clusterId=c'], /aksInitData\.platformKeys/u);
  await f([key, 'replicaCount=2'], /Set agent\.replicas=2/u);
  await f([key, 'agent.replicas=2', 'agent.leaderElection=false'], /Set agent\.leaderElection=true/u);
  await f([key, 'agent.replicas=0'], /replicas.*minimum/u);
  await f([key, 'identity.API_URL=x'], /identity.*'API_URL' not allowed/u);
  await f([key, 'monitoring.podMonitor.enabled=true', 'monitoring.serviceMonitor.enabled=true'], /scraped twice/u);
  await f([key, 'monitoring.rules.alerts.Nope.enabled=false'], /no such alert/u, /CastaiAgentAbsent/u);
  await f([key, 'monitoring.rules.thresholds.nope=1'], /no such threshold/u, /agentNotDeliveringSeconds/u);
  await f(
    [key, 'spotHandler.enabled=true', 'clusterId=c', 'spotHandler.acknowledgeEvents=true'],
    /mode=evict as well/u,
  );
  await f([key, 'spotHandler.eventTypes={prempt}'], /eventTypes/u);
  await f([key, 'agent.pendingLimit=2Gi'], /from 1Mi to 1Gi, and this is 2Gi/u);
  await f([key, 'agent.pendingLimit=500Ki'], /from 1Mi to 1Gi, and this is 500Ki/u);
  await f([key, 'agent.pendingLimit=much'], /pendingLimit/u);
  await f([key, 'agent.scrubReenable={envValue}'], /scrubReenable/u);
  await f([key, 'agent.dnsPolicy=None'], /Set agent\.dnsConfig\.nameservers/u);
  await f([key, 'image.registry='], /no registry is set for the images of agent/u, /images\/README\.md/u);
  await f([key, 'image.registry=', 'agent.image.repository=castai/agent'], /no registry is set/u);
  for (const [value, image] of [
    ['image.registry=https://a.example', 'https://a.example/castai/agent:0.1.0'],
    ['global.imageRegistry=a.example/Mirror', 'a.example/Mirror/castai/agent:0.1.0'],
    ['image.tag=@sha256:abc', 'registry.example.com/castai/agent:@sha256:abc'],
    ['agent.image.repository=Castai/agent', 'registry.example.com/Castai/agent:0.1.0'],
  ] as const) {
    await f([key, value], new RegExp(`the image of agent would be ${image}, which is no name of an image`, 'u'));
  }
  for (const url of ['https://a.example:99999', 'https://a.example/ b', 'https://a.example:', 'https://::1/']) {
    await f([key, `apiUrl=${url}`], /apiUrl is .*, which is no address/u);
  }
  await f([key, 'trustedCa.pem=ca.crt'], /trustedCa\.pem holds no certificate/u, /--set-file trustedCa\.pem/u);
  const daemons = ['spotHandler.enabled=true', 'clusterId=c'];
  const rolling = 'updateStrategy.rollingUpdate';
  await f([key, ...daemons, `spotHandler.${rolling}.maxUnavailable=0`], /maxUnavailable 0 and maxSurge 0, which/u);
  await f([key, ...daemons, `spotHandler.${rolling}.maxSurge=1`], /maxUnavailable 1 and maxSurge 1, which/u);
  await f(
    [key, `agent.${rolling}.maxSurge=0`, `agent.${rolling}.maxUnavailable=0%`],
    /maxUnavailable 0% and maxSurge 0/u,
  );
  await f([key, 'fullnameOverride=castai-agent'], /castai-agent-agent/u);
  await f(['apiKeySecret.name=castai-api-key-of-values'], /Make a Secret of another name/u);
  await f(
    [key, 'spotHandler.apiKeySecret.name=castai-api-key-of-values'],
    /spotHandler\.apiKeySecret\.name is the name/u,
  );
  await f([key, 'apiKeyFile=/vault/key'], /Keep one of them/u);
  await f([key, 'agent.serviceAccount.create=false'], /agent\.serviceAccount\.name/u);
  await f(
    [key, 'clusterIdFrom.configMap.name=a', 'clusterIdFrom.secret.name=b'],
    /clusterIdFrom\.configMap\.name and clusterIdFrom\.secret\.name/u,
  );
  const evictor = 'agent.enabled=false,evictor.enabled=true';
  await f([evictor, 'evictor.reports={removal,drifts}'], /reports/u);
  await f([evictor, 'evictor.reports=null', 'evictor.headroomPercent=91'], /headroomPercent/u);
  await f([evictor, 'evictor.replicas=2', 'evictor.leaderElection=false'], /Set evictor\.leaderElection=true/u);
  await f([evictor, 'evictor.cycleInterval=0.5h'], /cycleInterval/u);
  await f([evictor, 'evictor.sendReport=true'], /there is no API key/u, /evictor needs clusterId/u);
  await f([key, evictor, 'evictor.sendReport=true'], /evictor needs clusterId/u);
  await f([evictor, 'evictor.customConfig.evictionConfig[0].podSelector.settings.aggressive=true'], /settings/u);
  await f([evictor, 'evictor.customConfig.evictionConfg[0].settings.aggressive=true'], /evictionConfg/u);
  const lost =
    'evictor.customConfig=evictionConfig:\n  - podSelector:\n      settings: {aggressive: {enabled: true}}\n';
  await f([evictor, lost], /evictionConfig\[0\] has podSelector, and a rule has one selector and settings/u);
  await f([evictor, 'evictor.customConfig=just words'], /no YAML with a list evictionConfig/u);
  await f([evictor, 'evictor.customConfig=evictionConfig: [words]'], /evictionConfig\[0\] has nothing/u);
  const two = 'evictor.customConfig=evictionConfig: []\n---\nevictionConfig: []\n';
  await f([evictor, two], /holds several YAML documents, of which one would count/u);
  await f([evictor, 'evictor.prices.currency=United States dollars'], /currency/u);
  await f([evictor, 'evictor.prices.currency=EUR'], /needs both currency and prices/u);
  await f([evictor, 'evictor.prices.prices[0].instanceType=m5.large'], /perHour/u);
  const both = 'evictor.customConfig=evictionConfig: []';
  await f([evictor, both, 'evictor.customConfigMap.name=m'], /customConfigMap\.name are both set/u);
  const controller = 'agent.enabled=false,clusterController.enabled=true';
  await f([key, controller], /clusterController needs clusterId/u);
  const identified = `${controller},clusterId=c`;
  await f(
    [key, identified, 'fullnameOverride=castai-cluster-controller'],
    /castai-cluster-controller-cluster-controller/u,
  );
  await f([key, identified, 'clusterController.actions={drainNodes}'], /actions/u);
  await f([key, identified, 'clusterController.actions={}'], /actions/u);
  await f([key, identified, 'clusterController.objectResources={nodes}'], /objectResources has nodes/u, /patchNode/u);
  await f([key, identified, 'clusterController.objectResources={pods/exec}'], /objectResources/u);
  await f([key, identified, 'clusterController.objectResources={*}'], /objectResources/u);
  await f([key, identified, 'clusterController.maxActionsInProgress=10001'], /maxActionsInProgress/u);
  await f([key, identified, 'clusterController.leaderElection=false'], /Set clusterController\.leaderElection=true/u);
  // The name of a cloud instead of that of its Kubernetes: the message names what there is.
  await f([key, 'provider=azure'], /provider.*'aks'/su);
});

/** The values of the charts that people come from, without those that our schema has no word of; see UPGRADING.md. */
const OF_OTHER_CHARTS = {
  accepted: {
    apiKey: 'k',
    provider: 'eks',
    'commonLabels.a': 'b',
    'commonAnnotations.a': 'b',
    'image.tag': 'v1',
    'image.pullPolicy': 'Always',
    'global.imagePullSecrets[0].name': 's',
    'global.azure.images.agent.digest': 'sha256:1',
    'global.tolerations[0].key': 'theirs',
    replicaCount: '1',
  },
  refused: [
    'additionalEnv.PPROF_PORT',
    'additionalSecretEnv.A',
    'affinity.a',
    'allowReadIngress',
    'allowReadRBAC',
    'apiKeySecretRef',
    'apiURL',
    'autoscaler-anywhere.a',
    'autoscaler-openshift.a',
    'autoscaler.a',
    'castai-agent.enabled',
    'castai-cluster-agent.a',
    'castai-cluster-controller.a',
    'castai-evictor.a',
    'castai-kvisor.a',
    'castai-live.a',
    'castai-pod-mutator.a',
    'castai-pod-pinner.a',
    'castai-spot-handler.enabled',
    'castai-workload-autoscaler-exporter.a',
    'castai-workload-autoscaler.a',
    'castai.apiKey',
    'clusterIdConfigMapKeyRef.name',
    'clusterIdSecretKeyRef.name',
    'clusterVPA.enabled',
    'containerSecurityContext.a',
    'createNamespace',
    'deploymentAnnotations.a',
    'dnsPolicy',
    'envFrom[0].a',
    'extraVolumeMounts[0].a',
    'extraVolumes[0].a',
    'gpu-metrics-exporter.a',
    'grpcURL',
    'hostNetwork.enabled',
    'image.repository',
    'imagePullSecrets[0].name',
    'interruption.a',
    'kent.enabled',
    'metadataStore.enabled',
    'monitor.resources.a',
    'nameOverride',
    'namespace',
    'nodeSelector.a',
    'openshift.scc.enabled',
    'phase2Permissions',
    'podAnnotations.a',
    'podDisruptionBudget.a',
    'podLabels.a',
    'podMonitor.a',
    'priorityClass.enabled',
    'priorityClassName',
    'rbac.enabled',
    'resources.a',
    'securityContext.a',
    'serviceAccount.create',
    'serviceMonitor.a',
    'tags.readonly',
    'tolerations[0].a',
    'topologySpreadConstraints[0].a',
    'trustedCACert',
    'trustedCACertSecretRef',
    'updateStrategy.type',
    'useHostNetwork',
  ],
} as const;

test('values of the charts that people come from are taken, or refused with what to write instead', async () => {
  const { accepted, refused } = OF_OTHER_CHARTS;
  const taken = Object.entries(accepted).map(([key, value]) => `${key}=${value}`);
  const objects = await helms[4].template(...taken.flatMap((set) => ['--set', set]));
  expect(findObject(objects, 'Deployment', 'castai-agent')).toMatchObject({
    metadata: { labels: { a: 'b' }, annotations: { a: 'b' } },
  });

  const sets = refused.flatMap((key) => ['--set', `${key}=true`]);
  const { code, stderr } = await helms[4].run('template', 'castai', CHART, ...KEY, '--kube-version', '1.37.2', ...sets);
  expect(code).not.toBe(0);
  const messages = [...stderr.matchAll(/\* (?<key>\S+) is a key of another chart\. /gu)];
  const named = messages.map((match) => match.groups?.['key'] ?? '');
  const known = readFileSync(join(CHART, 'templates/_validate.tpl'), 'utf8')
    .split('castai.renamed" -')[1]
    ?.matchAll(/^(?<key>[\w.-]+): "/gmu);
  // Each key that the chart has a message for is tried here, and each that is tried has one.
  expect(new Set(named)).toEqual(new Set([...(known ?? [])].map((match) => match.groups?.['key'])));
  for (const key of refused)
    expect(named.some((one) => key === one || key.startsWith(`${one}.`) || key.startsWith(`${one}[`))).toBe(true);
  expect(named).toHaveLength(refused.length);
});

test("values of the existing evictor's chart are answered, at the top and carried over below evictor", async () => {
  const text = readFileSync(join(CHART, 'templates/_validate.tpl'), 'utf8').split('castai.evictorOfOthers" -')[1] ?? '';
  const lines = (text.split('{{- end -}}')[0] ?? '').matchAll(/^(?<key>\w+): "(?<todo>.*)"$/gmu);
  const keys = [...lines].map(({ groups }) => [groups?.['key'] ?? '', groups?.['todo'] ?? ''] as const);
  expect(keys.length).toBeGreaterThan(20);
  const own = (todo: string): boolean => todo.startsWith('Set ');
  const sets = keys.flatMap(([key, todo]) => [`${key}=false`, ...(own(todo) ? [] : [`evictor.${key}=false`])]);
  const on = ['--set', 'agent.enabled=false,evictor.enabled=true,image.registry=r.example'];
  const args = ['template', 'castai', CHART, '--kube-version', '1.37.2', ...on];
  const { stderr } = await helms[4].run(...args, ...sets.flatMap((set) => ['--set-string', set]));
  const answered = [...stderr.matchAll(/\* (?<key>\S+) is a key of another chart\. (?<todo>.*)/gu)];
  const expected = keys.flatMap(([key, todo]) => [[key, todo], ...(own(todo) ? [] : [[`evictor.${key}`, todo]])]);
  const told = answered.map(({ groups }) => [groups?.['key'], groups?.['todo']]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected));
  expect(told).toHaveLength(expected.length);
  // What is called the same is taken.
  const taken =
    'evictor.aggressiveMode=true,evictor.scopedMode=true,evictor.cycleInterval=5m,evictor.nodeGracePeriodMinutes=9';
  const [evictor] = workloadsIn(await helms[4].template(...on, '--set', taken));
  const env = evictor?.spec.template.spec.containers[0]?.env.map(({ name, value }) => [name, value]);
  expect(Object.fromEntries(env ?? [])).toMatchObject({
    AGGRESSIVE_MODE: 'true',
    SCOPED_MODE: 'true',
    CYCLE_INTERVAL: '5m',
    NODE_GRACE_PERIOD_MINUTES: '9',
  });
});

test('what only the pod or only the workload can be told goes there', async () => {
  const dns = 'agent.dnsPolicy=None,agent.dnsConfig.nameservers={10.0.0.53}';
  const alias = 'agent.hostAliases[0].ip=10.0.0.9,agent.hostAliases[0].hostnames={api.cast.ai}';
  const own = 'agent.workloadAnnotations.a=b,agent.revisionHistoryLimit=2';
  const [agent] = workloadsIn(await helms[4].template(...KEY, ...[dns, alias, own].flatMap((set) => ['--set', set])));
  expect(agent?.spec.template.spec).toMatchObject({
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['10.0.0.53'] },
    hostAliases: [{ ip: '10.0.0.9', hostnames: ['api.cast.ai'] }],
  });
  expect(agent).toMatchObject({ metadata: { annotations: { a: 'b' } }, spec: { revisionHistoryLimit: 2 } });
  expect(agent?.spec.template.metadata.annotations ?? {}).not.toHaveProperty('a');
});

test("every recipe of the chart's README can be used as it stands", async () => {
  const readme = readFileSync(join(CHART, 'README.md'), 'utf8');
  const recipes = [...readme.matchAll(/^```yaml\n(?<text>[\s\S]*?)^```$/gmu)].map((match) => match.groups?.['text']);
  expect(recipes.length).toBeGreaterThan(7);
  const folder = mkdtempSync(join(tmpdir(), 'castai-recipes-'));
  try {
    for (const [index, text = ''] of recipes.entries()) {
      const file = join(folder, `${index}.yaml`);
      writeFileSync(file, text);
      const key = /apiKey(?:Secret|File)/u.test(text) ? [] : KEY;
      const registry = text.includes('egistry') ? [] : ['--set', 'image.registry=registry.example.com'];
      expect(await helms[4].template(...key, ...registry, '--values', file)).not.toEqual([]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a program that lies on every node can have a key of its own, and the others keep theirs', async () => {
  const both =
    'spotHandler.enabled=true,aksInitData.enabled=true,clusterId=c,aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}';
  const own = 'spotHandler.apiKeySecret.name=spot,aksInitData.apiKeySecret.name=init,aksInitData.apiKeySecret.key=K';
  const secretsOf = async (...sets: string[]): Promise<unknown> => {
    const objects = await helms[4].template(...sets.flatMap((set) => ['--set', set]));
    return Object.fromEntries(
      workloadsIn(objects).map(({ metadata, spec }) => {
        const secret = spec.template.spec.volumes.find(({ name }) => name === 'api-key')?.secret;
        return [metadata?.name, `${secret?.secretName} ${secret?.items?.[0]?.key}`];
      }),
    );
  };
  expect(await secretsOf('apiKeySecret.name=top', both, own)).toEqual({
    'castai-agent': 'top API_KEY',
    'castai-spot-handler': 'spot API_KEY',
    'castai-aks-init-data': 'init K',
  });
  expect(await secretsOf('apiKeySecret.name=top', both)).toEqual({
    'castai-agent': 'top API_KEY',
    'castai-spot-handler': 'top API_KEY',
    'castai-aks-init-data': 'top API_KEY',
  });
  // Where every program has its own, there need be none at the top.
  expect(await secretsOf(both, own, 'agent.enabled=false')).toEqual({
    'castai-spot-handler': 'spot API_KEY',
    'castai-aks-init-data': 'init K',
  });
});

test('the notes say that a key of the agent lies on every node, and stop when it does not', async () => {
  const notesOf = async (...sets: string[]): Promise<string> => {
    const values = ['spotHandler.enabled=true', 'clusterId=c', 'apiKeySecret.name=top', ...sets];
    const install = ['install', 'castai', CHART, '--namespace', 'ns', '--dry-run=client'];
    return helms[4].must(...install, ...values.flatMap((set) => ['--set', set]));
  };
  expect(await notesOf()).toContain('WARNING: spot-handler has the same key as the agent, on every node');
  const own = await notesOf('spotHandler.apiKeySecret.name=spot');
  expect(own).not.toContain('has the same key as the agent');
  expect(own).toContain('kubectl create secret generic spot --namespace ns --from-literal=API_KEY=<key>');
});

test('the notes say that a key of your own goes to the platform for evaluation in clear, and not of the one that is made up', async () => {
  const notesOf = async (...sets: string[]): Promise<string> => {
    const on = ['install', 'castai', CHART, '--dry-run=client', '--namespace', 'ns', '--set', 'platform.enabled=true'];
    return (await helms[4].must(...on, ...sets)).split('NOTES:')[1] ?? '';
  };
  const warning = 'WARNING: the key that you gave goes to it in clear';
  expect(await notesOf()).not.toContain(warning);
  expect(await notesOf('--set', 'apiKeySecret.name=production')).toContain(warning);
  expect(await notesOf('--set', 'apiKey=x')).toContain(warning);
});

test('the notes say what evict may do, and that a policy was switched off', async () => {
  const notesOf = async (...sets: string[]): Promise<string> => {
    const values = [
      'clusterId=c',
      'apiKeySecret.name=top',
      'aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}',
      ...sets,
    ];
    const install = ['install', 'castai', CHART, '--namespace', 'ns', '--dry-run=client'];
    return helms[4].must(...install, ...values.flatMap((set) => ['--set', set]));
  };
  const both = 'spotHandler.enabled=true,aksInitData.enabled=true';
  const plain = await notesOf(both);
  expect(plain).not.toMatch(/WARNING: with spotHandler\.mode=evict|Policy is off/u);
  expect(await notesOf(both, 'spotHandler.mode=evict')).toContain(
    'WARNING: with spotHandler.mode=evict the token on each of its nodes may list the pods of every namespace and evict any of them',
  );
  const off = await notesOf(both, 'spotHandler.rbac.ownNodePolicy=false,aksInitData.rbac.ownNamesPolicy=false');
  expect(off).toContain('WARNING: spotHandler.rbac.ownNodePolicy is off');
  expect(off).toContain('WARNING: aksInitData.rbac.ownNamesPolicy is off');
});

test('each policy names the account that it confines, whatever it is called, and no policy is made for what is off', async () => {
  const policies = async (...sets: string[]): Promise<unknown> => {
    const values = [
      'clusterId=c',
      'aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}',
      'fullnameOverride=mine',
      ...sets,
    ];
    const objects = await helms[4].template(...KEY, ...values.flatMap((set) => ['--set', set]));
    const found = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    const bound = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    expect(bound.map(({ spec }) => spec?.['policyName'])).toEqual(found.map(({ metadata }) => metadata?.name));
    // Whatever the release is called: the agent's Lease is none of a pool.
    for (const policy of found.filter(({ metadata }) => metadata?.name?.endsWith('-own-leases') === true)) {
      expect(JSON.stringify(policy.spec)).toContain("variables.leaseName != 'mine-agent'");
    }
    return Object.fromEntries(
      found.map(({ metadata, spec }) => {
        const [{ expression } = { expression: '' }] = (spec?.['matchConditions'] ?? []) as { expression: string }[];
        return [metadata?.name, /'(?<account>[^']*)'/u.exec(expression)?.groups?.['account']];
      }),
    );
  };
  const both = 'spotHandler.enabled=true,aksInitData.enabled=true';
  const accounts = 'spotHandler.serviceAccount.name=spot,aksInitData.serviceAccount.name=init';
  expect(await policies(both, accounts)).toEqual({
    'mine-aks-init-data-own-leases': 'system:serviceaccount:castai-agent:init',
    'mine-aks-init-data-own-record': 'system:serviceaccount:castai-agent:init',
    'mine-spot-handler-own-events': 'system:serviceaccount:castai-agent:spot',
    'mine-spot-handler-own-node': 'system:serviceaccount:castai-agent:spot',
  });
  expect(Object.keys((await policies(both, 'spotHandler.kubernetesEvents=false')) as object)).not.toContain(
    'mine-spot-handler-own-events',
  );
  expect(await policies(both, 'spotHandler.rbac.ownNodePolicy=false,aksInitData.rbac.ownNamesPolicy=false')).toEqual(
    {},
  );
  expect(await policies()).toEqual({});
  // As with --reuse-values of a release that did not know the value.
  const older = await policies('aksInitData.enabled=true,aksInitData.rbac.ownNamesPolicy=null');
  expect(Object.keys(older as object)).toHaveLength(2);
});

test('a pod that lies on every node has a token for the platform alone, renewed hourly, where the program looks for it', async () => {
  const both =
    'spotHandler.enabled=true,aksInitData.enabled=true,clusterId=c,aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}';
  const tokensOf = async (...sets: string[]): Promise<unknown> => {
    const objects = await helms[4].template(...KEY, ...[both, ...sets].flatMap((set) => ['--set', set]));
    return Object.fromEntries(
      workloadsIn(objects).map(({ metadata, spec: { template } }) => {
        const { containers, volumes } = template.spec;
        const [container] = containers;
        const volume = volumes.find(({ name }) => name === 'pod-token');
        const mount = container?.volumeMounts?.find(({ name }) => name === 'pod-token');
        const file = container?.env.find(({ name }) => name === 'POD_TOKEN_FILE')?.value;
        return [metadata?.name, [volume?.['projected'], mount, file]];
      }),
    );
  };
  const none = [undefined, undefined, undefined];
  const withAudience = (audience: string): unknown => [
    { sources: [{ serviceAccountToken: { audience, expirationSeconds: 3600, path: 'token' } }] },
    { name: 'pod-token', mountPath: '/var/run/castai/pod-token', readOnly: true },
    '/var/run/castai/pod-token/token',
  ];
  const one = (audience: string): unknown => ({
    'castai-agent': none,
    'castai-spot-handler': withAudience(audience),
    'castai-aks-init-data': withAudience(audience),
  });
  expect(await tokensOf()).toEqual(one('https://api.cast.ai'));
  expect(await tokensOf('apiUrl=https://platform.example/')).toEqual(one('https://platform.example'));
  expect(await tokensOf('podToken.audience=castai: eu')).toEqual(one('castai: eu'));
  expect(await tokensOf('podToken=null')).toEqual(one('https://api.cast.ai'));
  expect(await tokensOf('podToken.enabled=false')).toEqual({
    'castai-agent': none,
    'castai-spot-handler': none,
    'castai-aks-init-data': none,
  });
});

test.each(SHIPPED_PROGRAMS)('$name can be installed alone', async ({ name, component }) => {
  const others = SHIPPED_PROGRAMS.map((one) => `${one.component}.enabled=${one.component === component}`);
  const values = [
    'clusterId=c',
    'provider=aks',
    'aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}',
    ...others,
  ];
  const objects = await helms[4].template(...KEY, ...values.flatMap((set) => ['--set', set]));
  expect(workloadsIn(objects)).toHaveLength(1);
  const subjects = objects.flatMap((object) => (object['subjects'] ?? []) as { name: string }[]);
  expect(new Set(subjects.map((subject) => subject.name))).toEqual(new Set([`castai-${name}`]));
  // Its own check, if helm test has one of it.
  const checks = objects.filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata?.name);
  const own: Readonly<Record<string, readonly string[]>> = {
    agent: ['castai-doctor'],
    evictor: ['castai-evictor-doctor'],
    clusterController: ['castai-cluster-controller-doctor'],
  };
  expect(checks).toEqual(own[component] ?? []);
});

test('the notes say how to see what the evictor reports, and ask for no key', async () => {
  const install = ['install', 'castai', CHART, '--namespace', 'ns', '--dry-run=client'];
  const notes = (await helms[4].must(...install, '--values', join(CI_FOLDER, 'evictor-values.yaml'))).split(
    'NOTES:',
  )[1];
  expect(notes).toContain('kubectl port-forward --namespace ns deployment/castai-evictor 9880');
  expect(notes).toContain('helm test castai --namespace ns --logs');
  expect(notes).not.toMatch(/kubectl create secret|<no value>/u);
});

test('the notes say how new actions are stopped, and warn where nothing is done or nothing confines', async () => {
  const notesOf = async (...sets: string[]): Promise<string> => {
    const install = ['install', 'castai', CHART, '--namespace', 'ns', '--dry-run=client'];
    const values = ['--values', join(CI_FOLDER, 'cluster-controller-values.yaml')];
    const all = await helms[4].must(...install, ...values, ...sets.flatMap((set) => ['--set', set]));
    return all.split('NOTES:')[1] ?? '';
  };
  const plain = await notesOf();
  expect(plain).toContain(`kubectl create configmap ${SWITCH_NAME} --namespace ns --from-literal=paused=true`);
  expect(plain).toContain('kubectl create secret generic castai-cluster-controller-key --namespace ns');
  expect(plain).not.toMatch(/on every node|nodePolicy is off|dryRun is on|<no value>/u);
  expect(await notesOf('clusterController.rbac.nodePolicy=false')).toContain(
    'WARNING: clusterController.rbac.nodePolicy is off',
  );
  expect(await notesOf('clusterController.dryRun=true')).toContain('WARNING: clusterController.dryRun is on');
  // With the agent's key it is on few nodes, which is nothing to be warned of.
  expect(await notesOf('clusterController.apiKeySecret.name=')).not.toContain('has the same key as the agent');
});

test("values of the existing cluster controller's chart are answered, at the top and carried over below clusterController", async () => {
  const text = readFileSync(join(CHART, 'templates/_validate.tpl'), 'utf8');
  const keysOf = (name: string): [key: string, todo: string][] => {
    const part = text.split(`castai.${name}" -`)[1]?.split('{{- end -}}')[0] ?? '';
    return [...part.matchAll(/^(?<key>\w+): "(?<todo>.*)"$/gmu)].map(({ groups }) => [
      groups?.['key'] ?? '',
      groups?.['todo'] ?? '',
    ]);
  };
  // What is called the same is taken below.
  const taken = new Set(['maxActionsInProgress', 'replicas']);
  const top = keysOf('controllerOfOthers');
  const below = [...top.filter(([key]) => !taken.has(key)), ...keysOf('controllerBelow')];
  expect([top.length, below.length]).toEqual([11, 24]);
  const paths = [...top, ...below.map(([key, todo]): [string, string] => [`clusterController.${key}`, todo])];
  const on = ['--set', 'clusterId=c,agent.enabled=false,clusterController.enabled=true,image.registry=r.example'];
  const args = ['template', 'castai', CHART, '--kube-version', '1.37.2', ...KEY, ...on];
  const { stderr } = await helms[4].run(...args, ...paths.flatMap(([path]) => ['--set-string', `${path}=false`]));
  const answered = [...stderr.matchAll(/\* (?<key>\S+) is a key of another chart\. (?<todo>.*)/gu)];
  const told = answered.map(({ groups }): [string, string] => [groups?.['key'] ?? '', groups?.['todo'] ?? '']);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(paths));
  expect(told).toHaveLength(paths.length);
  const [controller] = workloadsIn(
    await helms[4].template(
      ...KEY,
      ...on,
      '--set',
      'clusterController.replicas=3,clusterController.maxActionsInProgress=10',
    ),
  );
  expect(controller?.spec).toMatchObject({ replicas: 3 });
  const env = controller?.spec.template.spec.containers[0]?.env;
  expect(env?.find(({ name }) => name === 'MAX_ACTIONS_IN_PROGRESS')?.value).toBe('10');
});

test('an older Kubernetes without admission policies is refused, unless the policy is given up by name', async () => {
  const on = ['--set', 'clusterId=c,agent.enabled=false,clusterController.enabled=true,image.registry=r.example'];
  const args = ['template', 'castai', CHART, '--kube-version', '1.29.4', ...KEY, ...on];
  const { code, stderr } = await helms[4].run(...args);
  expect([code === 0, stderr.includes('Set clusterController.rbac.nodePolicy=false')]).toEqual([false, true]);
  expect(await helms[4].must(...args, '--set', 'clusterController.rbac.nodePolicy=false')).toContain(
    'kind: Deployment',
  );
});

test('tolerations of the umbrella chart are those of every component, once each', async () => {
  const theirs = [
    '--set-json',
    'global={"castai":{"provider":"aks"},"tolerations":[{"key":"theirs","operator":"Exists"}]}',
  ];
  const on =
    'clusterId=c,spotHandler.enabled=true,aksInitData.enabled=true,evictor.enabled=true,clusterController.enabled=true';
  const keys = 'aksInitData.platformKeys={example:hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=}';
  const objects = await helms[4].template(...KEY, ...theirs, '--set', on, '--set', keys);
  const counts = workloadsIn(objects).map(({ metadata, spec }) => {
    const tolerations = (spec.template.spec['tolerations'] ?? []) as { key?: string }[];
    return [metadata?.name, tolerations.filter(({ key }) => key === 'theirs').length];
  });
  expect(Object.fromEntries(counts)).toEqual({
    'castai-agent': 1,
    'castai-aks-init-data': 1,
    'castai-cluster-controller': 1,
    'castai-evictor': 1,
    'castai-spot-handler': 1,
  });
});

test.each([
  { file: 'minimal-values.yaml', says: ['helm test castai', 'get pods', 'port-forward'] },
  { file: 'phase-1-values.yaml', says: ['helm test castai', 'get pods', 'port-forward'] },
  { file: 'daemonsets-only-values.yaml', says: ['get daemonsets', 'logs', 'get events'] },
])('the notes of $file name the next three commands', async ({ file, says }) => {
  const values = ['--values', join(CI_FOLDER, file)];
  const install = ['install', 'castai', CHART, '--namespace', 'ns', '--dry-run=client'];
  const notes = (await helms[4].must(...install, ...values)).split('NOTES:')[1] ?? '';
  const commands = notes.split('Does it work?\n')[1]?.split('\n\n')[0]?.split('\n') ?? [];
  expect(commands).toHaveLength(3);
  for (const [index, text] of says.entries()) expect(commands[index]).toContain(text);
  for (const command of commands) expect(command).toContain('--namespace ns');
  expect(notes).toContain('kubectl create secret generic castai-api-key --namespace ns --from-literal=API_KEY=<key>');
  expect(notes).not.toContain('<no value>');
});
