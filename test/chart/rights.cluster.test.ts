/** The programs at work with the service accounts that the chart makes, and with exactly its rights. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AGENT_OPTIONS } from '@castai/agent/config.ts';
import { diagnose } from '@castai/agent/diagnose/doctor.ts';
import { allFeeds } from '@castai/agent/feeds/feeds.ts';
import { systemClock } from '@castai/shared/async/clock.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import { findProgram, sourceOf } from '../../scripts/programs.ts';
import { ensureKubectl } from '../../scripts/tools/binaries.ts';
import { ApiError, type ApiObject } from '../cluster/api-client.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { seedCluster } from '../cluster/seed.ts';
import { NODE_NAME, sampleSpotNode } from '../stages/spot-handler/spot-node.ts';
import { startAzureImds } from '../fakes/imds.ts';
import { startProgram } from '../stages/child-program.ts';
import { waitForEqualPictures } from '../judges/compare-pictures.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { type PlatformProgram, startAgentProgram, startPlatformProgram } from '../stages/start-programs.ts';
import { type ChartPod, createKeySecret, NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { defineFeeds } from './cluster-crds.ts';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import type { PodSpec, RbacRule } from '../stages/chart/rendered-objects.ts';

const FEEDS = allFeeds({ readRbac: true, readIngress: true, configMapNamespaces: ['default'] });
const SPOT_HANDLER = join(import.meta.dirname, '../../spot-handler/src/main.ts');
const RECORD = 'autoscaling.cast.ai/spot-handler';
const KEY = 'the-key-of-the-organisation';
const ROLES = '/apis/rbac.authorization.k8s.io/v1';

let cluster: Cluster;
let platform: PlatformProgram;
let helm: Helm;
let agent: ChartPod;

beforeAll(async () => {
  // The platform takes the key of the mounted Secret and no other.
  const starting = [startCluster({ onProgress: console.log }), startPlatformProgram(['--api-key', KEY])] as const;
  [cluster, platform] = await Promise.all(starting);
  helm = await createHelm(4, cluster.kubeconfig);
  await seedCluster(cluster, { seed: 1, nodes: 2, pods: 20 });
  await defineFeeds(cluster, FEEDS);
  await createKeySecret(cluster, { name: 'my-credentials', key: 'platform-key', value: KEY });
  const secret = 'apiKeySecret.name=my-credentials,apiKeySecret.key=platform-key';
  const sets = [`apiUrl=${platform.url}`, secret, 'agent.configMapNamespaces={default}', 'provider=anywhere'];
  const all = ['install', 'castai', CHART, '--namespace', NAMESPACE, '--set', sets.join(',')];
  await helm.must(...all);
  const { items = [] } = await cluster.request('GET', '/api/v1/nodes');
  const nodeName = items[0]?.metadata?.name ?? '';
  agent = await startChartPod(cluster, { kind: 'deployments', name: 'castai-agent', nodeName });
});
afterAll(async () => {
  helm?.[Symbol.dispose]();
  await platform?.[Symbol.asyncDispose]();
  await cluster?.stop();
});

/** What the doctor finds with the agent's account: id → detail, without what is well. */
async function complaints(): Promise<Record<string, string>> {
  const environment = agent.env;
  const readConfig = () =>
    parseOptions(AGENT_OPTIONS, { environment, readFile: (path) => readFileSync(path, 'utf8'), prefixes: ['API_'] });
  const options = { readConfig, environment, version: '1.0.0', clock: systemClock, secrets: new KnownSecrets() };
  const findings = await diagnose(options, new AbortController().signal);
  return Object.fromEntries(
    findings
      .filter(({ severity }) => severity !== 'ok' && severity !== 'skipped')
      .map(({ id, detail }) => [id, detail]),
  );
}

