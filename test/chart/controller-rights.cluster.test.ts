/** The cluster controller at work with the service account that the chart makes, with exactly its rights and behind its policies. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SWITCH_NAME } from '@castai/cluster-controller/claim/kill-switch.ts';
import { shardName, SHARDS } from '@castai/cluster-controller/claim/record-shard.ts';
import { RIGHTS_OF_KIND } from '@castai/cluster-controller/do/rights-of-kind.ts';
import { ACTION_KINDS, type ActionKind } from '@castai/cluster-controller/poll/action.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { type ApiClient, ApiError, type ApiMethod } from '../cluster/api-client.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { ActionsHub } from '../fakes/actions-hub.ts';
import { type ChartPod, createKeySecret, NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import type { RbacRule } from '../stages/chart/rendered-objects.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';

const CLUSTER_ROLE = '/apis/rbac.authorization.k8s.io/v1/clusterroles/castai-cluster-controller';
const ROLES = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles`;
const LEASE_ROLE = `${ROLES}/castai-cluster-controller-lease`;
const RECORDS_ROLE = `${ROLES}/castai-cluster-controller-records`;
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;

let cluster: Cluster;
let helm: Helm;
let hub: ActionsHub;
let pod: ChartPod;
/** Asks as the controller's pod. */
let asController: ApiClient;

/** The pod is on a node of its own: nobody here would end it when the other one is drained. */
const HOME = 'rights-home';
const NODE = 'rights-1';
const ids = { nodeName: NODE, nodeId: 'id-rights-1' };

/** Installs the chart, or changes its values. */
async function install(command: 'install' | 'upgrade', ...sets: string[]): Promise<void> {
  const more = command === 'upgrade' ? ['--reuse-values', '--force-conflicts'] : [];
  await helm.must(command, 'castai', CHART, '--namespace', NAMESPACE, ...more, '--set', sets.join(','));
}

beforeAll(async () => {
  cluster = await startCluster({ onProgress: console.log });
  helm = await createHelm(4, cluster.kubeconfig);
  hub = await ActionsHub.start();
  await createKeySecret(cluster, { name: 'k', key: 'API_KEY', value: 'key-0001' });
  const labels = { 'provisioner.cast.ai/node-id': ids.nodeId };
  await cluster.request('POST', '/api/v1/nodes', { metadata: { name: HOME } });
  await cluster.request('POST', '/api/v1/nodes', { metadata: { name: NODE, labels } });
  await cluster.request('PATCH', `/api/v1/nodes/${NODE}/status`, {
    status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }] },
  });
  await install(
    'install',
    'agent.enabled=false,clusterController.enabled=true,clusterId=c-1,apiKeySecret.name=k,image.registry=registry.example.com',
    `apiUrl=${hub.url.href}`,
    'clusterController.objectResources={*.autoscaling.cast.ai,services}',
  );
  pod = await startChartPod(cluster, { kind: 'deployments', name: 'castai-cluster-controller', nodeName: HOME });
  asController = cluster.createClient({ token: pod.token });
});
afterAll(async () => {
  await asController?.close();
  await hub?.[Symbol.asyncDispose]();
  helm?.[Symbol.dispose]();
  await cluster?.stop();
});

/** The program as its pod would start it. Alone, so that none has to wait for the lease of one before. */
function start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): ChildProgram {
  const program = findProgram('cluster-controller');
  const options = { entry: sourceOf(program), nodeArgs: program.nodeFlags, name: 'the cluster controller', args };
  return startProgram({ ...options, env: { ...pod.env, LEADER_ELECTION: 'false', ...env } });
}

/** What the doctor finds with the controller's account, without what is well. */
async function complaints(env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  await using doctor = start(['doctor', '--json'], env);
  await doctor.exit;
  const text = doctor.lines.filter(({ stream }) => stream === 'stdout').map((line) => line.text);
  const { findings } = JSON.parse(text.join('\n')) as { findings: { id: string; severity: string }[] };
  return findings
    .filter(({ severity }) => severity !== 'ok' && severity !== 'skipped')
    .map(({ id }) => id)
    .sort();
}

