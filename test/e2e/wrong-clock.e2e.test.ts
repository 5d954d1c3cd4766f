/**
 * Every program on a machine whose clock is an hour ahead: what it writes into the cluster says the API server's time, because others read it
 * beside what they have written themselves.
 */
import { eventually } from '@castai/shared/testing/eventually.ts';
import { expect, test } from 'vitest';
import { makePlatformKeys } from '../fakes/waagent/platform-keys.ts';
import { FakeWaagent } from '../fakes/waagent.ts';
import { HandAgent } from '../platform-rig/hand-agent.ts';
import { type FakeCluster, startFakeCluster } from '../stages/agent/fake-cluster.ts';
import { type LocalPlatform, startLocalPlatform } from '../stages/agent/staged-platform.ts';
import { NODE_NAME, sampleSpotNode } from '../stages/spot-handler/spot-node.ts';
import { startImds } from '../stages/spot-handler/staged-imds.ts';
import { launchProgram } from '../stages/staged-program.ts';

const AHEAD_MS = 3_600_000;
const NEAR_MS = 600_000;
const NAMESPACE = 'kube-system';
const AKS_NODE = 'aks-pool1-12345678-vmss000000';

type Env = Readonly<Record<string, string>>;

interface Ground {
  readonly cluster: FakeCluster;
  readonly platform: LocalPlatform;
  readonly stack: AsyncDisposableStack;
}

/** A program, which kinds of objects it writes that tell a time, and what brings it to that. */
interface Case {
  readonly program: string;
  readonly writes: readonly string[];
  /** Gives the variables that it needs besides those that all have. */
  readonly surround: (ground: Ground) => Promise<Env>;
  /** Once it is ready. */
  readonly begin?: (cluster: FakeCluster) => void;
}

const CASES: readonly Case[] = [
  {
    program: 'agent',
    writes: ['Event', 'Lease'],
    surround: async ({ cluster: { fake } }) => {
      const owned = (kind: string, name: string) => ({
        namespace: NAMESPACE,
        ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }],
      });
      const [name, pod] = ['castai-agent-1', 'castai-agent-1-x'];
      fake.create({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { ...owned('Deployment', 'castai-agent'), name, uid: `uid-${name}` },
      });
      fake.create({ apiVersion: 'v1', kind: 'Pod', metadata: { ...owned('ReplicaSet', name), name: pod } });
      return { LEADER_ELECTION: 'true', POD_NAME: pod };
    },
  },
  {
    program: 'evictor',
    writes: ['Event', 'Lease'],
    surround: async () => ({
      LEADER_ELECTION: 'true',
      NODE_EVENTS: 'true',
      CYCLE_INTERVAL: '1s',
      POD_NAME: 'evictor-a',
    }),
    begin: ({ fake }) => {
      const [node] = fake.objects('nodes');
      fake.update({ apiVersion: 'v1', kind: 'Node', name: node?.metadata.name ?? '' }, (one) => {
        const labels = one.metadata['labels'] as Record<string, string>;
        one.metadata['labels'] = { ...labels, 'kubernetes.azure.com/upgrade-status': 'Quarantined' };
      });
    },
  },
  {
    program: 'cluster-controller',
    writes: ['Lease'],
    surround: async () => ({ LEADER_ELECTION: 'true', POD_NAME: 'controller-a' }),
  },
  {
    program: 'spot-handler',
    writes: ['Event'],
    surround: async ({ cluster, stack }) => {
      const imds = stack.use(await startImds('azure'));
      cluster.fake.create(sampleSpotNode('azure'));
      imds.service.schedule({ inMs: 600_000 });
      return { NODE_NAME, IMDS_URL: imds.url };
    },
  },
  {
    program: 'aks-init-data',
    writes: ['ConfigMap', 'Lease'],
    surround: async ({ cluster, platform, stack }) => {
      const waagent = stack.use(new FakeWaagent());
      const keys = makePlatformKeys();
      await platform.control.setInitDataKeys({ k1: keys.privateKey });
      const labels = {
        'kubernetes.azure.com/agentpool': 'pool1',
        'kubernetes.azure.com/node-image-version': 'AKSUbuntu-2204gen2containerd-202607.13.0',
        'kubernetes.azure.com/os-sku': 'Ubuntu',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': AKS_NODE,
      };
      const nodeInfo = { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.33.2' };
      cluster.fake.create({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: AKS_NODE, labels },
        status: { nodeInfo },
      });
      return { NODE_NAME: AKS_NODE, WAAGENT_DIR: waagent.root, PLATFORM_KEYS: `k1:${keys.publicKey}` };
    },
  },
];

test.each(CASES)('$program', async ({ program, writes, surround, begin }) => {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startFakeCluster({ nodes: 3, pods: 12 }));
  const platform = stack.use(await startLocalPlatform());
  const own = await surround({ cluster, platform, stack });
  const clusterId = await new HandAgent(platform.url).register();
  const common = { API_URL: platform.url, API_KEY: 'test', CLUSTER_ID: clusterId, POD_NAMESPACE: NAMESPACE };
  const clock = { HASTE_AHEAD_MS: String(AHEAD_MS) };
  const env = { ...common, ...cluster.agentEnv, ...own, ...clock };
  const { process, url } = await launchProgram({ name: program, haste: 5, env });
  stack.use(process);
  await eventually({
    what: 'it is ready',
    look: async () => (await fetch(`${url}/readyz?verbose`)).text(),
    until: (text) => text.startsWith('ok'),
    timeoutMs: 60_000,
  });
  begin?.(cluster);
  const told = await eventually({
    what: `a time in each of ${writes.join(', ')}`,
    look: () => timesIn(cluster),
    until: (times) => writes.every((kind) => times.some((time) => time.kind === kind)),
    timeoutMs: 120_000,
  });
  expect(told.filter(({ offMs }) => offMs > NEAR_MS)).toEqual([]);
});

/** What each object that one of ours has written says of when, and by how much that is not now. */
function timesIn({ fake }: FakeCluster): { readonly kind: string; readonly text: string; readonly offMs: number }[] {
  const ours = [
    ...fake.objects('events'),
    ...fake.objects('leases.coordination.k8s.io'),
    ...fake.objects('configmaps'),
  ].filter((one) => JSON.stringify([one.metadata.name, one['reportingComponent']]).includes('castai-'));
  return ours.flatMap((one) => {
    // Records of AKS init data are JSON in JSON; when a node was made is the API server's already.
    const text = JSON.stringify({ ...one, metadata: {} }).replaceAll('\\', '');
    const stamps = [...text.matchAll(/"\d{4}-\d\d-\d\dT[^"]+"/gu)].map(([stamp]) =>
      Date.parse(JSON.parse(stamp) as string),
    );
    const counts = [...text.matchAll(/"(?:askedAtMs|ackedAtMs|atMs)":(?<ms>[1-9]\d*)/gu)].map(({ groups }) =>
      Number(groups?.['ms']),
    );
    return [...stamps, ...counts].map((atMs) => ({ kind: one.kind ?? '', text, offMs: Math.abs(atMs - Date.now()) }));
  });
}