test('the agent does its whole job with the token of its service account', async () => {
  expect(await complaints()).toEqual({});
  await using program = await startAgentProgram({ env: agent.env });
  const clusterId = await eventually({
    what: 'the agent is ready',
    look: async () => {
      const [known] = (await platform.control.state()).clusters;
      return (await fetch(`${program.url}/readyz`)).status === 200 ? known?.id : undefined;
    },
    until: (id) => id !== undefined,
  });
  const pictures = { cluster, platform: platform.control, clusterId: clusterId ?? '', feeds: FEEDS };
  expect(await waitForEqualPictures(pictures, { timeoutMs: 60_000 })).toMatchObject({ differences: [] });
  const lookAtFeeds = async () => {
    const status = (await (await fetch(`${program.url}/statusz?format=json`)).json()) as {
      sections: { title: string; rows: { feed: string; phase: string }[] }[];
    };
    return status.sections.find(({ title }) => title === 'Feeds')?.rows ?? [];
  };
  // The server tells of a version of a group somewhat after it serves it: until the next look at discovery it is not known.
  const feeds = await eventually({
    what: 'every feed is known',
    look: lookAtFeeds,
    until: (rows) => rows.length > 0 && rows.every(({ phase }) => phase !== 'unknown'),
  });
  expect(feeds.map(({ feed }) => feed).sort()).toEqual(FEEDS.map(({ name }) => name).sort());
  expect(feeds.filter(({ phase }) => phase === 'forbidden')).toEqual([]);
});

/** What `/statusz` says about the election. */
async function electionOf(url: string): Promise<Record<string, unknown>> {
  const { sections } = (await (await fetch(`${url}/statusz?format=json`)).json()) as {
    sections: { title: string; rows: Record<string, unknown> }[];
  };
  return sections.find(({ title }) => title === 'Election')?.rows ?? {};
}

test('two of its pods agree by the lease that its Role names, and one goes on at once when the other ends', async () => {
  const ready = async (url: string): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200;
  const start = async (podName: string) => {
    const program = await startAgentProgram({ env: { ...agent.env, POD_NAME: podName } });
    await eventually({ what: `${podName} is ready`, look: () => ready(program.url), until: (is) => is });
    return program;
  };
  const untilLeads = (url: string) =>
    eventually({ what: 'it leads', look: () => electionOf(url), until: ({ role }) => role === 'leader' });
  await using first = await start('castai-agent-1');
  // An agent that another test has killed may still be waited for.
  await untilLeads(first.url);
  await using second = await start('castai-agent-2');
  expect([await electionOf(first.url), await electionOf(second.url)]).toMatchObject([
    { role: 'leader', lease: 'castai-agent', problem: '' },
    { role: 'standby', holder: expect.stringMatching(/^castai-agent-1_/u) as unknown, problem: '' },
  ]);
  await first.process.stop();
  await untilLeads(second.url);
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
  const { spec } = await cluster.request('GET', `${leases}/castai-agent`);
  expect(spec).toMatchObject({ holderIdentity: expect.stringMatching(/^castai-agent-2_/u) as unknown });
  await eventually({ what: 'the other one is ready', look: () => ready(second.url), until: (is) => is });
  await second.process.stop();
  // Nobody holds it, and nobody has to wait for it.
  expect((await cluster.request('GET', `${leases}/castai-agent`)).spec).toMatchObject({ holderIdentity: '' });
});

test('without the right to its lease it stands by, lives, and names the Role', async () => {
  const path = `${ROLES}/namespaces/${NAMESPACE}/roles/castai-agent-lease`;
  const { rules } = (await cluster.request('GET', path)) as unknown as { rules: RbacRule[] };
  await cluster.request('PATCH', path, { rules: [] });
  try {
    await using program = await startAgentProgram({ env: agent.env });
    const { reasons } = await eventually({
      what: 'it says what it lacks',
      look: async () => (await (await fetch(`${program.url}/readyz?format=json`)).json()) as { reasons: string[] },
      // Before the first answer it says only that the lease has not been read yet.
      until: ({ reasons: all }) => all.some((reason) => reason.includes('agent.rbac.create')),
    });
    expect(reasons.join()).toContain('the lease cannot be used');
    expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
    await cluster.request('PATCH', path, { rules });
    await eventually({ what: 'it leads', look: () => electionOf(program.url), until: ({ role }) => role === 'leader' });
  } finally {
    await cluster.request('PATCH', path, { rules });
  }
});