/** The API server's authorizer learns of a changed role a moment later. */
const untilComplaints = (expected: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string[]> =>
  eventually({
    what: `the doctor complains of ${expected.join() || 'nothing'}`,
    look: () => complaints(env),
    until: (found) => JSON.stringify(found) === JSON.stringify(expected),
    timeoutMs: 60_000,
  });

/** What came of an action, when something has. */
async function ackOf(id: string): Promise<string | null | undefined> {
  const acks = await eventually({
    what: `${id} is acknowledged`,
    look: () => hub.acksOf(id),
    until: (found) => found.length > 0,
    timeoutMs: 120_000,
  });
  return acks[0];
}

/** How the API server answers the controller's account: `ok`, or the status and what was said. A list is a JSON patch, else it is a merge. */
async function answerOf(method: ApiMethod, path: string, body?: unknown): Promise<string> {
  return asController.request(method, path, body).then(
    () => 'ok',
    (error: unknown) => (error instanceof ApiError ? `${error.status} ${error.message}` : String(error)),
  );
}

function rightsOf(rules: readonly RbacRule[]): string[] {
  const rights = rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => `${group}/${resource} ${verb} ${name}`.trim())),
      ),
    ),
  );
  return [...new Set(rights)].sort();
}

/** What the API server says that an account may do in the namespace of the release. */
async function rightsOfToken(token: string): Promise<string[]> {
  const client = cluster.createClient({ token });
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const { status } = await client.request('POST', path, { spec: { namespace: NAMESPACE } });
  await client.close();
  return rightsOf((status as { resourceRules: RbacRule[] }).resourceRules);
}

const rulesAt = async (path: string): Promise<RbacRule[]> =>
  ((await cluster.request('GET', path)) as unknown as { rules: RbacRule[] }).rules;

test('with the token of its service account it carries out every kind of action, and stops when the switch says so', async () => {
  await using controller = start();
  await controller.waitForJson<{ message: string }>(({ message }) => message === 'cluster controller started');
  hub.ask('patch-node', {
    actionPatchNode: {
      ...ids,
      labels: { own: '1' },
      annotations: { note: 'x' },
      taints: [{ key: 'own', value: 'x', effect: 'NoSchedule' }],
      capacity: { 'example.com/thing': '3' },
    },
  });
  hub.ask('event', {
    actionCreateEvent: {
      reportingComponent: 'platform',
      objectReference: { kind: 'Node', name: NODE, apiVersion: 'v1' },
      eventTime: new Date().toISOString(),
      eventType: 'Normal',
      reason: 'Asked',
      action: 'Ask',
      message: 'asked',
    },
  });
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'asked', namespace: 'default' } };
  const spec = { ports: [{ port: 80 }] };
  hub.ask('create', {
    actionCreate: { group: '', version: 'v1', resource: 'services', object: { ...service, spec } },
  });
  expect([await ackOf('patch-node'), await ackOf('event'), await ackOf('create')]).toEqual([null, null, null]);
  const node = await cluster.request('GET', `/api/v1/nodes/${NODE}`);
  expect(node).toMatchObject({ metadata: { labels: { own: '1' }, annotations: { note: 'x' } } });
  expect(JSON.stringify(node['status'])).toContain('"example.com/thing":"3"');
  hub.ask('drain', { actionDrainNode: { ...ids, drainTimeoutSeconds: 600, waitForVolumeDetach: true } });
  expect(await ackOf('drain')).toBe(null);
  // Its records are there, by the names that its role has.
  const maps = (await cluster.request('GET', CONFIG_MAPS)).items ?? [];
  const names = maps.map(({ metadata }) => metadata?.name ?? '').filter((name) => name.includes('-actions-'));
  expect(names.sort()).toEqual(Array.from({ length: SHARDS }, (_, shard) => shardName(shard)).sort());
  await cluster.request('POST', CONFIG_MAPS, { metadata: { name: SWITCH_NAME }, data: { paused: 'true' } });
  hub.ask('while-paused', { actionPatchNode: { ...ids, labels: { paused: '1' } } });
  const { length: polls } = hub.requests;
  await eventually({
    what: 'it has been polled twice since',
    look: () => hub.requests.length,
    until: (count) => count >= polls + 2,
    timeoutMs: 60_000,
  });
  expect(hub.acksOf('while-paused')).toEqual([]);
  await cluster.request('DELETE', `${CONFIG_MAPS}/${SWITCH_NAME}`);
  expect(await ackOf('while-paused')).toBe(null);
});

