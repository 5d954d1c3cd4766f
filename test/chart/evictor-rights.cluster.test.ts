/** The evictor at work with the service account that the chart makes, and with exactly its rights. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose } from '@castai/evictor/diagnose/doctor.ts';
import { readEvictorConfig } from '@castai/evictor/read-evictor-config.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import type { Finding } from '@castai/shared/command/finding.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { seedCluster } from '../cluster/seed.ts';
import { type ChartPod, NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import type { RbacRule } from '../stages/chart/rendered-objects.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';

const ROLE = '/apis/rbac.authorization.k8s.io/v1/clusterroles/castai-evictor';
const ROLES = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles`;
const LEASE_ROLE = `${ROLES}/castai-evictor-lease`;
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/castai-evictor`;
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

/** The program as its pod would start it, and the address of its port. Alone, so that none has to wait for the lease of one before. */
async function startEvictor(env: Readonly<Record<string, string>> = {}): Promise<ChildProgram & { url: string }> {
  const program = findProgram('evictor');
  const options = { entry: sourceOf(program), nodeArgs: program.nodeFlags, name: 'the evictor' };
  const evictor = startProgram({ ...options, env: { ...pod.env, LEADER_ELECTION: 'false', ...env } });
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

/** What `/statusz` says about the election. */
async function electionOf(url: string): Promise<Record<string, unknown>> {
  const { sections } = (await (await fetch(`${url}/statusz?format=json`)).json()) as {
    sections: { title: string; rows: Record<string, unknown> }[];
  };
  return sections.find(({ title }) => title === 'Election')?.rows ?? {};
}

test('it leads by the lease that its Role names, and without the right to it stands by and says so', async () => {
  {
    await using evictor = await startEvictor({ LEADER_ELECTION: 'true' });
    const isLeader = ({ role }: Record<string, unknown>): boolean => role === 'leader';
    const election = await eventually({ what: 'it leads', look: () => electionOf(evictor.url), until: isLeader });
    expect(election).toMatchObject({ lease: 'castai-evictor', problem: '' });
    await evictor.stop();
  }
  const { rules } = (await cluster.request('GET', LEASE_ROLE)) as unknown as { rules: RbacRule[] };
  for (const [index, { verbs }] of rules.entries()) {
    await cluster.request('PATCH', LEASE_ROLE, { rules: rules.filter((_, other) => other !== index) });
    // A Lease that is there needs no creating.
    await cluster.request('DELETE', LEASE).catch(() => undefined);
    await using evictor = await startEvictor({ LEADER_ELECTION: 'true' });
    const refused = new RegExp(`cannot (?:${verbs.join('|')}) resource \\\\?"leases`, 'u');
    await eventually({
      what: `it says that it may not ${verbs.join()}`,
      look: async () => (await fetch(`${evictor.url}/readyz`)).text(),
      until: (text) => refused.test(text) && text.includes('evictor.rbac.create'),
    });
    expect((await fetch(`${evictor.url}/healthz`)).status).toBe(200);
    await cluster.request('PATCH', LEASE_ROLE, { rules });
  }
});

test('it may do nothing else: no verb that writes, no Secret, no rights of others', async () => {
  const { rules } = (await cluster.request('GET', ROLE)) as unknown as { rules: RbacRule[] };
  const lease = (await cluster.request('GET', LEASE_ROLE)) as unknown as { rules: RbacRule[] };
  const own = await rightsOfToken(pod.token);
  // What Kubernetes gives to every account is none of ours.
  await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: 'anybody' } });
  const given = await rightsOfToken(await cluster.serviceAccountToken({ namespace: NAMESPACE, name: 'anybody' }));
  expect(own.filter((right) => !given.includes(right))).toEqual(rightsOf([...rules, ...lease.rules]));
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
  const rights = rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => `${group}/${resource} ${verb} ${name}`.trim())),
      ),
    ),
  );
  return [...new Set(rights)].sort();
}

/** What the doctor finds with the evictor's account, without what is well. */
async function complaints(): Promise<string[]> {
  const environment = pod.env;
  const readConfig = () => readEvictorConfig({ environment, readFile: (path) => readFileSync(path, 'utf8') });
  const found: Finding[] = [];
  const tell = (findings: readonly Finding[]): unknown => found.push(...findings);
  const options = { readConfig, environment, version: '1.0.0', clock: systemClock, secrets: new KnownSecrets(), tell };
  await diagnose(options, new AbortController().signal);
  return found
    .filter(({ severity }) => severity !== 'ok' && severity !== 'skipped')
    .map(({ id }) => id)
    .sort();
}

const untilComplaints = (expected: readonly string[]): Promise<string[]> =>
  eventually({
    what: `the doctor complains of ${expected.join() || 'nothing'}`,
    look: complaints,
    until: (ids) => JSON.stringify(ids) === JSON.stringify(expected),
  });

test('every resource of every rule is needed: without it exactly its collection is forbidden', async () => {
  await untilComplaints([]);
  const { rules } = (await cluster.request('GET', ROLE)) as unknown as { rules: RbacRule[] };
  // Karpenter is not installed here: nothing is asked of it.
  const all = rules
    .flatMap(({ resources }, index) => resources.map((resource) => ({ index, resource })))
    .filter(({ resource }) => resource !== 'nodeclaims');
  expect(all.length).toBeGreaterThan(10);
  for (const { index, resource } of all) {
    const fewer = rules.map((rule, other) => ({
      ...rule,
      resources: rule.resources.filter((one) => other !== index || one !== resource),
    }));
    await cluster.request('PATCH', ROLE, { rules: fewer.filter(({ resources }) => resources.length > 0) });
    await untilComplaints([`feed/${resource}`, 'feeds']);
  }
  // And that is what becomes of it: no report.
  await using evictor = await startEvictor();
  const feeds = await eventually({
    what: 'one collection is forbidden, and the others are there',
    look: () => feedsOf(evictor.url),
    until: ({ forbidden = [], ...others }) => forbidden.length > 0 && Object.keys(others).join() === 'live',
  });
  expect([feeds['forbidden']?.length, feeds['live']?.length]).toEqual([1, all.length - 1]);
  expect((await fetch(`${evictor.url}/report`)).status).toBe(503);
  await cluster.request('PATCH', ROLE, { rules });
  await untilComplaints([]);
});

test('for drift and age alone it may list and watch nodes, and list what Karpenter says of them, and needs no more', async () => {
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
  expect(rightsOf(rules)).toEqual(['/nodes list', '/nodes watch', 'karpenter.sh/nodeclaims list']);
  pod = { ...pod, env: { ...pod.env, REPORTS: 'drift,age' } };
  await untilComplaints([]);
  await using evictor = await startEvictor();
  await eventually({
    what: 'it is ready',
    look: async () => (await fetch(`${evictor.url}/readyz`)).status,
    until: (status) => status === 200,
  });
});