test("helm test is the agent's own check: it passes with its account, and fails when the platform is gone", async () => {
  const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const run = async (env: Record<string, string>): Promise<{ code: number; said: string }> => {
    const ended = helm.run('test', 'castai', '--namespace', NAMESPACE, '--timeout', '60s');
    const find = () => cluster.request('GET', `${pods}/castai-doctor`).catch(() => undefined);
    const pod = await eventually({ what: 'Helm made the pod', look: find, until: (found) => isPending(found) });
    const [container] = (pod?.spec as unknown as PodSpec | undefined)?.containers ?? [];
    const program = findProgram('agent');
    const options = { entry: sourceOf(program), nodeArgs: program.nodeFlags, name: 'the doctor', env };
    // In place of a kubelet: runs what the pod says, and writes down how it ended.
    await using child = startProgram({ ...options, args: container?.args ?? [] });
    const { code } = await child.exit;
    const phase = code === 0 ? 'Succeeded' : 'Failed';
    await cluster.request('PATCH', `${pods}/castai-doctor/status`, { status: { phase } });
    return { code: (await ended).code, said: child.lines.map(({ text }) => text).join('\n') };
  };
  const well = await run(agent.env);
  expect(well.said).toMatch(/ok +api-key/u);
  expect(well.code).toBe(0);
  const away = await run({ ...agent.env, API_URL: 'http://127.0.0.1:1' });
  expect(away.said).toMatch(/PROBLEM +platform/u);
  expect(away.code).not.toBe(0);
});

function isPending(pod: ApiObject | undefined): boolean {
  return (pod?.status as { phase?: string } | undefined)?.phase === 'Pending';
}

test('every rule is needed: without it exactly its own feeds are reported as FORBIDDEN', async () => {
  const objects = await helm.template('--set', 'apiKey=x,agent.configMapNamespaces={default}');
  // Nothing fails without the one for Events; what it is needed for is another test.
  const roles = objects.filter(
    ({ kind, metadata }) => kind?.endsWith('Role') === true && /^castai-agent(?!-events)/u.test(metadata?.name ?? ''),
  );
  let tried = 0;
  for (const role of roles) {
    const { name, namespace } = role.metadata ?? {};
    const path = `${ROLES}${role.kind === 'Role' ? `/namespaces/${namespace}/roles` : '/clusterroles'}/${name}`;
    const rules = role['rules'] as RbacRule[];
    for (const [index, rule] of rules.entries()) {
      await cluster.request('PATCH', path, { rules: rules.filter((_, other) => other !== index) });
      const expected = needing(rule, namespace ?? '');
      expect(expected.length).toBeGreaterThan(0);
      await eventually({
        what: `without ${JSON.stringify(rule)} exactly ${expected.join()} are refused`,
        look: async () => Object.keys(await complaints()).sort(),
        until: (ids) => JSON.stringify(ids) === JSON.stringify(expected),
      });
      const found = await complaints();
      for (const [id, detail] of Object.entries(found)) {
        expect(detail).toMatch(id === 'feeds' ? /^\d+ of \d+ feeds may be read/u : /FORBIDDEN|forbidden/u);
      }
      await cluster.request('PATCH', path, { rules });
      tried += 1;
    }
  }
  expect(tried).toBeGreaterThan(20);
  await eventually({ what: 'all is well again', look: complaints, until: (found) => Object.keys(found).length === 0 });
});

test('kubectl describe shows on the Deployment what the agent has to tell, and its account may write no other Event', async () => {
  const kubectl = await ensureKubectl(console.log);
  const describe = async (): Promise<string> => {
    const place = ['--kubeconfig', cluster.kubeconfig, '--namespace', NAMESPACE];
    const what = ['describe', 'deployment', 'castai-agent'];
    return (await promisify(execFile)(kubectl, [...place, ...what])).stdout;
  };
  const until = (text: RegExp) =>
    eventually({ what: `it shows ${text.source}`, look: describe, until: (shown) => text.test(shown) });
  {
    await using program = await startAgentProgram({ env: agent.env });
    expect(program.url).toContain('http');
    await until(/Normal +Registered .* castai-agent +the platform knows this cluster as /u);
  }
  // Another process counts from one again, in the same object.
  const { API_KEY_FILE: _file, ...env } = agent.env;
  await using refused = await startAgentProgram({ env: { ...env, API_KEY: 'another' } });
  expect(refused.url).toContain('http');
  await until(/Warning +KeyRefused .* castai-agent +the key is not accepted/u);
  const events = `/api/v1/namespaces/${NAMESPACE}/events`;
  const { items = [] } = await cluster.request('GET', events);
  const own = items.filter((event) => event['reportingComponent'] === 'castai-agent');
  expect(own.map(({ metadata }) => metadata?.name ?? '').sort()).toEqual([
    'castai-agent.key-refused',
    'castai-agent.registered',
  ]);
  const client = cluster.createClient({ token: agent.token });
  const event = { involvedObject: { kind: 'Pod', namespace: NAMESPACE, name: 'x' }, reason: 'Any' };
  try {
    for (const [method, path] of [
      ['POST', events],
      ['PATCH', `${events}/another`],
      ['DELETE', `${events}/castai-agent.registered`],
    ] as const) {
      await expect(client.request(method, path, { metadata: { name: 'another' }, ...event })).rejects.toMatchObject({
        status: 403,
      });
    }
  } finally {
    await client.close();
  }
});

