import type { ClusterView } from '@castai/evictor/view/cluster-view.ts';
import { podInterners, VIEW_FEEDS, type ViewFeed } from '@castai/evictor/view/view-feeds.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { sampleCluster } from '../../samples/sample-cluster.ts';

const KINDS: Readonly<Record<string, ViewFeed['name']>> = {
  Node: 'nodes',
  Pod: 'pods',
  PodDisruptionBudget: 'budgets',
  ReplicaSet: 'replicaSets',
  ReplicationController: 'replicationControllers',
  StatefulSet: 'statefulSets',
  Job: 'jobs',
  PersistentVolumeClaim: 'claims',
  PersistentVolume: 'volumes',
  CSINode: 'attachLimits',
  Namespace: 'namespaces',
};

/** Fills the view of all feeds with a sample cluster: one object at a time, with texts of its own, as they come from a server. */
export function fillView(view: ClusterView, size: { readonly nodes: number; readonly pods: number }): void {
  const interners = podInterners();
  for (const [index] of VIEW_FEEDS.entries()) view.begin(index + 1);
  for (const sample of sampleCluster({ seed: 1, ...size })) {
    const object = JSON.parse(JSON.stringify(sample)) as KubeObject;
    const index = VIEW_FEEDS.findIndex(({ name }) => name === KINDS[sample.kind]);
    const kept = VIEW_FEEDS[index]?.read(object, interners);
    if (kept !== undefined) view.page(index + 1, [kept], () => undefined);
  }
  for (const [index] of VIEW_FEEDS.entries()) view.end(index + 1);
}
