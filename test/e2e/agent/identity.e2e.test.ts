/** Which cluster it is stays the same while its nodes are replaced, one kind by another. */
import { expect, test } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';
import { type FakeStage, startFakeStage } from '../../stages/agent/fake-stage.ts';

const REGION = { 'topology.kubernetes.io/region': 'eu-central-1' };
const EKSCTL = { ...REGION, 'alpha.eksctl.io/cluster-name': 'shop', 'eks.amazonaws.com/nodegroup': 'ng' };
const KARPENTER = { ...REGION, 'karpenter.sh/nodepool': 'default' };

const node = (address: string, labels: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `ip-${address}.eu-central-1.compute.internal`, labels },
  spec: { providerID: `aws:///eu-central-1a/i-${address}` },
  status: {},
});

function replaceNodes({ cluster }: FakeStage, ...nodes: readonly KubeObject[]): void {
  for (const { metadata } of cluster.fake.objects('nodes')) {
    cluster.fake.delete({ apiVersion: 'v1', kind: 'Node', name: metadata.name });
  }
  for (const one of nodes) cluster.fake.create(one);
}

test('an EKS cluster stays itself behind any number of other nodes, and is waited for while no node names it', async () => {
  await using stage = await startFakeStage({ env: { EKS_ACCOUNT_ID: '123456789012' } });
  const own = [1, 2].map((index) => node(`90-${index}`, EKSCTL));
  replaceNodes(stage, ...own);
  const first = await stage.startReadyAgent();
  const id = await stage.clusterId();
  await first.process.stop();

  const others = Array.from({ length: 60 }, (_, index) => node(`10-${100 + index}`, KARPENTER));
  replaceNodes(stage, ...others, ...own);
  const second = await stage.startReadyAgent();
  expect(await stage.clusterId()).toBe(id);
  expect((await stage.platform.control.state()).clusters).toHaveLength(1);
  await second.process.stop();

  replaceNodes(stage, ...others);
  const third = await stage.startAgent();
  await eventually({
    what: 'it says what it waits for',
    look: async () => (await fetch(`${third.url}/readyz`)).text(),
    until: (text) => text.includes("no node tells the cluster's name; set EKS_CLUSTER_NAME"),
  });
  replaceNodes(stage, ...others, ...own);
  await third.untilReady();
  expect((await stage.platform.control.state()).clusters.map((cluster) => cluster.id)).toEqual([id]);
  expect(await stage.verdict()).toEqual(ALL_WELL);
});

test('an agent that takes part in an election stays in its EKS cluster when every node is replaced by one that does not name it', async () => {
  const env = { EKS_ACCOUNT_ID: '123456789012', LEADER_ELECTION: 'true', POD_NAMESPACE: 'kube-system' };
  await using stage = await startFakeStage({ env });
  replaceNodes(stage, node('90-1', EKSCTL));
  const first = await stage.startReadyAgent();
  const id = await stage.clusterId();
  await eventually({
    what: 'the Lease says which cluster this is',
    look: () =>
      Promise.resolve(
        stage.cluster.fake.objects('leases.coordination.k8s.io').flatMap(({ metadata }) => metadata['annotations']),
      ),
    until: (annotations) => JSON.stringify(annotations).includes('castai-agent/identity'),
  });
  await first.process.stop();

  replaceNodes(stage, ...Array.from({ length: 3 }, (_, index) => node(`10-${100 + index}`, KARPENTER)));
  await stage.startReadyAgent();
  expect((await stage.platform.control.state()).clusters.map((cluster) => cluster.id)).toEqual([id]);
  expect(await stage.verdict()).toEqual(ALL_WELL);
});