/** What the doctor complains of when this rule is missing. */
function needing({ apiGroups, resources, resourceNames }: RbacRule, namespace: string): string[] {
  // The election.
  if (apiGroups.includes('coordination.k8s.io')) return ['lease'];
  // The uid of kube-system: without it nothing else is asked.
  if (resourceNames !== undefined) return ['api-server'];
  const names = FEEDS.filter(
    (feed) => apiGroups.includes(feed.group) && resources.includes(feed.resource) && feed.namespace === namespace,
  ).map(({ name }) => `feed/${name}`);
  // The nodes tell who runs the cluster.
  const identity = apiGroups.includes('') && resources.includes('nodes') ? ['identity'] : [];
  // And all of them are counted.
  return [...names, ...identity, ...(names.length > 0 ? ['feeds'] : [])].sort();
}

test('the spot handler marks its own node through the policy of the chart, and tells the platform', async () => {
  const clusterId = await setSpotHandler('mark');
  const nodeName = await createSpotNode(NODE_NAME);
  const pod = await startChartPod(cluster, { kind: 'daemonsets', name: 'castai-spot-handler', nodeName });
  await using imds = await startAzureImds();
  const env = { ...pod.env, IMDS_URL: imds.url };
  expect(env).toMatchObject({ MODE: 'mark', CLUSTER_ID: clusterId, NODE_NAME: nodeName });
  await using handler = startProgram({ entry: SPOT_HANDLER, name: 'the spot handler', env });
  const { port } = await handler.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  await eventually({ what: 'the handler is ready', look: ready, until: (status) => status === 200 });
  imds.service.schedule();
  const node = await eventually({
    what: 'the node is marked',
    look: () => cluster.request('GET', `/api/v1/nodes/${nodeName}`),
    until: (found) => JSON.stringify(found.spec?.['taints']).includes('autoscaling.cast.ai/draining'),
  });
  expect(node).toMatchObject({
    spec: { unschedulable: true },
    metadata: { labels: { 'autoscaling.cast.ai/draining': 'spot-interruption' } },
  });
  await eventually({
    what: 'the platform knows',
    look: () => platform.control.reports(clusterId, 'event'),
    until: (reports) => reports.length === 1,
  });
  await eventually({
    what: 'the node has events',
    look: async () => (await cluster.request('GET', '/api/v1/namespaces/default/events')).items ?? [],
    until: (events) => events.some((event) => event['reason'] === 'NodeMarked'),
  });
});

