import type { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { isKubeObject } from '@castai/shared/kube/kube-object.ts';
import { CastaiError } from '@castai/shared/errors.ts';

/** What a session has to know of the cluster. */
export interface ClusterFacts {
  /** Uid of the namespace kube-system: stays the same as long as the cluster does. */
  readonly clusterUid: string;
  /** `v1.36.3-gke.1`. */
  readonly kubernetesVersion: string;
}

/** Reads the facts. Throws a `KubeError` when the API server does not give them, `IDENTITY_UNKNOWN` when they make no sense. */
export async function readClusterFacts(client: Pick<KubeClient, 'get'>, signal: AbortSignal): Promise<ClusterFacts> {
  const [namespace, version] = await Promise.all([
    client.get('/api/v1/namespaces/kube-system', signal),
    client.get('/version', signal),
  ]);
  const clusterUid = isKubeObject(namespace) ? namespace.metadata.uid : undefined;
  const kubernetesVersion = version['gitVersion'];
  if (clusterUid !== undefined && typeof kubernetesVersion === 'string') return { clusterUid, kubernetesVersion };
  throw new CastaiError('IDENTITY_UNKNOWN', 'the namespace kube-system has no uid, or the API server no version', {
    hint: 'is this address really that of a Kubernetes API server?',
  });
}
