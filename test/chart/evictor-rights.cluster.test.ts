/** The evictor at work with the service account that the chart makes, and with exactly its rights. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import type { ApiObject } from '../cluster/api-client.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { seedCluster } from '../cluster/seed.ts';
import { type ChartPod, NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import type { RbacRule } from '../stages/chart/rendered-objects.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';

const ROLE = '/apis/rbac.authorization.k8s.io/v1/clusterroles/castai-evictor';
const NODES = 3;

let cluster: Cluster;
let helm: Helm;
let pod: ChartPod;

beforeAll(async () => {
  cluster = await startCluster({ onProgress: console.log });
  helm = await createHelm(4, cluster.kubeconfig);
  await seedCluster(cluster, { seed: 1, nodes: NODES, pods: 20 });
  const sets = 'agent.enabled=false,evictor.enabled=true,evictor.nodeGracePeriodMinutes=0,evictor.cycleInterval=1s';
  await helm.must('install', 'castai', CHART, '--namespace', NAMESPACE, '--create-namespace', '--set', sets);
  const { items = [] } = await cluster.request('GET', '/api/v1/nodes');
  const nodeName = items[0]?.metadata?.name ?? '';
  pod = await startChartPod(cluster, { kind: 'deployments', name: 'castai-evictor', nodeName });
});
afterAll(async () => {
  helm?.[Symbol.dispose]();
  await cluster?.stop();
});

/** The program as its pod would start it, and the address of its port. */
async function startEvictor(env: Readonly<Record<string, string>> = {}): Promise<ChildProgram & { url: string }> {
  const program = findProgram('evictor');
  const options = { entry: sourceOf(program), nodeArgs: program.nodeFlags, name: 'the evictor' };
  const evictor = startProgram({ ...options, env: { ...pod.env, ...env } });
  const { port } = await evictor.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  return Object.assign(evictor, { url: `http://127.0.0.1:${port}` });
}

interface Feed {
  readonly feed: string;
  readonly phase: string;
}

/** Its collections by phase, such as `forbidden`. */
async function feedsOf(url: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const answer = await fetch(`${url}/statusz?format=json`);
  const { sections } = (await answer.json()) as { sections: { title: string; rows: Feed[] }[] };
  const feeds = sections.find(({ title }) => title === 'Feeds')?.rows ?? [];
  return Object.fromEntries(
    [...Map.groupBy(feeds, ({ phase }) => phase)].map(([phase, rows]) => [phase, rows.map(({ feed }) => feed).sort()]),
  );
}

test('the evictor reports on every node with the token of its service account', async () => {
  await using evictor = await startEvictor();
  const report = await eventually({
    what: 'there is a report',
    look: async () => fetch(`${evictor.url}/report`),
    until: ({ status }) => status === 200,
  });
  const { removable, blocked } = (await report.json()) as { removable: object[]; blocked: object[] };
  expect(removable.length + blocked.length).toBe(NODES);
  expect((await fetch(`${evictor.url}/readyz`)).status).toBe(200);
});

test('it may do nothing else: no verb that writes, no Secret, no rights of others', async () => {
  const { rules } = (await cluster.request('GET', ROLE)) as unknown as { rules: RbacRule[] };
  const own = await rightsOfToken(pod.token);
  // What Kubernetes gives to every account is none of ours.
  await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: 'anybody' } });
  const given = await rightsOfToken(await cluster.serviceAccountToken({ namespace: NAMESPACE, name: 'anybody' }));
  expect(own.filter((right) => !given.includes(right))).toEqual(rightsOf(rules));
  expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['list', 'watch']));
});

/** What the API server says that an account may do. */
async function rightsOfToken(token: string): Promise<string[]> {
  const client = cluster.createClient({ token });
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const { status } = await client.request('POST', path, { spec: { namespace: NAMESPACE } });
  await client.close();
  return rightsOf((status as { resourceRules: RbacRule[] }).resourceRules);
}

function rightsOf(rules: readonly RbacRule[]): string[] {
  const rights = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
  );
  return [...new Set(rights)].sort();
}

/** Waits until the API server itself knows of a change of the role. */
async function untilAllowed(resource: { group: string; resource: string }, isAllowed: boolean): Promise<void> {
  const client = cluster.createClient({ token: pod.token });
  const spec = { resourceAttributes: { ...resource, verb: 'list' } };
  const ask = (): Promise<ApiObject> =>
    client.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec });
  await eventually({
    what: `list of ${resource.resource}: ${isAllowed ? 'allowed' : 'refused'}`,
    look: ask,
    until: ({ status }) => (status as { allowed?: boolean } | undefined)?.allowed === isAllowed,
  });
  await client.close();
}

test('every resource of every rule is needed: without it exactly its collection is forbidden, and no report is made', async () => {
  const { rules } = (await cluster.request('GET', ROLE)) as unknown as { rules: RbacRule[] };
  const all = rules.flatMap(({ apiGroups: [group = ''], resources }) =>
    resources.map((resource) => ({ group, resource })),
  );
  expect(all.length).toBeGreaterThan(10);
  for (const { group, resource } of all) {
    const fewer = rules
      .map((rule) => ({
        ...rule,
        resources: rule.resources.filter((one) => one !== resource || !rule.apiGroups.includes(group)),
      }))
      .filter(({ resources }) => resources.length > 0);
    await cluster.request('PATCH', ROLE, { rules: fewer });
    await untilAllowed({ group, resource }, false);
    await using evictor = await startEvictor();
    const feeds = await eventually({
      what: `without ${resource} one collection is forbidden, and the others are there`,
      look: () => feedsOf(evictor.url),
      until: ({ forbidden = [], ...others }) => forbidden.length > 0 && Object.keys(others).join() === 'live',
    });
    expect([resource, feeds['forbidden']?.length, feeds['live']?.length]).toEqual([resource, 1, all.length - 1]);
    expect((await fetch(`${evictor.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${evictor.url}/report`)).status).toBe(503);
    await cluster.request('PATCH', ROLE, { rules });
    await untilAllowed({ group, resource }, true);
  }
});

test('for drift and age alone it may list and watch nodes, and needs no more', async () => {
  const sets = 'evictor.reports={drift,age}';
  await helm.must(
    'upgrade',
    'castai',
    CHART,
    '--namespace',
    NAMESPACE,
    '--reuse-values',
    '--force-conflicts',
    '--set',
    sets,
  );
  const { rules } = (await cluster.request('GET', ROLE)) as unknown as { rules: RbacRule[] };
  expect(rightsOf(rules)).toEqual(['/nodes list', '/nodes watch']);
  await untilAllowed({ group: '', resource: 'pods' }, false);
  await using evictor = await startEvictor({ REPORTS: 'drift,age' });
  await eventually({
    what: 'it is ready',
    look: async () => (await fetch(`${evictor.url}/readyz`)).status,
    until: (status) => status === 200,
  });
});
