/** Reports with tokens of pods, as the platform answers them, and what its page says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { boundTo, TokenAuthority } from '@castai/test/fakes/token-authority.ts';
import { begin, end, type HandAgent, upsert } from '@castai/test/platform-rig/hand-agent.ts';
import { pageNotices } from '@castai/test/platform-rig/page-notices.ts';
import { usePlatform } from '@castai/test/platform-rig/use-platform.ts';

const AUDIENCE = 'https://platform.example';
const keysFolder = mkdtempSync(join(tmpdir(), 'castai-origins-'));
afterAll(() => rmSync(keysFolder, { recursive: true }));
const platform = usePlatform({ clusterKeysDir: keysFolder, podTokenAudience: AUDIENCE });
const authority = new TokenAuthority('https://kubernetes.default.svc');

/** The platform made the first one, the second is named by an annotation, and the last two are of AKS. Others are in nobody's picture. */
const NODES = {
  a: {
    metadata: { name: 'a', uid: 'uid-a', labels: { 'provisioner.cast.ai/node-id': 'id-a' } },
    spec: { providerID: 'azure:///subscriptions/S/virtualMachines/A' },
  },
  b: {
    metadata: { name: 'b', uid: 'uid-b', annotations: { 'provisioner.cast.ai/override-provider-id': 'other://b' } },
    spec: {},
  },
  aks: {
    metadata: { name: 'aks', uid: 'uid-aks', labels: { 'kubernetes.azure.com/agentpool': 'system' } },
    spec: { providerID: `azure:///S/virtualMachineScaleSets/aks-pool1-12345678-vmss/virtualMachines/0` },
    status: { nodeInfo: { architecture: 'arm64' } },
  },
  alone: {
    metadata: { name: 'alone', uid: 'uid-alone', labels: { 'kubernetes.azure.com/agentpool': 'pool2' } },
    spec: { providerID: `azure:///S/virtualMachines/alone` },
    status: { nodeInfo: { architecture: 'amd64' } },
  },
};

async function clusterWithNodes(): Promise<HandAgent> {
  const agent = await platform.newAgent();
  await agent.mustOpen();
  const upserts = Object.entries(NODES).map(([name, json]) => upsert(name, { feedId: 2, namespace: '', json }));
  await agent.mustSend(1, 1, [begin(2), ...upserts, end(upserts.length, '1', 2)]);
  writeFileSync(join(keysFolder, `${agent.cluster}.json`), JSON.stringify(authority.keysFile));
  return agent;
}

function tokenOf(node: string | undefined): string {
  const nowSeconds = platform.nowMs / 1000;
  const bound = node === undefined ? boundTo({}) : boundTo({ node });
  return authority.sign({ aud: [AUDIENCE], iat: nowSeconds, exp: nowSeconds + 3600, 'kubernetes.io': bound });
}

/** Reports an interruption; the status, and either the refusal's words or what the page says of the origin. */
async function report(agent: HandAgent, node: string | undefined, body: object): Promise<[number, string]> {
  return send(agent, 'events', { event_type: 'interrupted', ...body }, { 'pod-token': tokenOf(node) });
}

async function send(
  agent: HandAgent,
  call: string,
  body: object,
  headers: Record<string, string>,
): Promise<[number, string]> {
  const path = `/v1/kubernetes/external-clusters/${agent.cluster}/${call}`;
  const response = await agent.post(path, JSON.stringify(body), headers);
  const { code, message } = (await response.json()) as { code?: string; message?: string };
  if (response.status !== 200) return [response.status, `${code}: ${message}`];
  const [newest] = await pageNotices(platform.url, agent.cluster);
  return [response.status, newest?.split('; ')[1] ?? ''];
}

test('an interruption is taken with the token of its own node, by whichever name it has', async () => {
  const agent = await clusterWithNodes();
  const a = [200, 'sent by castai-agent/pod-1 on a'];
  expect(await report(agent, 'a', { node_id: 'id-a', provider_id: null })).toEqual(a);
  const providerId = NODES.a.spec.providerID;
  expect(await report(agent, 'a', { node_id: 'id-a', provider_id: providerId })).toEqual(a);
  // Azure writes one id in several ways.
  expect(await report(agent, 'a', { node_id: '', provider_id: providerId.toUpperCase() })).toEqual(a);
  expect(await report(agent, 'a', { nodeId: 'id-a', providerId })).toEqual(a);
  // It names nobody: then it is about the node that the token names.
  expect(await report(agent, 'a', { node_id: '', provider_id: null })).toEqual(a);
  expect(await report(agent, 'b', { node_id: '', provider_id: 'other://b' })).toEqual([
    200,
    'sent by castai-agent/pod-1 on b',
  ]);
});