test('the policy lets the spot handler change nothing else', async () => {
  const [own, other] = ['policy-own', 'policy-other'];
  for (const name of [own, other])
    await cluster.request('POST', '/api/v1/nodes', { metadata: { name, labels: { zone: 'a' } } });
  const { token } = await startChartPod(cluster, { kind: 'daemonsets', name: 'castai-spot-handler', nodeName: own });
  const handler = cluster.createClient({ token });
  const patch = async (path: string, operations: unknown): Promise<string> =>
    handler.request('PATCH', `/api/v1/nodes/${path}`, operations).then(
      () => 'done',
      (error: unknown) => (error instanceof ApiError ? `${error.status} ${error.message}` : 'failed'),
    );
  const taint = (key: string, value = 'true', effect = 'NoSchedule') => [
    { op: 'add', path: '/spec/taints/-', value: { key, value, effect } },
  ];
  const ours = 'autoscaling.cast.ai/draining';
  try {
    // The policy takes effect some seconds after it was made; until then the first refusal is waited for.
    await eventually({
      what: 'the policy is in force',
      look: () => patch(other, { metadata: { annotations: { [RECORD]: 'x' } } }),
      until: (answer) => answer.includes('may not change node policy-other'),
    });
    expect(await patch(own, taint(ours, 'true', 'NoExecute'))).toMatch(/^403 .*may only be true:NoSchedule/u);
    expect(await patch(own, taint(ours, 'other'))).toMatch(/^403 .*may only be true:NoSchedule/u);
    expect(await patch(own, taint(ours))).toBe('done');
    expect(await patch(own, { spec: { unschedulable: true } })).toBe('done');
    expect(await patch(own, { metadata: { labels: { [ours]: 'spot-interruption' } } })).toBe('done');
    expect(await patch(own, { metadata: { annotations: { [RECORD]: '{}' } } })).toBe('done');

    const record = (length: number) => ({ metadata: { annotations: { [RECORD]: 'x'.repeat(length) } } });
    expect(await patch(own, record(65_536))).toBe('done');
    expect(await patch(own, record(65_537))).toMatch(/^403 .*may have 65536 characters/u);

    expect(await patch(own, taint('example.com/other'))).toMatch(/^403 .*no taint but/u);
    expect(await patch(own, { spec: { taints: [] } })).toMatch(/^403 .*no taint but/u);
    expect(await patch(own, { metadata: { labels: { zone: 'b' } } })).toMatch(/^403 .*no label but/u);
    expect(await patch(own, { metadata: { labels: { zone: null } } })).toMatch(/^403 .*no label but/u);
    expect(await patch(own, { metadata: { annotations: { 'example.com/x': 'y' } } })).toMatch(
      /^403 .*no annotation but/u,
    );
    expect(await patch(`${own}/status`, { status: { phase: 'Running' } })).toMatch(/^403 /u);
    const refused = async (method: 'POST' | 'DELETE', path: string): Promise<void> =>
      expect(
        handler.request(method, path, method === 'POST' ? { metadata: { name: 'new' } } : undefined),
      ).rejects.toMatchObject({
        status: 403,
      });
    await refused('POST', '/api/v1/nodes');
    await refused('DELETE', `/api/v1/nodes/${own}`);
    await expect(handler.request('GET', '/api/v1/namespaces/default/secrets')).rejects.toMatchObject({ status: 403 });

    // What the platform put there for reasons of its own is nothing to stumble over.
    const foreign = { key: ours, value: 'rebalancing', effect: 'NoExecute' };
    await cluster.request('PATCH', `/api/v1/nodes/${own}`, { spec: { taints: [foreign] } });
    expect(await patch(own, { metadata: { annotations: { [RECORD]: '{}' } } })).toBe('done');
    expect(await patch(own, taint(ours))).toBe('done');
  } finally {
    await handler.close();
  }
  // A token that no pod holds, as somebody who stole the right to make one would have it.
  const unbound = await cluster.serviceAccountToken({ namespace: NAMESPACE, name: 'castai-spot-handler' });
  const thief = cluster.createClient({ token: unbound });
  await expect(
    thief.request('PATCH', `/api/v1/nodes/${own}`, { spec: { unschedulable: false } }),
  ).rejects.toMatchObject({
    status: 403,
  });
  await thief.close();
});