test('it leads by the lease that its Role names', async () => {
  await using controller = start([], { LEADER_ELECTION: 'true' });
  hub.ask('as-leader', { actionPatchNode: { ...ids, labels: { led: '1' } } });
  expect(await ackOf('as-leader')).toBe(null);
  const lease = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/castai-cluster-controller`;
  expect((await cluster.request('GET', lease)).spec?.['holderIdentity']).toBeTruthy();
  await controller.stop();
});

test('it may do nothing besides: no Secret, no role, no certificate, no right of others', async () => {
  const rules = (await Promise.all([CLUSTER_ROLE, LEASE_ROLE, RECORDS_ROLE].map(rulesAt))).flat();
  const own = await rightsOfToken(pod.token);
  // What Kubernetes gives to every account is none of ours.
  await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: 'anybody' } });
  const given = await rightsOfToken(await cluster.serviceAccountToken({ namespace: NAMESPACE, name: 'anybody' }));
  expect(own.filter((right) => !given.includes(right))).toEqual(rightsOf(rules));
  const worse = /secrets|roles|bindings|certificatesigningrequests|escalate|impersonate|exec|proxy/u;
  expect(own.filter((right) => worse.test(right))).toEqual([]);
});

test('every verb of every rule is needed: without it the doctor names exactly the kinds that need it', async () => {
  await untilComplaints([]);
  const rules = await rulesAt(CLUSTER_ROLE);
  const all = rules.flatMap(({ apiGroups, resources, verbs }, index) =>
    verbs.map((verb) => ({ index, verb, group: apiGroups[0] ?? '', resource: resources[0] ?? '' })),
  );
  expect(all.length).toBeGreaterThan(15);
  for (const { index, verb, group, resource } of all) {
    const [name = '', subresource] = resource.split('/');
    const needing = ACTION_KINDS.filter((kind: ActionKind) =>
      RIGHTS_OF_KIND[kind].some(
        (right) =>
          right.group === group && right.resource === name && right.subresource === subresource && right.verb === verb,
      ),
    );
    // Those of objects the doctor does not ask for: which objects there will be is the platform's.
    if (needing.length === 0) {
      expect(['autoscaling.cast.ai', '']).toContain(group);
      expect(['*', 'services']).toContain(resource);
      continue;
    }
    const fewer = rules.map((rule, other) => ({
      ...rule,
      verbs: rule.verbs.filter((one) => other !== index || one !== verb),
    }));
    await cluster.request('PATCH', CLUSTER_ROLE, { rules: fewer.filter(({ verbs }) => verbs.length > 0) });
    await untilComplaints(needing.map((kind) => `rights/${kind}`).sort());
  }
  await cluster.request('PATCH', CLUSTER_ROLE, { rules });
  await untilComplaints([]);
  // The same of what is written down in its own namespace.
  const records = await rulesAt(RECORDS_ROLE);
  for (const index of records.keys()) {
    await cluster.request('PATCH', RECORDS_ROLE, { rules: records.filter((_, other) => other !== index) });
    await untilComplaints(['records']);
  }
  await cluster.request('PATCH', RECORDS_ROLE, { rules: records });
  await untilComplaints([]);
});

test('of a node it may change what the actions change, and nothing else, with whatever patch', async () => {
  const node = `/api/v1/nodes/${NODE}`;
  // What should be refused is only tried: what was let through once would be no change the second time.
  const [dry, dryStatus] = [`${node}?dryRun=All`, `${node}/status?dryRun=All`];
  const set = (path: string, value: unknown): unknown => [{ op: 'add', path, value }];
  const finalizers = set('/metadata/finalizers', ['a.example/b']);
  await eventually({
    what: 'the policy is in force',
    look: () => answerOf('PATCH', dry, finalizers),
    until: (answer) => answer !== 'ok',
    timeoutMs: 60_000,
  });
  const allowed = [
    await answerOf('PATCH', node, set('/metadata/labels/more', '1')),
    await answerOf('PATCH', node, set('/spec/taints', [{ key: 'mine', effect: 'NoSchedule' }])),
    await answerOf('PATCH', node, set('/spec/unschedulable', true)),
    await answerOf('PATCH', `${node}/status`, { status: { capacity: { 'example.com/other': '1' } } }),
  ];
  expect(allowed).toEqual(['ok', 'ok', 'ok', 'ok']);
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
  const refused: Readonly<Record<string, string>> = {
    'finalizers nor owners': await answerOf('PATCH', dry, finalizers),
    'nor owners': await answerOf('PATCH', dry, set('/metadata/ownerReferences', [owner])),
    'nothing of the spec': await answerOf('PATCH', dry, { spec: { providerID: 'azure://other' } }),
    'spec but taints': await answerOf('PATCH', dry, { spec: { podCIDR: '10.9.0.0/24', podCIDRs: ['10.9.0.0/24'] } }),
    'nothing of the status': await answerOf('PATCH', dryStatus, {
      status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Lie', message: '' }] },
    }),
    'status but the capacity': await answerOf('PATCH', dryStatus, {
      status: { addresses: [{ type: 'InternalIP', address: '10.0.0.66' }] },
    }),
    'together with the status': await answerOf('PATCH', dryStatus, { metadata: { labels: { sly: '1' } } }),
  };
  for (const [words, answer] of Object.entries(refused)) {
    expect(answer).toMatch(/^403 /u);
    expect(answer).toContain(words);
  }
  // Nobody gave it the right to make any.
  expect(await answerOf('POST', '/api/v1/nodes', { metadata: { name: 'made' } })).toMatch(/^403 /u);
  // The policy confines one account: an administrator may.
  await cluster.request('PATCH', dry, finalizers);
});

test('it may create no ConfigMap but those of its records, with records in them, in its own namespace', async () => {
  const named = (name: string, more: object = {}): object => ({ metadata: { name, ...more } });
  const dry = `${CONFIG_MAPS}?dryRun=All`;
  expect(await answerOf('POST', dry, named('castai-trusted-ca'))).toContain('no ConfigMap but those of its records');
  expect(await answerOf('POST', dry, { metadata: { generateName: 'castai-' } })).toMatch(/^403 /u);
  expect(await answerOf('POST', dry, named(SWITCH_NAME))).toMatch(/^403 /u);
  expect(await answerOf('POST', dry, named(`${shardName(0)}0`))).toMatch(/^403 /u);
  // One of its own, if there were none yet.
  await cluster.request('DELETE', `${CONFIG_MAPS}/${shardName(3)}`).catch(() => undefined);
  const other = { ...named(shardName(3)), data: { 'ca.crt': 'PEM' } };
  expect(await answerOf('POST', dry, other)).toContain('keeps its actions in its ConfigMaps');
  const labelled = named(shardName(3), { labels: { grafana_dashboard: '1' } });
  expect(await answerOf('POST', dry, labelled)).toContain('may not label');
  const own = { ...named(shardName(3), { labels: { 'app.kubernetes.io/name': 'castai-cluster-controller' } }) };
  expect(await answerOf('POST', dry, { ...own, data: { 'a.1': '{}' } })).toBe('ok');
  const elsewhere = '/api/v1/namespaces/default/configmaps?dryRun=All';
  expect(await answerOf('POST', elsewhere, named(shardName(3)))).toMatch(/^403 /u);
});

test('a platform that only drains gets no more: its token cordons, and can neither mark nor delete a node', async () => {
  await install('upgrade', 'clusterController.actions={drainNode,checkNodeStatus}');
  await untilComplaints([], { ACTIONS: 'drainNode,checkNodeStatus' });
  await untilComplaints(['rights/deleteNode'], { ACTIONS: 'drainNode,deleteNode' });
  const node = `/api/v1/nodes/${NODE}`;
  // A policy that was changed counts a moment later.
  await eventually({
    what: 'labels are refused',
    look: () => answerOf('PATCH', `${node}?dryRun=All`, { metadata: { labels: { later: '1' } } }),
    until: (answer) => answer.includes('may only cordon'),
    timeoutMs: 60_000,
  });
  const taints = [{ key: 'later', effect: 'NoExecute' }];
  expect(await answerOf('PATCH', node, { spec: { taints } })).toContain('may only cordon');
  expect(await answerOf('PATCH', node, { spec: { unschedulable: false } })).toBe('ok');
  expect(await answerOf('PATCH', node, { spec: { unschedulable: true } })).toBe('ok');
  expect(await answerOf('DELETE', node)).toMatch(/^403 /u);
  expect(await answerOf('PATCH', `${node}/status`, { status: { capacity: { 'example.com/x': '1' } } })).toMatch(
    /^403 /u,
  );
});

test.each(['drainNode', 'deleteNode', 'patchNode'])(
  'where %s alone is switched on it may tell of a node where that is kept, and needs to; of nothing else',
  async (kind) => {
    await install('upgrade', `clusterController.actions={${kind}}`);
    await untilComplaints([], { ACTIONS: kind });
    const event = (namespace: string): Promise<string> => {
      const involvedObject = { apiVersion: 'v1', kind: 'Node', name: NODE };
      const metadata = { name: `told-${kind.toLowerCase()}`, namespace };
      const body = { metadata, involvedObject, type: 'Warning', reason: 'ActionAbandoned', message: 'x' };
      return answerOf('POST', `/api/v1/namespaces/${namespace}/events?dryRun=All`, body);
    };
    expect(await event('default')).toBe('ok');
    expect(await event(NAMESPACE)).toMatch(/^403 /u);
    const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/castai-cluster-controller-events';
    await cluster.request('PATCH', path, { rules: [] });
    await untilComplaints([`rights/${kind}`], { ACTIONS: kind });
    const rule = { apiGroups: [''], resources: ['events'], verbs: ['create'] };
    await cluster.request('PATCH', path, { rules: [rule] });
  },
);
