import { CastaiError } from '@castai/shared/errors.ts';
import type { AgentConfig } from '../config.ts';
import type { ClusterIdPlace } from '../identity/cluster-id-map.ts';
import { ownNamespace } from '@castai/shared/kube/own-namespace.ts';

/** The ConfigMap that is to hold the cluster's id; undefined where none is. Throws `CONFIG_INVALID` when no namespace is known. */
export function clusterIdPlace(
  config: Pick<AgentConfig, 'clusterIdConfigMap' | 'podNamespace' | 'serviceAccountDir'>,
): ClusterIdPlace | undefined {
  const { clusterIdConfigMap } = config;
  if (clusterIdConfigMap === undefined) return undefined;
  const namespace = ownNamespace(config);
  if (namespace === '') {
    throw new CastaiError('CONFIG_INVALID', 'CLUSTER_ID_CONFIG_MAP is set and no namespace is known for it', {
      hint: 'set POD_NAMESPACE, in a pod from the field metadata.namespace',
    });
  }
  const [name = '', key = 'CLUSTER_ID'] = clusterIdConfigMap.split('/');
  return { namespace, name, key };
}