test('the policy lets the spot handler write Events in its own name, about its own node, and no others', async () => {
  const [own, other] = ['events-own', 'events-other'];
  for (const name of [own, other]) await cluster.request('POST', '/api/v1/nodes', { metadata: { name } });
  const { token } = await startChartPod(cluster, { kind: 'daemonsets', name: 'castai-spot-handler', nodeName: own });
  const handler = cluster.createClient({ token });
  const ours = {
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: own, uid: own },
    type: 'Warning',
    reason: 'NodeMarked',
    source: { component: 'castai-spot-handler', host: own },
    reportingComponent: 'castai-spot-handler',
    reportingInstance: own,
  };
  let count = 0;
  const write = async (changes: object, as = handler): Promise<string> => {
    const event = { metadata: { name: `${own}.${(count += 1)}`, namespace: 'default' }, ...ours, ...changes };
    return as.request('POST', '/api/v1/namespaces/default/events', event).then(
      () => 'done',
      (error: unknown) => (error instanceof ApiError ? `${error.status} ${error.message}` : 'failed'),
    );
  };
  const about = (changes: object) => ({ involvedObject: { ...ours.involvedObject, ...changes } });
  try {
    await eventually({
      what: 'the policy is in force',
      look: () => write(about({ name: other })),
      until: (answer) => /^403 .*of events-own may write Events about this node only/u.test(answer),
    });
    expect(await write({})).toBe('done');
    const inOwnName = /^403 .*in its own name only/u;
    expect(await write({ reportingComponent: 'node-controller' })).toMatch(inOwnName);
    expect(await write({ reportingComponent: '' })).toMatch(inOwnName);
    expect(await write({ source: { component: 'node-controller', host: own } })).toMatch(inOwnName);
    expect(await write({ source: { ...ours.source, host: other } })).toMatch(/^403 .*from there only/u);
    expect(await write({ reportingInstance: other })).toMatch(/^403 .*from there only/u);
    const aboutOwn = /^403 .*about this node only/u;
    expect(await write(about({ kind: 'Pod', namespace: 'default' }))).toMatch(aboutOwn);
    expect(await write({ related: { apiVersion: 'v1', kind: 'Node', name: other } })).toMatch(aboutOwn);
  } finally {
    await handler.close();
  }
  // A token that no pod holds names no node.
  const unbound = await cluster.serviceAccountToken({ namespace: NAMESPACE, name: 'castai-spot-handler' });
  const thief = cluster.createClient({ token: unbound });
  expect(await write({}, thief)).toMatch(/^403 .*not that of a pod on a node/u);
  await thief.close();
});

test('every rule of the spot handler is needed: without it the handler reports what is FORBIDDEN', async () => {
  await setSpotHandler('evict');
  const f = async (role: string, without: string, refused: RegExp): Promise<void> => {
    const { rules } = (await cluster.request('GET', `${ROLES}${role}`)) as unknown as { rules: RbacRule[] };
    const fewer = rules.flatMap((rule) => {
      const [resource = '', verb] = without.split(' ');
      if (!rule.resources.includes(resource)) return [rule];
      const verbs = rule.verbs.filter((one) => verb !== undefined && one !== verb);
      return verbs.length === 0 ? [] : [{ ...rule, verbs }];
    });
    expect(fewer).not.toEqual(rules);
    await cluster.request('PATCH', `${ROLES}${role}`, { rules: fewer });
    const nodeName = await createSpotNode(`without-${without.replaceAll(/[^a-z]/gu, '-')}`);
    const victim = {
      metadata: { name: `on-${nodeName}` },
      spec: { nodeName, containers: [{ name: 'main', image: 'a.example/b' }] },
    };
    await cluster.request('POST', '/api/v1/namespaces/default/pods', victim);
    const pod = await startChartPod(cluster, { kind: 'daemonsets', name: 'castai-spot-handler', nodeName });
    await using imds = await startAzureImds();
    imds.service.schedule();
    const env = { ...pod.env, IMDS_URL: imds.url };
    await using handler = startProgram({ entry: SPOT_HANDLER, name: 'the spot handler', env });
    expect(await handler.waitForLine((line) => refused.test(line))).toMatch(/KUBE_FORBIDDEN|is forbidden/u);
    await cluster.request('PATCH', `${ROLES}${role}`, { rules });
  };
  const clusterRole = '/clusterroles/castai-spot-handler';
  await f(clusterRole, 'nodes get', /cannot get resource \\"nodes/u);
  await f(clusterRole, 'nodes watch', /cannot watch resource \\"nodes/u);
  await f(clusterRole, 'nodes patch', /cannot patch resource \\"nodes/u);
  await f(clusterRole, 'pods', /cannot list resource \\"pods/u);
  await f(clusterRole, 'pods/eviction', /cannot create resource \\"pods\/eviction/u);
  await f('/namespaces/default/roles/castai-spot-handler-events', 'events', /cannot create resource \\"events/u);
});

/** Switches the spot handler on; gives the platform's id of the cluster. */
async function setSpotHandler(mode: 'mark' | 'evict'): Promise<string> {
  const [known] = (await platform.control.state()).clusters;
  const clusterId = known?.id ?? '';
  const sets = `spotHandler.enabled=true,spotHandler.mode=${mode},clusterId=${clusterId},provider=aks`;
  await helm.must('upgrade', 'castai', CHART, '--namespace', NAMESPACE, '--reuse-values', '--set', sets);
  return clusterId;
}

async function createSpotNode(name: string): Promise<string> {
  await cluster.request('POST', '/api/v1/nodes', sampleSpotNode('azure', name));
  return name;
}