test('an interruption of another node is refused, and neither kept nor shown', async () => {
  const agent = await clusterWithNodes();
  expect(await report(agent, 'a', { node_id: 'id-b', provider_id: null })).toEqual([
    403,
    'POD_TOKEN_REFUSED: the token of the pod is refused: it is of a, and the node id-b is another one',
  ]);
  expect(await report(agent, 'b', { node_id: '', provider_id: NODES.a.spec.providerID })).toEqual([
    403,
    'POD_TOKEN_REFUSED: the token of the pod is refused: it is of b, and the machine azure:///subscriptions/s/virtualmachines/a is another one',
  ]);
  expect(await platform.control.reports(agent.cluster, 'event')).toEqual([]);
  expect(await pageNotices(platform.url, agent.cluster)).toEqual([]);
});

test('what cannot be held against the picture is taken, and the page says so', async () => {
  const agent = await clusterWithNodes();
  expect(await report(agent, 'c', { node_id: 'id-c', provider_id: null })).toEqual([
    200,
    'origin not proven: the picture of the cluster has no node c yet',
  ]);
  expect(await report(agent, 'b', { node_id: 'id-b', provider_id: null })).toEqual([
    200,
    'origin not proven: the picture of the cluster does not have the node of b yet',
  ]);
  expect(await report(agent, undefined, { node_id: 'id-a', provider_id: null })).toEqual([
    200,
    'origin not proven: the token names no node (Kubernetes before 1.30)',
  ]);
  expect(await send(agent, 'events', { event_type: 'interrupted', node_id: 'id-a' }, {})).toEqual([
    200,
    'origin not proven: it came without the token of a pod',
  ]);
  const stranger = await platform.newAgent();
  expect(await report(stranger, 'a', { node_id: 'id-a', provider_id: null })).toEqual([
    200,
    'origin not proven: the keys of this cluster are not known here',
  ]);
});

test('init data is taken with the token of the node that it names, and with no other', async () => {
  const agent = await clusterWithNodes();
  const document = { cloudConfigBase64: '', protectedSettingsBase64: '', architecture: 'amd64' };
  const deliver = (node: string, more: object = {}) =>
    send(agent, 'aks-init-data', { ...document, ...more }, { 'pod-token': tokenOf(node) });
  expect(await deliver('a', { nodeUid: 'uid-a' })).toEqual([200, 'sent by castai-agent/pod-1 on a']);
  // The older call names no node.
  expect(await deliver('a')).toEqual([200, 'sent by castai-agent/pod-1 on a']);
  expect(await deliver('b', { nodeUid: 'uid-a' })).toEqual([
    403,
    'POD_TOKEN_REFUSED: the token of the pod is refused: it is of another node than uid-a',
  ]);
  expect(await platform.control.initData(agent.cluster)).toHaveLength(2);
});

test('init data is taken for the agent pool and the architecture of that node, and for no other', async () => {
  const agent = await clusterWithNodes();
  const deliver = (node: string, agentPool: string, architecture: string) => {
    const body = {
      cloudConfigBase64: '',
      protectedSettingsBase64: '',
      nodeUid: `uid-${node}`,
      agentPool,
      architecture,
    };
    return send(agent, 'aks-init-data', body, { 'pod-token': tokenOf(node) });
  };
  const refused = (why: string): unknown => [403, `POD_TOKEN_REFUSED: the token of the pod is refused: ${why}`];
  expect(await deliver('aks', 'pool1', 'arm64')).toEqual([200, 'sent by castai-agent/pod-1 on aks']);
  // What the label says, anybody with the node's own credentials could have written.
  expect(await deliver('aks', 'system', 'arm64')).toEqual(
    refused('it is of aks, and the agent pool system is another one'),
  );
  expect(await deliver('aks', 'pool1', 'amd64')).toEqual(
    refused('it is of aks, and the architecture amd64 is another one'),
  );
  expect(await deliver('alone', 'pool2', 'amd64')).toEqual([200, 'sent by castai-agent/pod-1 on alone']);
  expect(await deliver('alone', 'pool1', 'amd64')).toEqual(
    refused('it is of alone, and the agent pool pool1 is another one'),
  );
  expect(await deliver('new', 'pool1', 'amd64')).toEqual([
    200,
    'origin not proven: the picture of the cluster has no node new yet',
  ]);
});
