import type { ClusterView } from '@castai/evictor/view/cluster-view.ts';
import { VIEW_FEEDS, type ViewFeed } from '@castai/evictor/view/view-feeds.ts';
import { type ViewInterners, viewInterners } from '@castai/evictor/view/view-interners.ts';
import { toKubeObject } from '@castai/shared/kube/kube-object.ts';
import { feedReader } from '@castai/evictor/view/feed-reader.ts';
import { encodeMessage } from '../../fakes/kube-apiserver/encode-message.ts';
import { sampleCluster, type SampleClusterOptions } from '../../samples/sample-cluster.ts';

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

/**
 * Fills the view of all feeds with a sample cluster: one object at a time, read from the bytes in which a server sends it. Gives what its records
 * are shared by, which a program keeps as long as its view.
 */
export function fillView(view: ClusterView, sample: SampleClusterOptions): ViewInterners {
  const interners = viewInterners();
  const readers = VIEW_FEEDS.map(feedReader);
  for (const [index] of VIEW_FEEDS.entries()) view.begin(index + 1);
  for (const one of sampleCluster(sample)) {
    const index = VIEW_FEEDS.findIndex(({ name }) => name === KINDS[one.kind]);
    const reader = readers[index];
    const object = reader && toKubeObject(reader.read(encodeMessage(reader.message, one)));
    const kept = object && VIEW_FEEDS[index]?.read(object, interners);
    if (kept !== undefined) view.page(index + 1, [kept], () => undefined);
  }
  for (const [index] of VIEW_FEEDS.entries()) view.end(index + 1);
  return interners;
}
