/** Tokens that a real API server makes for pods of the chart, and what the platform makes of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '@castai/platform/front/server.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { CHART } from '../../scripts/chart/chart-folder.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { startAzureImds } from '../fakes/imds.ts';
import { begin, end, HandAgent, upsert } from '../platform-rig/hand-agent.ts';
import { pageNotices } from '../platform-rig/page-notices.ts';
import { startRig } from '../platform-rig/rig.ts';
import { type ChartPod, NAMESPACE, startChartPod } from '../stages/chart/chart-account.ts';
import { ClusterKeysFolder } from '../stages/chart/cluster-keys-folder.ts';
import { createHelm } from '../stages/chart/helm.ts';
import { type ChildProgram, startProgram } from '../stages/child-program.ts';
import { NODE_NAME, sampleSpotNode } from '../stages/spot-handler/spot-node.ts';

const SPOT_HANDLER = join(import.meta.dirname, '../../spot-handler/src/main.ts');
const AUDIENCE = 'https://platform.example';
const [FIRST, SECOND] = [NODE_NAME, 'second'];

let cluster: Cluster;
let keys: ClusterKeysFolder;
let platform: RunningServer;
let agent: HandAgent;
let pods: Record<string, ChartPod>;

beforeAll(async () => {
  keys = new ClusterKeysFolder();
  cluster = await startCluster({ onProgress: console.log });
  platform = await startRig({ clusterKeysDir: keys.path, podTokenAudience: AUDIENCE, isPodTokenRequired: true });
  agent = new HandAgent(platform.url);
  const clusterId = await agent.register();
  await keys.add(clusterId, cluster);
  using helm = await createHelm(4, cluster.kubeconfig);
  const values = {
    apiUrl: platform.url,
    apiKey: 'key',
    clusterId,
    provider: 'aks',
    'agent.enabled': 'false',
    'spotHandler.enabled': 'true',
    'spotHandler.mode': 'report',
    'podToken.audience': AUDIENCE,
  };
  const sets = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  await helm.must('install', 'castai', CHART, '--namespace', NAMESPACE, '--create-namespace', '--set', sets.join(','));

  // The first is the machine that the fake metadata service plays: a handler may report before it has read its node.
  const first = sampleSpotNode('azure', FIRST);
  const labels = { 'provisioner.cast.ai/node-id': 'node-0002' };
  const second = { metadata: { name: SECOND, labels }, spec: { providerID: 'azure:///machines/second' } };
  const nodes = [];
  for (const node of [first, second]) nodes.push(await cluster.request('POST', '/api/v1/nodes', node));
  // In place of the agent: the picture has these nodes.
  await agent.mustOpen();
  const upserts = nodes.map(({ metadata, spec }) =>
    upsert(metadata?.name ?? '', { feedId: 2, namespace: '', uid: metadata?.uid ?? '', json: { metadata, spec } }),
  );
  await agent.mustSend(1, 1, [begin(2), ...upserts, end(upserts.length, '1', 2)]);
  const start = (nodeName: string) =>
    startChartPod(cluster, { kind: 'daemonsets', name: 'castai-spot-handler', nodeName });
  pods = { [FIRST]: await start(FIRST), [SECOND]: await start(SECOND) };
});
afterAll(async () => {
  await platform?.close();
  await cluster?.stop();
  keys?.[Symbol.dispose]();
});

/** A handler of a node with an interruption before it. */
async function startHandler(node: string, env: Record<string, string> = {}): Promise<ChildProgram & AsyncDisposable> {
  const imds = await startAzureImds();
  const child = startProgram({
    entry: SPOT_HANDLER,
    name: 'the spot handler',
    env: { ...pods[node]?.env, IMDS_URL: imds.url, ...env },
  });
  imds.service.schedule();
  return Object.assign(child, {
    [Symbol.asyncDispose]: async () => {
      await child.kill();
      await imds[Symbol.asyncDispose]();
    },
  });
}

test('the spot handler reports with the token of its pod, and the platform knows which pod on which node it was', async () => {
  await using _handler = await startHandler(FIRST);
  const notices = await eventually({
    what: 'the page shows the interruption',
    look: () => pageNotices(platform.url, agent.cluster),
    until: (all) => all.length > 0,
  });
  expect(notices[0]).toMatch(new RegExp(`; sent by castai-agent/castai-spot-handler-${FIRST} on ${FIRST}$`, 'u'));
});

test('with the token of another node, and with none, it is refused, says so, and shows nothing of the token', async () => {
  const foreign = pods[SECOND]?.env['POD_TOKEN_FILE'] ?? '';
  const before = (await pageNotices(platform.url, agent.cluster)).length;
  const f = async (file: string, refusal: string): Promise<void> => {
    await using handler = await startHandler(FIRST, { POD_TOKEN_FILE: file });
    const line = await handler.waitForLine((text) => text.includes(refusal));
    expect(line).toContain('POD_TOKEN_FILE names');
    expect(handler.lines.map(({ text }) => text).join()).not.toContain(readFileSync(foreign, 'utf8'));
  };
  await f(foreign, 'POD_TOKEN_REFUSED: the token of the pod is refused: it is of second, and ');
  await f(`${foreign}-gone`, 'POD_TOKEN_REQUIRED');
  expect(await pageNotices(platform.url, agent.cluster)).toHaveLength(before);
});

test('the platform takes no other token that this API server makes', async () => {
  const account = { namespace: NAMESPACE, name: 'castai-spot-handler' };
  const path = `/v1/kubernetes/external-clusters/${agent.cluster}/events`;
  const send = async (token: string): Promise<string> => {
    const body = JSON.stringify({ event_type: 'interrupted', node_id: 'node-0001', provider_id: null });
    const response = await agent.post(path, body, { 'pod-token': token });
    const { code = '', message = '' } = (await response.json()) as { code?: string; message?: string };
    return `${response.status} ${code} ${message}`.trim();
  };
  // The token by which the pod talks to the API server, which lies beside it.
  expect(await send(pods[FIRST]?.token ?? '')).toMatch(/^403 POD_TOKEN_REFUSED .*"aud"/u);
  // Made by somebody who may, without a pod.
  expect(await send(await cluster.serviceAccountToken({ ...account, audience: AUDIENCE }))).toMatch(
    /^403 POD_TOKEN_REFUSED .*not bound to a pod/u,
  );
  // Of a pod that is on no node.
  const lone = await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, {
    metadata: { name: 'lone' },
    spec: { serviceAccountName: 'castai-spot-handler', containers: [{ name: 'main', image: 'a.example/b' }] },
  });
  const boundPod = { name: 'lone', uid: lone.metadata?.uid ?? '' };
  expect(await send(await cluster.serviceAccountToken({ ...account, audience: AUDIENCE, boundPod }))).toMatch(
    /^403 POD_TOKEN_REQUIRED .*names no node/u,
  );
});
